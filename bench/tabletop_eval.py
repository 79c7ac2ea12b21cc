"""Questions about held-out tabletop scenes, asked of the whole agent: how many answers are right, and what failed.

    python -m bench.tabletop_eval --scenes SCENES.zip... [--questions 5000] [--limit N] [--seed 1] [--threads 2]
                                  [--results RESULTS.jsonl] [--page FOLDER] [--gold] [--trained] [--vary]
                                  [--set ROLE.KEY=VALUE]

Asks questions (bench.tabletop_questions) about the scenes whose number is divisible by 3, through `Agent.ask`, and
compares with the scene graph. Prints by family: right, wrongly declined, right by a wrong program (one that differs
from the question's meaning on other scenes), and seconds. What failed is found by running the planner's program again
with oracle parts (bench.tabletop_world): `planner` where it is wrong though everything it asks for is perfect, else the
one part (finding, naming, relation) that mends it, else `several`. `--gold` runs the right programs instead of the
planner's; `--trained` asks about the other scenes, for bench.calibration to fit on; `--vary` in worse pictures of them
(bench.varied). `--results` keeps each answer as it comes; a run that was cut off goes on there. `--table JSONL...` asks
nothing and prints the tables of what was kept.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agent import Agent
from agent.language.check import check, image_names
from agent.language.parse import Invalid
from bench.tabletop_questions import Question, questions
from bench.tabletop_world import PARTS, Truth, oracles, value_of
from bench.varied import varied
from tools.core import registered
from tools.types import Image
from training.tabletop.scenes import indices, load

OTHER_SCENES = 10
"""Scenes on which a program must mean the same as the right one."""


@dataclass(frozen=True)
class Asked:
    """What came of one question.

    first: of its picture. same_meaning: of the program. blame: what failed, or "". grounds: of the confidence, as
    agent.confidence.Grounds has them. plan: the probability of the planner's program, run or not.
    """

    id: str
    family: str
    lang: str
    scene: int
    request: str
    gold: str
    wanted: Any
    program: str
    status: str
    value: Any
    confidence: float | None
    first: bool
    seconds: float
    right: bool
    same_meaning: bool
    blame: str
    grounds: dict[str, float | None] | None = None
    plan: float | None = None


class Judge:
    """Compares programs by what they give on scene graphs, and finds what failed."""

    def __init__(self, truths: Sequence[Truth], agent: Agent) -> None:
        self.truths, self.agent = truths, agent
        self.perfect = [oracles([t]) for t in truths]
        self.at = {t.number: i for i, t in enumerate(truths)}

    def same_meaning(self, question: Question, program: str) -> bool:
        """Whether a program gives what the right one gives, on the question's scene and on others."""
        if program.strip() == question.gold.strip():
            return True
        own, rng = self.at[question.scene], random.Random(question.id)
        others = rng.sample(range(len(self.truths)), min(len(self.truths), 6 * OTHER_SCENES))
        judged = 0
        for i in [own, *others]:
            wanted = value_of(question.gold, self.truths[i], self.perfect[i])
            if isinstance(wanted, str) and wanted in ("NothingThere", "Ambiguous"):
                continue
            judged += 1
            if value_of(program, self.truths[i], self.perfect[i]) != wanted:
                return False
            if judged > OTHER_SCENES:
                break
        return True

    def blame(self, question: Question, program: str) -> str:
        """What failed in a wrong answer."""
        i = self.at[question.scene]
        truth = self.truths[i]
        if value_of(program, truth, self.perfect[i]) != question.answer:
            return "planner"
        for part in PARTS:
            if value_of(program, truth, oracles([truth], [part]), self.agent.context) == question.answer:
                return part
        return "several"


def ask(agent: Agent, judge: Judge, question: Question, gold: bool, first: bool) -> Asked:
    """One question through the agent, judged."""
    picture = judge.truths[judge.at[question.scene]].image
    began = time.perf_counter()
    plan = None
    for event in agent.stream(picture, **({"program": question.gold} if gold else {"ask": question.request})):
        plan = event.get("probability", plan)
    result = event["result"]
    seconds = time.perf_counter() - began
    right = result.status == "answered" and result.value == question.answer
    try:
        checked = check(result.program, registered(), image_names(1))
        runs = checked.answer_type is not None
    except Invalid:
        runs = False
    same = runs and (gold or judge.same_meaning(question, result.program))
    known = {"unsure": "planner unsure", "not_ready": "finding"}  # not_ready: the picture is taken for another world
    blame = "" if right else known.get(result.reason or "", "")
    if not right and not blame:
        blame = judge.blame(question, result.program) if runs else "planner"
    return Asked(
        question.id, question.family, question.lang, question.scene, question.request, question.gold, question.answer,
        result.program, result.status, result.value, result.confidence, first, seconds, right, same, blame,
        asdict(result.grounds) if result.grounds else None, plan,
    )  # fmt: skip


def table(rows: Sequence[Asked]) -> list[str]:
    """The printed tables."""
    lines = [
        "| family | questions | right | English | Korean | declined | right by a wrong program | "
        "planner | unsure | finding | naming | relation | several |",
        "|---" * 13 + "|",
    ]
    groups: dict[str, list[Asked]] = defaultdict(list)
    for row in rows:
        groups[row.family].append(row)
    for name, group in [*groups.items(), ("**all**", list(rows))]:
        blamed = Counter(r.blame for r in group)
        cells = [
            str(len(group)),
            share(r.right for r in group),
            share(r.right for r in group if r.lang == "en"),
            share(r.right for r in group if r.lang == "ko"),
            share(r.status != "answered" for r in group),
            share(r.right and not r.same_meaning for r in group),
            *(str(blamed[b]) for b in ("planner", "planner unsure", *PARTS, "several")),
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    new = [r.seconds for r in rows if r.first]
    next_ones = [r.seconds for r in rows if not r.first]
    lines += ["", f"{len({r.scene for r in rows})} scenes."]
    if new and next_ones:
        lines[-1] += (
            f" A question about a new picture takes {statistics.median(new):.2f} s (90% within "
            f"{np.quantile(new, 0.9):.2f}), the next "
            f"about it {statistics.median(next_ones):.2f} s (90% within {np.quantile(next_ones, 0.9):.2f})."
        )
    return lines


def share(values: Any) -> str:
    """The share of true ones in per cent."""
    found = list(values)
    return f"{100 * sum(found) / len(found):.1f}" if found else ""


def truths(sources: Sequence[str], cache: Path, limit: int, held_out: bool = True, vary: bool = False) -> list[Truth]:
    """The held-out scenes, or the others, at most `limit` of each source."""

    def picture(pixels: np.ndarray, number: int) -> Image:
        return Image.from_pixels(varied(pixels, number) if vary else np.array(pixels))

    return [
        Truth.of(picture(s.images[i], int(s.numbers[i])), s.graphs[i])
        for s in load(sources, cache)
        for i in indices(s, held_out=held_out)[:limit]
    ]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scenes", nargs="+", default=[], metavar="ZIP_OR_DIR")
    parser.add_argument("--cache", type=Path, default=Path("training/data"))
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--limit", type=int, default=10_000, help="scenes of each source")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--gold", action="store_true", help="run the right programs, without the planner")
    parser.add_argument("--trained", action="store_true", help="scenes that are not held out")
    parser.add_argument("--vary", action="store_true", help="worse pictures of the scenes")
    parser.add_argument("--results", type=Path, metavar="JSONL")
    parser.add_argument(
        "--table", nargs="+", type=Path, default=[], metavar="JSONL", help="of kept results, no questions"
    )
    parser.add_argument("--page", type=Path, metavar="FOLDER", help="draw the worst cases there")
    parser.add_argument("--misses", type=int, default=30)
    parser.add_argument("--set", action="append", default=[], metavar="ROLE.KEY=VALUE")
    a = parser.parse_args()
    if a.table:
        print("\n".join(table([row for path in a.table for row in read(path)])))
        return
    if not a.scenes:
        parser.error("give --scenes, or --table with results that were kept")
    import torch

    torch.set_num_threads(a.threads)
    found = truths(a.scenes, a.cache, a.limit, held_out=not a.trained, vary=a.vary)
    agent = Agent(settings=a.set, trace=False, cache=False)
    judge = Judge(found, agent)
    rows = read(a.results)
    known = {r.id for r in rows}
    asked = sorted(questions(found, a.questions, a.seed), key=lambda q: judge.at[q.scene])
    last = None
    for n, question in enumerate(asked):
        first, last = question.scene != last, question.scene
        if question.id in known:
            continue
        row = ask(agent, judge, question, a.gold, first)
        rows.append(row)
        if a.results:
            with a.results.open("a", encoding="utf-8") as out:
                out.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
        if n % 100 == 99:
            print(f"{n + 1}/{len(asked)} right {share(r.right for r in rows)}", flush=True)
    print("\n".join(table(rows)))
    for row in [r for r in rows if not r.right or not r.same_meaning][: a.misses]:
        meant = row.gold.replace("\n", "; ")
        said = row.program.replace("\n", "; ")
        print(f"\n[{row.blame or 'right answer, wrong program'}] scene {row.scene}: {row.request}")
        print(f"  meant {meant} = {row.wanted}\n  wrote {said} = {row.status} {row.value}")
    if a.page:
        from bench.tabletop_page import write

        wrong = [r for r in rows if not r.right]
        write(a.page, wrong, {t.number: t for t in found}, agent.models.model("detector"))


def read(path: Path | None) -> list[Asked]:
    if path is None or not path.exists():
        return []
    return [Asked(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
