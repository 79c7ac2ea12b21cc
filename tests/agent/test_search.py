"""The search for the likeliest program: what it finds, what it costs, and where it ends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from agent.language.check import check, image_names
from agent.planner import GrammarPlanner
from agent.prompting import Request, TunedPrompt
from tests.language_models import Noise, byte_tokenizer
from tools.core import registered
from tools.types import Floats

TOOLS = registered()
NAMES = image_names(1)
EXISTS = 'answer(exists(detect(image, "mug")))\n'
COUNTS = [f'answer(count(detect(image, "{thing}")))\n' for thing in ("mug", "cup", "jug")]
NAMED = 'mugs = detect(image, "mug")\nanswer(count(mugs))\n'


class Mixture(Noise):
    """Writes each of some programs with its probability."""

    def __init__(self, programs: Mapping[str, float]) -> None:
        super().__init__(byte_tokenizer(), seed=1)
        self.programs = [(self.tokenizer.encode(t, add_special_tokens=False), p) for t, p in programs.items()]
        self.said: list[int] = []
        self.written = 0  # programs that were begun

    def reset_to(self, prompt: Sequence[int]) -> None:
        super().reset_to(prompt)
        self.said = self.said[: len(self)]
        self.written += 1

    def rewind(self, length: int) -> None:
        super().rewind(length)
        del self.said[length:]

    def append(self, tokens: Sequence[int]) -> Floats:
        super().append(tokens)
        self.said += tokens
        logits = np.full(self.vocabulary, -50, np.float32)
        prompt = len(TunedPrompt().tokens(self.tokenizer, REQUEST))
        said = self.said[prompt:]
        going_on = [(t, p) for t, p in self.programs if t[: len(said)] == said and len(t) > len(said)]
        for token in {t[len(said)] for t, _ in going_on}:
            logits[token] = math.log(sum(p for t, p in going_on if t[len(said)] == token))
        return logits


REQUEST = Request("Mugs, cups, jugs", NAMES)


def planner_of(programs: Mapping[str, float], **options: Any) -> GrammarPlanner:
    return GrammarPlanner(Mixture(programs), TunedPrompt(), TOOLS, **options)


def test_the_likeliest_program_may_begin_with_a_token_that_is_not_the_likeliest() -> None:
    # `count` has 0.6 together, but no program that counts has more than 0.2.
    plan = planner_of({EXISTS: 0.4, **dict.fromkeys(COUNTS, 0.2)}).plan(REQUEST)
    assert plan.text == EXISTS
    assert plan.probability == pytest.approx(0.4, abs=1e-3)


def test_where_one_program_may_be_written_the_likeliest_tokens_are() -> None:
    plan = planner_of({EXISTS: 0.4, **dict.fromkeys(COUNTS, 0.2)}, searched=1).plan(REQUEST)
    assert plan.text in COUNTS
    with pytest.raises(ValueError, match="at least 1"):
        planner_of({EXISTS: 1.0}, searched=0)


def test_a_program_that_nothing_can_beat_is_the_only_one_written() -> None:
    made = planner_of({EXISTS: 0.6, COUNTS[0]: 0.4})
    assert made.plan(REQUEST).text == EXISTS
    assert made.model.written == 1  # type: ignore[attr-defined]


def test_a_turn_inside_a_later_statement() -> None:
    other = 'mugs = detect(image, "mug")\nanswer(exists(mugs))\n'
    third = 'mugs = detect(image, "mug")\nanswer(exists(where(mugs, "red")))\n'
    plans = planner_of({NAMED: 0.3, other: 0.4, third: 0.3}).hesitations(REQUEST, 4, 0.1)
    assert plans[0].text == other
    assert {plan.text for plan in plans} == {NAMED, other, third}
    for plan in plans:
        check(plan.text, TOOLS, NAMES)
        assert plan.probability == pytest.approx({NAMED: 0.3, other: 0.4, third: 0.3}[plan.text], abs=1e-3)


def test_hesitations_are_as_many_as_asked_and_as_likely() -> None:
    made = planner_of({EXISTS: 0.5, COUNTS[0]: 0.3, COUNTS[1]: 0.15, COUNTS[2]: 0.05})
    assert [p.text for p in made.hesitations(REQUEST, 2, 0.01)] == [EXISTS, COUNTS[0]]
    assert len(made.hesitations(REQUEST, 9, 0.01)) == 4
    assert COUNTS[2] not in [p.text for p in made.hesitations(REQUEST, 9, 0.2)]


def test_kept_statements_stay_before_every_turn() -> None:
    kept = ('mugs = detect(image, "mug")',)
    request = Request("Mugs, cups, jugs", NAMES | {"mugs": "Regions"}, kept=kept)
    plans = GrammarPlanner(Noise(byte_tokenizer(), seed=3), TunedPrompt(), TOOLS).hesitations(request, 4, 0.0)
    assert len(plans) > 1
    assert all(plan.text.startswith(kept[0] + "\n") for plan in plans)
    for plan in plans:
        check(plan.text, TOOLS, NAMES)


NOTHING = 'mugs = detect(image, "mug")\nanswer(count(minus(mugs, mugs)))\n'


@pytest.mark.parametrize(("probability", "text"), [(0.5, EXISTS), (0.9, NOTHING)])
def test_a_program_that_asks_nothing_stands_back_unless_it_is_much_likelier(probability: float, text: str) -> None:
    plan = planner_of({NOTHING: probability, EXISTS: 1 - probability}).plan(REQUEST)
    assert plan.text == text
    assert plan.probability == pytest.approx(probability if text == NOTHING else 1 - probability, abs=1e-3)
