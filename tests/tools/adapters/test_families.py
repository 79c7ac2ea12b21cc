"""Every family through its adapter, with the real classes and processors, where torchvision is installed.

Each is compared with transformers' own path on pictures that are far from square: a swapped axis, a forgotten resize or
a mixed-up frame gives other numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tools.adapters import families
from tests.tools.adapters.test_depth import test_larger_is_farther_over_the_whole_picture  # noqa: F401
from tests.tools.adapters.test_grounding_dino import (  # noqa: F401
    test_a_phrase_is_asked_once_and_in_any_company_gives_the_same,
    test_boxes_and_scores_are_those_of_transformers,
)
from tests.tools.adapters.test_sam import test_masks_are_those_of_transformers  # noqa: F401
from tests.tools.adapters.test_siglip import test_probabilities_are_those_of_transformers  # noqa: F401
from tools.adapters import language, sam2, siglip, vlm, vlm_detector
from tools.adapters.loading import for_processor
from tools.core import ToolError
from tools.types import Image, Pixels, Region

pytestmark = pytest.mark.original


def picture(width: int, height: int) -> Image:
    return Image.from_pixels(np.random.default_rng(width).integers(0, 255, (height, width, 3), dtype=np.uint8))


SIZES = [(200, 60), (50, 170), (300, 3)]


@pytest.mark.parametrize("video", [False, True], ids=["image model", "as published"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sam2_masks_are_those_of_transformers(tmp_path: Path, video: bool, width: int, height: int) -> None:
    import torch
    from transformers import Sam2Processor

    adapter = sam2.load(str(families.sam2(tmp_path, video)))
    image = picture(width, height)
    encoding = adapter.encode(image)
    boxes = np.array([[0.1, 0.1, 0.9, 0.5], [0.6, 0.3, 0.99, 0.95]], np.float32) * np.array([width, height] * 2)
    points = np.array([[0.2, 0.9], [0.8, 0.2]], np.float32) * np.array([width, height])
    processor, model = Sam2Processor.from_pretrained(tmp_path), adapter._model
    for kind, prompts, many in (("input_boxes", boxes[:, None], False), ("input_points", points[:, None], True)):
        ours = list(adapter._prompted(image, encoding, kind, prompts.astype(np.float32), many))
        listed = [boxes.tolist()] if kind == "input_boxes" else [[[p] for p in points.tolist()]]
        inputs = processor(images=for_processor(image), return_tensors="pt", **{kind: listed})
        with torch.inference_mode():
            given = {k: v.float() if v.is_floating_point() else v for k, v in inputs.items() if k != "original_sizes"}
            out = model(**given, multimask_output=many)
        theirs = processor.post_process_masks(out.pred_masks, inputs["original_sizes"], binarize=False)[0].numpy()
        assert theirs.std(axis=(0, 2, 3)).min() > 1e-3 and np.abs(theirs[0] - theirs[1]).max() > 1e-2
        for (logits, scores), their, quality in zip(ours, theirs, out.iou_scores[0].numpy(), strict=True):
            assert logits.shape[1:] == (height, width)
            np.testing.assert_allclose(logits, their, atol=1e-3)
            np.testing.assert_allclose(scores, quality.clip(0, 1), atol=1e-4)


def test_siglip2_pads_and_lowers_as_it_was_trained(tmp_path: Path) -> None:
    """Its tokenizer names no length to pad to: the text side's own length counts, and letters are small."""
    import torch

    matcher = siglip.load(str(families.siglip2(tmp_path)), context=0.0, template="A photo of {}")
    image = picture(90, 40)
    regions = [Region((0, 0, 30, 40), image.frame), Region((50, 10, 90, 40), image.frame)]
    ours = matcher._logits(image, regions, ["Red cube", "ball"])
    inputs = matcher._processor(
        images=[image.pixels[0:40, 0:30].copy(), image.pixels[10:40, 50:90].copy()],
        text=["a photo of red cube", "a photo of ball"], padding="max_length", max_length=40, return_tensors="pt",
    )  # fmt: skip
    with torch.inference_mode():
        out = matcher._model(input_ids=inputs["input_ids"], pixel_values=inputs["pixel_values"])
    assert np.ptp(out.logits_per_image.numpy(), axis=0).min() > 0.01
    np.testing.assert_allclose(ours, out.logits_per_image.numpy(), atol=1e-3)


BUILT: dict[str, Callable[[Path], Path]] = {
    "Qwen3-VL": lambda folder: families.qwen_vl(folder, "qwen3_vl"),
    "Qwen2.5-VL": lambda folder: families.qwen_vl(folder, "qwen2_5_vl"),
    "SmolVLM2": families.smolvlm,
}


@pytest.mark.parametrize("build", BUILT.values(), ids=BUILT.keys())
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_choice_is_scored_as_the_model_scores_the_whole(
    tmp_path: Path, build: Callable[[Path], Path], width: int, height: int
) -> None:
    """The picture's positions (two axes in Qwen-VL) go on through the cache; a choice is scored with its end."""
    import torch

    model = vlm.load(str(build(tmp_path)), most_tokens=3)
    image, choices = picture(width, height), ["1", "12", "red mug"]
    assert isinstance(model.answer(image, "What is it?"), str)
    chosen, share = model.choose(image, "Which?", choices)
    question = "Which? Answer with one of: 1, 12, red mug."
    inputs = model._inputs(image, question)
    space = "" if model._prompt(question).endswith("\n") else " "
    scores = []
    for choice in choices:
        words = model._processor.tokenizer(space + choice, add_special_tokens=False)["input_ids"]
        tokens = torch.tensor([words])
        whole = {**inputs, "input_ids": torch.cat([inputs["input_ids"], tokens], 1)}
        whole["attention_mask"] = torch.ones_like(whole["input_ids"])
        if "mm_token_type_ids" in whole:
            whole["mm_token_type_ids"] = torch.cat([inputs["mm_token_type_ids"], torch.zeros_like(tokens)], 1)
        with torch.inference_mode():
            logits = model._model(**whole).logits[0].log_softmax(-1)
        said = logits[-len(words) - 1 : -1].gather(1, tokens.T).sum()
        scores.append(float(said + logits[-1, model._ends].logsumexp(0)))
    expected = torch.tensor(scores).softmax(0)
    assert chosen == choices[int(expected.argmax())]
    assert share == pytest.approx(float(expected.max()), abs=1e-3)


@pytest.mark.parametrize("build", BUILT.values(), ids=BUILT.keys())
def test_a_model_that_sees_plans_from_text(tmp_path: Path, build: Callable[[Path], Path]) -> None:
    """Tokens given bit by bit, taken back and given again: the logits of one forward pass."""
    import torch

    planner = language.load(str(build(tmp_path)))
    tokens = planner.tokenizer.encode('mugs = detect(image, "red mug")')
    planner.append(tokens[:4])
    planner.append([7, 8, 9])
    planner.rewind(4)
    ours = planner.append(tokens[4:])
    with torch.inference_mode():
        theirs = planner.model(input_ids=torch.tensor([tokens])).logits[0, -1].numpy()
    assert theirs.std() > 0.1
    np.testing.assert_allclose(ours, theirs, atol=1e-3)
    planner.reset_to([*tokens[:6], 3])
    assert len(planner) == 6


class Scripted:
    """Stands in for `generate` alone: everything before and after it is the family's own."""

    def __init__(self, model: vlm.ImageTextModel, text: str, ended: bool = True) -> None:
        self.model, self.text, self.ended = model, text, ended
        self.inputs: dict[str, Any] = {}
        model._model.generate = self

    def __call__(self, **inputs: Any) -> Any:
        import torch

        self.inputs = inputs
        words = self.model._processor.tokenizer.encode(self.text, add_special_tokens=False)
        words = [*words, self.model._ends[0]] if self.ended else (words * 99)[: inputs["max_new_tokens"]]
        return torch.cat([inputs["input_ids"], torch.tensor([words])], 1)


def marked(width: int, height: int, box: tuple[int, int, int, int]) -> Pixels:
    pixels = np.full((height, width, 3), 90, np.uint8)
    pixels[box[1] : box[3], box[0] : box[2]] = (250, 20, 20)
    return pixels


@pytest.mark.parametrize(("width", "height"), [(400, 90), (70, 300), (300, 3)])
@pytest.mark.parametrize(("family", "convention"), [("qwen3_vl", "thousand"), ("qwen2_5_vl", "resized")])
def test_boxes_come_back_from_what_the_model_was_shown(
    tmp_path: Path, family: str, convention: str, width: int, height: int
) -> None:
    """A model that sees perfectly: it finds the red block in its input tensor, and writes it as its family does."""
    whole = Image.from_pixels(np.pad(marked(width, height, _block(width, height)), ((5, 2), (11, 7), (0, 0))))
    image = whole.crop((11, 5, 11 + width, 5 + height))
    detector = vlm_detector.load(str(families.qwen_vl(tmp_path, family)), convention)
    script = Scripted(detector._model, "[]")
    assert detector.find(image, detector.encode(image), "red block") == []
    seen = _unpatched(script.inputs)
    red = seen[..., 0] - seen[..., 1] > 1.5
    ys, xs = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    values = np.array([xs[0], ys[0], xs[-1] + 1, ys[-1] + 1], float)
    if convention == "thousand":
        values *= 1000 / np.array([seen.shape[1], seen.shape[0]] * 2)
    script.text = json.dumps([{"bbox_2d": values.round().astype(int).tolist(), "label": "red block"}])
    (found,) = detector.find(image, None, "red block")
    # A pixel of what was shown, and half a step of the family's numbers, are what may be lost.
    lost = 1.6 * max(image.width / seen.shape[1], image.height / seen.shape[0], 1) + max(width, height) / 1500
    np.testing.assert_allclose(found.box, _block(width, height), atol=lost)
    assert found.frame == image.frame and found.label == "red block" and found.score is None
    block = _block(width, height)
    np.testing.assert_allclose(
        found.in_root().box, (block[0] + 11, block[1] + 5, block[2] + 11, block[3] + 5), atol=lost
    )


def _block(width: int, height: int) -> tuple[int, int, int, int]:
    return (width // 8, height // 3, width // 2, height)


def _unpatched(inputs: dict[str, Any]) -> Any:
    """Qwen's patches laid side by side again: (height, width, 3), normalised."""
    _, rows, columns = (int(v) for v in inputs["image_grid_thw"][0])
    p, m = families.PATCH, 2
    patches = inputs["pixel_values"].float().numpy().reshape(rows // m, columns // m, m, m, 3, 2, p, p)
    # (row, column, row in the token, column in it, channel, frame, y, x), the two frames alike in a still picture.
    still = patches[:, :, :, :, :, 0].transpose(0, 2, 5, 1, 3, 6, 4)
    return still.reshape(rows * p, columns * p, 3)


def test_an_answer_without_a_readable_box_is_no_empty_answer(tmp_path: Path) -> None:
    detector = vlm_detector.load(str(families.qwen_vl(tmp_path, "qwen3_vl")), longest_answer=40)
    image = picture(200, 60)
    script = Scripted(detector._model, '[{"bbox_2d": [5, 5, 90000, 9]}]')
    with pytest.raises(ToolError, match="1 places that are no boxes"):
        detector.find(image, None, "mug")
    script.text, script.ended = "mug mug ", False
    with pytest.raises(ToolError, match="without end"):
        detector.find(image, None, "mug")


def test_smolvlm2_sees_tiles_in_reading_order(tmp_path: Path) -> None:
    """A wide picture with a red right half: the tiles of the right columns are red, and no others."""
    model = vlm.load(str(families.smolvlm(tmp_path)))
    inputs = model._inputs(Image.from_pixels(marked(160, 80, (80, 0, 160, 80))), "What?")
    text = model._processor.tokenizer.decode(inputs["input_ids"][0])
    tiles = inputs["pixel_values"][0].float().numpy()
    names = [part.split(">")[0] for part in text.split("<row_")[1:]]
    assert len(names) == len(tiles) - 1 and names[0] == "1_col_1" and names[1] == "1_col_2"
    columns = max(int(name.split("_")[-1]) for name in names)
    rows = len(names) // columns
    assert columns > rows
    for name, tile in zip(names, tiles, strict=False):
        red = bool((tile[0] - tile[1] > 1).mean() > 0.5)
        assert red == (int(name.split("_")[-1]) > columns // 2)


def test_the_model_is_shared_between_roles(tmp_path: Path) -> None:
    folder = str(families.qwen_vl(tmp_path, "qwen3_vl"))
    assert vlm_detector.load(folder)._model is vlm.load(folder)
