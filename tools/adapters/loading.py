"""What the load functions of adapters share: the checkpoint's folder, the device, the precision, the model itself.

Only safetensors are loaded, no code that a checkpoint brings, and nothing is looked up on a hub. A model that planner
and eyes share is loaded once and lives as long as one of them does.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from tools.adapters.weights import BYTES, QUANTIZED, problems
from tools.core import NotReady
from tools.types import Image

PRECISIONS = ("fp32", "bf16", "fp16")
"""What every role can be loaded in; roles "planner" and "vlm" also in int8 and int4."""
QUANTIZABLE = ("planner", "vlm")
QUANTIZE = "pip install 'eyeshot[quantized]'"
VIDEO = ("video_preprocessor_config.json", "video_processor_config.json")
_shared: WeakValueDictionary[tuple[str, ...], Any] = WeakValueDictionary()


def checkpoint(role: str, source: str | Path, *, by_transformers: bool = True) -> Path:
    """The transformers folder. Raises NotReady where there is no whole model in it.

    by_transformers: also where transformers does not know the architecture, which imports transformers.
    """
    folder = Path(source)
    if not (folder / "config.json").is_file():
        raise NotReady(role, f"no checkpoint for {role!r} at {folder}", "eyeshot doctor says what is missing")
    for problem in problems(folder):
        raise NotReady(role, f"the checkpoint at {folder} cannot be loaded: {problem}", "get its files again")
    if not by_transformers:
        return folder
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind not in CONFIG_MAPPING_NAMES:
        raise NotReady(
            role,
            f"the checkpoint at {folder} is a {kind!r}, which the installed transformers does not know; code that a "
            "checkpoint brings is never run",
            "choose one that `eyeshot models` lists, or a newer transformers",
        )
    return folder


def arguments(precision: str) -> dict[str, Any]:
    """Keyword arguments for from_pretrained: this precision, safetensors only, no network, no code.

    Switches transformers' loading bars off. Raises ValueError for another precision.
    """
    if precision not in BYTES:
        raise ValueError(f"precision must be one of {tuple(BYTES)}, got {precision!r}")
    import torch
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    dtypes = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    dtype = dtypes.get(precision, torch.bfloat16)
    made: dict[str, Any] = {
        "dtype": dtype,
        "local_files_only": True,
        "use_safetensors": True,
        "trust_remote_code": False,
    }
    if precision in QUANTIZED:
        from transformers import BitsAndBytesConfig

        made["quantization_config"] = (
            BitsAndBytesConfig(load_in_8bit=True)
            if precision == "int8"
            else BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)
        )
    return made


def pretrained(kind: str, role: str, folder: Path, precision: str, device: str, *, shared: bool = False) -> Any:
    """A model of a transformers class by name, in evaluation mode on the device.

    int8 and int4 (NF4; Dettmers et al., 2022 and 2023) reach the linear layers; embeddings and the output stay bf16.
    shared: roles that ask for the same get the same object. Raises NotReady where this machine or this role cannot have
    the precision or the device, ValueError for an unknown precision.
    """
    device = usable_device(role, device)
    check_precision(role, precision, device)
    key = (kind, str(folder.resolve()), precision, device)
    model = _shared.get(key) if shared else None
    if model is None:
        import transformers

        settings = arguments(precision)
        if precision in QUANTIZED:
            settings["device_map"] = {"": device}
        model = getattr(transformers, kind).from_pretrained(folder, **settings)
        model = (model if precision in QUANTIZED else model.to(device)).eval()
        if shared:
            _shared[key] = model
    return model


def usable_device(role: str, device: str) -> str:
    """The device that a profile's word means here: "auto" is a CUDA GPU, else Apple's, else the CPU.

    Raises NotReady for one that is not here.
    """
    if device == "cpu":
        return device
    import torch

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if device == "auto":
        return "cuda" if cuda else "mps" if mps else "cpu"
    kind, _, number = device.partition(":")
    here = (kind == "cuda" and cuda and int(number or 0) < torch.cuda.device_count()) or (kind == "mps" and mps)
    if not here:
        raise NotReady(
            role,
            f"the profile wants {role!r} on the device {device!r}, and PyTorch {torch.__version__} sees none such here",
            f"--set {role}.device=cpu, or install the driver and the PyTorch build for your GPU",
        )
    return device


def check_precision(role: str, precision: str, device: str) -> None:
    """Raise NotReady where a role cannot have a precision on a device, ValueError for an unknown one."""
    if precision not in BYTES:
        raise ValueError(f"precision must be one of {tuple(BYTES)}, got {precision!r}")
    if precision not in QUANTIZED:
        return
    if role not in QUANTIZABLE:
        raise NotReady(
            role, f"{role!r} cannot be loaded in {precision}: only planner and vlm can", f"--set {role}.precision=bf16"
        )
    if device.startswith("mps"):
        raise NotReady(role, f"{precision} needs a CPU or a CUDA GPU", f"--set {role}.precision=bf16")
    missing = [m for m in ("bitsandbytes", "accelerate") if importlib.util.find_spec(m) is None]
    if missing:
        raise NotReady(
            role, f"{precision} needs {' and '.join(missing)}", f"{QUANTIZE}, or --set {role}.precision=bf16"
        )


def need_torchvision(role: str, folder: Path) -> None:
    """Raise NotReady where a processor needs torchvision, for its video slot, and there is none that fits."""
    if not any((folder / name).is_file() for name in VIDEO):
        return
    remedy = "pip install 'eyeshot[models]'"
    if importlib.util.find_spec("torchvision") is None:
        raise NotReady(role, f"the processor of {folder.name} needs torchvision", remedy)
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError) as error:
        raise NotReady(
            role,
            f"the installed torchvision does not fit the installed torch ({str(error).splitlines()[0]})",
            "install both from one index, such as https://download.pytorch.org/whl/cpu",
        ) from error


def release() -> None:
    """Give back the memory of models that nobody holds any more; some hold themselves, in cycles.

    glibc keeps what was freed in blocks below 32 MB for its next use, which for weights is gigabytes: it is told to
    give them back.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


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
