"""The interpreter: by demand, once, from the cache, within its budgets, with evidence by data flow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from agent.language.check import check
from agent.language.evidence import Evidence
from agent.language.parse import MAX_STATEMENTS
from agent.language.run import Budget, Interpreter, MemoryCache, Outcome, StepCache, StepFailed, Unwritten, is_private
from agent.store import Store
from tests.fakes import FakeDepth, FakeDetector, FakeModels, FakeReader, FakeVlm, blank
from tools.core import REGISTRY, Ambiguous, BudgetExceeded, Context, NothingThere, NotReady, Tool, registered, tool
from tools.types import Image, Region, Regions, Value

IMAGE = blank(200, 100)
MUGS = [(10, 10, 20, 20), (60, 10, 75, 25), (120, 10, 130, 20)]
SCENE = {"mug": MUGS, "laptop": [(90, 5, 110, 40)], "red mug": [(60, 10, 75, 25)]}
TOOLS = registered()


def started(
    text: str,
    models: FakeModels | None = None,
    *,
    inputs: Mapping[str, Value] | None = None,
    cache: StepCache | None = None,
    tools: Mapping[str, Tool] = TOOLS,
    **more: Any,
) -> Interpreter:
    given = inputs or {"image": IMAGE}
    types = dict.fromkeys(given, "Image")
    models = models or FakeModels({"detector": FakeDetector(SCENE), "vlm": FakeVlm(), "depth": FakeDepth()})
    return Interpreter(
        check(text, tools, types),
        given,
        Context(models),
        tools,
        cache=MemoryCache() if cache is None else cache,
        **more,
    )


def run(text: str, *args: Any, **more: Any) -> Outcome:
    return started(text, *args, **more).run()


def value(text: str, *args: Any, **more: Any) -> Value:
    return run(text, *args, **more).answer.value


def calls(outcome: Outcome | Interpreter) -> list[str]:
    return [s.tool for s in outcome.steps]


VALUES = {
    "count": ('answer(count(detect(image, "mug")))', 3),
    "count of none": ('answer(count(detect(image, "cup")))', 0),
    "exists": ('answer(exists(detect(image, "mug")))', True),
    "exists of none": ('answer(exists(detect(image, "cup")))', False),
    "relation": ('answer(count(left_of(detect(image, "mug"), only(detect(image, "laptop")))))', 2),
    "arithmetic": ("answer((7 + 3 * 2 - 1) / 4)", 3.0),
    "floor and rest": ("answer(7 // 2 * 10 + 7 % 2)", 31),
    "prices are decimal": ("answer(0.1 + 0.2 == 0.3)", True),
    "texts compare without case": ('answer(look(image, "What?") == "A  Cat")', True),
    "texts differ": ('answer(look(image, "What?") != "dog")', True),
    "lists compare": ('answer(["A", "b "] == ["a", "B"])', True),
    "minus": ("n = 2\nanswer(-n)", -2),
    "not": ("answer(not 1 > 2)", True),
    "and": ("answer(1 < 2 and 2 < 1)", False),
    "or": ("answer(1 < 2 or 2 < 1)", True),
    "if": ("answer(1 if 2 > 1 else 3)", 1),
    "comparisons": ("answer(1 <= 1 and 2 >= 2 and 1 != 2)", True),
    "a region where regions are wanted": ('answer(count(only(detect(image, "laptop"))))', 1),
}


@pytest.mark.parametrize(("text", "expected"), VALUES.values(), ids=VALUES.keys())
def test_value(text: str, expected: Value) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


LAZY = {
    "a name that nobody asks for": ('a = detect(image, "cup")\nanswer(1)', []),
    "the branch not taken": (
        'a = detect(image, "mug")\nb = describe(image)\nanswer(count(a) if 1 > 0 else 9)', ["detect", "count"]),
    "the other branch": ('answer(1 if 1 < 0 else count(detect(image, "mug")))', ["detect", "count"]),
    "after a false": ('answer(1 < 0 and exists(detect(image, "mug")))', []),
    "after a true": ('answer(1 > 0 or exists(detect(image, "mug")))', []),
    "a failing name that nobody asks for": ("a = 1 / 0\nanswer(2)", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "ran"), LAZY.values(), ids=LAZY.keys())
def test_only_what_the_answer_needs_runs(text: str, ran: list[str]) -> None:
    assert calls(run(text)) == ran


def test_a_name_is_evaluated_once() -> None:
    detector = FakeDetector(SCENE)
    outcome = run(
        'm = detect(image, "mug")\nn = count(m)\nanswer(n + n + count(m))', FakeModels({"detector": detector})
    )
    assert outcome.answer.value == 9
    assert detector.finds == ["mug"]
    assert calls(outcome) == ["detect", "count", "count"]
    assert [s.n for s in outcome.steps] == [1, 2, 3]


def test_steps_say_what_ran() -> None:
    text = '# why\nm = detect(image, "mug")\nanswer(count(left_of(m, only(detect(image, "laptop")))))'
    outcome = run(text)
    assert [(s.call, s.result, s.line) for s in outcome.steps] == [
        ('detect(image, "mug")', "3 regions", 2),
        ('detect(image, "laptop")', "1 region", 3),
        ("only(step 2)", "1 region", 3),
        ("left_of(m, step 3)", "2 regions", 3),
        ("count(step 4)", "2", 3),
    ]
    assert set(outcome.values) == {"m"}


def test_events_come_before_and_after_each_step() -> None:
    events: list[dict[str, Any]] = []
    run('answer(count(detect(image, "mug")))', emit=events.append)
    assert [(e["event"], e["n"]) for e in events] == [
        ("step_started", 1), ("step_done", 1), ("step_started", 2), ("step_done", 2)]  # fmt: skip


# The cache.


def test_the_cache_serves_the_next_run() -> None:
    cache, detector = MemoryCache(), FakeDetector(SCENE)
    text = 'answer(count(detect(image, "mug")))'
    assert not run(text, FakeModels({"detector": detector}), cache=cache).steps[0].cached
    again = run(text, FakeModels({"detector": detector}), cache=cache)
    assert [s.cached for s in again.steps] == [True, False]  # counting costs nothing and is not kept
    assert detector.finds == ["mug"]


def test_the_cache_outlives_the_process(tmp_path: Path) -> None:
    text = 'answer(count(detect(image, "mug")))'
    first, second = FakeDetector(SCENE), FakeDetector(SCENE)
    run(text, FakeModels({"detector": first}), cache=Store(tmp_path))
    outcome = run(text, FakeModels({"detector": second}), cache=Store(tmp_path))
    assert (outcome.answer.value, second.finds) == (3, [])


KEYS: dict[str, Any] = {
    "another phrase": {"text": 'answer(detect(image, "red mug"))'},
    "another picture": {"inputs": {"image": blank(200, 100, 7)}},
    "another setting": {"settings": {("detector", "keep"): 0.9}},
    "another version": {"tools": {**TOOLS, "detect": Tool(**{**TOOLS["detect"].__dict__, "version": 99})}},
}


@pytest.mark.parametrize("change", KEYS.values(), ids=KEYS.keys())
def test_what_decides_a_result_is_in_its_key(change: dict[str, Any]) -> None:
    cache, text = MemoryCache(), 'answer(detect(image, "mug"))'
    run(text, FakeModels({"detector": FakeDetector(SCENE)}), cache=cache)
    models = FakeModels({"detector": FakeDetector(SCENE)}, change.pop("settings", None))
    outcome = run(change.pop("text", text), models, cache=cache, **change)
    assert not outcome.steps[0].cached


def test_frozen_runs_no_tool() -> None:
    cache, text = MemoryCache(), 'answer(count(detect(image, "mug")))'
    with pytest.raises(LookupError, match="frozen"):
        run(text, cache=cache, frozen=True)
    run(text, cache=cache)
    assert value(text, cache=cache, frozen=True) == 3


def test_a_private_program_writes_nothing() -> None:
    below = MemoryCache()
    reader = FakeReader([(10, 10, "secret")])
    program = "answer(count(read_text(image)))"
    run(program, FakeModels({"reader": reader}), cache=Unwritten(below))
    assert not below
    run(program, FakeModels({"reader": reader}), cache=below)
    run(program, FakeModels({"reader": reader}), cache=Unwritten(below))
    assert reader.reads == 2  # but reads what is there


def test_redacting_is_private() -> None:
    given = {"image": "Image"}
    assert is_private(check("answer(redact(image, read_text(image)))", TOOLS, given))
    assert not is_private(check("answer(blur(image, read_text(image)))", TOOLS, given))


# Evidence.


def roles(outcome: Outcome) -> dict[str, list[tuple[str | None, float]]]:
    """Role -> (label, left edge) of each piece."""
    found: dict[str, list[tuple[str | None, float]]] = {}
    for piece in outcome.evidence:
        found.setdefault(piece.role, []).append((piece.region.label, piece.region.box[0]))
    return found


LAPTOP = ("laptop", 90.0)
MUG = [("mug", 10.0), ("mug", 60.0), ("mug", 120.0)]
EVIDENCE = {
    "counted": ('answer(count(detect(image, "mug")))', {"counted": MUG}),
    "nothing counted": ('answer(count(detect(image, "cup")))', {"searched": [("cup", 0.0)]}),
    "exists": ('answer(exists(detect(image, "mug")))', {"found": MUG}),
    "nothing exists": ('answer(exists(detect(image, "cup")))', {"searched": [("cup", 0.0)]}),
    "found": ('answer(detect(image, "laptop"))', {"found": [LAPTOP]}),
    "nothing found": ('answer(detect(image, "cup"))', {"searched": [("cup", 0.0)]}),
    "compared": (
        'answer(count(left_of(detect(image, "mug"), only(detect(image, "laptop")))))',
        {"counted": MUG[:2], "compared": [LAPTOP]}),
    "removed": (
        'answer(count(minus(detect(image, "mug"), detect(image, "red mug"))))',
        {"counted": [MUG[0], MUG[2]], "removed": [MUG[1]]}),
    "what was not there removes nothing": (
        'answer(count(minus(detect(image, "laptop"), detect(image, "mug"))))', {"counted": [LAPTOP]}),
    "nothing to remove was found": (
        'answer(count(minus(detect(image, "laptop"), detect(image, "cup"))))',
        {"counted": [LAPTOP], "searched": [("cup", 0.0)]}),
    "union": (
        'answer(count(union(detect(image, "mug"), detect(image, "laptop"))))', {"counted": [*MUG[:2], LAPTOP, MUG[2]]}),
    "both sides of a comparison": (
        'answer(count(detect(image, "mug")) > count(detect(image, "laptop")))', {"counted": [*MUG, LAPTOP]}),
    "the condition too": (
        'answer(1 if exists(detect(image, "laptop")) else 0)', {"found": [LAPTOP]}),
    "not the branch that was not taken": (
        'answer(count(detect(image, "laptop")) if 1 > 0 else count(detect(image, "mug")))', {"counted": [LAPTOP]}),
    "through a choice": ('answer(only(detect(image, "laptop")))', {"found": [LAPTOP]}),
    "arithmetic": ('answer(count(detect(image, "laptop")) * 2 + 1)', {"counted": [LAPTOP]}),
    "the same region twice is one piece": (
        'm = detect(image, "laptop")\nanswer(count(m) + count(m))', {"counted": [LAPTOP]}),
    "a literal": ("answer(3)", {}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EVIDENCE.values(), ids=EVIDENCE.keys())
def test_evidence(text: str, expected: dict[str, Any]) -> None:
    assert roles(run(text)) == expected


def test_evidence_of_reading() -> None:
    outcome = run("answer(text_of(read_text(image)))", FakeModels({"reader": FakeReader([(10, 10, "paid")])}))
    assert outcome.answer.value == ("paid",)
    assert [(e.role, e.region.text, e.step) for e in outcome.evidence] == [("read", "paid", 1)]


def test_evidence_of_an_edit() -> None:
    outcome = run('answer(blur(image, detect(image, "laptop")))')
    assert roles(outcome) == {"edited": [LAPTOP]}


def test_evidence_lies_in_the_root_frame() -> None:
    text = 'laptop = detect(image, "laptop")\npart = crop(image, laptop)\nanswer(count(detect(part, "mug")))'

    class OnePixel(FakeDetector):
        def find(self, image: Image, encoding: Any, phrase: str) -> list[Region]:
            if phrase == "laptop":
                return [Region((90, 5, 110, 40), image.frame)]
            return [Region((1, 1, 2, 2), image.frame, label=phrase)]

    piece: Evidence = run(text, FakeModels({"detector": OnePixel({})})).evidence[0]
    assert piece.region.frame.root == IMAGE.frame.root
    x0, y0, *_ = piece.region.box
    assert (x0, y0) != (1, 1)
    assert 85 <= x0 <= 91  # the crop begins at the laptop, perhaps with a margin


# Failures.


FAILURES = {
    "only of none": ('answer(only(detect(image, "cup")))', NothingThere, "there is no cup in the picture"),
    "only of several": ('answer(only(detect(image, "mug")))', Ambiguous, "exactly one mug, there are 3"),
    "first of none": ('answer(first(detect(image, "cup")))', NothingThere, "there is no cup"),
    "nearest of none": (
        'answer(nearest(detect(image, "cup"), only(detect(image, "laptop"))))', NothingThere, "there is no cup"),
    "nth beyond the end": ('answer(nth(detect(image, "mug"), 4))', Exception, "between 1 and 3"),
    "division by zero": ('answer(1 / count(detect(image, "cup")))', Exception, "division by zero"),
    "floor by zero": ("answer(1 // 0)", Exception, "division by zero"),
    "rest by zero": ("answer(1 % 0)", Exception, "division by zero"),
    "too large": ("answer(1000000000 * 1000000000)", Exception, r"a number over 1e\+15"),
    "too small": ("answer(0 - 1000000000 * 1000000000)", Exception, "a number over"),
    "by next to nothing": ("answer(1000000 / 0.000000000000001)", Exception, "a number over"),
    "no labels": ("answer(classify(image, []))", Exception, "at least one label"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "message"), FAILURES.values(), ids=FAILURES.keys())
def test_a_better_program_could_avoid_it(text: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(StepFailed, match=message) as caught:
        run(text)
    assert isinstance(caught.value.error, kind)


def test_a_failure_keeps_what_stands() -> None:
    text = (
        'm = detect(image, "mug")\nu = detect(image, "cup")\nw = detect(image, "laptop")\n'
        "n = count(w) if 1 > 0 else count(u)\nv = describe(image)\nx = n / 0\nanswer(count(m) + x)"
    )
    with pytest.raises(StepFailed) as caught:
        run(text)
    # u has no value, but n mentions it and would be invalid without it; v and x have none and are not mentioned.
    kept = [s.name for s in caught.value.kept if hasattr(s, "name")]
    assert kept == ["m", "u", "w", "n"]
    assert caught.value.line == 6
    check("\n".join(str(line) for line in text.splitlines()[:4]), TOOLS, {"image": "Image"}, ends=False)


def test_a_missing_model_says_so() -> None:
    with pytest.raises(NotReady):
        run('answer(count(detect(image, "mug")))', FakeModels({}))


def test_a_tool_that_breaks_its_signature_is_a_bug() -> None:
    own: dict[str, Tool] = {}

    @tool(group="compose", example="n = lie(image)", registry=own)
    def lie(ctx: Context, image: Image) -> int:
        """Say a number."""
        return "three"  # type: ignore[return-value]

    with pytest.raises(TypeError, match="lie returned Text, its signature says Number"):
        run("answer(lie(image))", tools={**TOOLS, **own})


def test_a_bug_is_not_caught() -> None:
    own: dict[str, Tool] = {}

    @tool(group="compose", example="n = broken(image)", registry=own)
    def broken(ctx: Context, image: Image, how: Literal["badly", "well"] = "badly") -> int:
        """Raise."""
        raise ZeroDivisionError(how)

    with pytest.raises(ZeroDivisionError, match="badly"):
        run("answer(broken(image))", tools={**TOOLS, **own})
    with pytest.raises(ZeroDivisionError, match="well"):
        run('answer(broken(image, how="well"))', tools={**TOOLS, **own})
    assert "broken" not in REGISTRY


# Bounds, by their effect.


def test_the_budget_of_steps() -> None:
    detector = FakeDetector(SCENE)
    text = "answer(" + " + ".join(f'count(detect(image, "thing {i}"))' for i in range(8)) + ")"
    with pytest.raises(BudgetExceeded, match="--max-steps"):
        run(text, FakeModels({"detector": detector}), budget=Budget(steps=5))
    assert len(detector.finds) == 3


def test_the_budget_of_pixels() -> None:
    detector = FakeDetector(SCENE)
    text = "answer(" + " + ".join(f'count(detect(image, "thing {i}"))' for i in range(8)) + ")"
    with pytest.raises(BudgetExceeded, match="--max-pixels"):
        run(text, FakeModels({"detector": detector}), budget=Budget(pixels=4 * IMAGE.width * IMAGE.height))
    assert len(detector.finds) == 4


def test_the_budget_of_seconds() -> None:
    detector = FakeDetector(SCENE)
    budget = Budget(seconds=1000)

    class Slow(FakeDetector):
        def find(self, image: Image, encoding: Any, phrase: str) -> list[Region]:
            budget.started -= 600  # ten minutes pass
            return detector.find(image, encoding, phrase)

    text = "answer(" + " + ".join(f'count(detect(image, "thing {i}"))' for i in range(8)) + ")"
    with pytest.raises(BudgetExceeded, match="--max-seconds"):
        run(text, FakeModels({"detector": Slow({})}), budget=budget)
    assert len(detector.finds) == 2


def test_the_longest_chain_of_names() -> None:
    lines = ["a0 = 0"] + [f"a{i} = a{i - 1} + 1 if a{i - 1} >= 0 else 0" for i in range(1, MAX_STATEMENTS - 1)]
    assert value("\n".join(lines) + f"\nanswer(a{MAX_STATEMENTS - 2})") == MAX_STATEMENTS - 2


def test_the_longest_chain_of_the_deepest_expressions() -> None:
    deep = "-(" * 20
    lines = ["a0 = 1"] + [f"a{i} = {deep}a{i - 1}{')' * 20}" for i in range(1, MAX_STATEMENTS - 1)]
    assert value("\n".join(lines) + f"\nanswer(a{MAX_STATEMENTS - 2})") == 1


def test_what_a_program_names_is_no_attribute() -> None:
    """Names, options and tools are looked up in tables only, so dunder names are nothing but unknown names."""
    from agent.language.parse import Invalid

    for text in ("answer(__class__)", "answer(__import__(1))", "answer(count(read_text(image), __init__=1))"):
        with pytest.raises(Invalid):
            run(text)


def test_regions_of_nothing_remember_what_was_looked_for() -> None:
    found = value('answer(detect(image, "cup"))')
    assert found == Regions((), IMAGE.frame, "cup")
