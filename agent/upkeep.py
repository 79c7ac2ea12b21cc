"""The commands that look after Eyeshot itself: `models`, `doctor`, `clean`; agent.cli parses their options."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable

from agent.checkpoints import Checkpoint, Source, catalogue, parse_source, shown_size
from agent.home import PARTS, clean, home, size
from tools.core import InputError

FAILED = 4


def models(options: argparse.Namespace) -> int:
    """List, fetch, verify or remove public checkpoints."""
    named = [parse_source(text) for text in options.sources]
    if options.action == "list":
        print("\n".join(listed(options.profile, options.settings, named)))
        return 0
    if options.update and options.action != "fetch":
        raise InputError("--update goes with `models fetch`")
    return {"fetch": _fetch, "verify": _verify, "remove": _remove}[options.action](named, options)


def doctor(options: argparse.Namespace) -> int:
    """Say what this machine can run and what is missing."""
    from agent.doctor import report

    lines, good = report(options.profile, options.settings)
    print("\n".join(lines))
    return 0 if good else FAILED


def clean_up(options: argparse.Namespace) -> int:
    """Empty Eyeshot's own folder."""
    total = sum(size(home() / part) for part in PARTS)
    if not options.yes:
        if not sys.stdin.isatty():
            raise InputError("`clean` removes caches and traces; say --yes to do it without being asked")
        if input(f"Remove {total / 1e6:.1f} MB of models, caches and traces in {home()}? [y/N] ").lower() != "y":
            return 0
    print(f"{clean() / 1e6:.1f} MB freed in {home()}")
    return 0


def profile_sources(profile: str, settings: Iterable[str] = ()) -> dict[Source, list[str]]:
    """The hub repositories that a profile names, with the roles that they play."""
    from agent.profiles import hub_source, load_profile

    found: dict[Source, list[str]] = {}
    for role, values in load_profile(profile, settings).roles.items():
        source = hub_source(values)
        if source is not None:
            found.setdefault(source, []).append(role)
    return found


def listed(profile: str, settings: Iterable[str], only: list[Source]) -> list[str]:
    """A line for each checkpoint of the catalogue, of the lock, and of the profile."""
    from agent.lock import locks

    roles, locked = profile_sources(profile, settings), locks()
    sources = {Source(name): None for name in catalogue()} | dict.fromkeys(parse_source(s) for s in locked)
    lines = [f"{'':8} {'disk':>8}  {'licence':13} checkpoint"]
    for source in only or dict.fromkeys([*sources, *roles]):
        entry, known = locked.get(str(source)), catalogue().get(source.repository)
        here = "here" if source.folder.is_dir() else "-"
        disk = entry.size if entry else known.disk if known else 0
        at = f" at {entry.revision[:12]}" if entry else ""
        plays = f" ({profile}: {', '.join(roles[source])})" if source in roles else ""
        lines.append(f"{here:8} {shown_size(disk) if disk else '?':>8}  {_licence(known):13} {source}{at}{plays}")
    return [*lines, "`eyeshot models fetch` fetches what the profile names, `models fetch OWNER/NAME` any other."]


def _licence(known: Checkpoint | None) -> str:
    return known.licence if known else "see its page"


def _fetch(named: list[Source], options: argparse.Namespace) -> int:
    from agent.fetch import fetch

    chosen = named or list(profile_sources(options.profile, options.settings))
    if not chosen:
        print(f"the profile {options.profile} needs nothing from a hub", file=sys.stderr)
    elif len(chosen) > 1:
        sizes = [catalogue()[s.repository].disk for s in chosen if s.repository in catalogue()]
        print(f"{len(chosen)} checkpoints, about {shown_size(sum(sizes))} in all", file=sys.stderr)
    for source in chosen:
        shown = _Progress()
        fetch(source, update=options.update, say=shown.say, progress=shown)
    return 0


def _verify(named: list[Source], options: argparse.Namespace) -> int:
    from agent.lock import differences, locks

    locked, bad = locks(), 0
    if not named and not locked:
        print("no checkpoint was fetched yet", file=sys.stderr)
    for source in named or [parse_source(s) for s in locked]:
        entry = locked.get(str(source))
        if entry is None:
            wrong = ["it was not fetched by `eyeshot models fetch`, so there is nothing to compare it with"]
        elif not source.folder.is_dir():
            wrong = [f"its files are not here; get them with: eyeshot models fetch {source}"]
        else:
            wrong = differences(source, entry, everything=True)
        bad += bool(wrong)
        print(f"{'DIFFERS' if wrong else 'ok     '}  {source}" + "".join(f"\n         {line}" for line in wrong))
    return FAILED if bad else 0


def _remove(named: list[Source], options: argparse.Namespace) -> int:
    from agent.fetch import remove

    if not named:
        raise InputError("name what to remove: eyeshot models remove OWNER/NAME")
    for source in named:
        print(f"{shown_size(remove(source))} freed: {source}")
    return 0


class _Progress:
    """Progress of one fetch on stderr: a line that renews itself on a terminal, else one for each tenth."""

    def __init__(self) -> None:
        self._began, self._tenths, self._open = time.monotonic(), 0, False

    def say(self, line: str) -> None:
        if self._open:
            print(file=sys.stderr)
            self._open = False
        print(line, file=sys.stderr, flush=True)

    def __call__(self, done: int, total: int) -> None:
        seconds = max(time.monotonic() - self._began, 1e-3)
        line = f"  {shown_size(done)} of {shown_size(total)}, {shown_size(done / seconds)}/s"
        if sys.stderr.isatty():
            print(f"\r{line:50}", end="", file=sys.stderr, flush=True)
            self._open = True
        elif total and done * 10 // total > self._tenths:
            self._tenths = done * 10 // total
            print(line, file=sys.stderr, flush=True)
