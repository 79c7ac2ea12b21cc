"""What is taken back is forgotten, however the model is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.language_models import plain_llama
from tools.adapters import language, numpy_llama, onnx_llama
from tools.adapters.roles import LanguageModel


def exported(source: str) -> LanguageModel:
    onnx_llama.export(Path(source))
    return onnx_llama.load(source)


WAYS: dict[str, Callable[[str], LanguageModel]] = {
    "torch": language.load, "numpy": numpy_llama.load, "onnxruntime": exported,
}  # fmt: skip


@pytest.mark.parametrize("load", WAYS.values(), ids=WAYS.keys())
def test_rewinding_forgets(load: Callable[[str], LanguageModel], tmp_path: Path) -> None:
    shape = {"hidden_size": 64, "intermediate_size": 96, "num_attention_heads": 2, "num_key_value_heads": 1}
    model = load(str(plain_llama(tmp_path, **shape)))
    model.reset_to([5, 6, 7])
    model.append([5, 6])
    expected = model.append([7])
    model.append([8, 9, 10])
    model.rewind(2)
    assert len(model) == 2
    assert model.append([7]) == pytest.approx(expected, abs=1e-4)
    model.reset_to([5, 6, 7])  # all but the last are kept, since somebody must be asked for logits
    assert len(model) == 2
    model.reset_to([4, 6, 7])
    assert len(model) == 0
    model.append([5, 6])
    assert model.append([7]) == pytest.approx(expected, abs=1e-4)
