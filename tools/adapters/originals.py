"""What belongs to the original packages: whether they are installed, weights from a .pth, how they clamp logits."""

from __future__ import annotations

import importlib.util
import pickle
from pathlib import Path
from typing import Any

from tools.core import InputError, NotReady


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


def as_trained() -> Any:
    """A context in which torch.special.logit clamps as the original Grounding DINO does; for this thread only.

    The decoder refines boxes by logits of the ones before. The original, with which the published weights were trained,
    clamps both x and 1 - x to 1e-3, transformers to 1e-5; boxes as wide as the picture come out elsewhere.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    class Clamped(TorchFunctionMode):  # type: ignore[misc]  # torch is not seen by mypy
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func is torch.special.logit:
                return torch.log(args[0].clamp(1e-3, 1) / (1 - args[0]).clamp(1e-3, 1))
            return func(*args, **(kwargs or {}))

    return Clamped()
