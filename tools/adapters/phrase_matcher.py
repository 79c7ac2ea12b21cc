"""Role "matcher" played by a detector by phrase: what it says of a phrase at a region's place.

Nothing is loaded for it but the detector of the profile: it is asked for "red object", "blue object", ... and its
scores at the region are compared; where it has a second stage (tools.adapters.region_attributes), that names the region
itself. In the embedded profile this names better than a small image-text model of crops does, for it sees the whole
picture (a size shows beside other sizes).

Limits: it knows only what the detector's phrases know; relations ("worn by the man") are beyond it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from tools.adapters import grounding_dino, region_attributes
from tools.adapters.grounding_dino import GroundingDino
from tools.adapters.region_attributes import SAME_PLACE, together
from tools.adapters.scored import Scored
from tools.geometry import box_iou
from tools.types import Floats, Image, Region

LOOSELY = 0.4
"""A box of this IoU with a region is at its place where the region's own attribute is asked for: something is there."""
SURE = 0.8
"""An attribute of a smaller share is named once more, by the mirror image too."""
TABLETOP: dict[str, tuple[str, ...]] = {
    "size": ("small", "large"),
    **{attribute: tuple(labels) for attribute, labels in region_attributes.WORDS.items()},
}
"""The words that the embedded detector was trained on."""


class PhraseMatcher:
    """Role "matcher" played by a detector: what it says of a phrase at the place of a region.

    `words`: for each attribute the words that it may have; they are asked as "WORD object", shapes as the bare word.
    """

    def __init__(self, detector: GroundingDino, words: Mapping[str, Sequence[str]]) -> None:
        self._detector, self._words = detector, words

    def match(
        self, image: Image, regions: Sequence[Region], phrases: Sequence[str], place: float = SAME_PLACE
    ) -> Floats:
        """float32 (regions, phrases): the phrase's best score among the boxes at the region's place.

        place: from which IoU with the region on a box is there.
        """
        if not regions or not phrases:
            return np.zeros((len(regions), len(phrases)), np.float32)
        encoding, second = self._detector.encode(image), self._detector.second
        places = np.array([r.box for r in regions], np.float32)
        if second is None:
            columns = [at_places(said, places, place) for said in self._detector.scored(image, encoding, phrases)]
            return np.stack(columns, axis=1)
        parts, named = [second.without(p) for p in phrases], second.probabilities(image, places)
        plain = self._detector.scored(image, encoding, [p for p, _ in parts])
        columns = [
            at_places(said, places, place) * together(named, p) for said, (_, p) in zip(plain, parts, strict=True)
        ]
        return np.stack(columns, axis=1)

    def confirm(self, image: Image, regions: Sequence[Region], phrase: str) -> Floats:
        """float32 (regions,): the mean of the phrase's scores at each region in the picture and in its mirror image."""
        return self._both(image, regions, [phrase], SAME_PLACE)[:, 0]

    def _both(self, image: Image, regions: Sequence[Region], phrases: Sequence[str], place: float) -> Floats:
        """float32 (regions, phrases): the means of `match` in the picture and in its mirror image."""
        there = self.match(image, regions, phrases, place)
        mirror = Image.from_pixels(np.ascontiguousarray(image.pixels[:, ::-1]))
        turned = [
            Region((image.width - r.box[2], r.box[1], image.width - r.box[0], r.box[3]), mirror.frame) for r in regions
        ]
        both = (there + self.match(mirror, turned, phrases, place)) / 2
        return both.astype(np.float32)

    def attribute(self, image: Image, region: Region, attribute: str) -> tuple[str, float]:
        """The attribute's most probable word and its share of all its words' scores.

        Where that share is under SURE the scores are the means of those in the picture and in its mirror image.
        """
        phrases, second = self.phrases(attribute), self._detector.second
        if second is not None and attribute in region_attributes.WORDS:
            self._detector.encode(image)  # which raises NotReady for a picture of another world
            named = second.probabilities(image, np.array([region.box], np.float32))
            scores = np.array([float(named[word][0]) for word in self._words[attribute]])
        else:
            scores = self.match(image, [region], phrases, LOOSELY)[0]
            if scores.max() < SURE * scores.sum():
                scores = self._both(image, [region], phrases, LOOSELY)[0]
        best = int(scores.argmax())
        return self._words[attribute][best], float(scores[best] / max(float(scores.sum()), 1e-6))

    def phrases(self, attribute: str) -> list[str]:
        """The phrases that stand for an attribute's words, in their order."""
        if attribute not in self._words:
            raise ValueError(f"attribute must be one of {sorted(self._words)}, got {attribute!r}")
        return [word if attribute == "shape" else f"{word} object" for word in self._words[attribute]]


def at_places(said: Scored, places: Floats, place: float = SAME_PLACE) -> Floats:
    """float32 (N,): for each place (N, 4) the best score of a decoder box there, else of an encoder's, else 0.

    place: from which IoU on a box is there.
    """
    overlaps = box_iou(places, said.boxes)
    result = np.zeros(len(places), np.float32)
    for i, row in enumerate(overlaps):
        for part in (slice(0, said.queries), slice(said.queries, None)):
            near = row[part] >= place
            if near.any():
                result[i] = said.scores[part][near].max()
                break
    return result


def load(
    source: str, precision: str = "fp32", device: str = "cpu", score: Literal["max", "mean"] = "max"
) -> PhraseMatcher:
    """A matcher on the detector of a transformers folder, which the detector's role shares where its settings agree."""
    return PhraseMatcher(grounding_dino.load(source, precision=precision, device=device, score=score), TABLETOP)
