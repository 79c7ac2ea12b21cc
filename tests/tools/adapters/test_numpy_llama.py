"""The numpy Llama says what transformers' says, token by token, and refuses what it does not know."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.language_models import byte_tokenizer, plain_llama
from tools.adapters import language, numpy_llama
from tools.core import NotReady

SHAPES: dict[str, dict[str, Any]] = {
    "grouped queries": {"num_attention_heads": 4, "num_key_value_heads": 2},
    "one head of keys": {"num_attention_heads": 4, "num_key_value_heads": 1},
    "no groups": {"num_attention_heads": 2, "num_key_value_heads": 2},
    "wide heads": {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 32},
    "its own output": {"num_attention_heads": 2, "num_key_value_heads": 2, "tie_word_embeddings": False},
    "fast turns": {"num_attention_heads": 2, "num_key_value_heads": 2, "rope_theta": 100.0},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_logits_are_those_of_transformers(shape: dict[str, Any], tmp_path: Path) -> None:
    folder = str(plain_llama(tmp_path, **shape))
    ours, theirs = numpy_llama.load(folder), language.load(folder)
    random = np.random.default_rng(0)
    for count in (7, 1, 1, 300, 1, 30):  # 300 is more than a chunk, and than the cache has grown to
        tokens = [int(t) for t in random.integers(0, 512, count)]
        assert ours.append(tokens) == pytest.approx(theirs.append(tokens), abs=2e-5)
    assert (len(ours), ours.vocabulary) == (len(theirs), theirs.vocabulary) == (340, 512)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_weights_are_read_exactly(dtype: str, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    plain_llama(tmp_path, dtype, num_attention_heads=2, num_key_value_heads=2)
    theirs = load_file(tmp_path / "model.safetensors")
    ours = numpy_llama.read_safetensors(tmp_path / "model.safetensors")
    assert set(ours) == set(theirs)
    for name, tensor in theirs.items():
        assert ours[name].dtype == np.float32
        assert np.array_equal(ours[name], tensor.float().numpy())


def test_tokens_are_those_of_transformers(tmp_path: Path) -> None:
    ours = numpy_llama.load(str(plain_llama(tmp_path, num_attention_heads=2, num_key_value_heads=1))).tokenizer
    theirs = byte_tokenizer()
    for text in ('answer(count(detect(image, "빨간 컵")))\n', "<eos> a  b", ""):
        ids = ours.encode(text, add_special_tokens=False)
        assert ids == theirs.encode(text, add_special_tokens=False)
        assert ours.decode(ids) == theirs.decode(ids)
    assert len(ours) == len(theirs)
    batch = [[i] for i in range(len(ours))]
    assert ours.batch_decode(batch) == theirs.batch_decode(batch)


ODD: dict[str, dict[str, Any]] = {
    "another family": {"model_type": "qwen3"},
    "biases": {"attention_bias": True},
    "scaled positions": {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}},
    "another activation": {"hidden_act": "gelu"},
}


@pytest.mark.parametrize("change", ODD.values(), ids=ODD.keys())
def test_other_models_are_refused(change: dict[str, Any], tmp_path: Path) -> None:
    folder = plain_llama(tmp_path, num_attention_heads=2, num_key_value_heads=1)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(ValueError, match=r'set planner\.adapter to "language"'):
        numpy_llama.load(str(folder))


def test_there_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="no checkpoint for 'planner'"):
        numpy_llama.load(str(tmp_path))


@pytest.mark.parametrize("data", [b"", b"abc", struct.pack("<Q", 1 << 40) + b"{}"])
def test_a_file_that_is_no_safetensors(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="safetensors"):
        numpy_llama.read_safetensors(path)


ASK = """
import sys
from agent.cli import main
code = main(["ask", sys.argv[1], "What is the total?", "--no-trace"])
heavy = sorted({"torch", "transformers", "kiwipiepy"} & set(sys.modules))
print(code, heavy, file=sys.stderr)
"""


def test_a_question_that_only_reads_imports_no_torch_and_no_korean(planner_home: Path) -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(root / "examples" / "receipt.png")],
        capture_output=True, text=True, cwd=root, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("$38.61\n")
    assert done.stderr.splitlines()[-1] == "0 []"
