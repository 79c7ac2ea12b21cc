"""SAM's adapter against transformers' own path, on a picture that is not square."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.tools.adapters import tiny
from tools.adapters.sam import _without_duplicates, load
from tools.types import Image


def test_masks_are_those_of_transformers(tmp_path: Path) -> None:
    import torch

    sam = load(str(tiny.sam(tmp_path)))
    image = Image.from_pixels(np.random.default_rng(1).integers(0, 255, (60, 100, 3), dtype=np.uint8))
    boxes = np.array([[10, 5, 90, 30], [60, 20, 99, 58]], np.float32)
    ours = sam.masks(image, sam.encode(image), boxes)
    processor, model = sam._processor, sam._model
    inputs = processor(images=image.pixels, input_boxes=[boxes.tolist()], return_tensors="pt")
    with torch.inference_mode():
        out = model(
            pixel_values=inputs["pixel_values"], input_boxes=inputs["input_boxes"].float(), multimask_output=False
        )
    theirs = processor.image_processor.post_process_masks(
        out.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"]
    )[0]
    for (mask, score), their, quality in zip(ours, theirs[:, 0].numpy(), out.iou_scores[0, :, 0], strict=True):
        assert mask.shape == (60, 100)
        assert (mask == their).mean() > 0.995
        assert abs(score - min(max(float(quality), 0), 1)) < 1e-4


def test_everything_gives_masks_over_the_whole_picture(tmp_path: Path) -> None:
    sam = load(str(tiny.sam(tmp_path)), grid=4, good=-1.0, stable=0.0)
    image = Image.from_pixels(np.random.default_rng(1).integers(0, 255, (40, 80, 3), dtype=np.uint8))
    found = sam.everything(image, sam.encode(image))
    assert found
    assert all(mask.shape == (40, 80) and 0 <= score <= 1 for mask, score in found)
    assert len(sam.at_points(image, sam.encode(image), np.array([[5, 5], [70, 30]], np.float32))) == 2


def test_of_two_masks_in_one_box_the_better_stays() -> None:
    one, other = np.zeros((10, 20), bool), np.zeros((10, 20), bool)
    one[2:8, 2:8], other[1:5, 12:19] = True, True
    kept = _without_duplicates([(one, 0.9), (one.copy(), 0.8), (other, 0.7)], 0.7)
    assert [score for _, score in kept] == [0.9, 0.7]
