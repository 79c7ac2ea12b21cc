"""Pictures of other worlds asked about through the whole agent: how many are declined or hedged.

    python -m bench.tabletop_outside [--folder FOLDER] [--scenes SCENES.zip...] [--limit 20] [--results RESULTS.jsonl]

Asks QUESTIONS of the pictures of bench.outside_pictures and of those in `--folder`. An answer is declined where the
agent abstains, hedged where it says that it is not sure (its evidence is less likely than `detector.hedge`); a picture
slips through where one answer is neither. Of pages it also asks what they say, which must be answered. Of `--limit`
held-out scenes of each of `--scenes` it prints how many are taken for another world, and how many answers are hedged.
Each question is planned once. `--results` keeps each picture's line; a run that was cut off goes on there.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from agent import Agent
from agent.confidence import Fit
from agent.planner import Plan, Planner
from agent.prompting import Request
from bench.outside_pictures import Pixels, of_folder, outside
from bench.tabletop_eval import share
from tools.types import Image
from training.tabletop.scenes import indices, load

QUESTIONS = {
    "count": "How many objects are there?",
    "query": "What color is the cube?",
    "exist": "Is there a person?",
    "relation": "How many things are left of the large sphere?",
    "edit": "Blur the red ball.",
}
READING = "What does it say?"
OWN = "held-out scene"
PAGES = ("document",)


class Remembering:
    """A planner that writes the program of each request once."""

    def __init__(self, planner: Planner) -> None:
        self.planner, self.plans = planner, dict[str, Plan]()
        self.reads_messages = False

    def plan(self, request: Request) -> Plan:
        """The program, from memory where there is one."""
        if request.text not in self.plans:
            self.plans[request.text] = self.planner.plan(request)
        return self.plans[request.text]


@dataclass(frozen=True)
class Seen:
    """What came of one picture: for each question "declined", "hedged" or "sure", and why it was declined or what."""

    kind: str
    name: str
    ends: dict[str, str]
    said: dict[str, str]


def look(agent: Agent, kind: str, name: str, pixels: Pixels) -> Seen:
    """Ask one picture everything."""
    image = Image.from_pixels(pixels.copy())
    fit = Fit.of(agent.profile.roles)
    ends, said = {}, {}
    for key, request in QUESTIONS.items() if kind not in PAGES else [*QUESTIONS.items(), ("read", READING)]:
        result = agent.edit(image, request) if key == "edit" else agent.ask(image, request)
        unsure = "hedged" if fit.doubts(result.grounds) else "sure"
        ends[key] = unsure if result.status == "answered" else "declined"
        said[key] = result.answer[:200] if result.status == "answered" else str(result.reason)
    return Seen(kind, name, ends, said)


def slips(seen: Seen) -> list[str]:
    """The questions that were answered with confidence."""
    return [key for key in QUESTIONS if seen.ends[key] == "sure"]


def report(rows: Sequence[Seen]) -> list[str]:
    """The printed tables."""
    kinds: dict[str, list[Seen]] = defaultdict(list)
    for row in rows:
        if row.kind != OWN:
            kinds[row.kind].append(row)
    others = [row for group in kinds.values() for row in group]
    lines = [
        "| pictures of | number | every answer declined or hedged, % | " + " | ".join(QUESTIONS) + " |",
        "|---" * (3 + len(QUESTIONS)) + "|",
    ]
    for kind, group in [*kinds.items(), ("**all**", others)]:
        cells = [str(len(group)), share(not slips(r) for r in group)]
        cells += [share(r.ends[key] != "sure" for r in group) for key in QUESTIONS]
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    for row in others:
        if slips(row):
            lines.append(f"slips through: {row.name}: " + "; ".join(f"{k}: {row.said[k]!r}" for k in slips(row)))
    pages = [row for row in others if "read" in row.ends]
    if pages:
        lines.append(f"of {len(pages)} pages, read: {sum(row.ends['read'] != 'declined' for row in pages)}")
    own = [row for row in rows if row.kind == OWN]
    if own:
        strange = sum("not_ready" in row.said.values() for row in own)
        doubted = [end for row in own for end in row.ends.values() if end != "declined"]
        lines.append(
            f"of {len(own)} held-out scenes, taken for another world: {strange}; "
            f"of {len(doubted)} answers about them, hedged: {doubted.count('hedged')}"
        )
    return lines


def pictures(folder: Path | None, scenes: Sequence[str], cache: Path, limit: int) -> Iterator[tuple[str, str, Pixels]]:
    """Everything that is asked about: (kind, name, pixels)."""
    yield from outside()
    if folder is not None:
        yield from (("folder", name, pixels) for name, pixels in of_folder(folder))
    for source, s in zip(scenes, load(scenes, cache), strict=True):
        for i in indices(s, held_out=True)[:limit]:
            yield OWN, f"{Path(source).name} {s.numbers[i]}", s.images[i]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, help="more pictures that are no tabletop scenes")
    parser.add_argument("--scenes", nargs="+", default=[], metavar="ZIP_OR_DIR")
    parser.add_argument("--cache", type=Path, default=Path("training/data"))
    parser.add_argument("--limit", type=int, default=20, help="held-out scenes of each source")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--results", type=Path, metavar="JSONL")
    parser.add_argument("--set", action="append", default=[], metavar="ROLE.KEY=VALUE")
    a = parser.parse_args()
    import torch

    torch.set_num_threads(a.threads)
    known = read(a.results) if a.results else {}
    agent = Agent(settings=a.set, planner=Remembering(Agent(settings=a.set).planner), trace=False, cache=False)
    rows = []
    for kind, name, pixels in pictures(a.folder, a.scenes, a.cache, a.limit):
        if (kind, name) not in known:
            known[kind, name] = look(agent, kind, name, pixels)
            if a.results:
                with a.results.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(asdict(known[kind, name]), ensure_ascii=False) + "\n")
        rows.append(known[kind, name])
    print("\n".join(report(rows)))


def read(path: Path) -> dict[tuple[str, str], Seen]:
    """The kept lines by kind and name."""
    if not path.exists():
        return {}
    rows = [Seen(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    return {(row.kind, row.name): row for row in rows}


if __name__ == "__main__":
    main()
