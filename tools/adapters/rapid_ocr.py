"""The role "reader": text lines by RapidOCR (PP-OCR detection and recognition as ONNX, Apache-2.0, in its wheel).

One picture goes: find lines in a copy of about a megapixel -> decide which way is up from the lines' shapes and from a
first batch of readings -> cut straight crops from the full picture -> read them -> look again, with more contrast, at
what was hardly legible -> where lines look like Hangul, which PP-OCR cannot read, let Tesseract read them.
Upright pages pay for none of the detours. Everything maps back to the given picture's own pixels.

NOT here: geometry of lines (tools.adapters.text_lines), crops (.crops), calling Tesseract (.tesseract).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tools.adapters.crops import contrasted, flat, half_turn, inked, is_level, straight
from tools.adapters.tesseract import SECOND_HEIGHT, Tesseract, TesseractWord
from tools.adapters.text_lines import (
    Reading,
    box_of,
    place_words,
    side_lengths,
    split_words,
    standing_share,
    turn_quads,
)
from tools.core import NotReady
from tools.types import Floats, Image, Pixels, Region

log = logging.getLogger(__name__)

UNREAD = "unread text"  # the label of a line that no recogniser here can read; its text is None
FIRST_LOOK = 1.0e6  # pixels of the copy in which lines are searched first
SECOND_LOOK = 3.2e6  # and second, where the first showed only small print
SMALL_PRINT = 15.0  # median line height, in pixels of the copy, that asks for the second look
LEGIBLE = 0.80  # mean score from which a reading is taken without a second try
KEEP = 0.45  # readings below this are noise
SURE_HANGUL = 0.55  # Tesseract's confidence from which its Hangul is believed
HALF_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)}  # the recogniser is at home in Chinese and reads ":" as wide
SAMPLE = 6  # lines that decide a question about the whole page


@dataclass
class Line:
    """A line on its way through: its quad in the picture's frame, the straight upright crop, and its reading."""

    quad: Floats
    crop: Pixels
    reading: Reading
    korean: tuple[TesseractWord, ...] = ()


class RapidReader:
    """Plays `tools.adapters.roles.Reader`."""

    def __init__(self, engine: Any, tesseract: Tesseract | None = None, max_side: int = 4000) -> None:
        """engine: rapidocr.RapidOCR. tesseract: for Hangul, or None. max_side: larger pictures are reduced to this."""
        self.engine = engine
        self.tesseract = tesseract
        self.max_side = max_side

    def lines(self, image: Image) -> list[Region]:
        """Every text line: box, quad where it is slanted or turned, score, text, words; in no particular order.

        A line in a script that nothing here can read has text None and the label "unread text".
        """
        pixels, scale = self._reduced(image.pixels)
        lines = self._read(pixels)
        if _quality(lines) < LEGIBLE * 0.75 and flat(pixels):
            again = self._read(contrasted(pixels))
            lines = max(lines, again, key=lambda found: sum(len(x.reading.text) * x.reading.score for x in found))
        self._read_korean(lines)
        made = (self._region(line, image, scale) for line in lines)
        return [region for region in made if region is not None]

    # finding lines and which way is up

    def _reduced(self, pixels: Pixels) -> tuple[Pixels, float]:
        """The picture at most max_side long, and how many of its pixels make one of the original's."""
        import cv2

        height, width = pixels.shape[:2]
        scale = min(1.0, self.max_side / max(height, width))
        if scale == 1.0:
            return pixels, 1.0
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)), scale

    def _read(self, pixels: Pixels) -> list[Line]:
        """Find and read the lines of a picture, whichever way up it is."""
        height, width = pixels.shape[:2]
        turns = 0
        quads = self._find(pixels)
        if len(quads) and standing_share(quads) > 0.6:
            turns = 1
            quads = self._find(np.ascontiguousarray(np.rot90(pixels)))
        turned = np.ascontiguousarray(np.rot90(pixels, turns))
        if not len(quads):
            return []
        crops = [straight(turned, quad) for quad in quads]
        order = sorted(range(len(crops)), key=lambda i: -crops[i].shape[1] / crops[i].shape[0])
        readings: dict[int, Reading] = dict(
            zip(order[:SAMPLE], self._recognise([crops[i] for i in order[:SAMPLE]]), strict=False)
        )
        if self._upside_down([crops[i] for i in order[:SAMPLE]], list(readings.values())):
            quads = np.roll(quads, 2, axis=1)
            crops = [half_turn(crop) for crop in crops]
            readings = {}
        rest = [i for i in order if i not in readings]
        readings.update(zip(rest, self._recognise([crops[i] for i in rest]), strict=True))
        self._look_again(crops, readings)
        placed = turn_quads(quads, turns, width, height)
        return [Line(placed[i], crops[i], readings[i]) for i in range(len(crops))]

    def _find(self, pixels: Pixels) -> Floats:
        """Quads float32 (N, 4, 2) of the lines in a picture that is nearly upright or on its side."""
        height, width = pixels.shape[:2]
        scale = float(np.clip(np.sqrt(FIRST_LOOK / (height * width)), 0.05, 1.0))
        if height * width < FIRST_LOOK / 4:
            scale = min(3.0, float(np.sqrt(FIRST_LOOK / 2 / (height * width))))
        quads = self._detect(pixels, scale)
        if scale < 1.0 and len(quads):
            along, across = side_lengths(quads)
            if float(np.median(np.minimum(along, across))) * scale < SMALL_PRINT:
                finer = min(1.0, float(np.sqrt(SECOND_LOOK / (height * width))))
                quads = self._detect(pixels, finer) if finer > 1.2 * scale else quads
        return quads

    def _detect(self, pixels: Pixels, scale: float) -> Floats:
        import cv2

        height, width = pixels.shape[:2]
        size = (max(round(width * scale), 32), max(round(height * scale), 32))
        kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        copy = pixels if size == (width, height) else np.asarray(cv2.resize(pixels, size, interpolation=kind))
        pad = 16  # lines that touch the picture's edge are found better with some paper around them
        copy = cv2.copyMakeBorder(copy, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
        found = self.engine(np.ascontiguousarray(copy[:, :, ::-1]), use_det=True, use_cls=False, use_rec=False)
        if getattr(found, "boxes", None) is None or not len(found.boxes):
            return np.zeros((0, 4, 2), np.float32)
        quads = np.asarray(found.boxes, dtype=np.float32).reshape(-1, 4, 2) - pad
        quads *= np.array([width / size[0], height / size[1]], dtype=np.float32)
        along, across = side_lengths(quads)
        kept: Floats = quads[(along >= 3) & (across >= 3)]
        return kept

    def _upside_down(self, crops: Sequence[Pixels], readings: Sequence[Reading]) -> bool:
        """Whether a page's longest lines read better turned by half a turn; asked only where they read badly."""
        if _mean(readings) >= LEGIBLE:
            return False
        flipped = [half_turn(crop) for crop in crops]
        other = self._recognise(flipped)
        if max(_mean(readings), _mean(other)) >= 0.6:
            return _mean(other) > _mean(readings) + 0.05
        votes = self.engine.cls_and_rotate([crop[:, :, ::-1] for crop in crops])[1].cls_res
        return bool(sum(s if label == "180" else -s for label, s in votes) > 0)

    # reading lines

    def _recognise(self, crops: Sequence[Pixels]) -> list[Reading]:
        if not crops:
            return []
        self.engine.return_word_box = True
        found = self.engine.recognize_txt([np.ascontiguousarray(crop[:, :, ::-1]) for crop in crops])
        made = []
        for text, score, words in zip(found.txts, found.scores, found.word_results, strict=True):
            columns = [c for word in words.word_cols for c in word] if words is not None else []
            length = max(float(getattr(words, "line_txt_len", 0.0)), 1.0)
            confidences = [s for c, s in zip(text, words.confs, strict=False) if not c.isspace()] if text else []
            centers = tuple(min((c + 0.5) / length, 1.0) for c in columns)
            text = text.translate(HALF_WIDTH)
            made.append(Reading(text.strip(), float(score) if text.strip() else 0.0, centers, tuple(confidences)))
        return made

    def _look_again(self, crops: Sequence[Pixels], readings: dict[int, Reading]) -> None:
        """Read once more, with the contrast stretched, the lines that were hardly legible; keep what scores better."""
        doubtful = [i for i, r in readings.items() if r.score < LEGIBLE and min(crops[i].shape[:2]) >= 6]
        for i, again in zip(doubtful, self._recognise([contrasted(crops[i]) for i in doubtful]), strict=True):
            if again.score > readings[i].score and len(again.text) >= 0.7 * len(readings[i].text):
                readings[i] = again

    def _read_korean(self, lines: list[Line]) -> None:
        """Give Hangul lines to Tesseract. A page is taken for Korean where a sample of its illegible lines is."""
        doubtful = [line for line in lines if _foreign(line.reading) and line.crop.shape[1] > line.crop.shape[0]]
        if not doubtful or self.tesseract is None or not self.tesseract.ready:
            return
        doubtful.sort(key=lambda line: -line.crop.shape[1])
        sample = [line.crop for line in doubtful[:SAMPLE]]
        if not _mostly_hangul(self.tesseract.read(sample)):
            if not _mostly_hangul(self.tesseract.read([half_turn(crop) for crop in sample])):
                return
            for line in lines:
                line.quad = np.roll(line.quad, 2, axis=0)
                line.crop = half_turn(line.crop)
            for line, reading in zip(lines, self._recognise([line.crop for line in lines]), strict=True):
                line.reading = reading
        for line, words in zip(lines, self.tesseract.read([line.crop for line in lines]), strict=True):
            if _is_hangul(words):
                line.korean = tuple(_with_digits(words, split_words(line.reading, line.crop)[1]))
        missed = [line for line in lines if not line.korean and _foreign(line.reading)]
        again = self.tesseract.read([line.crop for line in missed], SECOND_HEIGHT)
        for line, words in zip(missed, again, strict=True):
            line.korean = tuple(words) if _is_hangul(words) else ()

    def _region(self, line: Line, image: Image, scale: float) -> Region | None:
        quad = line.quad / scale
        box = box_of(quad, image.width, image.height)
        if box is None:
            return None
        corners = tuple((float(x), float(y)) for x, y in quad)
        slanted = not is_level(quad)
        made = Region(box, image.frame, label="text", quad=corners if slanted else None)  # type: ignore[arg-type]
        if line.korean:
            found = [(w.text, w.start, w.end, w.score) for w in line.korean]
            text = " ".join(w.text for w in line.korean)
            score = float(np.mean([w.score for w in line.korean]))
        elif line.reading.score >= KEEP:
            text, found = split_words(line.reading, line.crop)
            score = line.reading.score
        elif inked(line.crop):
            return replace(made, label=UNREAD, score=min(line.reading.score, 1.0))
        else:
            return None
        words = tuple(place_words(found, quad, image.width, image.height))
        return replace(made, text=text, score=min(max(score, 0.0), 1.0), words=words)


def load(threads: int = 2, tesseract: str | None = "tesseract", max_side: int = 4000) -> RapidReader:
    """A reader with the models of the installed rapidocr wheel; reads and writes nothing else, asks no network.

    threads: for onnxruntime. tesseract: the program for Korean (name or path), or None to do without.
    Raises NotReady where the wheel or its models are missing.
    """
    try:
        import rapidocr
    except ImportError as error:
        raise NotReady(
            "reader", "reading text needs the package rapidocr", "pip install rapidocr onnxruntime"
        ) from error
    folder = Path(rapidocr.__file__).parent / "models"
    params: dict[str, Any] = {
        "Global.log_level": "error",
        "Global.return_word_box": True,
        "Global.use_preprocess_img": False,
        "Global.use_vertical_padding": False,
        "Global.text_score": 0.0,
        "Det.limit_type": "max",
        "Det.limit_side_len": 100_000,
        "EngineConfig.onnxruntime.intra_op_num_threads": max(1, min(threads, os.cpu_count() or 1)),
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    for part, pattern in (("Det", "*_det_*.onnx"), ("Rec", "*_rec_*.onnx"), ("Cls", "*_cls_*.onnx")):
        models = sorted(folder.glob(pattern))
        if not models:
            raise NotReady(
                "reader", f"the rapidocr wheel here carries no {part} model", "pip install 'rapidocr>=3.10,<4'"
            )
        params[f"{part}.model_path"] = str(models[0])
    korean = Tesseract(tesseract) if tesseract is not None else None
    if korean is None or not korean.ready:
        log.info(
            "no Korean reader here: lines in Hangul come out as %r (install tesseract-ocr and tesseract-ocr-kor)",
            UNREAD,
        )
    return RapidReader(rapidocr.RapidOCR(params=params), korean, max_side)


def _mean(readings: Sequence[Reading]) -> float:
    return float(np.mean([r.score for r in readings])) if readings else 0.0


def _quality(lines: Sequence[Line]) -> float:
    """Mean score of the lines, by length; 0 for none."""
    weights = [max(len(line.reading.text), 1) for line in lines]
    return float(np.average([line.reading.score for line in lines], weights=weights)) if lines else 0.0


def _foreign(reading: Reading) -> bool:
    """Whether a reading looks as PP-OCR's readings of Hangul do: hardly anything, or stray ideographs."""
    ideographs = sum("\u2e80" <= c <= "\u9fff" or c in "口卫叫叶入" for c in reading.text)
    return reading.score < 0.75 or (ideographs > 0 and reading.score < 0.93)


def _mostly_hangul(sample: Sequence[Sequence[TesseractWord]]) -> bool:
    return sum(_is_hangul(words) for words in sample) * 2 >= len(sample)


def _is_hangul(words: Sequence[TesseractWord]) -> bool:
    """Whether Tesseract read Hangul with confidence."""
    text = "".join(w.text for w in words)
    hangul = sum("\uac00" <= c <= "\ud7a3" for c in text)
    if not hangul:
        return False
    sure = [w.score for w in words if any("\uac00" <= c <= "\ud7a3" for c in w.text)]
    return hangul >= 0.1 * len(text) and float(np.mean(sure)) >= SURE_HANGUL


def _with_digits(
    words: Sequence[TesseractWord], latin: Sequence[tuple[str, float, float, float]]
) -> list[TesseractWord]:
    """Tesseract's words, those without Hangul as PP-OCR read them where it was sure: it is better at digits."""
    made = []
    for word in words:
        middle = (word.start + word.end) / 2
        inside = [w for w in latin if w[1] <= middle <= w[2]]
        sure = len(inside) == 1 and inside[0][3] > 0.85 and len(inside[0][0]) == len(word.text)
        made.append(replace(word, text=inside[0][0]) if sure and not _is_hangul([replace(word, score=1.0)]) else word)
    return made
