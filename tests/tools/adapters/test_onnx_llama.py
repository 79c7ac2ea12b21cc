"""The 8-bit Llama says nearly what the float32 one says, token by token, and refuses what it does not know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.language_models import plain_llama
from tools.adapters import numpy_llama, onnx_llama
from tools.core import NotReady

WIDE = {"hidden_size": 64, "intermediate_size": 96}  # multiples of a block of weights
SHAPES: dict[str, dict[str, Any]] = {
    "grouped queries": {"num_attention_heads": 4, "num_key_value_heads": 2},
    "one head of keys": {"num_attention_heads": 4, "num_key_value_heads": 1},
    "no groups": {"num_attention_heads": 2, "num_key_value_heads": 2},
    "its own output": {"num_attention_heads": 2, "num_key_value_heads": 2, "tie_word_embeddings": False},
    "fast turns": {"num_attention_heads": 2, "num_key_value_heads": 2, "rope_theta": 100.0},
}
HEADS = {"num_attention_heads": 2, "num_key_value_heads": 1}


def exported(folder: Path, **shape: Any) -> str:
    plain_llama(folder, **WIDE, **shape)
    onnx_llama.export(folder)
    return str(folder)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_logits_are_nearly_those_of_float32(shape: dict[str, Any], tmp_path: Path) -> None:
    folder = exported(tmp_path, **shape)
    ours, theirs = onnx_llama.load(folder), numpy_llama.load(folder)
    random = np.random.default_rng(0)
    for count in (7, 1, 1, 300, 1, 30):  # 300 is more than a chunk
        tokens = [int(t) for t in random.integers(0, 512, count)]
        eight, exact = ours.append(tokens), theirs.append(tokens)
        assert np.abs(eight - exact).max() < 0.05 * np.abs(exact).max()
        assert np.corrcoef(eight, exact)[0, 1] > 0.999
    assert (len(ours), ours.vocabulary) == (len(theirs), theirs.vocabulary) == (340, 512)


def test_a_weight_is_off_by_half_a_level_at_most() -> None:
    weight = np.random.default_rng(0).normal(size=(8, 96)).astype(np.float32)
    weight[3, :32] = 0
    levels, scales = onnx_llama.quantized(weight)
    assert levels.dtype == np.uint8 and levels.shape == (8, 3, 32) and scales.shape == (8, 3)
    back = (levels.astype(np.float32) - 128) * scales[..., None]
    assert (np.abs(back - weight.reshape(8, 3, 32)) <= scales[..., None] / 2 + 1e-7).all()


def test_more_tokens_than_fit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_llama, "POSITIONS", 16)
    model = onnx_llama.load(exported(tmp_path, **HEADS))
    model.append(list(range(16)))
    with pytest.raises(ValueError, match="17 tokens are more than the 16 that fit"):
        model.append([1])
    assert len(model) == 16


def test_what_it_does_not_run_is_refused(tmp_path: Path) -> None:
    odd, bare, narrow = tmp_path / "odd", tmp_path / "bare", tmp_path / "narrow"
    config = json.loads((plain_llama(odd, **WIDE, **HEADS) / "config.json").read_text())
    (odd / "config.json").write_text(json.dumps(config | {"attention_bias": True}))
    with pytest.raises(ValueError, match="onnx_llama runs plain Llamas only"):
        onnx_llama.export(odd)
    plain_llama(bare, **WIDE, **HEADS)
    with pytest.raises(NotReady, match=r"no model_int8\.onnx"):
        onnx_llama.load(str(bare))
    with pytest.raises(ValueError, match="int8 weights only, not bf16"):
        onnx_llama.load(str(bare), precision="bf16")
    plain_llama(narrow, **HEADS)
    with pytest.raises(ValueError, match="48 columns"):
        onnx_llama.export(narrow)
    with pytest.raises(NotReady, match="no checkpoint for 'planner'"):
        onnx_llama.load(str(tmp_path))
