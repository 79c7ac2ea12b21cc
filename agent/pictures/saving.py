"""Writing pictures: atomic, never over a source picture, and with nothing in the file but the pixels.

NOT here: reading (agent.pictures). What is written carries no EXIF, thumbnail, colour profile, comment or layer.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from agent.pictures.pdf import split_page
from tools.core import InputError
from tools.places import without_hidden_pixels
from tools.types import Image

# By extension: Pillow's format, its options, whether it keeps alpha, its longest side in pixels.
FORMATS: dict[str, tuple[str, dict[str, Any], bool, int]] = {
    ".png": ("PNG", {"compress_level": 4}, True, 2**31 - 1),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}, False, 65_500),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}, False, 65_500),
    ".webp": ("WEBP", {"quality": 95, "method": 4}, True, 16_383),
    ".tif": ("TIFF", {"compression": "tiff_adobe_deflate"}, True, 2**31 - 1),
    ".tiff": ("TIFF", {"compression": "tiff_adobe_deflate"}, True, 2**31 - 1),
    ".bmp": ("BMP", {}, False, 2**31 - 1),
}


def save(image: Image, path: str | Path, source_paths: Iterable[str | Path] = ()) -> tuple[str, ...]:
    """Write `image` in the format that the extension names, and return notes for a person (alpha that was flattened).

    The file appears whole or not at all: a temporary file in the same folder is written, synchronised, and put in
    place. Raises InputError, which says what to do, before anything is written where `path` is a folder, read-only, in
    a missing folder, of an unknown extension, or one of `source_paths` (under any name or link).
    """
    target = check_target(path, source_paths)
    kind, options, keeps_alpha, longest = FORMATS[target.suffix.lower()]
    if max(image.width, image.height) > longest:
        raise InputError(f"{target.name}: {kind} holds at most {longest:,} pixels a side; write a .png instead")
    image = without_hidden_pixels(image)
    notes: tuple[str, ...] = ()
    if image.alpha is None:
        pixels = image.pixels
    elif keeps_alpha:
        pixels = np.dstack([image.pixels, image.alpha])
    else:
        pixels = on_white(image)
        notes = (f"{kind} has no transparency; the transparent parts became white (write a .png to keep them)",)
    from PIL import Image as Pil

    with _replacing(target) as file:
        Pil.fromarray(pixels).save(file, format=kind, **options)
    return notes


def on_white(image: Image) -> np.ndarray[Any, Any]:
    """uint8 (height, width, 3): the picture laid over white."""
    if image.alpha is None:
        return image.pixels
    opaque = image.alpha[:, :, None].astype(np.uint16)
    mixed = (image.pixels * opaque + 255 * (255 - opaque) + 127) // 255
    return mixed.astype(np.uint8)


def check_target(path: str | Path, source_paths: Iterable[str | Path] = ()) -> Path:
    """The file that will be written, links resolved. Raises InputError where `save` would; writes nothing."""
    shown, given = str(path), Path(path)
    try:
        given.resolve().exists()
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{shown[:200]} is not a path that can be written ({error}); give another path") from error
    if given.is_dir():
        raise InputError(f"{shown} is a folder; give a file name in it, such as {given / 'out.png'}")
    if given.suffix.lower() not in FORMATS:
        known = ", ".join(FORMATS)
        raise InputError(
            f"{shown}: the extension {given.suffix or '(none)'} is not a format that is written; use one of {known}"
        )
    target = given.resolve()
    for source in source_paths:
        if _same_file(target, source):
            raise InputError(
                f"{shown} is the source picture, which is never overwritten; give another path for the result"
            )
    if target.suffix.lower() not in FORMATS:
        raise InputError(
            f"{shown} is a link to {target.name}, whose extension is not a format that is written; give another path"
        )
    folder = target.parent
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise InputError(f"{shown}: the folder {folder} {what}; make it first or give another path")
    if target.exists() and not target.is_file():
        raise InputError(f"{shown} is not a regular file; give another path")
    for place, what in ((target, "the file"), (folder, "the folder")):
        # The permission bits too: an administrator may write anything, but did not mean to overwrite a protected file.
        if place.exists() and (not os.access(place, os.W_OK) or not place.stat().st_mode & 0o222):
            raise InputError(f"{shown}: {what} is read-only; give another path or change its permissions")
    return target


def _same_file(target: Path, source: str | Path) -> bool:
    named = Path(split_page(str(source))[0])
    try:
        return target.samefile(named)
    except OSError:
        return target == named.resolve()


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[Any]:
    """A temporary file beside `target` that becomes `target` when the block ends well, and else vanishes."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.stem[:40]}-", suffix=".part", dir=target.parent)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}; give another path") from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"{target} could not be written: {error.strerror or error}; nothing was changed") from error
    except BaseException:  # also Ctrl-C: nothing half-written stays
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _umask() -> int:
    """The process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make the rename durable, where folders can be opened (not on Windows)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
