"""The command line: `eyeshot COMMAND`. Progress goes to stderr, results to stdout.

Exit codes: 0 answered, 2 usage or unreadable input, 3 abstained, 4 failed.
Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.agent import Agent
    from agent.result import Result

EXIT = {"answered": 0, "abstained": 3, "failed": 4}
USAGE = 2
MAX_TEXT = 1 << 20  # bytes of a program or of a file of requests


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    from tools.core import EyeshotError

    try:
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except EyeshotError as error:
        print(f"eyeshot: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("eyeshot: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eyeshot", description="Ask about pictures and edit them, on this machine, with the evidence."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    pictures = "pictures, pages of a PDF as file.pdf#2, - for standard input"

    ask = _command(commands, "ask", _ask, "answer a question about pictures")
    ask.add_argument("images", nargs="+", metavar="IMAGE", help=pictures)
    ask.add_argument("question", nargs="?", help="the question; or several with -q")
    ask.add_argument("-q", dest="questions", action="append", default=[], metavar="QUESTION")
    ask.add_argument("--session", help="an id; the same command takes up a session that was cut off")
    _shared(ask)

    edit = _command(commands, "edit", _edit, "edit a picture")
    edit.add_argument("images", nargs="+", metavar="IMAGE", help=pictures)
    edit.add_argument("instruction")
    edit.add_argument("-o", "--out", required=True, help="where to write the edited picture")
    edit.add_argument("--session", help="an id; the same command takes up a session that was cut off")
    _shared(edit)

    plan = _command(commands, "plan", _plan, "write the program for a request, without running it")
    plan.add_argument("request", nargs="?")
    plan.add_argument("--file", help="a file with a request on each line")
    plan.add_argument("--images", type=int, default=1, metavar="N", help="how many pictures the request is about")
    plan.add_argument("--json", action="store_true", help="a line of JSON for each request")
    _profile(plan)

    check = _command(commands, "check", _check, "check a program file and print it in canonical form")
    check.add_argument("program", metavar="PROGRAM", help="a program file, - for standard input")
    check.add_argument("--images", type=int, metavar="N", help="how many pictures it is about (default: as it names)")

    execute = _command(commands, "exec", _exec, "run a program file on pictures")
    execute.add_argument("program", metavar="PROGRAM", help="a program file, - for standard input")
    execute.add_argument("images", nargs="+", metavar="IMAGE", help=pictures)
    execute.add_argument("-o", "--out", help="where to write the picture, if the answer is one")
    _shared(execute)

    run = _command(commands, "run", _run, "do many tasks from a JSON-lines file")
    run.add_argument("tasks", metavar="TASKS.jsonl")
    run.add_argument("-o", "--out", required=True, metavar="RESULTS.jsonl")
    _profile(run)
    _limits(run)

    replay = _command(commands, "replay", _replay, "run a trace again, without a planner")
    replay.add_argument("trace", help="a trace's folder")
    replay.add_argument("--program", metavar="FILE", help="an edited program in place of the trace's")
    replay.add_argument("--frozen", action="store_true", help="fail where a step is not in the trace")
    replay.add_argument("-o", "--out", help="where to write the picture, if the answer is one")
    _shared(replay)

    tools = _command(commands, "tools", _tools, "list the tools that programs may call")
    tools.add_argument("name", nargs="?", help="one tool in full")
    tools.add_argument("--json", action="store_true")
    _profile(tools)

    models = _command(commands, "models", _upkeep("models"), "list, fetch, verify or remove public checkpoints")
    models.add_argument("action", nargs="?", default="list", choices=["list", "fetch", "verify", "remove"])
    models.add_argument("sources", nargs="*", metavar="OWNER/NAME[@REVISION]", help="default: what the profile names")
    models.add_argument("--update", action="store_true", help="fetch: lock the revision that the hub has now")
    _profile(models)

    _profile(_command(commands, "doctor", _upkeep("doctor"), "say what this machine can run and what is missing"))
    clean = _command(commands, "clean", _upkeep("clean_up"), "empty Eyeshot's own folder")
    clean.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _command(commands: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _profile(parser: argparse.ArgumentParser) -> None:
    default = os.environ.get("EYESHOT_PROFILE", "embedded")
    parser.add_argument("--profile", default=default, help=f"a profile's name or .toml file (default {default})")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="ROLE.KEY=VALUE")


def _limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--max-steps", type=int, default=100)
    parser.add_argument("--max-seconds", type=float, default=300.0)
    parser.add_argument("--max-pixels", type=int, default=2_000_000_000)
    parser.add_argument("--keep-source", action="store_true", help="keep in the trace what a redaction destroyed")


def _shared(parser: argparse.ArgumentParser) -> None:
    _profile(parser)
    _limits(parser)
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.add_argument("--trace", metavar="FOLDER", help="where to write traces")
    parser.add_argument("--no-trace", action="store_true", help="write no trace and no overlay")
    parser.add_argument("--no-cache", action="store_true", help="neither use nor keep results of steps")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def _agent(options: argparse.Namespace) -> Agent:
    from agent.agent import Agent

    _quiet_libraries()
    return Agent(
        options.profile,
        options.settings,
        trace=not getattr(options, "no_trace", False),
        traces=getattr(options, "trace", None) if options.command != "replay" else None,
        keep_source=options.keep_source,
        cache=not getattr(options, "no_cache", False),
        max_steps=options.max_steps,
        max_seconds=options.max_seconds,
        max_pixels=options.max_pixels,
    )


def _quiet_libraries() -> None:
    """Progress bars and warnings of libraries do not belong between an answer and its reader."""
    import warnings

    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    warnings.filterwarnings("ignore")


def _ask(options: argparse.Namespace) -> int:
    images, questions = list(options.images), list(options.questions)
    if options.question is not None:
        # With -q, what argparse took for the question is the last picture.
        (images if questions else questions).append(options.question)
    elif not questions:
        if len(images) < 2:
            raise _usage("give a question after the picture: eyeshot ask PICTURE 'What is the total?'")
        questions.append(images.pop())
    agent, worst = _agent(options), 0
    for question in questions:
        if len(questions) > 1 and not options.json:
            print(f"Q: {question}")
        result = _follow(agent.stream(images, ask=question, session=options.session), options)
        worst = max(worst, _print(result, options))
    return worst


def _edit(options: argparse.Namespace) -> int:
    agent = _agent(options)
    events = agent.stream(options.images, edit=options.instruction, out=options.out, session=options.session)
    return _print(_follow(events, options), options)


def _exec(options: argparse.Namespace) -> int:
    from agent.language.check import check, image_names
    from agent.language.parse import Invalid

    text = _text(options.program)
    agent = _agent(options)
    try:
        check(text, agent.registry, image_names(len(options.images)))
    except Invalid as mistakes:
        return _mistakes(mistakes, options.program)
    return _print(_follow(agent.stream(options.images, program=text, out=options.out), options), options)


def _replay(options: argparse.Namespace) -> int:
    from agent.language.parse import Invalid

    agent = _agent(options)
    program = None if options.program is None else _text(options.program)
    try:
        events = agent.replay(options.trace, program, frozen=options.frozen, out=options.out)
        return _print(_follow(events, options), options)
    except Invalid as mistakes:
        return _mistakes(mistakes, options.program or options.trace)
    except LookupError as missing:
        print(f"eyeshot: {missing}", file=sys.stderr)
        return EXIT["failed"]


def _plan(options: argparse.Namespace) -> int:
    if (options.request is None) == (options.file is None):
        raise _usage("give one request, or --file with a request on each line")
    if not 1 <= options.images <= 8:
        raise _usage("--images takes a number from 1 to 8")
    options.keep_source, options.max_steps, options.max_seconds, options.max_pixels = False, 1, 1.0, 1
    options.no_trace = True
    requests = [options.request] if options.file is None else _text(options.file).splitlines()
    agent = _agent(options)
    for request in requests:
        if options.json:
            print(json.dumps(_planned(agent, request, options.images), ensure_ascii=False), flush=True)
        elif request.strip():
            made = agent.plan(request, options.images)
            print(made.text, end="", flush=True)
            unsure = "; not sure: `ask` would show this and not run it" if agent.doubts(request, made) else ""
            print(f"{made.tokens} tokens, {made.forced} forced, {made.seconds:.2f} s{unsure}", file=sys.stderr)
    return 0


def _planned(agent: Agent, request: str, images: int) -> dict[str, Any]:
    """The line for one request; one that cannot be used (empty, too long) has no program, and says why."""
    from agent.planner import DECLINED
    from tools.core import InputError

    line: dict[str, Any] = {"request": request, "program": None, "confidence": None, "seconds": 0.0}
    try:
        made = agent.plan(request, images)
    except InputError as error:
        return {**line, "error": str(error)}
    unsure = {"program": DECLINED, "unsure": made.text} if agent.doubts(request, made) else {"program": made.text}
    return line | unsure | {"confidence": agent.confidence(made), "seconds": round(made.seconds, 4)}


def _check(options: argparse.Namespace) -> int:
    import re

    from agent.language.check import check, image_names
    from agent.language.parse import Invalid
    from tools.core import registered

    if options.images is not None and not 1 <= options.images <= 8:
        raise _usage("--images takes a number from 1 to 8")
    text = _text(options.program)
    count = options.images or max([int(n) for n in re.findall(r"\bimage([1-8])\b", text)], default=1)
    try:
        checked = check(text, registered(), image_names(count))
    except Invalid as mistakes:
        return _mistakes(mistakes, options.program)
    print(checked.text, end="")
    return 0


def _run(options: argparse.Namespace) -> int:
    from agent.batch import run_tasks

    agent = _agent(options)
    for number, identity, status in run_tasks(agent, Path(options.tasks), Path(options.out)):
        print(f"{number}. {identity}: {status}", file=sys.stderr)
    return 0


def _tools(options: argparse.Namespace) -> int:
    from agent.catalog import tool_details, tool_json, tool_lines
    from agent.profiles import load_profile

    profile = load_profile(options.profile, options.settings)
    tools = profile.tools
    if options.name is not None:
        if options.name not in tools:
            raise _usage(f"there is no tool {options.name!r}; `eyeshot tools` lists them")
        print(tool_details(tools[options.name]))
    elif options.json:
        print(json.dumps([tool_json(t) for t in tools.values()], ensure_ascii=False, indent=1))
    else:
        print("\n".join(tool_lines(tools, profile.has)))
    return 0


def _upkeep(name: str) -> Any:
    """A command of agent.upkeep, imported when it runs."""

    def run(options: argparse.Namespace) -> int:
        import agent.upkeep

        _quiet_libraries()
        code: int = getattr(agent.upkeep, name)(options)
        return code

    return run


def _follow(events: Iterator[dict[str, Any]], options: argparse.Namespace) -> Result:
    """Show progress on stderr; the result."""
    for event in events:
        if event["event"] == "result":
            result: Result = event["result"]
            return result
        if not options.quiet:
            line = _progress(event)
            if line:
                print(line, file=sys.stderr, flush=True)
    raise RuntimeError("the stream ended without a result")


def _progress(event: dict[str, Any]) -> str | None:
    kind = event["event"]
    if kind == "plan":
        program = event["program"].strip().replace("\n", "\n      ")
        return f"plan  {program}  ({event['seconds']:.2f} s)"
    if kind == "step_done":
        cached = ", cached" if event["cached"] else ""
        return f"step  {event['n']}. {event['call']} -> {event['result']}  ({event['seconds']:.2f} s{cached})"
    if kind == "replan":
        return f"again {event['message']}"
    return None


def _print(result: Result, options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps(result.to_json(), ensure_ascii=False), flush=True)
    else:
        print(result.answer)
        print("\n".join(_evidence_lines(result)), flush=True)
    return EXIT[result.status]


def _evidence_lines(result: Result) -> list[str]:
    lines = []
    several = len(set(result.pictures.values())) > 1
    for piece in result.evidence[:40]:
        region = piece.region
        what = f'"{region.text}"' if region.text else region.label or ""
        place = ", ".join(str(round(v)) for v in region.box)
        where = f" in {result.pictures.get(region.frame.root)}" if several else ""
        score = f", score {region.score:.2f}" if region.score is not None else ""
        lines.append(f"  {piece.role}: {what} at [{place}]{where}{score}".replace(":  at", ": at"))
    if len(result.evidence) > 40:
        lines.append(f"  ... and {len(result.evidence) - 40} more in the trace")
    named = {"picture": result.files.image, "overlay": result.files.overlay, "trace": result.files.trace}
    lines += [f"{name}: {path}" for name, path in named.items() if path]
    return lines + [f"note: {note}" for note in result.notes]


def _mistakes(mistakes: Any, name: str) -> int:
    for diagnostic in mistakes.diagnostics:
        print(f"{name}: {diagnostic}", file=sys.stderr)
    return USAGE


def _text(name: str) -> str:
    """A text file's content, at most MAX_TEXT bytes. Raises InputError."""
    from tools.core import InputError

    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_TEXT + 1)
        else:
            with Path(name).open("rb") as stream:
                data = stream.read(MAX_TEXT + 1)
        if len(data) > MAX_TEXT:
            raise InputError(f"{name} has more than {MAX_TEXT:,} bytes of text; cut it into parts")
        return data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(f"{name} cannot be read as UTF-8 text: {error}") from error


def _usage(message: str) -> Exception:
    from tools.core import InputError

    return InputError(message)


if __name__ == "__main__":
    sys.exit(main())
