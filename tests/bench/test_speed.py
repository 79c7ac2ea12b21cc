"""The benchmarks measure what they say, and Eyeshot's own cost of a step keeps its bound."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from bench import speed_steps
from bench.speed_eyes import matched, views
from bench.timing import Row, machine, versus


def test_two_ways_are_timed_in_turns_and_by_medians() -> None:
    order: list[str] = []

    def spend(name: str, seconds: float) -> None:
        order.append(name)
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass

    row = versus("a; b", lambda: spend("a", 0.01), lambda: spend("b", 0.04), repeats=3, bound="under 1")
    assert "".join(order) == "ab" * 4  # once each before, to warm up
    assert row.ratio == pytest.approx(0.25, rel=0.3)


def test_waiting_is_no_cost() -> None:
    assert versus("sleep", lambda: time.sleep(0.05), lambda: time.sleep(0.05), repeats=1).ours < 0.02


def test_a_row() -> None:
    row = Row("fast; slow", 0.0123, 1.5, "note", "at most 0.1")
    assert row.line() == "| fast; slow | 12.30 ms | 1.50 s | 0.01 (asked: at most 0.1) | note |"


def test_the_machine_is_named_by_its_processor_only() -> None:
    assert machine().rsplit(", ", 1)[1].split()[1] in ("core", "cores")


def test_more_steps_cost_more(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    short, long = speed_steps.times(pixels, False, False, tmp_path)
    assert 0 < short < long


BOXES = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [0, 0, 10, 11]], np.float32)


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [(BOXES[:2], BOXES[:2], 2), (BOXES[:1], BOXES[1:2], 0), (BOXES[[0, 2]], BOXES[:1], 1), (BOXES[:0], BOXES, 0)],
)
def test_matching_is_one_to_one(a: np.ndarray, b: np.ndarray, count: int) -> None:
    assert matched(a, b) == count


def test_views_are_different_pictures() -> None:
    assert len({view.id for view in views()}) == 10
