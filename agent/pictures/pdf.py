"""Pages of PDF files as pictures, by PDFium (pypdfium2)."""

from __future__ import annotations

import math
import re
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from tools.core import InputError
from tools.types import Image

SECONDS = 30.0  # for one page
MIN_SIDE = 1_000  # a business card is rendered finer than its dpi asks for
_PDFIUM = threading.Lock()  # PDFium is not thread-safe


def split_page(source: str) -> tuple[str, int | None]:
    """`file.pdf#2` as ("file.pdf", 2); a file whose name really ends in #2 stays whole."""
    match = re.fullmatch(r"(.+)#(\d{1,9})", source)
    if match is None or _exists(source):
        return source, None
    return match.group(1), int(match.group(2))


def _exists(path: str) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def render_page(
    data: bytes, page: int, first_by_default: bool, name: str, dpi: int, side: int
) -> tuple[Image, tuple[str, ...]]:
    """Page `page` (from 1) on white, and notes for a person.

    It is rendered at `dpi`, coarser where its longer side would exceed `side` pixels, finer where it would stay below
    MIN_SIDE. Filled form fields and annotations are drawn. Raises InputError for a PDF that is encrypted, damaged, has
    no such page, or takes longer than SECONDS.
    """
    import pypdfium2 as pdfium

    with _PDFIUM:
        try:
            document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            if "password" in str(error).lower() or "security" in str(error).lower():
                raise InputError(
                    f"{name} is encrypted; open it with its password, print it to a new PDF and give that"
                ) from error
            raise InputError(f"{name} is a damaged or cut off PDF ({error}); get the file again") from error
        try:
            count = len(document)
            if not 1 <= page <= count:
                raise InputError(
                    f"{name} has {count} page{'s' * (count != 1)}, counted from 1; there is no page {page}"
                )
            document.init_forms()
            pixels = _render(document[page - 1], name, dpi, side)
        except pdfium.PdfiumError as error:
            raise InputError(f"page {page} of {name} is damaged ({error}); get the file again") from error
        finally:
            document.close()
    many = f"{name} has {count} pages; page 1 is used (write {name}#2 for the second)"
    return Image.from_pixels(pixels), (many,) if first_by_default and count > 1 else ()


def _render(page: Any, name: str, dpi: int, side: int) -> np.ndarray[Any, Any]:
    """uint8 (height, width, 3) RGB; stops at the deadline between two objects of the page."""
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    long_side = max(page.get_width(), page.get_height(), 1.0)
    scale = min(max(dpi / 72, MIN_SIDE / long_side), side / long_side)
    width, height = (max(1, math.ceil(v * scale)) for v in (page.get_width(), page.get_height()))
    bitmap = pdfium.PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGR)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    deadline = time.monotonic() + SECONDS
    pause = raw.IFSDK_PAUSE(version=1)
    callback = type(pause.NeedToPauseNow)(lambda _: int(time.monotonic() > deadline))
    pause.NeedToPauseNow = callback
    place = (bitmap, page, 0, 0, width, height, 0, raw.FPDF_ANNOT)
    status = raw.FPDF_RenderPageBitmap_Start(*place, pause)
    raw.FPDF_RenderPage_Close(page)
    if status != raw.FPDF_RENDER_DONE:
        raise InputError(f"a page of {name} took longer than {SECONDS:.0f} s to draw; export that page as a picture")
    if page.formenv:
        raw.FPDF_FFLDraw(page.formenv, *place)
    return np.ascontiguousarray(bitmap.to_numpy()[:, :, ::-1])
