"""Barcodes and QR codes, written by the library that reads them and drawn into pictures."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp
from PIL import Image as Pillow

from tests.fakes import FakeModels, blank
from tools.codes import read_codes
from tools.core import Context
from tools.types import Image

CONTEXT = Context(FakeModels({}))


def picture(text: str, kind: str, scale: int = 4, angle: float = 0.0) -> Image:
    code = np.asarray(zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind)).to_image(scale=scale))
    sheet = Pillow.new("L", (900, 700), 255)
    sheet.paste(Pillow.fromarray(code), (200, 150))
    turned = sheet.rotate(angle, fillcolor=255, resample=Pillow.Resampling.BICUBIC)
    return Image.from_pixels(np.repeat(np.asarray(turned)[:, :, None], 3, axis=2))


@pytest.mark.parametrize(
    ("text", "kind", "label", "scale", "angle"),
    [
        ("https://example.com/a", "QRCode", "QR", 4, 0),
        ("https://example.com/a", "QRCode", "QR", 4, 25),
        ("https://example.com/a", "QRCode", "QR", 4, 180),
        ("small", "QRCode", "QR", 1, 0),
        ("4006381333931", "EAN13", "EAN", 4, 0),
        ("EYE-42", "Code128", "128", 3, 90),
        ("한글", "QRCode", "QR", 4, 0),
    ],
)
def test_codes(text: str, kind: str, label: str, scale: int, angle: float) -> None:
    image = picture(text, kind, scale, angle)
    (found,) = read_codes(CONTEXT, image)
    assert found.text == text and found.label is not None and label in found.label
    assert found.quad is not None and found.frame == image.frame


def test_the_box_is_where_the_code_is() -> None:
    (found,) = read_codes(CONTEXT, picture("box", "QRCode"))
    assert 200 <= found.box[0] < found.box[2] <= 400 and 150 <= found.box[1] < found.box[3] <= 350


def test_no_code_is_an_empty_answer() -> None:
    found = read_codes(CONTEXT, blank(120, 90))
    assert (len(found), found.searched) == (0, "code")
