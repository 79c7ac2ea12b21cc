"""Descriptions of tabletop scenes, held to what is known of each object: when they are asked for, what they may say.

Support for tools.adapters.tabletop_eye. Decoding under a grammar: llguidance.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from tools.types import Floats

SCENE = r"(this|that|it|here|(this |the |that )?(picture|photo|image|scene))"
ASKED = re.compile(
    r"\b(describe|description|what (do|can) you see"
    rf"|what('s| is| are| things are)( there| shown| to be seen)? (in|on) {SCENE}|what does {SCENE} show"
    r"|what('s| is) there[?. ]*$)",
    re.IGNORECASE,
)
"""Questions about several objects that are answered by a description."""
POSSIBLE = 0.3
"""A word is left for a description where it has this share of the likeliest word's score."""
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def possible(words: Sequence[str], scores: Floats) -> list[str]:
    """The words with at least POSSIBLE of the best one's score; all, where nothing is known of any."""
    return [w for w, score in zip(words, scores, strict=True) if score >= POSSIBLE * scores.max()]


def opening_words(count: int, more: bool) -> str:
    """How a description of `count` objects begins; more: there are others, not shown."""
    return f"There are {'more than ' if more else ''}{NUMBERS[count]} objects{', among them' if more else ':'} a"


def listing(things: Sequence[str], more: bool = False) -> str:
    """The description of several things, each in words such as "small red metal cube"; `sentence` has the form too."""
    return f"{opening_words(len(things), more)} {', a '.join(things[:-1])} and a {things[-1]}."


def settled(words: Sequence[Sequence[Sequence[str]]], more: bool = False) -> str | None:
    """The description, where each object has one word left for each attribute."""
    if any(len(choice) > 1 for thing in words for choice in thing):
        return None
    return listing([" ".join(choice[0] for choice in thing) for thing in words], more)


def sentence(words: Sequence[Sequence[Sequence[str]]], more: bool = False) -> str:
    """A Lark grammar of a sentence as the model was trained to describe, with the words that each object may have."""
    things = [" ".join("(" + "|".join(f'" {w}"' for w in choice) + ")" for choice in thing) for thing in words]
    listed = " ".join(f'", a" {thing}' for thing in things[1:-1])
    return f'start: "{opening_words(len(things), more)}" {things[0]} {listed} " and a" {things[-1]} "."'


class GrammarLogitsProcessor:
    """A logits processor of transformers that lets only those tokens through that a grammar has a place for.

    It serves one text; the first call sees its prompt. vocabulary: llguidance's LLTokenizer. end: the token that ends
    the text.
    """

    def __init__(self, vocabulary: Any, lark: str, end: int) -> None:
        from llguidance import LLMatcher

        self._matcher = LLMatcher(vocabulary, LLMatcher.grammar_from_lark(lark))
        self._end, self._seen = end, 0

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        import torch

        tokens = input_ids[0].tolist()
        if self._seen:
            self._matcher.consume_tokens(tokens[self._seen :])
        self._seen = len(tokens)
        allowed = torch.zeros(scores.shape[-1], dtype=torch.bool)
        if self._matcher.is_stopped():
            allowed[self._end] = True
        else:
            packed = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
            bits = np.unpackbits(packed, bitorder="little", count=scores.shape[-1])
            allowed = torch.from_numpy(bits.astype(bool))
        return scores.masked_fill(~allowed.to(scores.device), -torch.inf)
