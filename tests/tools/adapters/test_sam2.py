"""SAM 2's adapter against transformers' own path, on a picture that is not square."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tests.tools.adapters import tiny
from tools.adapters.sam2 import load
from tools.types import Image

BOXES = np.array([[10, 5, 90, 30], [60, 20, 99, 58]], np.float32)
POINTS = np.array([[80, 10], [20, 50]], np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.sam2(tmp_path_factory.mktemp("sam2"))


def picture(height: int = 60, width: int = 100) -> Image:
    """Smooth, so that resizing it in two ways gives nearly the same."""
    y, x = np.mgrid[0:height, 0:width]
    return Image.from_pixels(
        np.stack([x * 255 / width, y * 255 / height, 127 + 100 * np.sin(x / 9 + y / 5)], -1).astype(np.uint8)
    )


def test_masks_are_those_of_the_model_at_the_prompts_of_the_stretched_square(folder: Path) -> None:
    """The reference resizes with Pillow and scales each axis by hand."""
    import torch
    from PIL import Image as Pil
    from transformers import Sam2Model

    image, sam, model = picture(), load(str(folder)), Sam2Model.from_pretrained(folder).eval()
    square = np.asarray(Pil.fromarray(image.pixels).resize((64, 64), Pil.Resampling.BILINEAR), np.float32) / 255
    pixels = (square - np.array([0.5, 0.4, 0.3])) / np.array([0.2, 0.3, 0.4])
    given = {
        "input_boxes": torch.tensor([[[x0 * 0.64, y0 * 64 / 60, x1 * 0.64, y1 * 64 / 60] for x0, y0, x1, y1 in BOXES]]),
        "input_points": torch.tensor([[[[x * 0.64, y * 64 / 60]] for x, y in POINTS]]),
    }
    for kind, many in (("input_boxes", False), ("input_points", True)):
        with torch.inference_mode():
            out = model(
                pixel_values=torch.from_numpy(pixels).permute(2, 0, 1)[None].float(), multimask_output=many,
                **{kind: given[kind].float()},
            )  # fmt: skip
        theirs = torch.nn.functional.interpolate(out.pred_masks[0], (60, 100), mode="bilinear").numpy()
        prompts = (BOXES if kind == "input_boxes" else POINTS)[:, None]
        ours = list(sam._prompted(image, sam.encode(image), kind, prompts, many))
        for (logits, score), their, quality in zip(ours, theirs, out.iou_scores[0].numpy(), strict=True):
            assert logits.shape == ((3 if many else 1), 60, 100)
            assert np.abs(logits - their).max() < 0.02 * np.abs(their).max()
            assert np.abs(score - quality.clip(0, 1)).max() < 0.01


def test_axes_and_frames_matter(folder: Path) -> None:
    """Prompts with swapped axes, or in the frame of a square picture, give other logits than the right ones."""
    image, sam = picture(), load(str(folder))
    encoding = sam.encode(image)

    def logits(points: np.ndarray) -> np.ndarray:
        return np.stack([v for v, _ in sam._prompted(image, encoding, "input_points", points[:, None], True)])

    right = logits(POINTS)
    for wrong in (POINTS[:, ::-1].copy(), POINTS * np.float32(0.64), POINTS * np.array([1, 0.6], np.float32)):
        assert np.abs(logits(wrong) - right).max() > 0.02 * np.abs(right).max()


def test_masks_lie_over_the_picture(folder: Path) -> None:
    image, sam = picture(40, 80), load(str(folder), grid=4, good=-1.0, stable=0.0)
    encoding = sam.encode(image)
    assert all(m.shape == (40, 80) and 0 <= s <= 1 for m, s in sam.masks(image, encoding, BOXES * 0.5))
    assert len(sam.at_points(image, encoding, POINTS * 0.5)) == 2
    assert all(m.shape == (40, 80) for m, _ in sam.everything(image, encoding))


@pytest.mark.skipif(importlib.util.find_spec("torchvision") is None, reason="needs the extra `models`")
def test_the_square_is_that_of_transformers(folder: Path) -> None:
    import torch
    from transformers import AutoImageProcessor

    image, sam = picture(), load(str(folder))
    seen: list[torch.Tensor] = []
    sam._model.get_image_embeddings = seen.append
    sam.encode(image)
    theirs = AutoImageProcessor.from_pretrained(folder)(images=image.pixels, return_tensors="pt")["pixel_values"]
    assert (seen[0] - theirs).abs().max() < 0.03
