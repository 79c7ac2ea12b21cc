"""Reading pictures in: every format to one kind of value, with bounds that hold before anything is decoded.

    picture = open_picture("invoice.pdf#2")     # .image, .notes (what a person should know about how it was read)
    image   = load("photo.heic")                # the image alone
    notes   = save(image, "out.png", ["photo.heic"])

Content decides the format, never the extension. EXIF orientation is applied once, here. Colours become sRGB.
NOT here: colours (agent.pictures.pixels), PDF pages (.pdf), how a file is written (.saving),
remote pictures (refused), the artifact store.
"""

from __future__ import annotations

import io
import re
import stat
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from agent.pictures.pdf import render_page, split_page
from agent.pictures.pixels import to_image
from agent.pictures.saving import check_target, save
from tools.core import InputError
from tools.types import Image

# What Pillow may open. Formats that start other programs (EPS), have no magic number, or are mere previews stay out.
FORMATS = (
    "PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "ICO", "JPEG2000", "AVIF", "QOI", "PCX", "SGI",
)  # fmt: skip
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1")
KINDS = "PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC, AVIF or a page of a PDF (file.pdf#2)"
MIB = 1024 * 1024


__all__ = ["Limits", "Picture", "check_target", "load", "open_picture", "save", "split_page"]


@dataclass(frozen=True)
class Limits:
    """What is refused before decoding.

    file_bytes: of the file. pixels: width x height that the file declares. side: the longer side in pixels.
    scans: of a progressive JPEG, each of which costs a pass over all pixels. dpi: of rendered PDF pages.
    page_side: the longer side of a rendered PDF page in pixels; bigger pages are rendered coarser.
    """

    file_bytes: int = 256 * MIB
    pixels: int = 120_000_000
    side: int = 65_535
    scans: int = 100
    dpi: int = 200
    page_side: int = 4_000


@dataclass(frozen=True)
class Picture:
    """A picture that was read in: its pixels, the name for messages, and notes for a person (first frame only, ...)."""

    image: Image
    name: str
    notes: tuple[str, ...] = ()


def load(source: str | Path | bytes, name: str | None = None, limits: Limits = Limits()) -> Image:
    """The image of `open_picture`."""
    return open_picture(source, name, limits).image


def open_picture(source: str | Path | bytes, name: str | None = None, limits: Limits = Limits()) -> Picture:
    """Read a file, a page of a PDF (`file.pdf#2`), standard input (`-`), or the bytes of a file.

    name: how messages call the picture; the file's name by default. Raises InputError, which says what to do, for
    whatever cannot be used; nothing beyond `limits` is decoded, and no more than limits.file_bytes is read.
    """
    data, page, found_name = _read(source, limits)
    name = name or found_name
    if not data:
        raise InputError(f"{name} is empty (0 bytes); give a picture: {KINDS}")
    if b"%PDF-" in data[:1024]:
        image, notes = render_page(data, 1 if page is None else page, page is None, name, limits.dpi, limits.page_side)
        return Picture(image, name, notes)
    if page is not None:
        raise InputError(f"{name} is not a PDF, so it has no page {page}; leave out #{page}")
    notes_found: list[str] = []
    image = _decode(data, name, limits, notes_found)
    return Picture(image, name, tuple(notes_found))


def _read(source: str | Path | bytes, limits: Limits) -> tuple[bytes, int | None, str]:
    """The bytes, the page asked for, and a name."""
    if isinstance(source, bytes):
        _check_bytes(len(source), "the picture", limits)
        return source, None, "the picture"
    text = str(source)
    if text == "-":
        if sys.stdin.isatty():
            raise InputError("`-` reads a picture from standard input, but that is the keyboard; pipe a file into it")
        return _bounded(sys.stdin.buffer, "standard input", limits), None, "standard input"
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://|data:", text):
        scheme = text.split(":", 1)[0]
        hint = "give its path instead" if scheme == "file" else "download it first and give the file"
        raise InputError(f"a {scheme}: address is not opened, remote pictures are off; {hint}")
    text, page = split_page(text)
    path = Path(text)
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise InputError(f"{text}: {_reason(error)}; check the path") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{text} is a folder; give a picture file in it, or several ({text.rstrip('/')}/*.png)")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{text} is not a regular file; give a picture file, or `-` for standard input")
    _check_bytes(status.st_size, path.name, limits)
    try:
        with path.open("rb") as file:
            return _bounded(file, path.name, limits), page, path.name
    except OSError as error:
        raise InputError(f"{text} cannot be read: {_reason(error)}; check its permissions") from error


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _bounded(file: IO[bytes], name: str, limits: Limits) -> bytes:
    data = file.read(limits.file_bytes + 1)
    _check_bytes(len(data), name, limits)
    return data


def _check_bytes(size: int, name: str, limits: Limits) -> None:
    if size > limits.file_bytes:
        raise InputError(
            f"{name} has more than {limits.file_bytes / MIB:,.0f} MiB, the most that is read; make the file smaller"
        )


def _check_size(width: int, height: int, name: str, limits: Limits) -> None:
    if width * height > limits.pixels or max(width, height) > limits.side:
        raise InputError(
            f"{name} declares {width:,} x {height:,} pixels; at most {limits.pixels / 1e6:,.0f} megapixels and "
            f"{limits.side:,} pixels a side are read; scale the picture down or cut it into parts"
        )


def _decode(data: bytes, name: str, limits: Limits, notes: list[str]) -> Image:
    """The first frame of a picture file; appends to `notes`."""
    from PIL import Image as Pil

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own bomb and EXIF warnings; the bounds here are stricter
        try:
            opened = _open(data)
        except Pil.DecompressionBombError as error:
            size = re.search(r"\((\d+) pixels\)", str(error))
            shown = f"{int(size.group(1)) / 1e6:,.0f}" if size else "far more"
            raise InputError(
                f"{name} declares {shown} megapixels; at most {limits.pixels / 1e6:,.0f} are read; "
                "scale the picture down or cut it into parts"
            ) from error
        except Exception as error:  # decoders of a dozen formats raise nearly anything on damaged bytes
            raise InputError(
                f"{name} is not a picture that can be read, or its start is damaged; give {KINDS}"
            ) from error
        with opened:
            _check_size(opened.width, opened.height, name, limits)
            # A marker cannot occur inside entropy-coded data, so this counts scans (and those of previews, a few).
            if opened.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > limits.scans:
                raise InputError(f"{name} is a JPEG with more than {limits.scans} scans; save it again as a plain JPEG")
            if getattr(opened, "is_animated", False) and opened.format != "MPO":
                notes.append(f"{name} has several frames; only the first one is used")
            try:
                opened.load()
                return to_image(opened, name, notes)
            except InputError:
                raise
            except MemoryError as error:
                raise InputError(f"{name} does not fit into memory; scale the picture down") from error
            except Exception as error:
                raise InputError(
                    f"{name} is damaged or cut off ({opened.format}, {opened.width} x {opened.height}): {error}; "
                    "get the file again or save it anew from another program"
                ) from error


def _open(data: bytes) -> Any:
    """A lazy Pillow image; HEIC through pillow_heif without registering anything in Pillow."""
    from PIL import Image as Pil

    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS and b"avif" not in data[8:64]:
        import pillow_heif

        return pillow_heif.HeifImageFile(io.BytesIO(data))
    Pil.init()
    return Pil.open(io.BytesIO(data), formats=[f for f in FORMATS if f in Pil.OPEN])
