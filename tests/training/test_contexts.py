"""Contexts: what stands around a request, and the request in it as it was."""

from __future__ import annotations

import random

import pytest

from training.requests.contexts import LONGEST, contexts, in_context
from training.requests.phrasings.slots import SLOT


@pytest.mark.parametrize(("lang", "asked"), [("en", "how many cups are there"), ("ko", "컵이 몇 개야?")])
def test_a_request_stands_whole_in_its_context(lang: str, asked: str) -> None:
    rng = random.Random(1)
    made = [in_context(rng, lang, asked, share=1.0) for _ in range(400)]
    assert all(asked in text and len(text) > len(asked) for text in made)
    assert not any(SLOT.search(text) for text in made)
    before = sum(not text.startswith(asked) for text in made)
    after = sum(not text.endswith(asked) for text in made)
    assert before > 200 and after > 100 and len(set(made)) > 300


def test_only_a_share_gets_one_and_no_long_request() -> None:
    rng = random.Random(2)
    plain = sum(in_context(rng, "en", "how many cups") == "how many cups" for _ in range(400))
    assert 250 < plain < 350
    long = "how many cups " * 20
    assert len(long) > LONGEST
    assert in_context(rng, "en", long, share=1.0) == long


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_no_line_of_the_files_comes_twice(lang: str) -> None:
    lines = [line for texts in contexts(lang).values() for line in texts]
    assert len(lines) == len(set(lines)) > 400
