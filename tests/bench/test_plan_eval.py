"""The judge of programs: equal results count, other texts for the same meaning too."""

from __future__ import annotations

import pytest

from bench.plan_eval import judge, verdict_of


@pytest.mark.parametrize(
    ("gold", "program", "verdict"),
    [
        ('answer(count(detect(image, "mug")))', 'answer(count(detect(image, "mug")))', "right"),
        ('answer(count(detect(image, "red ball")))', 'answer(count(detect(image, "red sphere")))', "right"),
        ('answer(count(detect(image, "red mug")))', 'answer(count(detect(image, "mug")))', "wrong"),
        ('answer(count(detect(image, "mug")))', 'mugs = detect(image, "mug")\nanswer(count(mugs))', "right"),
        (
            'answer(count(where(detect(image, "person"), "wearing a hat")))',
            'answer(count(detect(image, "person with a hat")))',
            "right",
        ),
        ('answer(blur(image, detect(image, "face")))', 'answer(pixelate(image, detect(image, "face")))', "wrong"),
        (
            'answer(redact(image, union(find_entities(image, "email"), find_entities(image, "phone"))))',
            'answer(redact(image, union(find_entities(image, "phone"), find_entities(image, "email"))))',
            "right",
        ),
        ('answer(text_of(find_value(image, "total")))', 'answer(text_of(find_value(image, "subtotal")))', "wrong"),
        ('answer(text_of(find_text(image, "refunds")))', 'answer(text_of(read_text(image)))', "wrong"),
        (
            'answer(left_of(detect(image, "dog"), only(detect(image, "cat"))))',
            'answer(right_of(detect(image, "dog"), only(detect(image, "cat"))))',
            "wrong",
        ),
        ('answer(where(detect(image, "chair"), "empty"))', 'answer(detect(image, "empty chair"))', "right"),
        ('answer(where(detect(image, "chair"), "empty"))', 'answer(detect(image, "chair"))', "wrong"),
        (
            'answer(text_of(same_row(find_entities(image, "money"), only(find_text(image, "espresso")))))',
            'answer(text_of(find_value(image, "espresso")))',
            "right",
        ),
        ('answer(count(detect(image, "mug")))', 'cannot("no tool for this")', "declined"),
        ('cannot("identifies a person")', 'cannot("no tool for this")', "right"),
        ('cannot("identifies a person")', 'answer(detect(image, "person"))', "wrong"),
        ('answer(count(detect(image, "mug")))', 'answer(-count(detect(image, "mug")))', "wrong"),
        ('answer(count(detect(image, "mug")))', 'answer(count(mugs))', "invalid"),
    ],
)  # fmt: skip
def test_programs_are_judged_by_what_they_give(gold: str, program: str, verdict: str) -> None:
    assert judge(gold, program, 1, seed=1) == verdict


@pytest.mark.parametrize(
    ("program", "verdict"),
    [
        ('answer(count(detect(image, "potted plant")))', "right"),
        ('answer(count(detect(image, "flowerpot")))', "also"),
        ('answer(count(detect(image, "flower")))', "wrong"),
        ('cannot("unclear request")', "declined"),
    ],
)
def test_what_the_author_took_for_right_too_is_counted_by_itself(program: str, verdict: str) -> None:
    request = {
        "gold": 'answer(count(detect(image, "potted plant")))',
        "also": ['answer(count(detect(image, "flowerpot")))'],
    }
    assert verdict_of(request, program, seed=3) == verdict


CATS = 'count(detect(image, "cat"))'
DOGS = 'count(detect(image, "dog"))'


@pytest.mark.parametrize(
    ("program", "verdict"),
    [
        (f'answer("cats" if {CATS} > {DOGS} else "dogs" if {DOGS} > {CATS} else "the same")', "also"),
        (f'answer("the cats" if {CATS} > {DOGS} else "dogs")', "right"),
        (f'answer("cats" if {CATS} < {DOGS} else "dogs" if {DOGS} < {CATS} else "the same")', "wrong"),
        (f'answer("cats" if {CATS} > {DOGS} else "birds" if {DOGS} > {CATS} else "the same")', "wrong"),
    ],
    ids=["a tie has an answer of its own", "with its article", "the wrong way round", "other words"],
)
def test_a_tie_of_which_the_right_program_knows_nothing_is_no_mistake(program: str, verdict: str) -> None:
    assert verdict_of({"gold": f'answer("cats" if {CATS} > {DOGS} else "dogs")'}, program, seed=1) == verdict


def test_pictures_are_kept_apart() -> None:
    gold = 'answer(count(detect(image1, "dog")) > count(detect(image2, "dog")))'
    assert judge(gold, gold.replace(">", "<"), 2, seed=1) == "wrong"
    assert judge(gold, 'answer(count(detect(image2, "dog")) < count(detect(image1, "dog")))', 2, seed=1) == "right"
