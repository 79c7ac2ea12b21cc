"""Role "vlm" of the embedded profile: an Idefics3 (Laurencon et al., 2024) that sees a scene object by object.

SmolVLM's recipe, small: a SigLIP tower and a connector on SmolLM2-135M. Where Idefics3 cuts a picture into a grid of
tiles, this one is shown a tile for each object that the profile's detector finds, numbered from left to right, each
with its place: a small tower sees an object that fills its tile far better than one of two patches.

    1: 43 55 12 <image>...<image>    number: x and y of the centre and the width, in percent of the picture's sides
    2: 61 40 9 <image>...<image>
    What color is the large cube?

Which of several regions a description fits is left to the image-text model that the tower comes from: the language
model reads tiles well and searches among them badly.

A description of several objects is decoded under a grammar: one phrase for each tile, of words that the detector's
naming does not rule out. So it cannot skip an object, invent one, or call a cube that was seen well a cylinder; where
only one sentence is left, that is the answer and the model is not asked.

A picture in which nothing or one large thing is found, such as a crop of one object, is one tile without a place.
Limits: tabletop scenes, and the detector says what is none; at most MOST_TILES objects, the surest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from tools.adapters import grounding_dino, siglip
from tools.adapters.grounding_dino import GroundingDino
from tools.adapters.loading import check_precision, checkpoint, for_processor, pretrained
from tools.adapters.phrase_matcher import TABLETOP, PhraseMatcher
from tools.adapters.scene_description import ASKED, GrammarLogitsProcessor, possible, sentence, settled
from tools.adapters.siglip import Siglip
from tools.adapters.vlm import ImageTextModel
from tools.core import NotReady
from tools.types import Box, Image, Region

MOST_TILES = 12
CONTEXT = 0.2
"""Share of a box's width and height that a tile shows on each side."""
INSTEAD = "ask so that things are found, such as: What color is the large cube? Or add --profile laptop"
ALONE = 0.35
"""A single object that takes this share of the picture's area is a crop of it: its place says nothing."""


@dataclass(frozen=True)
class Tile:
    """One object as it is shown. place: x, y, width in percent, or None where it fills the picture."""

    crop: Image
    place: tuple[int, int, int] | None


def tiles(image: Image, boxes: Sequence[Box]) -> list[Tile]:
    """The tiles of a picture with objects in these boxes (xyxy pixels), in their order; one for the whole, if none."""
    if not boxes:
        return [Tile(image, None)]
    if len(boxes) == 1:
        return [whole_or_placed(image, boxes[0])]
    return [placed(image, box) for box in boxes]


def placed(image: Image, box: Box) -> Tile:
    """The tile of one object among others."""
    return Tile(image.crop(surroundings(box)), place(box, image.width, image.height))


def whole_or_placed(image: Image, box: Box) -> Tile:
    """The tile of the only object that is shown; the picture itself, where it is hardly more than that object."""
    share = (box[2] - box[0]) * (box[3] - box[1]) / (image.width * image.height)
    return Tile(image, None) if share >= ALONE else placed(image, box)


def surroundings(box: Box) -> Box:
    """A box with CONTEXT on each side; a crop ends at the picture's border."""
    x0, y0, x1, y1 = box
    dx, dy = (x1 - x0) * CONTEXT, (y1 - y0) * CONTEXT
    return (x0 - dx, y0 - dy, x1 + dx, y1 + dy)


def place(box: Box, width: int, height: int) -> tuple[int, int, int]:
    """Centre and width of a box in percent of the picture's sides."""
    x0, y0, x1, y1 = box
    return round(50 * (x0 + x1) / width), round(50 * (y0 + y1) / height), round(100 * (x1 - x0) / width)


def shown(places: Sequence[tuple[int, int, int] | None], image_tokens: str) -> str:
    """The user's turn before the question: a line for each tile."""
    if list(places) == [None]:
        return image_tokens + "\n"
    lines = (f"{i}: {p[0]} {p[1]} {p[2]} " if p else f"{i}: " for i, p in enumerate(places, 1))
    return "".join(line + image_tokens + "\n" for line in lines)


def opening(places: Sequence[tuple[int, int, int] | None], image_tokens: str, question: str) -> str:
    """The whole prompt of a first question, in SmolLM2's chat format."""
    return f"<|im_start|>user\n{shown(places, image_tokens)}{question}<|im_end|>\n<|im_start|>assistant\n"


class Speaker(ImageTextModel):
    """The model with what it takes to put tiles into its prompt."""

    def __init__(self, model: Any, tokenizer: Any, images: Any, *, device: str, most_tokens: int) -> None:
        super().__init__(model, _Words(tokenizer), device=device, most_tokens=most_tokens)
        self._images, self._tile = images, image_tokens(model.config, tokenizer)
        self._size = int(model.get_output_embeddings().weight.shape[0])

    @cached_property
    def _vocabulary(self) -> Any:
        """llguidance's LLTokenizer of the model's whole vocabulary."""
        from llguidance.hf import from_tokenizer

        return from_tokenizer(self._processor.tokenizer, n_vocab=self._size)

    def say(self, seen: Sequence[Tile], question: str, grammar: str | None = None) -> str:
        """What it writes; grammar: in Lark, what it is decoded under."""
        inputs = self._shown(seen, question)
        if grammar is None:
            return self._written(inputs)
        return self._written(
            inputs, logits_processor=[GrammarLogitsProcessor(self._vocabulary, grammar, self._ends[0])]
        )

    def select(self, seen: Sequence[Tile], question: str, choices: Sequence[str]) -> tuple[str, float]:
        """The most probable of the choices and its share of their probabilities."""
        return self._chosen(self._shown(seen, question), choices, "")

    def _shown(self, seen: Sequence[Tile], question: str) -> Any:
        import torch
        from transformers import BatchFeature

        text = opening([t.place for t in seen], self._tile, question)
        tokens = self._processor.tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
        pixels = self._images(images=[for_processor(t.crop) for t in seen], return_tensors="pt")["pixel_values"]
        made = BatchFeature({
            "input_ids": tokens,
            "attention_mask": torch.ones_like(tokens),
            "pixel_values": pixels[None].to(self._model.dtype),
        })  # fmt: skip
        return made.to(self._device)


class TabletopEye:
    """A loaded checkpoint, made by `load`. speaker, matcher: make the models, once the detector knows a picture.

    Every method raises NotReady for a picture of another world.
    """

    def __init__(
        self, speaker: Callable[[], Speaker], matcher: Callable[[], Siglip], detector: GroundingDino, least: float
    ) -> None:
        self._made, self._matcher, self._detector, self._least = cache(speaker), cache(matcher), detector, least

    def answer(self, image: Image, question: str) -> str:
        """A short answer to a question about the picture.

        Raises NotReady also where more than a description is asked of several objects: it searches badly (its card).
        """
        boxes = self._boxes(image)
        seen = tiles(image, boxes)
        if len(seen) < 2:
            return self._made().say(seen, question)
        if not ASKED.search(question):
            raise NotReady("vlm", "this profile's small eye only describes pictures of several things", INSTEAD)
        words, more = self._words(image, boxes), len(self._found(image)) > len(boxes)
        return settled(words, more) or self._made().say(seen, question, sentence(words, more))

    def answer_region(self, image: Image, region: Region, question: str) -> str:
        """A short answer to a question about one region of a picture; the region is the only tile."""
        self._detector.encode(image)
        return self._made().say([whole_or_placed(image, region.box)], question)

    def choose(self, image: Image, question: str, choices: Sequence[str]) -> tuple[str, float]:
        """The most probable of the choices and its share of their probabilities."""
        if not choices:
            raise ValueError("expected at least one choice, got none")
        seen = tiles(image, self._boxes(image))
        return self._made().select(seen, question, choices)

    def choose_region(self, image: Image, regions: Sequence[Region], description: str) -> int:
        """The index of the region of the picture's frame, of at least one, that a description fits best."""
        self._detector.encode(image)
        words = description.lower().removeprefix("the ").split()
        phrase = " ".join("object" if w == "one" else w for w in words)
        return int(self._matcher().match(image, regions, [phrase])[:, 0].argmax())

    def _words(self, image: Image, boxes: Sequence[Box]) -> list[list[list[str]]]:
        """For each box, for each attribute in the order of a phrase, the words that its naming leaves."""
        regions = [Region(box, image.frame) for box in boxes]
        naming = PhraseMatcher(self._detector, TABLETOP)
        scores = {name: naming.match(image, regions, naming.phrases(name)) for name in TABLETOP}
        return [[possible(TABLETOP[name], scores[name][k]) for name in TABLETOP] for k in range(len(boxes))]

    def _found(self, image: Image) -> list[Region]:
        """The objects of a picture, the surest first."""
        found = self._detector.find(image, self._detector.encode(image), "object")
        return sorted((r for r in found if (r.score or 0.0) >= self._least), key=lambda r: -(r.score or 0.0))

    def _boxes(self, image: Image) -> list[Box]:
        """The surest MOST_TILES objects of a picture from left to right."""
        return sorted((r.box for r in self._found(image)[:MOST_TILES]), key=lambda b: b[0] + b[2])


class _Words:
    """The part of a processor that ImageTextModel asks for when pictures come ready."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer, self.decode = tokenizer, tokenizer.decode


def image_tokens(config: Any, tokenizer: Any) -> str:
    """The tokens in whose place a tile's features stand."""
    side = config.vision_config.image_size // config.vision_config.patch_size // config.scale_factor
    token: str = tokenizer.convert_ids_to_tokens(config.image_token_id)
    tokens: str = token * (side * side)
    return tokens


def load(
    source: str,
    detector: str,
    image_text: str,
    precision: str = "bf16",
    device: str = "cpu",
    most_tokens: int = 160,
    least: float = 0.45,
) -> TabletopEye:
    """Load from a folder that `agent.embedded.assemble_eye` made. Raises NotReady where there is no checkpoint.

    detector: the checkpoint that finds the objects, shown from the score `least` on. image_text: the checkpoint that
    chooses among regions. most_tokens: of an answer.
    """
    folder = checkpoint("vlm", source)
    check_precision("vlm", precision, device)

    def speaker() -> Speaker:
        from transformers import AutoImageProcessor, AutoTokenizer

        model = pretrained("AutoModelForImageTextToText", "vlm", folder, precision, device)
        images = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        return Speaker(model, tokenizer, images, device=device, most_tokens=most_tokens)

    def matcher() -> Siglip:
        return siglip.load(image_text, device=device, template="{}", words=TABLETOP)

    return TabletopEye(speaker, matcher, grounding_dino.load(detector), least)
