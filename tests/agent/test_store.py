"""The store: whole files only, one folder for many processes, and room made from what was used least recently."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.language.run import MemoryCache
from agent.store import Layered, Store, write_whole
from tests.fakes import blank
from tools.types import Depth, Frame, Image, Region, Regions

FRAME = Frame("root", 3, 2)
random = np.random.default_rng(1)
NOISE = random.integers(0, 255, (2, 3, 3), dtype=np.uint8)
VALUES: dict[str, Any] = {
    "number": 3,
    "truth": False,
    "text": "컵 \u2028",
    "texts": ("a", ""),
    "regions": Regions((Region((0, 0, 1, 1), FRAME, text="x"),), FRAME, "mug"),
    "no regions": Regions((), FRAME, "mug"),
    "picture": Image(NOISE, FRAME),
    "picture with alpha": Image(NOISE.copy(), FRAME, NOISE[..., 0].copy()),
    "depth": Depth(random.random((2, 3), dtype=np.float32), FRAME),
    "depth of a known camera": Depth(random.random((2, 3), dtype=np.float32), FRAME, 350.0, (0.0, 1e-3, 0.1)),
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_comes_back_from_another_store_over_the_same_folder(value: Any, tmp_path: Path) -> None:
    Store(tmp_path).put("k", value)
    back = Store(tmp_path).get("k")
    if isinstance(value, (Image, Depth)):
        assert back is not None
        assert (back.id, back.frame) == (value.id, value.frame)  # type: ignore[union-attr]
    else:
        assert back == value
    assert not list(tmp_path.rglob(".part-*"))


def test_nothing_there(tmp_path: Path) -> None:
    assert Store(tmp_path).get("k") is None


DAMAGE = {
    "cut step": ("steps/k.json", b'{"type": "Ima'),
    "empty step": ("steps/k.json", b""),
    "a step of another kind": ("steps/k.json", b"[]"),
    "a step without its frame": ("steps/k.json", b'{"type": "Image", "value": "x"}'),
    "cut artifact": ("artifacts", b"\x89PNG\r\n\x1a\n"),
    "empty artifact": ("artifacts", b""),
}


@pytest.mark.parametrize(("place", "data"), DAMAGE.values(), ids=DAMAGE.keys())
def test_what_is_damaged_is_gone(place: str, data: bytes, tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("k", blank(3, 2))
    path = tmp_path / place
    (path if path.is_file() else next(path.iterdir())).write_bytes(data)
    assert store.get("k") is None


def test_a_missing_artifact_takes_its_step_along(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("k", blank(3, 2))
    next((tmp_path / "artifacts").iterdir()).unlink()
    assert store.get("k") is None
    store.put("k", blank(3, 2))
    assert store.get("k") is not None


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"old")

    def broken(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [f.name for f in tmp_path.iterdir()] == ["a.json"]


def size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def test_old_results_make_room_whichever_process_wrote_them(tmp_path: Path) -> None:
    limit = 100_000
    for i in range(40):
        # Each time a process of its own, which writes little.
        Store(tmp_path, limit).put(f"k{i}", "x" * 10_000)
        os.utime(tmp_path / "steps" / f"k{i}.json", (i, i))
    assert size(tmp_path) <= limit + 11_000
    assert Store(tmp_path, limit).get("k39") is not None
    assert Store(tmp_path, limit).get("k0") is None


def test_what_is_used_stays(tmp_path: Path) -> None:
    store = Store(tmp_path, 100_000)
    for i in range(8):
        store.put(f"k{i}", "x" * 10_000)
        os.utime(tmp_path / "steps" / f"k{i}.json", (i, i))
    assert store.get("k0") is not None  # used just now
    for i in range(8, 12):
        store.put(f"k{i}", "x" * 10_000)
    assert store.get("k0") is not None
    assert store.get("k1") is None


def test_making_room_touches_nothing_else(tmp_path: Path) -> None:
    others = [
        tmp_path / name
        for name in ("profile.toml", "models/vlm/model.safetensors", "sessions/a.sqlite", "traces/t/a.png")
    ]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 50_000)
        os.utime(path, (1, 1))
    store = Store(tmp_path, 30_000)
    for i in range(10):
        store.put(f"k{i}", "x" * 10_000)
    assert all(path.exists() for path in others)
    assert size(tmp_path / "steps") <= 41_000


def test_layers() -> None:
    first, second = MemoryCache(), MemoryCache()
    layered = Layered(first, second)
    second["a"] = 1
    assert layered.peek("a") == 1
    assert "a" not in first
    assert layered.get("a") == 1
    assert first["a"] == 1
    layered.put("b", False)
    assert (first["b"], second["b"], layered.get("b")) == (False, False, False)
    assert layered.get("c") is None
