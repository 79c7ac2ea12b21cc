"""A sheet to print on that remembers what stands where, and the fonts to print with.

Fonts are asked for by file name, which Pillow looks up in the system's own font folders; where none of a family's
names is installed, Latin falls back to the font that Pillow carries, and Korean says what to install.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from tools.order import reading_order

Box = tuple[float, float, float, float]
Pixels = npt.NDArray[np.uint8]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

FAMILIES = {
    "sans": ("LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf", "DejaVuSans.ttf"),
    "sans bold": ("LiberationSans-Bold.ttf", "Arial Bold.ttf", "arialbd.ttf", "DejaVuSans-Bold.ttf"),
    "narrow": (
        "LiberationSansNarrow-Regular.ttf",
        "DejaVuSansCondensed.ttf",
        "Arial Narrow.ttf",
        "LiberationSans-Regular.ttf",
    ),
    "mono": ("LiberationMono-Regular.ttf", "Courier New.ttf", "cour.ttf", "DejaVuSansMono.ttf"),
    "mono bold": ("LiberationMono-Bold.ttf", "Courier New Bold.ttf", "courbd.ttf", "DejaVuSansMono-Bold.ttf"),
    "wide mono": ("DejaVuSansMono.ttf", "Menlo.ttc", "consola.ttf", "LiberationMono-Regular.ttf"),
    "humanist": ("DejaVuSans.ttf", "Verdana.ttf", "verdana.ttf", "LiberationSans-Regular.ttf"),
    "serif": ("LiberationSerif-Regular.ttf", "Times New Roman.ttf", "times.ttf", "DejaVuSerif.ttf"),
    "serif bold": ("LiberationSerif-Bold.ttf", "Times New Roman Bold.ttf", "timesbd.ttf", "DejaVuSerif-Bold.ttf"),
    "korean": (
        "NanumGothic.ttf",
        "NotoSansCJK-Regular.ttc",
        "NotoSansKR-Regular.otf",
        "AppleSDGothicNeo.ttc",
        "malgun.ttf",
    ),
    "korean bold": (
        "NanumGothicBold.ttf",
        "NotoSansCJK-Bold.ttc",
        "NotoSansKR-Bold.otf",
        "NanumGothic.ttf",
        "malgunbd.ttf",
    ),
}


class FontMissing(RuntimeError):
    """No font of a family is installed here."""


@lru_cache(maxsize=256)
def font(family: str, size: int) -> Font:
    """The first installed font of a family, `size` pixels high. Raises FontMissing for Korean without one."""
    for name in FAMILIES[family]:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    if family.startswith("korean"):
        raise FontMissing(f"no Korean font here; install one of {', '.join(FAMILIES[family])} (Debian: fonts-nanum)")
    return ImageFont.load_default(size)


@dataclass(frozen=True)
class Value:
    """A known answer: its text as printed and its xyxy box in the picture's pixels."""

    text: str
    box: Box


@dataclass(frozen=True)
class Document:
    """pixels: uint8 (height, width, 3). values by key of tools.labels. lines: prints in reading order."""

    kind: str
    damage: str
    pixels: Pixels
    values: dict[str, Value]
    lines: tuple[Value, ...]
    entities: dict[str, tuple[Value, ...]]


class Sheet:
    """Paper of width x height pixels; cut to what is printed when it becomes a document."""

    def __init__(self, width: int, height: int, paper: tuple[int, int, int] = (255, 255, 255)) -> None:
        self.image = Image.new("RGB", (width, height), paper)
        self.draw = ImageDraw.Draw(self.image)
        self.values: dict[str, Value] = {}
        self.entities: dict[str, list[Value]] = {}
        self.lines: list[Value] = []
        self.bottom = 0.0

    @property
    def width(self) -> int:
        return self.image.width

    def text(
        self,
        x: float,
        y: float,
        text: str,
        face: Font,
        *,
        anchor: str = "la",
        fill: tuple[int, int, int] = (20, 20, 20),
        key: str | None = None,
        value: str | None = None,
        entity: str | None = None,
    ) -> Box:
        """Print one line. `key` names the answer that it is or holds (`value`, else all of it); `entity` its kind."""
        box = self.draw.textbbox((x, y), text, font=face, anchor=anchor)
        self.draw.text((x, y), text, font=face, fill=fill, anchor=anchor)
        whole = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
        self.lines.append(Value(text, whole))
        self.bottom = max(self.bottom, whole[3])
        if key is not None or entity is not None:
            shown = value if value is not None else text
            known = Value(shown, self._part(whole, text, shown, face))
            if key is not None:
                self.values[key] = known
            if entity is not None:
                self.entities.setdefault(entity, []).append(known)
        return whole

    def _part(self, whole: Box, text: str, part: str, face: Font) -> Box:
        at = text.index(part)
        start = whole[0] + self.draw.textlength(text[:at], font=face)
        return (start, whole[1], min(start + self.draw.textlength(part, font=face), whole[2]), whole[3])

    def rule(self, y: float, margin: float, fill: tuple[int, int, int] = (60, 60, 60)) -> None:
        """A thin line across the sheet."""
        self.draw.line([(margin, y), (self.width - margin, y)], fill=fill, width=1)
        self.bottom = max(self.bottom, y)

    def document(self, kind: str, crop: bool = True) -> Document:
        """The sheet as a document without damage, cut a little below the last print."""
        image = self.image
        if crop:
            image = image.crop((0, 0, image.width, min(image.height, int(self.bottom) + 40)))
        entities = {kind: tuple(found) for kind, found in self.entities.items()}
        lines = tuple(self.lines[i] for i in reading_order([line.box for line in self.lines]))
        return Document(kind, "none", np.asarray(image).copy(), dict(self.values), lines, entities)
