"""Korean text lines by Tesseract, called as the program that it is: one call reads many lines, one page of a TIFF each.

PP-OCR's recogniser knows no Hangul, Tesseract's `kor` does (Apache-2.0 both). Nothing is written to disk: the pages go
in through stdin, the words come out as TSV. NOT here: finding the lines (tools.adapters.rapid_ocr).
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from PIL import Image as Pillow

from tools.core import NotReady
from tools.types import Pixels

LINE_HEIGHT = 36  # pixels, as Tesseract's LSTM has them
SECOND_HEIGHT = 60  # for lines that did not come out at the first; each scale fails on other lines
MARGIN = 12
SECONDS_PER_CALL = 20.0
SECONDS_PER_LINE = 2.0  # both far above what it takes, for machines that are busy
SYLLABLE_GAP = 0.17  # words closer than this, in crop heights, are one: Tesseract parts Korean words into syllables
LONE_SYLLABLE_GAP = 0.3  # the same beside a single syllable, which hardly ever is a word


@dataclass(frozen=True)
class TesseractWord:
    """One word: its text, start and end as shares of the crop's width, confidence in [0, 1]."""

    text: str
    start: float
    end: float
    score: float


@dataclass(frozen=True)
class Tesseract:
    """The program at `path`, reading `language`, together with English where its data is there too."""

    path: str
    language: str = "kor"

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that the program has data for; () where the program itself is missing."""
        if shutil.which(self.path) is None and not Path(self.path).is_file():
            return ()
        listed = subprocess.run([self.path, "--list-langs"], capture_output=True, text=True, timeout=SECONDS_PER_CALL)
        return tuple(listed.stdout.split("\n")[1:])

    @property
    def ready(self) -> bool:
        """Whether the program runs and has the language's data."""
        return self.language in self.languages

    def read(self, crops: Sequence[Pixels], line_height: int = LINE_HEIGHT) -> list[list[TesseractWord]]:
        """The words of each upright line crop, uint8 (height, width, 3), scaled to `line_height` pixels.

        Raises NotReady where it fails, or has not finished after 20 s plus 2 s a line.
        """
        if not crops:
            return []
        spoken = f"{self.language}+eng" if "eng" in self.languages else self.language
        pages = [_page(crop, line_height) for crop in crops]
        buffer = io.BytesIO()
        first, rest = pages[0][0], [p for p, _ in pages[1:]]
        first.save(buffer, format="TIFF", save_all=True, append_images=rest)
        seconds = SECONDS_PER_CALL + SECONDS_PER_LINE * len(crops)
        try:
            done = subprocess.run(
                [self.path, "stdin", "stdout", "-l", spoken, "--psm", "7", "tsv"],
                input=buffer.getvalue(),
                capture_output=True,
                timeout=seconds,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
                check=True,
            )
        except subprocess.TimeoutExpired as error:
            raise NotReady("reader", f"Tesseract did not finish within {seconds:.0f} s", "try again") from error
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode("utf-8", "replace").strip().splitlines()
            what = f"Tesseract failed: {said[-1] if said else f'exit code {error.returncode}'}"
            raise NotReady("reader", what, "check the installation of tesseract-ocr") from error
        sizes = [(crop.shape[1], scale) for crop, (_, scale) in zip(crops, pages, strict=True)]
        found = _words(done.stdout.decode("utf-8", "replace"), sizes)
        return [_joined(words, crop.shape[0] / crop.shape[1]) for words, crop in zip(found, crops, strict=True)]


def _page(crop: Pixels, line_height: int) -> tuple[Pillow.Image, float]:
    """A crop as a gray page of its own, line_height high and with a margin in its paper's shade; and its scale."""
    gray = Pillow.fromarray(crop).convert("L")
    scale = line_height / gray.height
    gray = gray.resize((max(round(gray.width * scale), 1), line_height), Pillow.Resampling.BICUBIC)
    page = Pillow.new("L", (gray.width + 2 * MARGIN, line_height + 2 * MARGIN), _median(gray))
    page.paste(gray, (MARGIN, MARGIN))
    return page, scale


def _median(gray: Pillow.Image) -> int:
    histogram = gray.histogram()
    half, seen = sum(histogram) / 2, 0
    for value, count in enumerate(histogram):
        seen += count
        if seen >= half:
            return value
    return 255


def _words(tsv: str, sizes: Sequence[tuple[int, float]]) -> list[list[TesseractWord]]:
    """Parse Tesseract's TSV (level, page, block, par, line, word, left, top, width, height, conf, text)."""
    found: list[list[TesseractWord]] = [[] for _ in sizes]
    for row in tsv.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) < 12 or cells[0] != "5" or not cells[11].strip():
            continue
        page = int(cells[1]) - 1
        width, scale = sizes[page]
        start = (int(cells[6]) - MARGIN) / scale / width
        end = (int(cells[6]) + int(cells[8]) - MARGIN) / scale / width
        start = min(max(start, 0.0), 0.99)
        end = min(max(end, start + 0.005), 1.0)
        found[page].append(TesseractWord(cells[11].strip(), start, end, min(max(float(cells[10]) / 100, 0.0), 1.0)))
    return found


def _joined(words: Sequence[TesseractWord], height: float) -> list[TesseractWord]:
    """Join the pieces of Korean words that stand closer together than a space; height in shares of the width."""
    made: list[TesseractWord] = []
    for word in words:
        last = made[-1] if made else None
        lone = last is not None and any(len(t) == 1 and _korean(t) for t in (last.text, word.text))
        near = (LONE_SYLLABLE_GAP if lone else SYLLABLE_GAP) * height
        if last is not None and word.start - last.end < near and _korean(last.text + word.text):
            score = min(last.score, word.score)
            made[-1] = TesseractWord(last.text + word.text, last.start, max(word.end, last.end), score)
        else:
            made.append(word)
    return made


def _korean(text: str) -> bool:
    return any("\uac00" <= c <= "\ud7a3" for c in text)
