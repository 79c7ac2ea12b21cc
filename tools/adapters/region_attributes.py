"""The second stage behind a detector by phrase: a small classifier that names colour, material and shape in a box.

Method: the two stages of Fast R-CNN (Girshick, ICCV 2015), the second on tiles of the picture itself. A checkpoint
whose folder holds `attributes/` (a ResNet of transformers, He et al., CVPR 2016, whose labels are words) has one. A
phrase's score for a box is then what the detector says of the phrase without those words ("small object" for "small red
ball") times the probability that the classifier gives each of them. So a further phrase costs next to nothing.

NOT here: sizes (a tile shows everything equally large); phrases with a word that neither stage was trained on, or that
say more than what one thing is like ("cube that is not red"): the detector's alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tools.adapters.loading import checkpoint, pretrained
from tools.adapters.region_tiles import tile
from tools.adapters.scored import Scored
from tools.core import NotReady
from tools.geometry import box_iou
from tools.types import Box, Floats, Image

FOLDER = "attributes"
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "color": {
        "gray": ("gray", "grey"),
        "red": ("red",),
        "blue": ("blue",),
        "green": ("green",),
        "brown": ("brown",),
        "purple": ("purple", "violet"),
        "cyan": ("cyan", "turquoise"),
        "yellow": ("yellow",),
    },
    "material": {"rubber": ("rubber", "matte"), "metal": ("metal", "metallic", "shiny")},
    "shape": {
        "cube": ("cube", "cubes", "block", "blocks"),
        "sphere": ("sphere", "spheres", "ball", "balls"),
        "cylinder": ("cylinder", "cylinders"),
    },
}
"""For each attribute its labels and the words for them in the detector's vocabulary."""
PLAIN = "object"
NOUNS = ("object", "objects", "thing", "things", "item", "items")
OTHERS = frozenset(("small", "tiny", "little", "large", "big", "the", "a", "an", "all", "every", "any", *NOUNS))
"""Words that may stand beside those of a label."""
PROPOSED, SAME_PLACE = 0.05, 0.5
"""What scores this for "object" is looked at; boxes of this IoU with it are the same thing."""


@dataclass(frozen=True, eq=False)
class Things:
    """What stands in a picture: boxes (N, 4) xyxy in its frame, for each label its probability (N,)."""

    boxes: Floats
    labels: dict[str, Floats]


class RegionAttributes:
    """A loaded classifier, made by `load`. Raises NotReady where its labels are not those of WORDS."""

    def __init__(self, model: Any, device: str) -> None:
        self._model, self._device = model, device
        columns = {word: int(i) for i, word in model.config.id2label.items()}
        if missing := sorted({label for labels in WORDS.values() for label in labels} - set(columns)):
            problem = f"the second stage of the detector must know every label, got none of {missing}"
            raise NotReady("detector", problem, "get its files again")
        self._columns = [[columns[label] for label in labels] for labels in WORDS.values()]
        self._known = {
            word: (attribute, label)
            for attribute, labels in WORDS.items()
            for label in labels
            for word in labels[label]
        }

    def without(self, phrase: str) -> tuple[str, list[str]]:
        """The phrase without the words that the classifier knows, and their labels.

        A phrase that holds other words than OTHERS, or names two values of an attribute ("red blue cube"), is left as
        it is.
        """
        rest, found = list[str](), dict[str, str]()
        for word in re.findall(r"[^\s.,?!]+", phrase.lower()):
            attribute, label = self._known.get(word, ("", ""))
            if attribute in found or not (attribute or word in OTHERS):
                return phrase, []
            if attribute:
                found[attribute] = label
            if not attribute or attribute == "shape":
                rest.append(PLAIN if attribute else word)
        if not rest or rest[-1] not in NOUNS:
            rest.append(PLAIN)
        return (" ".join(rest), list(found.values())) if found else (phrase, [])

    def probabilities(self, image: Image, boxes: Floats) -> dict[str, Floats]:
        """For each label its probability (N,) among its attribute's, for boxes (N, 4) xyxy of a picture.

        The mean of what each tile and its mirror image say.
        """
        import torch

        if not len(boxes):
            return {label: np.zeros(0, np.float32) for labels in WORDS.values() for label in labels}
        picture = torch.from_numpy(np.array(image.pixels)).permute(2, 0, 1).float() / 255
        with torch.inference_mode():
            tiles = torch.stack([tile(picture, _xyxy(box)) for box in boxes]).to(self._device, self._model.dtype)
            logits = self._model(pixel_values=torch.cat([tiles, tiles.flip(-1)])).logits.float()
            both = [logits[:, columns].softmax(-1).unflatten(0, (2, -1)) for columns in self._columns]
            shares = [pair.mean(0).cpu().numpy() for pair in both]
        return {
            label: share[:, at]
            for labels, share in zip(WORDS.values(), shares, strict=True)
            for at, label in enumerate(labels)
        }

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
        if not any(labels for _, labels in parts):
            return ask(phrases)
        *said, anything = ask([*(plain for plain, _ in parts), PLAIN])
        if not known:
            likely = np.flatnonzero(anything.scores[: anything.queries] >= PROPOSED)
            boxes, scores = anything.boxes[likely], anything.scores[likely]
            boxes = boxes[duplicates(boxes, scores)]
            known.append(Things(boxes, self.probabilities(image, boxes)))
        return [rescored(known[0], labels, plain) for plain, (_, labels) in zip(said, parts, strict=True)]


def rescored(things: Things, labels: Sequence[str], plain: Scored) -> Scored:
    """What was found for a phrase without its labels, scored for the phrase with them.

    A box that is at no known thing has no score left, where there are labels.
    """
    if not labels:
        return plain
    share = np.zeros(len(plain.boxes), np.float32)
    if len(things.boxes):
        opinion = together(things.labels, labels)
        overlap = box_iou(plain.boxes, things.boxes)
        known = overlap.max(1) >= SAME_PLACE
        share[known] = opinion[overlap.argmax(1)[known]]
    return replace(plain, scores=plain.scores * share)


def together(named: dict[str, Floats], labels: Sequence[str]) -> Floats:
    """float32 (N,): the probability that all the labels hold, 1 where there are none."""
    size = len(next(iter(named.values())))
    product: Floats = np.prod([named[label] for label in labels], axis=0) if labels else np.ones(size, np.float32)
    return product


def _xyxy(box: Floats) -> Box:
    x0, y0, x1, y1 = (float(v) for v in box)
    return x0, y0, x1, y1


def load(folder: Path, precision: str, device: str) -> RegionAttributes | None:
    """The classifier of a detector's folder, if it holds one. Raises NotReady where that is not whole."""
    if not (folder / FOLDER).is_dir():
        return None
    whole = checkpoint("detector", folder / FOLDER)
    return RegionAttributes(pretrained("AutoModelForImageClassification", "detector", whole, precision, device), device)
