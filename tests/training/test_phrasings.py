"""Phrasings: every line is right, and what slots, choices and canonical programs do."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from agent.language.check import check as check_program
from tools.core import registered
from training.requests.phrasings import check, phrasings
from training.requests.phrasings.lines import canonical, read, unwritable
from training.requests.valid import shallow

ONE_IMAGE = {"image": "Image"}


def test_a_sample_of_every_file_is_valid_and_writable() -> None:
    chosen = random.Random(4).sample(phrasings(), 250)
    assert check(chosen) == []


def test_there_are_many_of_both_languages() -> None:
    langs = [p.lang for p in phrasings()]
    assert langs.count("en") > 3_000
    assert langs.count("ko") > 800


def line(tmp_path: Path, text: str, name: str = "things.txt") -> tuple[str, str]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read(tmp_path / name)[0].example(random.Random(3))


def test_a_noun_grows_only_as_deep_as_the_grammar_goes(tmp_path: Path) -> None:
    text = (
        "if the {person} left of the {thing} is there, pixelate, else leave it => "
        'a = left_of(detect(image, "{person}"), only(detect(image, "{thing}"))) ; '
        "answer(pixelate(image, a) if exists(a) else image)"
    )
    (tmp_path / "deep.txt").write_text(text, encoding="utf-8")
    (phrasing,) = read(tmp_path / "deep.txt")
    programs = [phrasing.example(random.Random(seed))[1] for seed in range(150)]
    assert all(shallow(p) for p in programs)
    assert len({len(re.findall(r"\w+\(", p)) for p in programs}) > 1  # some have grown


def test_a_slot_is_the_same_thing_in_request_and_program(tmp_path: Path) -> None:
    asked, text = line(tmp_path, 'only {food:a} on a plate => answer(detect(image, "{food}"))')
    phrase = re.search(r'"(.*)"', text)
    assert phrase is not None
    assert asked in (f"only a {phrase[1]} on a plate", f"only an {phrase[1]} on a plate")


def test_a_noun_grows_into_a_phrase_that_the_program_selects(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text('count the {thing:s} => answer(count(detect(image, "{thing}")))', encoding="utf-8")
    (phrasing,) = read(tmp_path / "a.txt")
    made = [phrasing.example(random.Random(n)) for n in range(120)]
    grown = [(asked, text) for asked, text in made if text.count("(") > 3]
    assert 0.15 < len(grown) / len(made) < 0.45
    for asked, text in made:
        check_program(text, registered(), {"image": "Image"})
        nouns = re.findall(r'detect\(image, "([^"]+)"', text)
        assert all(noun.split()[-1][:3] in asked for noun in nouns), (asked, text)


def test_a_choice_of_wordings_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("(see|find) it => answer(read_text(image))", encoding="utf-8")
    made = {read(tmp_path / "a.txt")[0].example(random.Random(n))[0] for n in range(20)}
    assert made == {"see it", "find it"}


def test_korean_slots_take_their_particle(tmp_path: Path) -> None:
    asked, _ = line(tmp_path, '{animal:이/가} 있어 => answer(exists(detect(image, "{animal}")))', "ko_a.txt")
    assert re.search(r"[이가] 있어$", asked)


def test_an_unknown_slot_and_a_wrong_program_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a {nonsense} => answer(read_text(image))\nb => answer(count(image))", "utf-8")
    wrong = check(read(tmp_path / "a.txt"))
    assert len(wrong) == 2
    assert "no slot" in wrong[0]


def test_a_line_without_a_program_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("how many", encoding="utf-8")
    with pytest.raises(ValueError, match="expected `request => program`"):
        read(tmp_path / "a.txt")


CANONICAL = {
    "names go": ('x = detect(image, "dog")\nanswer(count(x))', 'answer(count(detect(image, "dog")))'),
    "what is used twice has a name": (
        'answer(minus(detect(image, "dog"), largest(detect(image, "dog"))))',
        'dogs = detect(image, "dog")\nanswer(minus(dogs, largest(dogs)))',
    ),
    "brackets become names": (
        'answer(not (exists(detect(image, "dog")) and exists(detect(image, "cat"))))',
        'test = exists(detect(image, "dog")) and exists(detect(image, "cat"))\nanswer(not test)',
    ),
    "one way to say an item's price": (
        'answer(text_of(same_row(find_entities(image, "money"), only(find_text(image, "tea")))))',
        'answer(text_of(find_value(image, "tea")))',
    ),
    "options stay": (
        'answer(blur(image, detect(image, "face"), strength="light"))',
        'answer(blur(image, detect(image, "face"), strength="light"))',
    ),
}


@pytest.mark.parametrize(("written", "wanted"), CANONICAL.values(), ids=CANONICAL.keys())
def test_one_program_for_one_meaning(written: str, wanted: str) -> None:
    assert canonical(written) == wanted


def test_a_choice_in_words_can_be_written_by_the_planner() -> None:
    text = canonical(
        'a = count(detect(image, "dog"))\nb = count(detect(image, "cat"))\n'
        'answer("dogs" if a > b else "cats" if b > a else "the same")'
    )
    assert unwritable(text, ONE_IMAGE, "more dogs or cats") == []


def test_what_the_grammar_has_no_place_for_is_told() -> None:
    assert unwritable('answer(not (exists(detect(image, "a")) and exists(detect(image, "b"))))', ONE_IMAGE, "") != []


def test_nothing_stands_after_the_answer() -> None:
    with pytest.raises(ValueError, match="after the end"):
        canonical('answer(exists(detect(image, "a")))\nanswer(exists(detect(image, "b")))')
