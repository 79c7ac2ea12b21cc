"""Loading: refusals in one message with the remedy, sharing between planner and eyes, no code and no pickles."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tools.adapters import tiny
from tools.adapters import language, vlm
from tools.adapters.loading import check_precision, checkpoint, need_torchvision, pretrained, release, usable_device
from tools.core import NotReady

HAS_TORCHVISION = importlib.util.find_spec("torchvision") is not None
HAS_BITSANDBYTES = importlib.util.find_spec("bitsandbytes") is not None


def no_such_device(folder: Path) -> object:
    return usable_device("vlm", "cuda:7")


REFUSED: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "no folder": (lambda f: checkpoint("depth", f / "nowhere"), ("no checkpoint for 'depth'", "eyeshot doctor")),
    "a device that is not here": (no_such_device, ("'cuda:7'", "--set vlm.device=cpu")),
    "an unknown device": (lambda f: usable_device("vlm", "toaster"), ("'toaster'", "--set vlm.device=cpu")),
    "int8 for eyes of stone": (
        lambda f: check_precision("segmenter", "int8", "cpu"),
        ("only planner and vlm", "--set segmenter.precision=bf16"),
    ),
    "int4 on an Apple GPU": (lambda f: check_precision("vlm", "int4", "mps"), ("CUDA", "--set vlm.precision=bf16")),
}


@pytest.mark.parametrize(("use", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(use: Callable[[Path], object], words: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(NotReady) as caught:
        use(tmp_path)
    assert [w for w in words if w not in str(caught.value)] == []
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(HAS_BITSANDBYTES, reason="the condition is that bitsandbytes is missing")
@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_quantizing_without_the_extra(precision: str, tmp_path: Path) -> None:
    folder = tiny.llama(tmp_path)
    with pytest.raises(NotReady, match=r"needs bitsandbytes .*pip install 'eyeshot\[quantized\]'"):
        language.load(str(folder), precision=precision)


@pytest.mark.skipif(not HAS_BITSANDBYTES, reason="needs the extra `quantized`")
@pytest.mark.parametrize(("precision", "share", "near"), [("int8", 0.75, 0.99), ("int4", 0.65, 0.9)])
def test_quantizing(precision: str, share: float, near: float, tmp_path: Path) -> None:
    folder = tiny.llama(tmp_path)
    full, small = language.load(str(folder)), language.load(str(folder), precision=precision)
    a, b = full.append([3, 4, 5]), small.append([3, 4, 5])
    assert float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)) > near
    assert small.model.get_memory_footprint() < share * full.model.get_memory_footprint()


@pytest.mark.skipif(HAS_TORCHVISION, reason="the condition is that torchvision is missing")
def test_eyes_without_torchvision(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"needs torchvision .*pip install 'eyeshot\[models\]'"):
        vlm.load(str(tiny.qwen3_vl(tmp_path)))


def test_a_torchvision_that_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that fails at import as torchvision does beside another torch."""
    package = tmp_path / "site" / "torchvision"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('raise RuntimeError("operator torchvision::nms does not exist")')
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    with pytest.raises(NotReady, match=r"does not fit the installed torch .*nms.* from one index"):
        need_torchvision("vlm", tiny.qwen3_vl(tmp_path / "model"))


def test_a_truncated_checkpoint(tmp_path: Path) -> None:
    weights = tiny.sam(tmp_path) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(NotReady, match=r"model.safetensors is cut off or damaged.*get its files again"):
        checkpoint("segmenter", tmp_path)


def test_neither_pickles_nor_code(tmp_path: Path) -> None:
    import torch

    folder = tiny.llama(tmp_path)
    model = language.load(str(folder)).model
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(NotReady, match="no weights"):
        language.load(str(folder))


def test_a_checkpoint_that_brings_code_is_not_run(tmp_path: Path) -> None:
    folder = tiny.llama(tmp_path)
    ran = tmp_path / "ran"
    (folder / "modeling_own.py").write_text(f"open({str(ran)!r}, 'w')")
    (folder / "config.json").write_text(
        '{"model_type": "own", "auto_map": {"AutoConfig": "modeling_own.C", "AutoModelForCausalLM": "modeling_own.M"}}'
    )
    with pytest.raises(NotReady, match=r"'own'.* is never run"):
        language.load(str(folder))
    assert not ran.exists()


@pytest.fixture
def qwen(tmp_path: Path) -> Path:
    return tiny.qwen3_vl(tmp_path)


def test_planner_and_eyes_share_their_weights_while_one_lives(qwen: Path) -> None:
    eyes = pretrained("AutoModelForImageTextToText", "vlm", qwen, "fp32", "cpu", shared=True)
    planner = language.load(str(qwen))
    assert planner.model is eyes
    other = language.load(str(qwen), precision="bf16")
    assert other.model is not eyes
    import weakref

    alive = weakref.ref(eyes)
    del eyes
    release()
    assert alive() is not None
    del planner
    release()
    assert alive() is None


def test_what_the_eyes_saw_does_not_move_the_planner(qwen: Path) -> None:
    """Qwen3-VL keeps the last picture's position offset in the model; the planner's logits must not feel it."""
    import torch

    planner = language.load(str(qwen))
    tokens = [5, 6, 7, 8, 9, 10, 11]
    before = planner.append(tokens)
    seen: dict[str, Any] = {
        "input_ids": torch.tensor([[1, 2, 502] + [500] * 16 + [503, 3, 4]]),
        "pixel_values": torch.randn(64, 3 * 2 * 4 * 4), "image_grid_thw": torch.tensor([[1, 8, 8]]),
    }  # fmt: skip
    seen["mm_token_type_ids"] = (seen["input_ids"] == 500).long()
    planner.model.generate(**seen, attention_mask=torch.ones_like(seen["input_ids"]), max_new_tokens=2, do_sample=False)
    assert int(planner.model.model.rope_deltas) != 0
    planner.rewind(3)
    assert np.abs(planner.append(tokens[3:]) - before).max() < 1e-4
    planner.rewind(0)
    assert np.abs(planner.append(tokens) - before).max() < 1e-4


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="measures resident memory as Linux tells it")
def test_released_memory_leaves_the_process() -> None:
    """400 MB in blocks of 4 MB between small ones that stay, twice: the second time glibc's heap would keep them."""
    program = (
        "import torch\nfrom tools.adapters.loading import release\n"
        "def resident():\n    return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "start, pins = resident(), []\n"
        "for _ in range(2):\n    held = []\n"
        "    for _ in range(100):\n"
        "        held.append(torch.ones(1_000_000))\n        pins.append(torch.ones(20_000))\n"
        "    assert resident() - start > 3.9e8\n    held.clear()\n    release()\n"
        "assert resident() - start < 1e8, resident() - start\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
