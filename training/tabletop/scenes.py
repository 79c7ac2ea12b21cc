"""The rendered tabletop scenes as arrays: pictures, object masks, depth and scene graphs.

A scene archive (a zip or a folder) holds for each scene number N the files `N.jpg` or `N.png`, `N.npz` (mask, depth)
and `N.json` (the scene graph). They are read once and kept as uncompressed uint8/uint16 arrays in a cache folder, one
`SceneSet` a picture size, so that training reads by memory map.

The split is by scene number alone: a number divisible by 3 is held out, for every trainer and every evaluation here.

Not covered: rendering (training.tabletop.render).
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SHAPES = ("cube", "sphere", "cylinder")
COLORS = ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")
MATERIALS = ("rubber", "metal")
SIZES = ("small", "large")
ATTRIBUTES: dict[str, tuple[str, ...]] = {"size": SIZES, "color": COLORS, "material": MATERIALS, "shape": SHAPES}
"""Every attribute's values, in the order in which a full phrase names them."""

NO_DEPTH = 65535
"""Depth value of a pixel where nothing is hit."""


@dataclass(frozen=True)
class SceneSet:
    """All scenes of one picture size.

    images (N, H, W, 3) uint8 RGB; masks (N, H, W) uint8, 0 background, k the k-th object, visible pixels only;
    depth (N, H, W) uint16, scene units x 1000 along the viewing axis, 65535 where nothing is hit;
    graphs: the scene graph of each, `objects` in the order of the mask ids.
    """

    numbers: NDArray[np.int64]
    images: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    depth: NDArray[np.uint16]
    graphs: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def size_wh(self) -> tuple[int, int]:
        return self.images.shape[2], self.images.shape[1]

    def attributes(self, index: int) -> NDArray[np.int64]:
        """(objects, 4) value ids of scene `index`, in the order of `ATTRIBUTES`."""
        rows = [[values.index(o[name]) for name, values in ATTRIBUTES.items()] for o in self.graphs[index]["objects"]]
        return np.array(rows, np.int64).reshape(-1, len(ATTRIBUTES))

    def boxes(self, index: int) -> NDArray[np.float32]:
        """(objects, 4) float32 xyxy pixels of the visible parts."""
        return np.array([o["box"] for o in self.graphs[index]["objects"]], np.float32).reshape(-1, 4)


def is_held_out(number: int) -> bool:
    """True for the scenes that nothing is ever trained on."""
    return number % 3 == 0


def indices(scenes: SceneSet, held_out: bool) -> list[int]:
    """Positions in `scenes` of the one or the other side of the split."""
    return [i for i, n in enumerate(scenes.numbers) if is_held_out(int(n)) == held_out]


def load(sources: Iterable[str | Path], cache: Path) -> list[SceneSet]:
    """Every scene of the archives or folders `sources`, grouped by picture size, through the cache folder.

    Raises ValueError where a source holds no scene.
    """
    sets: list[SceneSet] = []
    for source in sources:
        path = Path(source)
        stamp = f"{path.name}-{path.stat().st_size}-{path.stat().st_mtime_ns}"
        folder = cache / f"{path.stem}-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
        if not (folder / "graphs.json").exists():
            _unpack(path, folder)
        sets.append(_open(folder))
    return sets


def _open(folder: Path) -> SceneSet:
    graphs = json.loads((folder / "graphs.json").read_text())
    arrays = {n: np.load(folder / f"{n}.npy", mmap_mode="r") for n in ("images", "masks", "depth")}
    return SceneSet(np.array([g["scene"] for g in graphs]), arrays["images"], arrays["masks"], arrays["depth"], graphs)


def _files(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        return {p.name: p.read_bytes() for p in sorted(path.iterdir()) if p.suffix in (".jpg", ".png", ".npz", ".json")}
    with zipfile.ZipFile(path) as archive:
        return {Path(n).name: archive.read(n) for n in sorted(archive.namelist())}


def _unpack(path: Path, folder: Path) -> None:
    files = _files(path)
    stems = sorted(n[:-5] for n in files if n.endswith(".json"))
    if not stems:
        raise ValueError(f"expected scenes (N.jpg, N.npz, N.json) in {path}, found none: give the archive or folder")
    images, masks, depth, graphs = [], [], [], []
    for stem in stems:
        picture = files.get(stem + ".png") or files[stem + ".jpg"]
        images.append(np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")))
        with np.load(io.BytesIO(files[stem + ".npz"])) as layers:
            masks.append(layers["mask"])
            depth.append(layers["depth"])
        graphs.append(json.loads(files[stem + ".json"]))
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("images", images), ("masks", masks), ("depth", depth)):
        np.save(folder / f"{name}.npy", np.stack(rows))
    (folder / "graphs.json").write_text(json.dumps(graphs))
