"""What a folder's *.safetensors files hold, from their headers alone: no weights are read, no torch is needed.

The format: eight bytes with the header's length (little endian), the header as JSON ({"name": {"dtype", "shape",
"data_offsets"}}), the tensors' bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

LARGEST_HEADER = 100_000_000  # bytes; the reference implementation has the same limit
BYTES = {"fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "int8": 1.0, "int4": 0.5}
"""Bytes of a weight at each precision."""
QUANTIZED = ("int8", "int4")


def tensors(file: Path) -> list[tuple[str, tuple[int, ...]]]:
    """Names and shapes of a file's tensors. Raises ValueError, saying how, where the file is not whole."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(8)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or length > min(LARGEST_HEADER, max(size - 8, 0)):
            raise ValueError(f"{file.name} is no whole safetensors file: it has {size} bytes")
        try:
            header = json.loads(stream.read(length))
            entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
            ends = max((int(e["data_offsets"][1]) for e in entries.values()), default=0)
            found = [(name, tuple(int(n) for n in e["shape"])) for name, e in entries.items()]
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
            raise ValueError(f"{file.name} is no safetensors file: its header cannot be read") from error
    if size != 8 + length + ends:
        raise ValueError(
            f"{file.name} is cut off or damaged: it has {size} bytes and its header says {8 + length + ends}"
        )
    return found


def shards(folder: Path) -> list[Path]:
    """The weight files of a folder. Raises ValueError where the folder's index names one that is not there."""
    here = sorted(folder.glob("*.safetensors"))
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{index.name} cannot be read") from error
        missing = sorted(named - {path.name for path in here})
        if missing:
            raise ValueError(f"{missing[0]} is missing ({len(missing)} of {len(named)} weight files are)")
    return here


def weight_bytes(folder: Path, precision: str) -> int:
    """Bytes that a folder's weights take in memory at a precision; 0 for a folder without any.

    At int8 and int4 only matrices shrink, and of these not the embeddings; they are counted at two bytes.
    Raises ValueError for an unknown precision, or files that are not whole.
    """
    if precision not in BYTES:
        raise ValueError(f"precision must be one of {', '.join(BYTES)}, got {precision!r}")
    return round(sum(_bytes(name, shape, precision) for path in shards(folder) for name, shape in tensors(path)))


def problems(folder: Path) -> Iterator[str]:
    """What keeps a transformers folder from being loaded: missing or damaged files."""
    try:
        if not isinstance(json.loads((folder / "config.json").read_text(encoding="utf-8")), dict):
            yield "config.json is no object"
    except FileNotFoundError:
        yield "config.json is missing"
    except ValueError:
        yield "config.json cannot be read"
    try:
        found = shards(folder)
    except ValueError as error:
        yield str(error)
        return
    if not found:
        yield "there are no weights in it (*.safetensors)"
    for path in found:
        try:
            tensors(path)
        except ValueError as error:
            yield str(error)


def _bytes(name: str, shape: tuple[int, ...], precision: str) -> float:
    count = math.prod(shape)
    if precision in QUANTIZED and (len(shape) != 2 or "embed" in name or "lm_head" in name):
        return count * 2.0
    return count * BYTES[precision]
