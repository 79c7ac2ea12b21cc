"""Saving pictures: formats, alpha, and places where nothing may be written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from agent.pictures import load, save
from tests.samples import encoded, quarters, scene
from tools.core import InputError
from tools.types import Image


def picture(alpha: bool = False) -> Image:
    image = load(encoded(scene(), "PNG"))
    mask = np.full((40, 60), 255, dtype=np.uint8)
    mask[:, :30] = 0
    return image.edited(image.pixels, mask) if alpha else image


@pytest.mark.parametrize("extension", [".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".PNG"])
def test_save_and_load_again(tmp_path: Path, extension: str) -> None:
    target = tmp_path / f"out{extension}"
    assert save(picture(), target) == ()
    assert quarters(load(target)) == "rwwb"
    assert [p.name for p in tmp_path.iterdir()] == [target.name]
    with Pil.open(target) as written:
        assert not {"exif", "icc_profile", "xmp", "comment", "Software"} & set(written.info)
        assert not [tag for tag in written.getexif() if tag > 0x0200]  # TIFF keeps its own layout tags


@pytest.mark.parametrize(("extension", "kept"), [(".png", True), (".webp", True), (".tiff", True), (".jpg", False)])
def test_alpha_when_saving(tmp_path: Path, extension: str, kept: bool) -> None:
    target = tmp_path / f"out{extension}"
    notes = save(picture(alpha=True), target)
    again = load(target)
    assert (again.alpha is not None) == kept
    assert bool(notes) == (not kept)
    corner = again.pixels[5, 5].tolist()
    assert corner == [0, 0, 0] if kept else min(corner) > 250, "nothing hidden is written; JPEG is laid on white"


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    source = tmp_path / "source.png"
    source.write_bytes(encoded(scene(), "PNG"))
    (tmp_path / "hard.png").hardlink_to(source)
    (tmp_path / "soft.png").symlink_to(source)
    (tmp_path / "folder.png").mkdir()
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    protected = tmp_path / "protected.png"
    protected.write_bytes(b"keep me")
    protected.chmod(0o444)
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    before = sorted((p.name, p.lstat().st_size) for p in tmp_path.iterdir())
    rows = [
        ("a folder", tmp_path, "is a folder"),
        ("a folder with an extension", tmp_path / "folder.png", "is a folder"),
        ("the source", source, "source picture"),
        ("the source by another spelling", tmp_path / "folder.png" / ".." / "source.png", "source picture"),
        ("a hard link to the source", tmp_path / "hard.png", "source picture"),
        ("a symbolic link to the source", tmp_path / "soft.png", "source picture"),
        ("a missing folder", tmp_path / "no" / "out.png", "does not exist"),
        ("below a file", source / "out.png", "not a folder"),
        ("an unknown extension", tmp_path / "out.xyz", "extension .xyz"),
        ("no extension", tmp_path / "out", "extension"),
        ("a read-only file", protected, "read-only"),
        ("an endless name", tmp_path / ("x" * 300 + ".png"), "cannot be written|not a path"),
        ("a name with a zero byte", str(tmp_path / "a\0b.png"), "not a path"),
        ("a link to itself", loop, "not a path|link"),
        ("a read-only folder", closed / "out.png", "read-only"),
    ]
    for label, target, message in rows:
        with pytest.raises(InputError, match=message):
            save(picture(), target, [source])
            pytest.fail(label)
    with pytest.raises(InputError, match="source picture"):
        save(picture(), source, [f"{source}#2"])
    closed.chmod(0o755)
    assert sorted((p.name, p.lstat().st_size) for p in tmp_path.iterdir()) == before


def test_a_failed_write_leaves_the_old_file_alone(tmp_path: Path) -> None:
    target = tmp_path / "out.webp"
    save(picture(), target)
    old = target.read_bytes()
    wide = Image.from_pixels(np.zeros((1, 20_000, 3), dtype=np.uint8))
    with pytest.raises(InputError, match="16,383"):
        save(wide, target)
    assert target.read_bytes() == old
    save(load(encoded(Pil.new("RGB", (5, 5)), "PNG")), target)
    assert load(target).width == 5
    assert len(list(tmp_path.iterdir())) == 1


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "real.png", tmp_path / "link.png"
    target.write_bytes(b"old")
    link.symlink_to(target)
    save(picture(), link)
    assert link.is_symlink() and quarters(load(target)) == "rwwb"
