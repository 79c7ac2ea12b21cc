"""Judge a planner by results: its program and the right one must give the same on random symbolic scenes.

    python -m bench.plan_eval --adapter checkpoints/vlm bench/requests/*.jsonl
    python -m bench.plan_eval --plans plans.jsonl bench/requests/own.jsonl

Requests are lines {"id", "lang", "family", "request", "gold", "images"}. A request counts as right where both programs
give the same result on SCENES scenes of the symbolic world (bench.world) on which the right program has one; declined
where the planner wrote cannot() and should not have; wrong otherwise. Where the right program is cannot(), declining
for any reason is right. A line may have "also": other programs that its author took for equally right; what gives the
results of one of these alone is counted in a column of its own. Prints a table per family and language, what
thresholds would keep, and the worst misses.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from agent.language.check import CheckedProgram, check, image_names
from agent.language.parse import Invalid
from agent.language.run import Budget, Interpreter, MemoryCache, StepFailed
from agent.planner import DECLINED, Plan
from agent.profiles import Models, load_profile
from bench.oracles import oracles
from bench.world import Named, Scene, make_scene
from tools.adapters.roles import LanguageModel
from tools.core import Context, registered
from tools.types import Image, Region, Regions
from training.requests.phrasings.lines import canonical

SCENES, TRIES = 6, 150
RIGHT = ("right", "also")
TIE = re.compile(r' if (?:(?! if ).)+ else "(?:the )?(?:same|equal)"(?=\)\s*$)')  # the last of three answers, for a tie
KEEPS = (0.1, 0.2, 0.3, 0.5)  # thresholds on the program's probability (planner.keep) of which the effect is shown


def judge(gold: str, program: str, images: int, seed: int) -> str:
    """right, wrong, declined, invalid, or unjudged where the right program has no result on enough scenes."""
    given = image_names(images)
    right = check(gold, registered(), given)
    try:
        made = check(program, registered(), given)
    except Invalid:
        return "invalid"
    if made.answer_type is None or right.answer_type is None:
        if made.answer_type is None and right.answer_type is None:
            return "right"
        return "declined" if made.answer_type is None else "wrong"
    if str(made.program) == str(right.program):
        return "right"
    right, made = (check(canonical(str(p.program)), registered(), given) for p in (right, made))
    rng, judged = random.Random(seed), 0
    named = Named().add(right)
    more = Named().add(made)
    # what only the planner's program names is in the scene too, so that a wrong noun gives a wrong result
    named.phrases += [p for p in more.phrases if p not in named.phrases]
    named.conditions += [c for c in more.conditions if c not in named.conditions]
    named.texts += [t for t in more.texts if t not in named.texts]
    named.labels += [v for v in more.labels if v not in named.labels]
    for _ in range(TRIES):
        scenes = [make_scene(rng, named) for _ in range(images)]
        wanted = result(right, scenes, given)
        if wanted is None:
            continue
        if not same(wanted, result(made, scenes, given)):
            return "wrong"
        judged += 1
        if judged == SCENES:
            return "right"
    return "unjudged" if judged < 2 else "right"


def verdict_of(request: dict[str, Any], program: str, seed: int) -> str:
    """As judge() says, or "also" where only a program of the line's "also" gives the same.

    "Also" too where the right program knows no tie ("cats" if cats > dogs else "dogs") and the planner's does.
    """
    images = request.get("images", 1)
    accepted = (request["gold"], *request.get("also", ()))
    verdict = judge(request["gold"], program, images, seed)
    if verdict != "wrong":
        return verdict
    untied = TIE.sub("", program)
    if any(judge(a, p, images, seed) == "right" for a in accepted for p in dict.fromkeys((program, untied))):
        return "also"
    return verdict


def result(checked: CheckedProgram, scenes: list[Scene], given: dict[str, str]) -> Any:
    """What a program gives on scenes, or None where it ends without a result."""
    tools = oracles(scenes)
    inputs = dict(zip(given, (s.image for s in scenes), strict=True))
    context = Context(Models(load_profile()))  # oracles ask for no model
    try:
        run = Interpreter(checked, inputs, context, tools, cache=MemoryCache(), budget=Budget())
        return run.run().answer.value
    except StepFailed:
        return None


def same(a: Any, b: Any) -> bool:
    """Whether two results are equal; regions by their places, pictures by their pixels, numbers to a millionth."""
    if isinstance(a, (Region, Regions)) and isinstance(b, (Region, Regions)):
        return _places(a) == _places(b)
    if isinstance(a, Image) and isinstance(b, Image):
        return a.frame == b.frame and bool((a.pixels == b.pixels).all())
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return isinstance(a, bool) is isinstance(b, bool) and math.isclose(a, b, abs_tol=1e-6)
    if isinstance(a, (str, tuple)) and isinstance(b, (str, tuple)):
        return _texts(a) == _texts(b)
    return False


def _texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else value
    return tuple(text.casefold().removeprefix("the ") for text in texts)


def _places(value: Region | Regions) -> set[tuple[float, ...]]:
    return {(*r.box, hash(r.frame.root)) for r in ((value,) if isinstance(value, Region) else value)}


def plans(args: argparse.Namespace, requests: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The planner's program for each request, by id; those of --plans are read, the others written and added to it."""
    kept: dict[str, dict[str, Any]] = {}
    if args.plans and args.plans.exists():
        kept = {p["id"]: p for p in map(json.loads, args.plans.read_text(encoding="utf-8").splitlines())}
    missing = [r for r in requests if r["id"] not in kept]
    if missing:
        planner = load(args)
        for n, request in enumerate(missing):
            from agent.prompting import Request

            plan = planner.plan(Request(request["request"], image_names(request.get("images", 1))))
            made = {
                "id": request["id"],
                "program": plan.text,
                "probability": plan.probability,
                "seconds": plan.seconds,
                "tokens": plan.tokens,
                "forced": plan.forced,
                "unknown": plan.unknown,
            }
            kept[request["id"]] = made
            if args.plans:
                with args.plans.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(made, ensure_ascii=False) + "\n")
            if n % 20 == 19:
                print(f"planned {n + 1}/{len(missing)}", flush=True)
    return kept


def load(args: argparse.Namespace) -> Any:
    """The embedded planner with the adapter, under the grammar."""
    from agent.embedded import assemble, wheel_gguf
    from agent.home import home
    from agent.planner import GrammarPlanner
    from agent.prompting import TunedPrompt
    from tools.adapters import language, numpy_llama, onnx_llama

    folder = str(assemble(wheel_gguf(), args.adapter, home()))
    model: LanguageModel
    if args.precision == "int8":
        model = onnx_llama.load(folder, threads=args.threads)
    elif args.precision == "numpy":
        model = numpy_llama.load(folder)
    else:
        model = language.load(folder, args.precision, threads=args.threads)
    return GrammarPlanner(model, TunedPrompt(), load_profile().tools)


def calibration(judged: list[tuple[float, str]]) -> list[float]:
    """Platt's scaling (1999) of the programs' probabilities to being right: a, b by Newton's method.

    judged: pairs of a program's probability and its verdict; declining counts as neither right nor wrong.
    """
    kept = [(math.log(max(p, 1e-12)), v in RIGHT) for p, v in judged if v in (*RIGHT, "wrong")]
    if not kept:
        return [0.0, 0.0]
    x = np.array([[1.0, p] for p, _ in kept])
    y = np.array([float(right) for _, right in kept])
    weights = np.zeros(2)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-x @ weights))
        curve = (x * (chance * (1 - chance))[:, None]).T @ x + 1e-3 * np.eye(2)
        weights += np.linalg.solve(curve, x.T @ (y - chance) - 1e-3 * weights)
    return [round(float(w), 3) for w in weights]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("requests", type=Path, nargs="+")
    parser.add_argument("--adapter", type=Path, default=Path("checkpoints/vlm"))
    parser.add_argument("--plans", type=Path, help="a file of plans to read and go on with")
    parser.add_argument(
        "--precision", default="int8", help="int8, as the profile has it; numpy (float32); or torch's bf16, fp32"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=int, default=0, help="at most so many requests of each file, spread evenly")
    parser.add_argument("--misses", type=int, default=25)
    parser.add_argument("--keep", type=float, nargs=2, default=(0.0, 0.0), help="thresholds, for English and Korean")
    args = parser.parse_args()
    requests = []
    for file in args.requests:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        taken = min(args.limit or len(lines), len(lines))
        spread = [lines[i * len(lines) // taken] for i in range(taken)]
        requests += [line | {"id": f"{file.stem}/{line['id']}"} for line in spread]
    began = time.monotonic()
    made = plans(args, requests)
    report(requests, made, args.misses, tuple(args.keep))
    print(f"{time.monotonic() - began:.0f} s")


def report(
    requests: list[dict[str, Any]], made: dict[str, dict[str, Any]], misses: int, keeps: tuple[float, float] = (0, 0)
) -> None:
    """The tables, and the misses of which the planner was most sure."""
    table: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    missed = []
    sure: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for n, request in enumerate(requests):
        plan = made[request["id"]]
        keep = keeps[request["lang"] == "ko"]
        doubtful = Plan(plan["program"], plan.get("probability"), unknown=tuple(plan.get("unknown", ()))).doubtful(keep)
        written = DECLINED if doubtful else plan["program"].strip()
        verdict = verdict_of(request, written, n)
        outside = "cannot" if request["gold"].startswith("cannot") else "request"
        for row in ((request["lang"], request["family"]), (request["lang"], f"ALL {outside}s")):
            table[row][verdict] += 1
        sure[request["lang"]].append((plan.get("probability") or 0.0, verdict))
        if verdict not in RIGHT:
            missed.append((plan.get("probability") or 0.0, verdict, request, plan["program"].strip()))
    heads = f"{'right':>7} {'also':>6} {'declined':>9} {'wrong':>7} {'invalid':>8} {'unjudged':>9}"
    print(f"{'':4} {'family':24} {'n':>5} {heads}")
    for (lang, family), row in sorted(table.items()):
        total = sum(row.values())
        shares = (f"{100 * row[v] / total:.1f}%" for v in (*RIGHT, "declined", "wrong"))
        print(
            f"{lang:4} {family:24} {total:5} "
            + "{:>7} {:>6} {:>9} {:>7}".format(*shares)
            + f" {row['invalid']:8} {row['unjudged']:9}"
        )
    for lang, judged in sorted(sure.items()):
        for keep in KEEPS:
            kept = [verdict for probability, verdict in judged if probability >= keep]
            shares = ", ".join(
                f"{sum(kept.count(v) for v in vs)} of {sum(v in vs for _, v in judged)} {vs[0]}"
                for vs in (RIGHT, ("wrong",))
            )
            print(f"{lang}: a threshold of {keep} keeps {shares}")
    print("calibration [a, b] of sigmoid(a + b log p):", calibration([x for judged in sure.values() for x in judged]))
    timed = sorted(p["seconds"] for p in made.values() if "seconds" in p)
    if timed:
        tokens, forced = (sum(p[k] for p in made.values()) for k in ("tokens", "forced"))
        share = 100 * forced / max(1, tokens)
        print(f"a plan: median {timed[len(timed) // 2]:.2f} s; {share:.0f}% of {tokens} tokens forced")
    for probability, verdict, request, program in sorted(missed, key=lambda m: -m[0])[:misses]:
        shown, gold = (p.replace("\n", " ; ") for p in (program, request["gold"]))
        print(f"- {verdict} {probability:.2f} [{request['family']}] {request['request']}")
        print(f"    wrote {shown}\n    right {gold}")


if __name__ == "__main__":
    main()
