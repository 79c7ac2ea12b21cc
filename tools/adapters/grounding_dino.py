"""Role "detector": Grounding DINO and MM Grounding DINO through transformers.

Method: Liu et al., Grounding DINO, ECCV 2024; Zhao et al., MM-Grounding-DINO, 2024. One adapter loads the embedded
checkpoint and the public ones. The picture goes through the vision backbone once; a phrase costs the text encoder and
the (two-stage) transformer. Each phrase is prompted on its own: in a shared caption, phrases compete for queries.

Frames: pictures are resized to a multiple of the backbone's last stride on both sides, since positions are counted in
whole cells; boxes come back as xyxy pixels of the picture's own frame.

A checkpoint that knows a small world only (tools.adapters.known_world) says so of pictures of another; one may have a
second stage that names what it finds (tools.adapters.region_attributes).

NOT here: faces (tools.adapters.centerface), masks (tools.adapters.sam), naming (tools.adapters.phrase_matcher).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal
from weakref import WeakValueDictionary

import numpy as np

from tools.adapters import known_world, region_attributes
from tools.adapters.known_world import KnownWorld, pooled
from tools.adapters.loading import checkpoint, for_processor, pretrained
from tools.adapters.originals import as_trained
from tools.adapters.region_attributes import PLAIN, RegionAttributes, Things
from tools.adapters.scored import Scored
from tools.core import NotReady
from tools.geometry import suppressed
from tools.types import Box, Floats, Image, Region

REMEMBERED = 4
"""Encodings that an adapter keeps, by picture, for callers that do not keep them themselves."""
UNKNOWN_WORLD = "this picture is unlike all that this profile's small detector was trained on"
SEEN = 0.8
"""A picture at the border of the known world is of it where the detector sees anything in it: score of this phrase."""
PHRASES = 128
"""Phrases whose boxes an encoding keeps: naming every object asks the same few again and again."""


@dataclass(frozen=True, eq=False)
class Encoding:
    """A picture after the backbone: the model's input tensor (1, 3, h, w) and the backbone's maps and positions.

    said: what was found for the phrases asked so far, the last `PHRASES` of them. things: what a second stage made of
    the picture, once it was asked.
    """

    pixel_values: Any
    features: Any
    said: OrderedDict[str, Scored] = field(default_factory=OrderedDict)
    things: list[Things] = field(default_factory=list)


def fitted(width: int, height: int, shortest: int, longest: int, multiple: int) -> tuple[int, int]:
    """(width, height) with the shorter side near `shortest`, the longer within `longest`, both multiples."""
    scale = min(shortest / min(width, height), longest / max(width, height))
    return (
        max(multiple, round(width * scale / multiple) * multiple),
        max(multiple, round(height * scale / multiple) * multiple),
    )


def caption(phrase: str) -> str:
    """The phrase as Grounding DINO's text side wants it: lower case, one sentence, ending in a full stop."""
    words = phrase.lower().replace(".", " ").replace("?", " ").split()
    return " ".join(words) + " ."


_made: WeakValueDictionary[tuple[str, str, str, float, float, str], GroundingDino] = WeakValueDictionary()


class GroundingDino:
    """A loaded checkpoint, made by `load`. Methods may be called from several threads, one runs at a time."""

    def __init__(
        self,
        model: Any,
        processor: Any,
        *,
        floor: float,
        nms: float,
        score: Literal["max", "mean"],
        device: str,
        world: KnownWorld | None = None,
        second: RegionAttributes | None = None,
    ) -> None:
        if score not in ("max", "mean"):
            raise ValueError(f'score must be "max" or "mean", got {score!r}')
        self._model, self._processor, self._device = model, processor, device
        self._tokenizer = processor.tokenizer
        self._floor, self._nms, self._score, self._world = floor, nms, score, world
        self.second = second
        self._multiple = int(_last_stride(model.config.backbone_config))
        self._as_trained = as_trained if model.config.model_type == "grounding-dino" else nullcontext
        self._lock = threading.RLock()
        self._encodings: OrderedDict[str, Encoding] = OrderedDict()
        self._features: Any = None
        self._backbone = model.model.backbone.forward
        model.model.backbone.forward = self._remembered

    def _remembered(self, pixel_values: Any, pixel_mask: Any) -> Any:
        """The backbone's forward: what `encode` computed, repeated for a batch of phrases; or the real one."""
        if self._features is None:
            return self._backbone(pixel_values, pixel_mask)
        maps, positions = self._features
        n = pixel_values.shape[0]
        return (
            [(m.expand(n, -1, -1, -1), mask.expand(n, -1, -1)) for m, mask in maps],
            [p.expand(n, -1, -1, -1) for p in positions],
        )

    def encode(self, image: Image) -> Encoding:
        """The picture after the backbone, computed once per picture content.

        Raises NotReady for a picture of another world than the checkpoint knows.
        """
        import torch

        with self._lock, torch.inference_mode():
            known = self._encodings.pop(image.id, None)
            if known is None:
                limits = self._processor.image_processor.size
                width, height = fitted(
                    image.width, image.height, limits["shortest_edge"], limits["longest_edge"], self._multiple
                )
                pixels = self._processor.image_processor(
                    images=for_processor(image), size={"height": height, "width": width}, return_tensors="pt"
                )["pixel_values"].to(self._device, self._model.dtype)
                mask = torch.ones((1, height, width), dtype=torch.long, device=self._device)
                known = Encoding(pixels, self._backbone(pixels, mask))
                if self._world and not self._known(self._world, image, known):
                    raise NotReady("detector", UNKNOWN_WORLD, "profile laptop sees photographs: add --profile laptop")
            self._encodings[image.id] = known
            while len(self._encodings) > REMEMBERED:
                self._encodings.popitem(last=False)
            return known

    def _known(self, world: KnownWorld, image: Image, encoding: Encoding) -> bool:
        """Whether a picture is of a world; one at its border (an empty wall, say) only if anything is seen in it."""
        features = pooled([m for m, _ in encoding.features[0]])
        if world.knows_well(features) or not world.knows(features):
            return world.knows(features)
        said = self.scored(image, encoding, [PLAIN])[0]
        return bool(said.scores[: said.queries].max() >= SEEN)

    def find(self, image: Image, encoding: Encoding, phrase: str) -> list[Region]:
        """Every object that the phrase names, scored `floor` or more, duplicates suppressed, best first."""
        return self.regions(image, self.scored(image, encoding, [phrase])[0], phrase)

    def regions(self, image: Image, said: Scored, phrase: str) -> list[Region]:
        """The regions that stand out of one phrase's boxes, scored `floor` or more, best first."""
        likely = np.flatnonzero(said.scores[: said.queries] >= self._floor)
        boxes, scores = said.boxes[likely], said.scores[likely]
        return [
            Region(box, image.frame, score=float(scores[i]), label=phrase)
            for i in suppressed(boxes, scores, self._nms)
            if (box := _clipped(boxes[i], image)) is not None
        ]

    def scored(self, image: Image, encoding: Encoding, phrases: Sequence[str]) -> list[Scored]:
        """All boxes with their scores, for each phrase in a caption of its own; new phrases go in one batch.

        Where the checkpoint has a second stage (tools.adapters.region_attributes), it has its say in the scores.
        """
        if self.second is None:
            return self._heard(image, encoding, phrases)
        ask, duplicates = partial(self._heard, image, encoding), partial(suppressed, iou=self._nms)
        with self._lock:
            return self.second.scored(image, encoding.things, phrases, ask, duplicates)

    def _heard(self, image: Image, encoding: Encoding, phrases: Sequence[str]) -> list[Scored]:
        """What the detector says of each phrase."""
        texts = [caption(p) for p in phrases]
        with self._lock:
            new = [t for t in dict.fromkeys(texts) if t not in encoding.said]
            fresh = dict(zip(new, self._ask(image, encoding, new), strict=True)) if new else {}
            result = [fresh[t] if t in fresh else encoding.said[t] for t in texts]
            encoding.said.update(fresh)
            while len(encoding.said) > PHRASES:
                encoding.said.popitem(last=False)
            return result

    def _ask(self, image: Image, encoding: Encoding, texts: list[str]) -> list[Scored]:
        import torch

        with self._lock, torch.inference_mode(), self._as_trained():
            tokens = self._tokenizer(texts, padding=True, return_tensors="pt").to(self._device)
            self._features = encoding.features
            try:
                out = self._model(
                    pixel_values=encoding.pixel_values.expand(len(texts), -1, -1, -1),
                    input_ids=tokens["input_ids"],
                    token_type_ids=tokens["token_type_ids"],
                    attention_mask=tokens["attention_mask"],
                )
            finally:
                self._features = None
        words = self._word_tokens(tokens["input_ids"], out.logits.shape[-1])
        logits = torch.cat([out.logits, out.enc_outputs_class], 1)
        boxes = torch.cat([out.pred_boxes, out.enc_outputs_coord_logits.sigmoid()], 1)
        return self._said(image, logits, boxes, words, queries=out.logits.shape[1])

    def _said(self, image: Image, logits: Any, centred: Any, words: Any, queries: int) -> list[Scored]:
        """What logits (phrases, N, tokens) and cxcywh boxes in 0-1 (phrases, N, 4) say, phrase by phrase."""
        import torch

        probability = logits.float().sigmoid().masked_fill(~words[:, None], 0.0)
        if self._score == "max":
            scores = probability.amax(-1)
        else:
            scores = probability.sum(-1) / words.sum(-1, keepdim=True).clamp(min=1)
        centred = centred.float()
        boxes = torch.cat([centred[..., :2] - centred[..., 2:] / 2, centred[..., :2] + centred[..., 2:] / 2], -1)
        boxes = boxes * boxes.new_tensor([image.width, image.height] * 2)
        return [Scored(b, s, queries) for b, s in zip(boxes.cpu().numpy(), scores.cpu().numpy(), strict=True)]

    def _word_tokens(self, input_ids: Any, length: int) -> Any:
        """bool (phrases, length): the tokens that belong to the phrase, not to its frame ([CLS], full stop, ...)."""
        import torch

        tokenizer = self._tokenizer
        frame = [*tokenizer.all_special_ids, *tokenizer.convert_tokens_to_ids([".", "?"])]
        frame.remove(tokenizer.unk_token_id)
        words = torch.zeros((input_ids.shape[0], length), dtype=torch.bool, device=input_ids.device)
        words[:, : input_ids.shape[1]] = ~torch.isin(input_ids, torch.tensor(frame, device=input_ids.device))
        return words


def load(
    source: str,
    precision: str = "fp32",
    device: str = "cpu",
    floor: float = 0.1,
    nms: float = 0.5,
    score: Literal["max", "mean"] = "max",
) -> GroundingDino:
    """Load from a transformers folder; the same settings give the same object, so that roles share its encodings.

    floor: regions scored below are never reported (the profile's `keep` decides above it). nms: overlap (IoU) from
    which on the weaker of two boxes is a duplicate. score: a phrase's score is the largest ("max", as transformers
    does) or the mean of its tokens' probabilities. Raises NotReady where there is no checkpoint.
    """
    key = (source, precision, device, floor, nms, score)
    made = _made.get(key)
    if made is None:
        folder = checkpoint("detector", source)
        from transformers import AutoProcessor

        model = pretrained("AutoModelForZeroShotObjectDetection", "detector", folder, precision, device)
        processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        settings: dict[str, Any] = {"floor": floor, "nms": nms, "score": score, "device": device}
        settings |= {"world": known_world.load(folder), "second": region_attributes.load(folder, precision, device)}
        made = _made[key] = GroundingDino(model, processor, **settings)
    return made


def _clipped(box: Floats, image: Image) -> Box | None:
    """The box inside the picture, or None where less than a pixel is left of it."""
    x0, x1 = np.clip(box[[0, 2]], 0, image.width)
    y0, y1 = np.clip(box[[1, 3]], 0, image.height)
    return (float(x0), float(y0), float(x1), float(y1)) if x1 - x0 >= 1 and y1 - y0 >= 1 else None


def _last_stride(backbone: Any) -> int:
    """Pixels per cell of the backbone's coarsest output: its patch size doubled at every later stage."""
    first = getattr(backbone, "patch_size", 4)
    stages = max(int(name.removeprefix("stage")) for name in backbone.out_features)
    return int(int(first) * 2 ** (stages - 1))
