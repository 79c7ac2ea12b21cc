"""Edits: what changes, what does not, frames, masks, crops, other pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.fakes import FakeModels
from tests.samples import photo
from tools import edit
from tools.core import Context, ToolError
from tools.types import RLE, Box, Image, Region, Regions

CTX = Context(FakeModels({}))
FACE: Box = (182.0, 58.0, 270.0, 178.0)  # of astronaut.png
LOCAL: list[Callable[..., Image]] = [edit.blur, edit.pixelate, edit.remove]
OUTER: list[Callable[..., Image]] = [edit.highlight, edit.cut_out, edit.color_pop]


def one(image: Image, box: Box = FACE, **more: Any) -> Regions:
    return Regions((Region(box, image.frame, **more),), image.frame)


def ellipse(image: Image, box: Box) -> RLE:
    ys, xs = np.mgrid[: image.height, : image.width] + 0.5
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    inside = ((xs - x) / (box[2] - box[0]) * 2) ** 2 + ((ys - y) / (box[3] - box[1]) * 2) ** 2 < 1
    return RLE.encode(inside)


def changed(before: Image, after: Image) -> np.ndarray[Any, Any]:
    return np.asarray((before.pixels != after.pixels).any(axis=2))


@pytest.mark.parametrize("tool", [*LOCAL, *OUTER, edit.crop])
def test_no_regions_leave_the_same_picture(tool: Callable[..., Image]) -> None:
    image = photo("astronaut.png")
    assert tool(CTX, image, Regions((), image.frame)) is image


@pytest.mark.parametrize("tool", [*LOCAL, *OUTER, edit.crop])
def test_regions_of_another_picture_are_a_tool_error(tool: Callable[..., Image]) -> None:
    with pytest.raises(ToolError, match="another picture"):
        tool(CTX, photo("astronaut.png"), one(photo("coffee.png"), (10, 10, 50, 50)))


@pytest.mark.parametrize("tool", [*LOCAL, *OUTER])
def test_the_frame_stays_and_the_input_too(tool: Callable[..., Image]) -> None:
    image = photo("astronaut.png")
    before = image.pixels.copy()
    result = tool(CTX, image, one(image))
    assert result.frame == image.frame
    assert np.array_equal(image.pixels, before)
    assert not np.array_equal(result.pixels, before)


@pytest.mark.parametrize("tool", LOCAL)
def test_a_local_edit_changes_nothing_far_away(tool: Callable[..., Image]) -> None:
    image = photo("astronaut.png")
    where = changed(image, tool(CTX, image, one(image)))
    assert where[60:176, 184:268].mean() > 0.9
    where[46:190, 170:282] = False
    assert not where.any()


@pytest.mark.parametrize("tool", LOCAL)
def test_a_mask_is_respected(tool: Callable[..., Image]) -> None:
    image = photo("astronaut.png")
    where = changed(image, tool(CTX, image, one(image, mask=ellipse(image, FACE))))
    assert where[80:150, 205:245].mean() > 0.9
    assert not where[58:66, 182:190].any(), "the corner of the box lies outside of the ellipse"


@pytest.mark.parametrize("tool", [*LOCAL, *OUTER])
def test_regions_found_in_a_crop_land_at_the_same_place(tool: Callable[..., Image]) -> None:
    image = photo("astronaut.png")
    part = image.crop((100, 30, 400, 300)).crop((20, 10, 250, 200))  # starts at (120, 40)
    inside = one(part, (62.0, 18.0, 150.0, 138.0), mask=ellipse(part, (62.0, 18.0, 150.0, 138.0)))
    direct = tool(CTX, image, one(image, mask=ellipse(image, FACE)))
    mapped = tool(CTX, image, inside)
    assert np.array_equal(direct.pixels, mapped.pixels)


@pytest.mark.parametrize("tool", LOCAL)
def test_regions_of_the_whole_fit_a_crop_of_it(tool: Callable[..., Image]) -> None:
    image = photo("astronaut.png")
    part = image.crop((120, 40, 330, 240))
    where = changed(part, tool(CTX, part, one(image)))
    assert where[22:136, 64:148].mean() > 0.9
    assert not where[160:, :].any()
    outside = image.crop((300, 300, 400, 400))
    assert np.array_equal(tool(CTX, outside, one(image)).pixels, outside.pixels)


@pytest.mark.parametrize("tool", [edit.blur, edit.pixelate])
@pytest.mark.parametrize("factor", [0.4, 1.0, 6.0])
def test_detail_is_gone_at_every_size(tool: Callable[..., Image], factor: float) -> None:
    """What is left varies over blocks of a tenth of the face hardly more than within: eyes and mouth are gone."""
    import cv2

    source = photo("astronaut.png").pixels
    image = Image.from_pixels(cv2.resize(source, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
    x0, y0, x1, y1 = FACE
    box = (x0 * factor, y0 * factor, x1 * factor, y1 * factor)

    def detail(picture: Image) -> float:
        part = picture.crop(box).pixels.mean(axis=2).astype(np.float32)
        small = cv2.resize(part, (48, 64), interpolation=cv2.INTER_AREA)
        return float(np.abs(small - cv2.GaussianBlur(small, (0, 0), 3)).mean())

    limit = {edit.blur: 0.15, edit.pixelate: 0.65}[tool]
    assert detail(tool(CTX, image, one(image, box))) < limit * detail(image)


def test_stronger_means_less_is_left() -> None:
    image = photo("astronaut.png")
    for tool in (edit.blur, edit.pixelate):
        spread = [
            tool(CTX, image, one(image), strength).crop(FACE).pixels.std()  # type: ignore[operator]
            for strength in ("light", "medium", "strong")
        ]
        assert spread[0] > spread[1] > spread[2]


def test_crop_keeps_the_root_and_contains_all_regions() -> None:
    image = photo("astronaut.png")
    both = Regions.of([Region((10.2, 20.7, 30, 40), image.frame), Region((50, 5, 60.1, 25), image.frame)], image.frame)
    part = edit.crop(CTX, image, both)
    assert part.frame.root == image.frame.root
    assert part.frame.box_to_root((0, 0, part.width, part.height)) == (10, 5, 61, 40)
    assert np.array_equal(part.pixels, image.pixels[5:40, 10:61])


def test_cut_out_hides_nothing_under_transparency() -> None:
    image = photo("astronaut.png")
    result = edit.cut_out(CTX, image, one(image, mask=ellipse(image, FACE)))
    assert result.alpha is not None
    assert result.alpha[118, 226] == 255 and result.alpha[60, 184] == 0
    assert not result.pixels[result.alpha == 0].any()
    again = edit.cut_out(CTX, result, one(image, (0, 0, 226, 512)))
    assert again.alpha is not None and again.alpha[118, 230] == 0 and again.alpha[118, 220] == 255


def test_color_pop_and_grayscale() -> None:
    image = photo("astronaut.png")
    popped = edit.color_pop(CTX, image, one(image)).pixels.astype(int)
    assert np.ptp(popped[300:, :], axis=2).max() == 0
    assert np.array_equal(popped[70:160, 190:260], image.pixels[70:160, 190:260])
    assert np.ptp(edit.grayscale(CTX, image).pixels, axis=2).max() == 0


def test_highlight_keeps_the_inside_and_dims_the_rest() -> None:
    image = photo("astronaut.png")
    spot = edit.highlight(CTX, image, one(image))
    assert np.array_equal(spot.pixels[70:160, 195:255], image.pixels[70:160, 195:255])
    assert spot.pixels[300:].mean() < 0.5 * image.pixels[300:].mean()
    line = edit.highlight(CTX, image, one(image), "outline")
    assert np.array_equal(line.pixels[300:], image.pixels[300:])
    marker = edit.highlight(CTX, photo("page.png"), one(photo("page.png"), (5, 5, 300, 40)), "marker").pixels
    assert marker[10:30, 280, 2].mean() < marker[10:30, 280, 0].mean() - 50, "paper turns yellow"


def test_remove_takes_text_off_paper_without_a_trace() -> None:
    from PIL import Image as Pil
    from PIL import ImageDraw, ImageFont

    page = Pil.new("RGB", (400, 200), (244, 240, 230))
    ImageDraw.Draw(page).text((60, 80), "remove me", fill=(20, 20, 30), font=ImageFont.load_default(40))
    image = Image.from_pixels(np.array(page))
    result = edit.remove(CTX, image, one(image, (55, 78, 265, 132)))
    assert np.abs(result.pixels.astype(int) - (244, 240, 230)).max() < 12
    whole = one(image, (0, 0, 400, 200))
    assert np.array_equal(edit.remove(CTX, image, whole).pixels, image.pixels), "nothing to fill from"


@pytest.mark.parametrize("tool", [*LOCAL, *OUTER])
def test_a_large_picture_takes_seconds(tool: Callable[..., Image]) -> None:
    image = Image.from_pixels(np.full((3000, 4000, 3), 99, dtype=np.uint8))
    started = time.process_time()
    tool(CTX, image, one(image, (100, 100, 3900, 2900)))
    assert time.process_time() - started < 8


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotate_starts_a_new_frame(degrees: int) -> None:
    image = photo("coffee.png")
    turned = edit.rotate(CTX, image, degrees)  # type: ignore[arg-type]
    assert turned.frame.root != image.frame.root
    corner = {90: (0, -1), 180: (-1, -1), 270: (-1, 0)}[degrees]
    assert np.array_equal(turned.pixels[corner], image.pixels[0, 0])
    with pytest.raises(ToolError):
        edit.blur(CTX, turned, one(image))
