"""Many tasks from a file: one JSON object a line in, one a line out, in the same order.

A task is {"id", "images": [...], "ask" | "edit" | "program": "...", "out"}. A task that cannot be done is a line with
status "failed", never a stop. A line is written when its task is done; a run that was cut off goes on after the last
whole line when it is started again.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.agent import Agent
from agent.language.parse import Invalid
from agent.result import Result
from tools.core import EyeshotError, InputError

KEYS = frozenset({"id", "images", "ask", "edit", "program", "out"})


def run_tasks(agent: Agent, tasks: Path, results: Path) -> Iterator[tuple[int, str, str]]:
    """Do the tasks that have no result yet; yields (line, id, status) as each is done.

    Raises InputError where the tasks cannot be read or the results cannot be written, or are of other tasks.
    """
    try:
        # Not splitlines(): JSON may hold other line ends, such as U+2028, within its texts.
        lines = tasks.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the tasks {tasks} cannot be read: {error}") from error
    if results.exists() and tasks.exists() and tasks.samefile(results):
        raise InputError("the results would overwrite the tasks; name another file with -o")
    try:
        done = _done(results)
        # A lone surrogate, which UTF-8 cannot hold, becomes its JSON escape.
        stream = results.open("a", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise InputError(f"the results {results} cannot be written: {error}") from error
    with stream:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            identity, task, problem = _task(line, number)
            if done[identity]:  # each result stands for one task, should several have one id
                done[identity] -= 1
                continue
            record = {"id": identity, **(_failed(problem) if problem else _result(agent, task))}
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
            yield number, identity, record["status"]


def _done(results: Path) -> Counter[str]:
    """How many whole lines each id has; a last line that was cut off is taken away."""
    if not results.exists():
        return Counter()
    data = results.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        with results.open("r+b") as stream:
            stream.truncate(len(whole))
    found: Counter[str] = Counter()
    for number, line in enumerate(whole.split(b"\n")[:-1], 1):
        try:
            found[str(json.loads(line)["id"])] += 1
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(f"line {number} of {results} is no result; name another file with -o") from error
    return found


def _task(line: str, number: int) -> tuple[str, dict[str, Any], str | None]:
    """A task's id, the task, and what is wrong with it if anything is."""
    try:
        task = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"line {number}", {}, f"line {number} is not JSON: {error}"
    if not isinstance(task, dict):
        return f"line {number}", {}, f"line {number} must be an object, got {type(task).__name__}"
    identity = str(task.get("id", f"line {number}"))
    unknown = sorted(set(task) - KEYS)
    modes = [k for k in ("ask", "edit", "program") if k in task]
    images = task.get("images")
    if unknown:
        return identity, {}, f"unknown keys {unknown}; a task has {sorted(KEYS)}"
    if len(modes) != 1 or not isinstance(task[modes[0]], str):
        return identity, {}, f"a task has exactly one of ask, edit and program, as text; got {modes}"
    if not isinstance(images, list) or not all(isinstance(i, str) and i != "-" for i in images):
        return identity, {}, 'a task has "images": a list of paths'
    if "edit" in task and not isinstance(task.get("out"), str):
        return identity, {}, 'an edit has "out": where to write the picture'
    if not isinstance(task.get("out", ""), str):
        return identity, {}, '"out" is a path'
    return identity, task, None


def _result(agent: Agent, task: dict[str, Any]) -> dict[str, Any]:
    given = {k: task[k] for k in ("ask", "edit", "program", "out") if k in task}
    try:
        result: Result | None = None
        for event in agent.stream(task["images"], **given):
            if event["event"] == "result":
                result = event["result"]
        if result is None:
            raise RuntimeError("the stream ended without a result")
        return result.to_json()
    except Invalid as mistakes:
        return _failed(str(mistakes), "invalid_program")
    except EyeshotError as error:
        return _failed(str(error))


def _failed(message: str, reason: str = "bad_input") -> dict[str, Any]:
    return Result("failed", message, reason).to_json()
