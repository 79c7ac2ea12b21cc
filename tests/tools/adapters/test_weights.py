"""What safetensors headers tell: sizes as torch counts them, and files that are not whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hub import safetensors
from tests.tools.adapters import tiny
from tools.adapters.weights import problems, tensors, weight_bytes


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_the_bytes_are_those_that_torch_takes(tmp_path: Path, precision: str) -> None:
    import torch
    from transformers import SamModel

    folder = tiny.sam(tmp_path)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]
    model = SamModel.from_pretrained(folder, dtype=dtype)
    taken = sum(p.numel() * p.element_size() for p in model.state_dict().values())
    assert weight_bytes(folder, precision) == pytest.approx(taken, rel=0.01)


def test_quantized_matrices_shrink_and_embeddings_do_not(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(
        safetensors(**{"embed_tokens.weight": (100, 8), "q_proj.weight": (64, 64), "norm.weight": (64,)})
    )
    assert weight_bytes(tmp_path, "int8") == 100 * 8 * 2 + 64 * 64 + 64 * 2
    assert weight_bytes(tmp_path, "int4") == 100 * 8 * 2 + 64 * 64 // 2 + 64 * 2
    with pytest.raises(ValueError, match="precision must be one of"):
        weight_bytes(tmp_path, "fp12")


def test_an_empty_folder_has_none(tmp_path: Path) -> None:
    assert weight_bytes(tmp_path, "fp32") == 0


def test_shards_count_together(tmp_path: Path) -> None:
    (tmp_path / "model-1.safetensors").write_bytes(safetensors(a=(10,)))
    (tmp_path / "model-2.safetensors").write_bytes(safetensors(b=(5, 2)))
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert weight_bytes(tmp_path, "fp32") == 80
    (tmp_path / "model-2.safetensors").unlink()
    with pytest.raises(ValueError, match=r"model-2.safetensors is missing \(1 of 2"):
        weight_bytes(tmp_path, "fp32")


WHOLE = safetensors(w=(4, 4))
BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "has 0 bytes"),
    "cut in the header": (WHOLE[:20], "no whole safetensors file"),
    "cut in the tensors": (WHOLE[:-1], "cut off or damaged"),
    "too long": (WHOLE + b"x", "cut off or damaged"),
    "a pickle": (b"\x80\x04" + bytes(300), "no whole safetensors"),
    "no JSON": ((9).to_bytes(8, "little") + b"[1, 2, 3]", "header cannot be read"),
    "a hostile length": ((2**63).to_bytes(8, "little") + b"{}", "no whole safetensors"),
    "a tensor without a place": ((16).to_bytes(8, "little") + b'{"w": {"x": 12}}', "header cannot be read"),
}


@pytest.mark.parametrize(("data", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_files_that_are_not_whole(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message):
        tensors(path)
    assert any(message in p for p in problems(tmp_path))


PROBLEMS: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda f: None, ""),
    "no config": (lambda f: (f / "config.json").unlink(), "config.json is missing"),
    "a config that is cut off": (lambda f: (f / "config.json").write_text("{"), "config.json cannot be read"),
    "a config that is a list": (lambda f: (f / "config.json").write_text("[]"), "config.json is no object"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "no weights"),
    "an index that cannot be read": (lambda f: (f / "model.safetensors.index.json").write_text("["), "cannot be read"),
}


@pytest.mark.parametrize(("change", "message"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_problems(change: Callable[[Path], object], message: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(WHOLE)
    change(tmp_path)
    found = list(problems(tmp_path))
    assert len(found) == (1 if message else 0)
    assert all(message in p for p in found)
