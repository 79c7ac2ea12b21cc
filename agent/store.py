"""What outlives a step: its result under its key, and pictures and depth maps under the id of their content.

    folder/steps/KEY.json        a value as agent.language.values writes it
    folder/artifacts/ID.png      pixels (with alpha where there is one), lossless
    folder/artifacts/ID.npy      depth

Each file is written beside its place and moved there, so a killed process leaves whole files only, and two processes
may share a folder. When steps and artifacts grow over the limit, those that were used least recently go; nothing else
in the folder is touched.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from agent.language.values import decode, encode
from tools.types import Depth, Frame, Image, Value

GIB = 1 << 30


class Store:
    """A folder of step results and artifacts; a StepCache that is durable."""

    def __init__(self, folder: Path, limit_bytes: int = 4 * GIB) -> None:
        self.folder, self.limit_bytes = folder, limit_bytes

    def get(self, key: str) -> Value | None:
        """The result of a step, or None. A result that is damaged, or whose artifact is, or is gone, is gone too."""
        path = self.folder / "steps" / f"{key}.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            value = decode(data, self._fetch)
            os.utime(path)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return value

    def put(self, key: str, value: Value) -> None:
        """Keep the result of a step; whole on disk when this returns."""
        data = json.dumps(encode(value, self.keep), separators=(",", ":"), ensure_ascii=False)
        self._write(self.folder / "steps" / f"{key}.json", data.encode())

    def keep(self, value: Image | Depth) -> str:
        """Keep a picture or depth map under the id of its content; returns the id."""
        if isinstance(value, Depth):
            path = self.folder / "artifacts" / f"{value.id}.npy"
            if not path.exists():
                self._write(path, _npy(value))
        else:
            path = self.folder / "artifacts" / f"{value.id}.png"
            if not path.exists():
                self._write(path, png(value))
        return value.id

    def _fetch(self, kind: str, identity: str, frame: Frame) -> Image | Depth:
        path = self.folder / "artifacts" / f"{identity}.{'png' if kind == 'Image' else 'npy'}"
        os.utime(path)
        if kind == "Depth":
            return Depth(np.load(path, allow_pickle=False), frame)
        from PIL import Image as Pillow

        with Pillow.open(path) as opened:
            pixels = np.array(opened)
        alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
        return Image(np.ascontiguousarray(pixels[..., :3]), frame, alpha)

    def _write(self, path: Path, data: bytes) -> None:
        write_whole(path, data)
        # By chance in proportion, so that many short processes together look as often as one long one.
        if random.random() * self.limit_bytes < 16 * len(data):
            self._evict()

    def _evict(self) -> None:
        """Remove what was used least recently until the folder is within nine tenths of its limit."""
        found = []
        for file in [f for part in ("steps", "artifacts") for f in self.folder.glob(f"{part}/*")]:
            try:
                status = file.stat()
            except FileNotFoundError:
                continue
            if file.is_file():
                found.append((status.st_mtime, status.st_size, file))
        total = sum(size for _, size, _ in found)
        for _, size, file in sorted(found, key=lambda f: f[0]):
            if total <= self.limit_bytes * 9 // 10:
                break
            file.unlink(missing_ok=True)
            total -= size


class Layered:
    """A StepCache that reads from several stores in order and writes to all of them."""

    def __init__(self, *stores: Any) -> None:
        self.stores = stores

    def get(self, key: str) -> Value | None:
        """The first store's result that there is, then kept by the stores before it."""
        for i, store in enumerate(self.stores):
            value: Value | None = store.get(key)
            if value is not None:
                for earlier in self.stores[:i]:
                    earlier.put(key, value)
                return value
        return None

    def peek(self, key: str) -> Value | None:
        """The first store's result that there is, kept nowhere else."""
        return next((value for store in self.stores if (value := store.get(key)) is not None), None)

    def put(self, key: str, value: Value) -> None:
        """Keep a result in every store."""
        for store in self.stores:
            store.put(key, value)


def png(image: Image) -> bytes:
    """The picture as PNG, lossless, without metadata."""
    import cv2

    channels = image.pixels[..., ::-1]
    if image.alpha is not None:
        channels = np.dstack([channels, image.alpha])
    done, data = cv2.imencode(".png", np.ascontiguousarray(channels), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise RuntimeError(f"a picture of {image.width}x{image.height} could not be encoded as PNG")
    return data.tobytes()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _npy(depth: Depth) -> bytes:
    import io

    buffer = io.BytesIO()
    np.save(buffer, depth.values, allow_pickle=False)
    return buffer.getvalue()
