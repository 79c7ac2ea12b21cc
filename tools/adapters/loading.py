"""What the load functions of the seeing adapters share: the checkpoint's folder or .pth, the precision, checks."""

from __future__ import annotations

import importlib.util
import pickle
from pathlib import Path
from typing import Any

from tools.core import InputError, NotReady
from tools.types import Image

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


def for_processor(image: Image) -> Any:
    """The picture as transformers' image processors take it without guessing.

    An array of 3 rows would be taken for one of 3 channels, and torch warns of arrays that cannot be written to.
    """
    from PIL import Image as Pillow

    return Pillow.fromarray(image.pixels)


def needs_torchvision(role: str, family: str) -> None:
    """Raise NotReady where torchvision is not installed, without which transformers has no processor for a family."""
    if importlib.util.find_spec("torchvision") is None:
        raise NotReady(role, f"{family} needs torchvision", "pip install 'eyeshot[models]'")


def pretrained_package(role: str, module: str, requirement: str) -> None:
    """Raise NotReady where the original package that runs a .pth, or its torchvision, is not installed."""
    for name in ("torchvision", module):
        if importlib.util.find_spec(name) is None:
            wanted = requirement if name == module else name
            raise NotReady(role, f"the package {wanted} is not installed", "docs/originals.md says how to install it")


def original_weights(role: str, source: str | Path) -> tuple[Path, dict[str, Any]]:
    """A .pth (or the only one of a folder) and its weights by name, on the CPU; wrappings of trainers are taken off.

    Only tensors are unpickled (`weights_only`), so a file can run no code. Raises NotReady where there is no such file,
    InputError for several or for one that cannot be read.
    """
    path = Path(source)
    if path.is_dir():
        found = sorted(path.glob("*.pth"))
        if len(found) > 1:
            raise InputError(f"expected one .pth in {path}, got {len(found)}; set {role}.source to one of them")
        path = found[0] if found else path / "*.pth"
    if not path.is_file():
        raise NotReady(role, f"no checkpoint for {role!r} at {path}", f"set {role}.source to the .pth")
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise InputError(
            f"{path} is no complete .pth of tensors: {str(error).splitlines()[0][:200]} (fetch it again)"
        ) from error
    for key in ("model", "state_dict"):
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise InputError(f"{path} holds something else than weights by name, a {type(state).__name__}")
    return path, {name.removeprefix("module."): value for name, value in state.items()}
