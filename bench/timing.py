"""Two ways of doing the same work, timed in turns in one run: what their times have as a ratio.

A machine that others share is slow and fast by turns; measured alternately and by medians, two ways meet the same
weather. Seconds are CPU seconds of this process unless the clock says otherwise: a wait for a core that others use is
no cost of ours. Seconds of another run, or of another machine, are never compared.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """A line of docs/benchmarks.md. ours, other: median seconds. bound: the ratio that was asked for, or ""."""

    what: str
    ours: float
    other: float
    note: str = ""
    bound: str = ""

    @property
    def ratio(self) -> float:
        """Our seconds a second of the other way."""
        return self.ours / self.other

    def line(self) -> str:
        asked = f" (asked: {self.bound})" if self.bound else ""
        return f"| {self.what} | {shown(self.ours)} | {shown(self.other)} | {self.ratio:.2f}{asked} | {self.note} |"


QUICK = False  # everything once, not warmed up: for a machine that is busy or slow
HEAD = ["| what, against what | first | second | first / second | |", "|---|---|---|---|---|"]


def shown(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def versus(
    what: str,
    ours: Callable[[], Any],
    other: Callable[[], Any],
    *,
    repeats: int = 3,
    warm: bool = True,
    note: str = "",
    bound: str = "",
    clock: Callable[[], float] = time.process_time,
) -> Row:
    """Time two ways in turns. warm: run both once before, not counted."""
    if QUICK:
        warm, repeats = False, 1
    if warm:
        ours()
        other()
    a, b = [], []
    for _ in range(repeats):
        a.append(seconds(ours, clock))
        b.append(seconds(other, clock))
    return Row(what, statistics.median(a), statistics.median(b), note, bound)


def seconds(work: Callable[[], Any], clock: Callable[[], float] = time.process_time) -> float:
    began = clock()
    work()
    return clock() - began


def machine() -> str:
    """The processor's kind and how many of its cores this process may use."""
    kind = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        named = [x.split(":", 1)[1].strip() for x in info.read_text().splitlines() if x.startswith("model name")]
        kind = named[0] if named else kind
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{kind}, {cores} core{'s' if cores != 1 else ''}"
