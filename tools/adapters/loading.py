"""What the load functions of the seeing adapters share: the checkpoint's folder, and the precision's torch type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.core import NotReady

PRECISIONS = ("fp32", "bf16", "fp16")


def checkpoint(role: str, source: str | Path) -> Path:
    """The transformers folder. Raises NotReady where there is no model in it."""
    folder = Path(source)
    if not (folder / "config.json").is_file():
        raise NotReady(role, f"no checkpoint for {role!r} at {folder}", "eyeshot doctor says what is missing")
    return folder


def arguments(precision: str) -> dict[str, Any]:
    """Keyword arguments for from_pretrained: this precision, safetensors only, no network.

    Switches transformers' loading bars off. Raises ValueError for another precision.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {PRECISIONS}, got {precision!r}")
    import torch
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    dtypes = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    return {"dtype": dtypes[precision], "local_files_only": True, "use_safetensors": True}
