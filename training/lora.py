"""LoRA (Hu et al. 2021) on the linear layers of a transformers model, in the layout that PEFT writes.

The base weights are frozen, in bfloat16 where the CPU has it (training.loop.fast_dtype), and so is the
arithmetic; the low-rank factors are trained in float32.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class LoraLinear(nn.Module):
    """y = W x + scale * B (A x); A (r, in) starts random, B (out, r) at zero."""

    def __init__(self, base: nn.Linear, r: int, alpha: float, generator: torch.Generator) -> None:
        super().__init__()
        self.weight = nn.Parameter(base.weight.detach(), requires_grad=False)
        bound = 1 / math.sqrt(base.in_features)
        start = torch.empty(r, base.in_features).uniform_(-bound, bound, generator=generator)
        self.lora_A = nn.Parameter(start)
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, r))
        self.scale = alpha / r

    def forward(self, x: Tensor) -> Tensor:
        low = F.linear(x, self.lora_A.to(x.dtype))
        return F.linear(x, self.weight) + F.linear(low, (self.lora_B * self.scale).to(x.dtype))


def attach(model: nn.Module, r: int, alpha: float, seed: int) -> dict[str, nn.Parameter]:
    """Replace the target layers by LoraLinear, freeze the rest; the trained parameters by their PEFT names."""
    generator = torch.Generator().manual_seed(seed)
    model.requires_grad_(False)
    trained: dict[str, nn.Parameter] = {}
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and name.rsplit(".", 1)[-1] in TARGETS:
            parent, child = name.rsplit(".", 1)
            layer = LoraLinear(module, r, alpha, generator)
            setattr(model.get_submodule(parent), child, layer)
            trained[f"base_model.model.{name}.lora_A.weight"] = layer.lora_A
            trained[f"base_model.model.{name}.lora_B.weight"] = layer.lora_B
    return trained


def save(trained: dict[str, nn.Parameter], r: int, alpha: float, folder: Path) -> None:
    """Write adapter_model.safetensors (float16) and adapter_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: p.detach().to(torch.float16).contiguous() for name, p in trained.items()}
    part = folder / "adapter_model.part"
    save_file(tensors, part, metadata={"format": "pt"})
    part.replace(folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "HuggingFaceTB/SmolLM2-135M-Instruct",
        "r": r, "lora_alpha": alpha, "lora_dropout": 0.0, "bias": "none", "fan_in_fan_out": False,
        "inference_mode": True, "target_modules": sorted(TARGETS),
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load(trained: dict[str, nn.Parameter], folder: Path) -> None:
    """Copy a saved adapter into the parameters (an adapter to go on from). Raises KeyError where a layer is missing."""
    tensors = load_file(folder / "adapter_model.safetensors")
    with torch.no_grad():
        for name, parameter in trained.items():
            parameter.copy_(tensors[name].float())
