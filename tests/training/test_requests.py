"""The request generator: only valid programs, seeded, names of tests kept out of training."""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import islice

import pytest

from agent.language.check import check
from tools.core import registered
from training.requests import stream, tabletop
from training.requests.families import draw
from training.requests.korean import j
from training.requests.phrasings import phrasings
from training.requests.program import IMAGE, Op, call, text
from training.requests.valid import errors
from training.requests.words import CATEGORIES, HeldOut, held_out, invented


def test_every_program_is_valid_canonical_and_copies_its_texts_from_the_request() -> None:
    rng = random.Random(3)
    for _ in range(1500):
        example = draw(rng)
        assert errors(example.program, example.names, example.request) == [], example


def test_the_same_seed_gives_the_same_requests_and_another_seed_others() -> None:
    first, again, other = (list(islice(stream(seed), 50)) for seed in (5, 5, 6))
    assert first == again
    assert len({e.request for e in first} & {e.request for e in other}) < 10


def test_phrasings_of_a_file_may_come_more_often() -> None:
    families = {p.family for p in phrasings() if p.at.startswith("ko_chat.")} - {
        p.family for p in phrasings() if not p.at.startswith("ko_chat.")
    }

    def share(times: dict[str, float] | None) -> int:
        return sum(e.family in families for e in islice(stream(9, times=times), 400))

    assert share({"ko_chat": 20.0}) > 3 * share(None)
    with pytest.raises(ValueError, match=r"no file of phrasings has the stem 'ko_chat\.txt'"):
        next(stream(9, times={"ko_chat.txt": 3.0}))


def test_names_to_find_of_tests_never_come_in_training() -> None:
    trained = {invented(random.Random(s)) for s in range(400)}
    tested = {invented(HeldOut(s)) for s in range(400)}
    assert not trained & tested
    assert all(held_out(w) for w in tested) and not any(held_out(w) for w in trained)


def test_every_tool_is_asked_for() -> None:
    asked: Counter[str] = Counter()
    for example in islice(stream(11), 12000):
        if not example.program.startswith("cannot"):
            asked.update(check(example.program, registered(), example.names).calls)
    assert set(registered()) - set(asked) == set()


def test_the_vocabulary_is_broad() -> None:
    nouns = {one for entries in CATEGORIES.values() for one, _, _ in entries}
    assert len(nouns) >= 300
    assert len({e.request for e in islice(stream(2), 1000)}) > 950


MUGS, DOGS = call("detect", IMAGE, "mug", hint="mugs"), call("detect", IMAGE, "dog", hint="dogs")
PICKS = call("detect", IMAGE, "guitar pick", hint="pick")
PASSES = call("detect", IMAGE, "boarding pass", hint="pass")


@pytest.mark.parametrize(
    ("tree", "program"),
    [
        (call("count", MUGS), 'answer(count(detect(image, "mug")))'),
        (Op(">", call("count", MUGS), 3), 'answer(count(detect(image, "mug")) > 3)'),
        (Op("not", None, call("exists", MUGS)), 'answer(not exists(detect(image, "mug")))'),
        (
            call("blur", IMAGE, call("minus", MUGS, call("largest", MUGS))),
            'mugs = detect(image, "mug")\nanswer(blur(image, minus(mugs, largest(mugs))))',
        ),
        (
            call("count", call("left_of", MUGS, call("only", call("left_of", MUGS, call("only", DOGS))))),
            'mugs = detect(image, "mug")\nfound = only(detect(image, "dog"))\n'
            "answer(count(left_of(mugs, only(left_of(mugs, found)))))",
        ),
        (
            call("minus", PICKS, call("largest", PICKS)),
            'things = detect(image, "guitar pick")\nanswer(minus(things, largest(things)))',
        ),
        (
            call("minus", PASSES, call("largest", PASSES)),
            'things = detect(image, "boarding pass")\nanswer(minus(things, largest(things)))',
        ),
    ],
    ids=["nested", "comparison", "negation", "used twice", "too deep", "a tool's name", "a word of Python's"],
)
def test_a_tree_has_one_canonical_text(tree: object, program: str) -> None:
    assert text(tree) == program


@pytest.mark.parametrize(
    ("word", "pair", "joined"),
    [
        ("컵", "을/를", "컵을"),
        ("의자", "을/를", "의자를"),
        ("개", "이/가", "개가"),
        ("열쇠", "과/와", "열쇠와"),
        ("연필", "으로/로", "연필로"),
    ],
)
def test_korean_particles_follow_the_last_sound(word: str, pair: str, joined: str) -> None:
    assert j(word, pair) == joined


def test_either_or_says_both_sides_with_their_relations() -> None:
    rng = random.Random(4)
    asked = [tabletop.both(rng) for _ in range(400)]
    joined = [(request, text(tree)) for request, tree in asked if "union(" in text(tree)]
    assert len(joined) > 100
    for request, program in joined:
        relations = re.findall(r"(left_of|right_of|in_front_of|behind)\(", program)
        said = re.findall(r"left|right|front|before|behind|back", request)
        assert len(said) == len(relations), (request, program)
