"""The second stage behind a detector by phrase: a small classifier that names the shape of what is in a box.

Method: the two stages of Fast R-CNN (Girshick, ICCV 2015), the second on tiles of the picture itself. A checkpoint
whose folder holds `attributes/` (a ResNet of transformers, He et al., CVPR 2016, whose labels are words) has one. A
phrase's score for a box is then a mean of two opinions: what the detector says of the phrase there, and what it says of
the phrase without the shape ("red object" for "red ball") times the probability that the classifier gives the shape.

NOT here: sizes (a tile shows everything equally large); colours and materials, which the detector tells as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.adapters.loading import pretrained
from tools.adapters.region_tiles import tile
from tools.geometry import box_iou
from tools.types import Box, Floats, Image

if TYPE_CHECKING:
    from tools.adapters.grounding_dino import Scored

FOLDER = "attributes"
WORDS: dict[str, tuple[str, ...]] = {
    "cube": ("cube", "cubes", "block", "blocks"),
    "sphere": ("sphere", "spheres", "ball", "balls"),
    "cylinder": ("cylinder", "cylinders"),
}
"""The words for each label in the detector's vocabulary; of labels that are not here nothing is asked."""
PLAIN = "object"
SECOND = 0.7
"""The second stage's share of a score."""
PROPOSED, SAME_PLACE = 0.05, 0.5
"""What scores this for "object" is looked at; boxes of this IoU with it are the same thing."""


@dataclass(frozen=True, eq=False)
class Things:
    """What stands in a picture: boxes (N, 4) xyxy in its frame, the probability of each shape (N, shapes)."""

    boxes: Floats
    shapes: Floats


class RegionAttributes:
    """A loaded classifier, made by `load`."""

    def __init__(self, model: Any, device: str) -> None:
        self._model, self._device = model, device
        labels = {word: i for i, word in model.config.id2label.items()}
        self._columns = [int(labels[label]) for label in WORDS]
        self._known = {word: at for at, words in enumerate(WORDS.values()) for word in words}

    def without(self, phrase: str) -> tuple[str, int | None]:
        """The phrase with its shape's noun replaced by one for anything, and that shape's index; or as it was, None."""
        words = phrase.lower().replace(".", " ").split()
        for i, word in enumerate(words):
            if word in self._known:
                return " ".join([*words[:i], PLAIN, *words[i + 1 :]]), self._known[word]
        return phrase, None

    def probabilities(self, image: Image, boxes: Floats) -> Floats:
        """float32 (boxes, shapes): the probability of each shape, among them, for xyxy boxes of a picture."""
        import torch

        if not len(boxes):
            return np.zeros((0, len(self._columns)), np.float32)
        picture = torch.from_numpy(np.array(image.pixels)).permute(2, 0, 1).float() / 255
        with torch.inference_mode():
            tiles = torch.stack([tile(picture, _xyxy(box)) for box in boxes]).to(self._device, self._model.dtype)
            logits = self._model(pixel_values=tiles).logits[:, self._columns].float()
        result: Floats = logits.softmax(-1).cpu().numpy()
        return result

    def scored(
        self,
        image: Image,
        known: list[Things],
        phrases: Sequence[str],
        ask: Callable[[Sequence[str]], list[Scored]],
        duplicates: Callable[[Floats, Floats], list[int]],
    ) -> list[Scored]:
        """What both stages say of each phrase.

        known: where the picture's things are kept, empty at first. ask: the detector's own word on phrases.
        duplicates: the indices that survive non-maximum suppression, of boxes and scores.
        """
        parts = [self.without(phrase) for phrase in phrases]
        if all(shape is None for _, shape in parts):
            return ask(phrases)
        *direct, anything = ask([*phrases, *(plain for plain, _ in parts), PLAIN])
        if not known:
            likely = np.flatnonzero(anything.scores[: anything.queries] >= PROPOSED)
            boxes, scores = anything.boxes[likely], anything.scores[likely]
            boxes = boxes[duplicates(boxes, scores)]
            known.append(Things(boxes, self.probabilities(image, boxes)))
        return [
            said if shape is None else rescored(known[0], shape, said, plain)
            for said, plain, (_, shape) in zip(direct[: len(parts)], direct[len(parts) :], parts, strict=True)
        ]


def rescored(things: Things, shape: int, direct: Scored, plain: Scored) -> Scored:
    """What was found for a phrase without its shape, scored for the phrase with it: `direct` is the detector's word."""
    share = np.full(len(plain.boxes), 1 / len(WORDS), np.float32)  # a box at no known thing: no opinion
    if len(things.boxes):
        here, other = _best_at(things.boxes, direct), _best_at(things.boxes, plain)
        opinion = SECOND * things.shapes[:, shape] + (1 - SECOND) * np.minimum(here / np.maximum(other, 1e-6), 1)
        overlap = box_iou(plain.boxes, things.boxes)
        known = overlap.max(1) >= SAME_PLACE
        share[known] = opinion[overlap.argmax(1)[known]]
    return replace(plain, scores=plain.scores * share)


def _xyxy(box: Floats) -> Box:
    x0, y0, x1, y1 = (float(v) for v in box)
    return x0, y0, x1, y1


def _best_at(places: Floats, said: Scored) -> Floats:
    """float32 (N,): the best score of a decoder's box at each place, 0 where there is none."""
    near = box_iou(places, said.boxes[: said.queries]) >= SAME_PLACE
    best: Floats = np.where(near, said.scores[: said.queries], 0).max(1)
    return best


def load(folder: Path, precision: str, device: str) -> RegionAttributes | None:
    """The classifier of a detector's folder, if it holds one."""
    if not (folder / FOLDER / "config.json").is_file():
        return None
    model = pretrained("AutoModelForImageClassification", "detector", folder / FOLDER, precision, device)
    return RegionAttributes(model, device)
