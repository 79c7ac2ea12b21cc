"""The original packages' adapters: the same numbers as transformers' with the same weights, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench import originals
from tools.adapters import groundingdino_original, segment_anything_original
from tools.adapters.groundingdino_original import read_config
from tools.adapters.originals import original_weights
from tools.core import InputError, NotReady

# Largest differences, as bench.originals prints them; the spread must be far above.
SAME_TENSOR = 1e-3
SAME_PICTURE = 2e-2  # transformers with torchvision rounds grey levels otherwise than Pillow


@pytest.mark.original
@pytest.mark.parametrize("part", ["detector", "segmenter"])
def test_both_say_the_same(tmp_path: Path, part: str) -> None:
    pair = {"detector": originals.detector_pair, "segmenter": originals.segmenter_pair}[part]
    rows = {"detector": originals.detector_rows, "segmenter": originals.segmenter_rows}[part]
    found = [r for r in rows(*pair(tmp_path, False)) if not r.what.startswith("(")]
    assert {r.what.split(":")[0] for r in found} >= {"model", "adapter"}
    for r in found:
        assert r.difference < (SAME_TENSOR if r.what.startswith("model") else SAME_PICTURE), r
        if "predicted IoU" not in r.what and "scores" not in r.what:
            assert r.spread > 20 * r.difference, r


@pytest.mark.original
def test_the_adapter_is_the_package_s_own_predictor(tmp_path: Path) -> None:
    """SamPredictor.predict, asked box by box as its authors' notebook does."""
    from segment_anything import SamPredictor

    adapter, _ = originals.segmenter_pair(tmp_path, False)
    image, other = originals.picture(320, 224), originals.picture(192, 352)
    boxes = np.array([[30, 20, 160, 90], [130, 45, 290, 210]], np.float32)
    encoding = adapter.encode(image)
    adapter.encode(other)  # what was encoded last is not what counts
    predictor = SamPredictor(adapter._model)
    predictor.set_image(image.pixels.copy())
    for (mask, score), box in zip(adapter.masks(image, encoding, boxes), boxes, strict=True):
        theirs, quality, _ = predictor.predict(box=box, multimask_output=False)
        assert mask.shape == (224, 320) and 0.01 < mask.mean() < 0.99
        assert (mask == theirs[0]).mean() > 0.9999
        assert score == pytest.approx(float(np.clip(quality[0], 0, 1)), abs=1e-5)


@pytest.mark.original
def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    import torch

    original, _ = originals.segmenter_pair(tmp_path, False)
    state = original._model.state_dict()
    state.pop("image_encoder.neck.0.weight")
    torch.save(state, tmp_path / "weights.pth")
    with pytest.raises(ValueError, match=r"neck\.0\.weight"):
        segment_anything_original.load(str(tmp_path))


def test_a_pth_may_hold_tensors_only(tmp_path: Path) -> None:
    import torch

    class Surprise:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (str(tmp_path / "ran"),))

    torch.save({"model": Surprise()}, tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"no complete .pth of tensors"):
        original_weights("detector", tmp_path / "a.pth")
    assert not (tmp_path / "ran").exists()
    torch.save({"model": {"module.x": torch.ones(2)}}, tmp_path / "a.pth")
    assert list(original_weights("detector", tmp_path)[1]) == ["x"]
    whole = (tmp_path / "a.pth").read_bytes()
    (tmp_path / "a.pth").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="fetch it again"):
        original_weights("detector", tmp_path)
    (tmp_path / "b.pth").write_bytes(whole)
    with pytest.raises(InputError, match=r"expected one \.pth"):
        original_weights("detector", tmp_path)
    with pytest.raises(NotReady, match="no checkpoint"):
        original_weights("detector", tmp_path / "none.pth")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import os\n", "line 1 is no assignment"),
        ("modelname = open('x')\n", "names and literals only"),
        ("modelname = 'sam'\n", "expected"),
        ("modelname = (\n", "no configuration"),
    ],
)
def test_a_configuration_is_read_and_not_run(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "config.py"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_config(path)
    path.write_text("modelname = 'groundingdino'\nuse_checkpoint = True\nenc_layers = 6\n")
    assert read_config(path).enc_layers == 6 and read_config(path).use_checkpoint is False


@pytest.mark.parametrize("load", [groundingdino_original.load, segment_anything_original.load])
def test_another_precision_is_refused(load: object) -> None:
    with pytest.raises(ValueError, match="fp32"):
        load("nowhere", precision="bf16")  # type: ignore[operator]
