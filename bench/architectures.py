"""The architectures of the catalogue's checkpoints, built without their weights.

On the meta device a model has shapes and no memory, which is enough to count; `random_model` makes one with random
weights in memory, at full size.
"""

from __future__ import annotations

from typing import Any

from agent.checkpoints import Checkpoint


def config(checkpoint: Checkpoint, name: str) -> Any:
    """The configuration for a model class: the class's defaults with the catalogue's differences."""
    import transformers

    model = getattr(transformers, name)
    return model.config_class(**{key: _plain(value) for key, value in checkpoint.config.items()})


def count(checkpoint: Checkpoint, name: str) -> int:
    """Parameters of a model class of transformers for this checkpoint; tied ones count once."""
    import torch
    import transformers

    with torch.device("meta"):
        made = getattr(transformers, name)(config(checkpoint, name))
        made.tie_weights()
    return sum(p.numel() for p in made.parameters())


def random_model(checkpoint: Checkpoint, precision: str) -> Any:
    """The loaded class at full size with random weights on the CPU, in "fp32", "bf16" or "fp16".

    The weights are uniform in [-0.02, 0.02), a block of a million of them again and again: drawing or initialising
    billions would take minutes, and what is asked of them is to be there.
    """
    import torch
    import transformers

    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]
    settings = config(checkpoint, checkpoint.model)
    with torch.device("meta"):
        made = getattr(transformers, checkpoint.model)(settings).to(dtype)
    made.to_empty(device="cpu")
    made.tie_weights()
    block = torch.empty(1 << 20).uniform_(-0.02, 0.02).to(dtype)
    with torch.no_grad():
        for parameter in made.parameters():
            for part in parameter.data.view(-1).split(len(block)):
                part.copy_(block[: len(part)])
    return made.eval()


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value
