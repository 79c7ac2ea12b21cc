"""Loading pictures: every kind of good and bad file, bounds by their effect."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from agent.pictures import Limits, load, open_picture
from tests.samples import encoded, quarters, scene
from tools.core import InputError

ROOT = Path(__file__).resolve().parents[2]


def oriented(value: int) -> bytes:
    """A JPEG that shows `scene()` once EXIF orientation `value` is applied."""
    inverse = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpose that undoes it
    picture = scene() if value == 1 else scene().transpose(Pil.Transpose(inverse[value]))
    exif = Pil.Exif()
    exif[0x0112] = value
    return encoded(picture, "JPEG", quality=95, subsampling=0, exif=exif.tobytes())


def heic(picture: Pil.Image, **options: object) -> bytes:
    import pillow_heif

    out = io.BytesIO()
    pillow_heif.from_pillow(picture).save(out, quality=95, **options)
    return out.getvalue()


def animated() -> bytes:
    return encoded(scene(), "GIF", save_all=True, append_images=[Pil.new("RGB", (60, 40), "black")])


def palette_with_hole() -> bytes:
    picture = scene().convert("P", palette=Pil.Palette.ADAPTIVE)
    return encoded(picture, "PNG", transparency=picture.getpixel((50, 5)))


def pdf(pages: int = 1) -> bytes:
    return encoded(scene(), "PDF", save_all=True, append_images=[Pil.new("RGB", (60, 40), "black")] * (pages - 1))


def encrypted_pdf() -> bytes:
    """A one-page PDF whose user password is not empty (standard security handler, revision 2)."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>",
        b"<</Filter/Standard/V 1/R 2/P -44/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">>>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj" % number + body + b"endobj\n"
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % o for o in offsets)
    out += b"trailer<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>\nstartxref\n%d\n%%%%EOF" % start
    return bytes(out)


def png_declaring(width: int, height: int, body: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def bmp_declaring(width: int, height: int) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + header


GOOD: list[tuple[str, Callable[[], bytes], str]] = [
    ("png", lambda: encoded(scene(), "PNG"), "rwwb"),
    ("jpeg", lambda: encoded(scene(), "JPEG", quality=95), "rwwb"),
    ("webp", lambda: encoded(scene(), "WEBP"), "rwwb"),
    ("bmp", lambda: encoded(scene(), "BMP"), "rwwb"),
    ("tiff", lambda: encoded(scene(), "TIFF"), "rwwb"),
    ("palette", lambda: encoded(scene().convert("P", palette=Pil.Palette.ADAPTIVE), "PNG"), "rwwb"),
    ("cmyk jpeg", lambda: encoded(scene().convert("CMYK"), "JPEG", quality=95), "rwwb"),
    ("cmyk tiff", lambda: encoded(scene().convert("CMYK"), "TIFF"), "rwwb"),
    ("animated gif: first frame", animated, "rwwb"),
    ("heic", lambda: heic(scene(64, 64)), "rwwb"),
    ("pdf", pdf, "rwwb"),
    *((f"exif orientation {v}", (lambda v=v: oriented(v)), "rwwb") for v in range(1, 9)),
]


@pytest.mark.parametrize(("make", "expected"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD])
def test_every_format_shows_the_same_scene(make: Callable[[], bytes], expected: str) -> None:
    image = load(make())
    assert quarters(image) == expected
    assert image.alpha is None
    assert image.width >= image.height


def test_a_tiff_is_turned_once_too() -> None:
    exif = Pil.Exif()
    exif[0x0112] = 6
    data = encoded(scene().transpose(Pil.Transpose.ROTATE_90), "TIFF", exif=exif)
    image = load(data)
    assert (image.width, image.height, quarters(image)) == (60, 40, "rwwb")


def test_deep_and_gray_pictures_are_scaled_to_eight_bits() -> None:
    ramp = np.linspace(0, 65_535, 256).astype(np.uint16).reshape(16, 16)
    rows = [
        ("I;16 png", encoded(Pil.fromarray(ramp), "PNG"), 255, 0),
        ("I;16 tiff", encoded(Pil.fromarray(ramp), "TIFF"), 255, 0),
        ("12 bits in 16", encoded(Pil.fromarray(ramp >> 4), "PNG"), 255, 1),
        ("float tiff", encoded(Pil.fromarray(ramp.astype(np.float32) / 65_535), "TIFF"), 255, 1),
        ("8-bit gray", encoded(Pil.fromarray((ramp >> 8).astype(np.uint8)), "PNG"), 255, 0),
        ("1 bit", encoded(Pil.fromarray(ramp > 30_000), "PNG"), 255, 0),
    ]
    for label, data, high, notes in rows:
        picture = open_picture(data)
        assert (picture.image.pixels.min(), picture.image.pixels.max()) == (0, high), label
        assert len(picture.notes) == notes, label


def test_alpha_is_kept_where_something_is_transparent() -> None:
    hole = scene().convert("RGBA")
    hole.paste((255, 255, 255, 0), (30, 0, 60, 20))
    rows = [
        ("rgba png", encoded(hole, "PNG"), True),
        ("gray with alpha", encoded(hole.convert("LA"), "PNG"), True),
        ("palette with a transparent colour", palette_with_hole(), True),
        ("rgb with a transparent colour", encoded(scene(), "PNG", transparency=(255, 255, 255)), True),
        ("rgba, all opaque", encoded(scene().convert("RGBA"), "PNG"), False),
    ]
    for label, data, transparent in rows:
        alpha = load(data).alpha
        assert (alpha is not None) == transparent, label
        if alpha is not None:
            assert (int(alpha[5, 50]), int(alpha[5, 5])) == (0, 255), label


def test_an_embedded_profile_is_converted_to_srgb() -> None:
    from PIL import ImageCms

    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
    swapped = swapped.replace("sRGB".encode("utf-16-be"), "odd ".encode("utf-16-be"))
    plain = load(encoded(scene(), "PNG")).pixels
    assert np.array_equal(load(encoded(scene(), "PNG", icc_profile=srgb)).pixels, plain)
    red, green, _ = load(encoded(scene(), "PNG", icc_profile=swapped)).pixels[5, 5].tolist()
    assert green > 150 > red, "the profile says that the first channel is green"
    broken = open_picture(encoded(scene(), "PNG", icc_profile=b"no profile at all"))
    assert np.array_equal(broken.image.pixels, plain) and "profile" in broken.notes[0]


def test_content_decides_the_format_and_notes_say_what_was_left_out(tmp_path: Path) -> None:
    wrong = tmp_path / "really_a_png.jpg"
    wrong.write_bytes(encoded(scene(), "PNG"))
    assert quarters(load(wrong)) == "rwwb"
    assert "first" in open_picture(animated()).notes[0]
    assert "3 pages" in open_picture(pdf(3)).notes[0]


def test_pages_of_a_pdf(tmp_path: Path) -> None:
    file = tmp_path / "two.pdf"
    file.write_bytes(pdf(2))
    assert quarters(load(f"{file}#1")) == "rwwb"
    assert load(f"{file}#2").pixels.max() < 60
    assert not open_picture(f"{file}#2").notes
    assert max(load(str(file)).pixels.shape[:2]) <= Limits().page_side
    for page in (0, 3, 99):
        with pytest.raises(InputError, match="2 pages"):
            load(f"{file}#{page}")
    literal = tmp_path / "shot#2"
    literal.write_bytes(encoded(scene(), "PNG"))
    assert quarters(load(literal)) == "rwwb"


BAD: list[tuple[str, Callable[[], bytes], str]] = [
    ("empty", lambda: b"", "empty"),
    ("text", lambda: b"hello, I am no picture", "not a picture"),
    ("svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
    ("eps, which would start another program", lambda: encoded(scene(), "EPS"), "not a picture"),
    ("truncated png", lambda: encoded(Pil.effect_noise((99, 99), 50), "PNG")[:3000], "damaged or cut off"),
    ("truncated jpeg", lambda: encoded(Pil.effect_noise((99, 99), 50), "JPEG")[:1500], "damaged or cut off"),
    ("truncated webp", lambda: encoded(Pil.effect_noise((99, 99), 50).convert("RGB"), "WEBP")[:900], "damaged"),
    ("truncated tiff", lambda: encoded(scene(), "TIFF")[:200], "damaged|not a picture"),
    ("only a png signature", lambda: b"\x89PNG\r\n\x1a\n", "not a picture"),
    ("png without pixels", lambda: png_declaring(100, 100), "damaged or cut off"),
    ("truncated heic", lambda: heic(scene(64, 64))[:200], "not a picture|damaged"),
    ("truncated pdf", lambda: pdf()[:60], "PDF"),
    ("encrypted pdf", encrypted_pdf, "encrypted"),
    ("png of 60,000 x 60,000", lambda: png_declaring(60_000, 60_000), "at most 120 are read|60,000 x 60,000"),
    ("bmp of 60,000 x 60,000", lambda: bmp_declaring(60_000, 60_000), "at most 120 are read|60,000 x 60,000"),
    ("png of 13,000 x 13,000", lambda: png_declaring(13_000, 13_000), "13,000 x 13,000"),
    ("png of 1 x 2,000,000", lambda: png_declaring(1, 2_000_000), "2,000,000"),
]


@pytest.mark.parametrize(("make", "message"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_file_is_an_input_error_at_once(make: Callable[[], bytes], message: str) -> None:
    data = make()
    started = time.monotonic()
    with pytest.raises(InputError, match=message):
        load(data, "sample")
    assert time.monotonic() - started < 1.0


def test_bad_sources(tmp_path: Path) -> None:
    big = tmp_path / "big.png"
    with big.open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    picture = tmp_path / "ok.png"
    picture.write_bytes(encoded(scene(), "PNG"))
    rows = [
        ("a missing file", str(tmp_path / "none.png"), "no such file"),
        ("a folder", str(tmp_path), "is a folder"),
        ("more bytes than are read", str(big), "256 MiB"),
        ("http", "http://example.org/a.png", "remote pictures are off"),
        ("https", "https://example.org/a.png", "remote pictures are off"),
        ("file", "file:///a.png", "give its path"),
        ("data", "data:image/png;base64,AAAA", "remote pictures are off"),
        ("a device", os.devnull, "not a regular file"),
        ("a page of a picture", f"{picture}#2", "not a PDF"),
        ("a name with a zero byte", "a\0b.png", "check the path"),
        ("an endless name", "x" * 5000 + ".png", "check the path"),
        ("an endless name with a page", "x" * 5000 + ".pdf#2", "check the path"),
    ]
    for label, source, message in rows:
        with pytest.raises(InputError, match=message):
            load(source)
            pytest.fail(label)


def test_a_jpeg_of_thousands_of_scans_is_not_decoded() -> None:
    plain = encoded(Pil.new("RGB", (4000, 4000)), "JPEG", progressive=True)
    scan = plain[plain.rindex(b"\xff\xda") : -2]
    bomb = plain[:-2] + scan * 300 + b"\xff\xd9"
    started = time.monotonic()
    with pytest.raises(InputError, match="scans"):
        load(bomb)
    assert time.monotonic() - started < 1.0


def run(code: str, *arguments: str, stdin: bytes = b"") -> str:
    """Run code in a process of its own, whose peak memory is its alone."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=stdin,
        capture_output=True,
        timeout=60,
        env=environment,
        check=True,
    )
    return done.stdout.decode().strip()


def test_standard_input() -> None:
    code = "from agent.pictures import load; image = load('-'); print(image.width, image.height)"
    assert run(code, stdin=encoded(scene(), "PNG")) == "60 40"


def test_memory_of_a_huge_allowed_picture_and_of_a_refused_one(tmp_path: Path) -> None:
    """Peak over the process before loading: a small multiple of the pixels, and next to nothing when refused."""
    code = (
        "import resource, sys; from agent.pictures import load; from tools.core import InputError\n"
        "from PIL import Image, PngImagePlugin\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: load(sys.argv[1])\n"
        "except InputError: pass\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    huge = tmp_path / "huge.png"
    Pil.new("RGB", (8000, 5000), (9, 99, 200)).save(huge, compress_level=1)
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(png_declaring(60_000, 60_000, bytes(1_000_000)))
    pixels = 8000 * 5000 * 3 / 2**20
    assert int(run(code, str(huge))) < 3.5 * pixels
    assert int(run(code, str(bomb))) < 40
