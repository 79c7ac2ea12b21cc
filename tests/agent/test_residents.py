"""The memory budget: who goes, when it is really gone, and what does not fit; with models of known size."""

from __future__ import annotations

import gc
import random
import threading
import tracemalloc
import weakref

import pytest

from agent.residents import Residents, Weights
from tools.core import NotReady

MB = 1_000_000


class Heavy:
    """A model of so many bytes that holds itself, as modules with hooks do."""

    def __init__(self, size: int) -> None:
        self.weights = bytearray(size)
        self.itself = self


class Bench:
    """Residents with models of known sizes; `loads` says what was loaded, in order."""

    def __init__(self, budget: int | None, sizes: dict[str, int], keys: dict[str, str] | None = None) -> None:
        self.residents = Residents(budget, lambda: void(gc.collect()))
        self.sizes, self.keys = sizes, keys or {}
        self.loads: list[str] = []

    def use(self, role: str) -> Heavy:
        def load() -> Heavy:
            self.loads.append(role)
            return Heavy(self.sizes[role])

        made = self.residents.get(role, lambda: Weights(self.keys.get(role, role), self.sizes[role]), load)
        assert isinstance(made, Heavy)
        return made


def void(_: object) -> None:
    return None


def test_the_least_recently_used_goes() -> None:
    bench = Bench(10 * MB, {"a": 4 * MB, "b": 4 * MB, "c": 4 * MB})
    bench.use("a"), bench.use("b"), bench.use("a"), bench.use("c")
    assert (bench.residents.roles, bench.residents.dropped) == (["a", "c"], ["b"])
    bench.use("b")
    assert (bench.residents.roles, bench.residents.dropped) == (["c", "b"], ["b", "a"])
    assert bench.loads == ["a", "b", "c", "b"]


def test_only_as_many_go_as_must() -> None:
    bench = Bench(10 * MB, {"a": 1 * MB, "b": 6 * MB, "c": 2 * MB, "d": 7 * MB})
    for role in "abcd":
        bench.use(role)
    assert bench.residents.roles == ["c", "d"]


def test_what_went_is_freed_before_the_next_is_loaded() -> None:
    bench = Bench(10 * MB, dict.fromkeys("abcdef", 8 * MB))
    gc.disable()
    tracemalloc.start()
    try:
        for role in "abcdef":
            bench.use(role)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.enable()
    assert 8 * MB <= peak < 10 * MB


def test_without_a_budget_everything_stays() -> None:
    bench = Bench(None, dict.fromkeys("abc", 8 * MB))
    for role in "abca":
        bench.use(role)
    assert (bench.residents.size, bench.loads) == (24 * MB, ["a", "b", "c"])


def test_shared_weights_count_once_and_stay_together() -> None:
    bench = Bench(10 * MB, {"planner": 8 * MB, "vlm": 8 * MB, "depth": 1 * MB}, {"planner": "qwen", "vlm": "qwen"})
    bench.use("planner"), bench.use("depth"), bench.use("vlm")
    assert bench.residents.size == 9 * MB
    assert bench.residents.dropped == []


def test_what_does_not_fit_even_alone_is_refused_and_nothing_goes() -> None:
    bench = Bench(10 * MB, {"a": 4 * MB, "big": 11 * MB})
    bench.use("a")
    with pytest.raises(NotReady, match=r"'big' takes 11 MB and memory.budget_gb allows 10 MB .*int8") as caught:
        bench.use("big")
    assert caught.value.role == "big"
    assert bench.residents.roles == ["a"]


def test_a_load_that_fails_leaves_room_and_no_trace() -> None:
    residents = Residents(10, lambda: None)

    def fails() -> None:
        raise OSError("torn")

    with pytest.raises(OSError, match="torn"):
        residents.get("a", lambda: Weights("a", 5), fails)
    assert residents.size == 0
    assert residents.get("a", lambda: Weights("a", 5), lambda: "model") == "model"


def test_a_model_in_use_is_freed_when_its_user_is_done() -> None:
    bench = Bench(10 * MB, {"a": 8 * MB, "b": 8 * MB})
    used = bench.use("a")
    alive = weakref.ref(used)
    bench.use("b")
    assert alive() is used
    assert len(used.weights) == 8 * MB
    del used
    gc.collect()
    assert alive() is None


def test_threads_never_hold_more_than_the_budget_and_load_once_at_a_time() -> None:
    sizes = dict.fromkeys("abcde", 3 * MB)
    bench = Bench(10 * MB, sizes)
    sums: list[int] = []
    wrong: list[str] = []

    def work(seed: int) -> None:
        drawn = random.Random(seed)
        for _ in range(60):
            role = drawn.choice("abcde")
            if len(bench.use(role).weights) != sizes[role]:
                wrong.append(role)
            sums.append(bench.residents.size)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(sums) == 360
    assert max(sums) <= 10 * MB
    held = len(bench.residents.roles)
    assert len(bench.loads) == len(bench.residents.dropped) + held
