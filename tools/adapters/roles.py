"""What each role's adapter offers to the tools. Boxes go in and out as xyxy pixels of the given picture's frame.

A profile says which checkpoint plays which role; a tool asks `ctx.model("detector")` and gets one of these.
An `encoding` is whatever the adapter computes once per picture and shares between phrases, boxes or questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tools.types import Bools, Depth, Floats, Image, Region


class Reader(Protocol):
    """Role "reader": text lines of an upright picture."""

    def lines(self, image: Image) -> list[Region]:
        """Every text line with box, quad, score, text and words, in no particular order."""


class FaceDetector(Protocol):
    """Role "faces"."""

    def find(self, image: Image) -> list[Region]:
        """Every face with box and score."""


class Detector(Protocol):
    """Role "detector": find what a phrase names."""

    def encode(self, image: Image) -> Any:
        """Compute the picture's features once."""

    def find(self, image: Image, encoding: Any, phrase: str) -> list[Region]:
        """Every object that the phrase names, scored in [0, 1], duplicates suppressed; `detect` applies `keep`."""


class Segmenter(Protocol):
    """Role "segmenter"."""

    def encode(self, image: Image) -> Any:
        """Compute the picture's embedding once."""

    def masks(self, image: Image, encoding: Any, boxes: Floats) -> list[tuple[Bools, float]]:
        """For each box (N, 4): a mask over the whole frame and its predicted IoU in [0, 1]."""

    def everything(self, image: Image, encoding: Any) -> list[tuple[Bools, float]]:
        """Masks of all things in the picture, without prompts."""


class DepthEstimator(Protocol):
    """Role "depth"."""

    def depth(self, image: Image) -> Depth:
        """Relative depth, larger is farther."""


class Matcher(Protocol):
    """Role "matcher": an image-text model."""

    def match(self, image: Image, regions: Sequence[Region], phrases: Sequence[str]) -> Floats:
        """float32 (regions, phrases): the probability in [0, 1] that the phrase is true of the region."""

    def confirm(self, image: Image, regions: Sequence[Region], phrase: str) -> Floats:
        """float32 (regions,): how likely each is what the phrase names, by a look that the detector did not take."""

    def attribute(self, image: Image, region: Region, attribute: str) -> tuple[str, float]:
        """The region's "color", "shape", "size" or "material" as a word, and its probability."""


@dataclass(frozen=True)
class PrivateSpan:
    """[start, end) of a text that says something private: its kind ("name", "address", ...), its score in [0, 1]."""

    start: int
    end: int
    kind: str
    score: float


class PrivateFinder(Protocol):
    """Role "private": what a text says of persons, and secrets."""

    def spans(self, text: str) -> list[PrivateSpan]:
        """Every such place, from the text's start to its end, without overlaps or outer white space."""


class LanguageModel(Protocol):
    """Role "planner": a causal model with its tokenizer and one key-value cache, driven token by token."""

    tokenizer: Any  # of transformers, or with its encode, decode, batch_decode, backend_tokenizer, eos_token_id
    vocabulary: int  # logits of a token; at least as many as the tokenizer has tokens
    companions: dict[str, Any]  # what callers derive from the model and what should go when it goes

    def reset_to(self, prompt: Sequence[int]) -> None:
        """Keep of the cache what `prompt` begins with, at most all but its last token."""

    def append(self, tokens: Sequence[int]) -> Floats:
        """Append at least one token; logits after the last, float32 (vocabulary,)."""

    def rewind(self, length: int) -> None:
        """Keep the first `length` tokens only; less where the cache cannot be cut."""

    def __len__(self) -> int:
        """How many tokens the cache holds."""


class VisionLanguageModel(Protocol):
    """Role "vlm": a model that sees and writes."""

    def answer(self, image: Image, question: str) -> str:
        """A short answer to a question about the picture."""

    def choose(self, image: Image, question: str, choices: Sequence[str]) -> tuple[str, float]:
        """The best of the choices and its probability; decoding is held to the choices."""


class PlacedModel(VisionLanguageModel, Protocol):
    """Role "vlm" played by a model that wants picture and regions rather than crops and drawn marks."""

    def answer_region(self, image: Image, region: Region, question: str) -> str:
        """A short answer to a question about a region of the picture's frame."""

    def choose_region(self, image: Image, regions: Sequence[Region], description: str) -> int:
        """The index of the region that a description fits best."""
