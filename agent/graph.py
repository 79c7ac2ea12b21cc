"""The loop: load -> plan -> check -> run -> answer, as a LangGraph graph.

    load ──> plan ──> check ──> run ──> answer
              ^         │        │
              └─────────┴────────┘   an invalid program, or a step that a better program could avoid: at most twice

The state holds names, texts and small values only; pictures and results live in the Session and the stores. Each
finished step of `run` is in the durable cache before the next begins, so a run that was killed takes up where it stood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from agent.answers import answer_text, declined, doubt_settings, hedged, language_of, say
from agent.confidence import Fit, grounds_of
from agent.language.check import CheckedProgram, check, image_names
from agent.language.evidence import Evidence, searched_place, without_text
from agent.language.parse import Invalid
from agent.language.run import Budget, Interpreter, Outcome, StepCache, StepFailed, Unwritten, is_private
from agent.language.syntax import Cannot, format_statement
from agent.language.values import type_of
from agent.pictures import open_picture
from agent.planner import Plan, Planner
from agent.prompting import Request
from agent.result import VALUE_TYPES, Result, json_value
from tools.core import Ambiguous, BudgetExceeded, Context, EyeshotError, NothingThere, NotReady, ServerFailed, Tool
from tools.types import Image, Regions

MAX_REPLANS = 2


class State(TypedDict, total=False):
    """What LangGraph keeps, and writes down at every node where the session is durable.

    sources: a path for each picture, or the key of one in Session.given. text: the request. mode: "ask", "edit" or
    "program". program: what stands now. kept: its statements that stay when it is written anew. message: why it did
    not do, for the planner. ending: a Result's status, reason and answer, where there is one
    before the program has run to its end.
    """

    sources: list[str]
    text: str
    mode: str
    program: str
    kept: list[str]
    message: str | None
    replans: int
    probability: float | None
    ending: list[str] | None


@dataclass
class Session:
    """What one request works with; never stored."""

    tools: Mapping[str, Tool]
    context: Context
    cache: StepCache
    budget: Budget
    planner: Planner | None = None
    given: Mapping[str, Image] = field(default_factory=dict)
    frozen: bool = False
    keep_source: bool = False
    fit: Fit = field(default_factory=Fit)
    images: dict[str, Image] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    runs: list[Interpreter] = field(default_factory=list)
    outcome: Outcome | None = None
    candidates: Regions | None = None
    nothing: NothingThere | None = None
    result: Result | None = None

    def load(self, sources: Sequence[str]) -> dict[str, Image]:
        """The pictures by name, read once. Raises InputError."""
        if not self.images:
            for name, source in zip(image_names(len(sources)), sources, strict=True):
                if source in self.given:
                    self.images[name] = self.given[source]
                else:
                    picture = open_picture(source)
                    self.images[name] = picture.image
                    self.notes.extend(f"{name}: {note}" for note in picture.notes)
        return self.images


def load(state: State, runtime: Runtime[Session]) -> State:
    """Read the pictures. Raises InputError."""
    images = runtime.context.load(state["sources"])
    runtime.stream_writer({"event": "loaded", "images": {n: [i.width, i.height] for n, i in images.items()}})
    return {}


def plan(state: State, runtime: Runtime[Session]) -> State:
    """Have the planner write a program, or the rest of one."""
    session = runtime.context
    if session.planner is None:
        raise ValueError("there is no planner; give a program")
    replans = state.get("replans", 0)
    message = state.get("message")
    if message is not None:
        replans += 1
        runtime.stream_writer({"event": "replan", "n": replans, "message": message})
    kept = tuple(state.get("kept", ()))
    names = image_names(len(state["sources"]))
    if kept:
        names |= check("\n".join(kept), session.tools, names, ends=False).names
    request = Request(
        state["text"],
        names,
        answers=("Image",) if state["mode"] == "edit" else None,
        kept=kept,
        message=message,
        failed=state.get("program", ""),
    )
    try:
        made = session.planner.plan(request)
    except ServerFailed as failure:
        return {"replans": replans, "ending": ["failed", "server", str(failure)]}
    session.plans.append(made)
    runtime.stream_writer(
        {"event": "plan", "program": made.text, "probability": made.probability, "seconds": made.seconds}
    )
    language = language_of(state["text"])
    keep = session.context.setting("planner", doubt_settings(state["text"])[0], 0.0)
    if made.doubtful(session.fit.threshold(made.text, keep)):
        text = say("unsure", language, made.text.strip())
        if made.unknown:
            text = say("unknown_words", language, ", ".join(made.unknown)) + " " + text
        return {"program": made.text, "replans": replans, "ending": ["abstained", "unsure", text]}
    return {"program": made.text, "replans": replans, "probability": made.probability, "message": None}


def check_program(state: State, runtime: Runtime[Session]) -> State:
    """Judge the program; an invalid one goes back to the planner with every mistake."""
    try:
        checked = _checked(state, runtime.context)
    except Invalid as mistakes:
        return _again(state, runtime.context, str(mistakes), "invalid_program", str(mistakes))
    if state["mode"] == "edit" and checked.answer_type not in ("Image", None):
        text = say("not_an_edit", language_of(state["text"]))
        return _again(state, runtime.context, "an edit ends with answer(...) of a picture", "wrong_kind", text)
    return {"program": checked.text}


def run(state: State, runtime: Runtime[Session]) -> State:
    """Run the program, step by step."""
    session = runtime.context
    checked = _checked(state, session)
    language = language_of(state["text"])
    ending = checked.program.statements[-1]
    if isinstance(ending, Cannot):
        return {"ending": ["abstained", "cannot", declined(ending.reason, language)]}
    cache = Unwritten(session.cache) if is_private(checked) and not session.keep_source else session.cache
    interpreter = Interpreter(
        checked, session.load(state["sources"]), session.context, session.tools,
        cache=cache, budget=session.budget, emit=runtime.stream_writer, frozen=session.frozen,
    )  # fmt: skip
    session.runs.append(interpreter)
    try:
        session.outcome = interpreter.run()
    except StepFailed as failure:
        return _step_failed(state, session, failure, language)
    except NotReady as missing:
        return {"ending": ["abstained", "not_ready", str(missing)]}
    except BudgetExceeded as spent:
        return {"ending": ["failed", "budget", str(spent)]}
    except ServerFailed as failure:
        return {"ending": ["failed", "server", str(failure)]}
    except EyeshotError as error:
        return {"ending": ["failed", "step_failed", str(error)]}
    return {}


def answer(state: State, runtime: Runtime[Session]) -> State:
    """Put the answer together with its evidence."""
    session = runtime.context
    if session.outcome is None and not state.get("ending"):
        # Taken up after a kill between `run` and here: every step comes from the cache.
        state = {**state, **run(state, runtime)}
    session.result = _result(state, session)
    return {}


def _checked(state: State, session: Session) -> CheckedProgram:
    return check(state["program"], session.tools, image_names(len(state["sources"])))


def _again(state: State, session: Session, message: str, reason: str, text: str) -> State:
    """Back to the planner with a message; the end where it has had its chances, or cannot make use of a message."""
    limit = 1 if reason == "ambiguous" else MAX_REPLANS
    repairable = session.planner is not None and session.planner.reads_messages and state["mode"] != "program"
    if not repairable or state.get("replans", 0) >= limit:
        status = "abstained" if reason in ("wrong_kind", "ambiguous") else "failed"
        return {"ending": [status, reason, text]}
    return {"message": message}


def _step_failed(state: State, session: Session, failure: StepFailed, language: str) -> State:
    error = failure.error
    if isinstance(error, NothingThere):
        session.nothing = error
        text = say("no_such", language, error.searched) if error.searched else say("nothing", language)
        return {"ending": ["abstained", "nothing_found", text]}
    message = f"{failure.call} failed: {error}"
    if isinstance(error, Ambiguous):
        session.candidates = error.candidates
        text = say("several", language, error.candidates.searched or "?", len(error.candidates))
        again = _again(state, session, message, "ambiguous", text)
    else:
        again = _again(state, session, message, "step_failed", message)
    return {**again, "kept": [format_statement(s) for s in failure.kept]}


def _result(state: State, session: Session) -> Result:
    interpreter = session.runs[-1] if session.runs else None
    shared: dict[str, Any] = {
        "program": state.get("program", ""),
        "replans": state.get("replans", 0),
        "steps": tuple(interpreter.steps) if interpreter else (),
        "pictures": {i.frame.root: n for n, i in reversed(session.images.items())},
        "notes": tuple(session.notes),
    }
    ending = state.get("ending")
    if ending:
        status, reason, text = ending
        shown = _showable(_evidence_of_ending(reason, session), session)
        return Result(status, text, reason, evidence=shown, **shared)
    if session.outcome is None:
        raise RuntimeError("a request ended without an outcome; this is a bug")
    language = language_of(state["text"])
    value, evidence = session.outcome.answer.value, _showable(session.outcome.evidence, session)
    kind = VALUE_TYPES[type_of(value)]
    if isinstance(value, Image):
        if any(value.id == image.id for image in session.images.values()):
            text = say("unchanged", language)
            return Result("abstained", text, "nothing_found", type=kind, evidence=evidence, **shared)
        shared["image"] = value
    searched = next((e.region.label for e in evidence if e.role == "searched"), None)
    text = answer_text(value, language, searched)
    grounds = grounds_of(session.runs[-1], session.outcome.evidence, session.tools, state.get("probability"))
    confidence = session.fit.confidence(grounds)
    if session.fit.doubts(grounds):
        text = hedged(text, language)
    if _doubted(state, session):
        text = say("taken_as", language, state["program"].strip(), text)
    shared |= {"confidence": confidence, "grounds": grounds}
    return Result("answered", text, value=json_value(value), type=kind, evidence=evidence, **shared)


def _doubted(state: State, session: Session) -> bool:
    """Whether the plan was sure enough to be run, but not to keep quiet about it."""
    probability = state.get("probability")
    hedge = session.context.setting("planner", doubt_settings(state["text"])[1], 0.0)
    return probability is not None and probability < session.fit.threshold(state["program"], hedge)


def _showable(evidence: tuple[Evidence, ...], session: Session) -> tuple[Evidence, ...]:
    """Without what was read, where the program destroys something."""
    if session.runs and session.runs[-1].private and not session.keep_source:
        return tuple(without_text(e) for e in evidence)
    return evidence


def _evidence_of_ending(reason: str, session: Session) -> tuple[Evidence, ...]:
    step = len(session.runs[-1].steps) if session.runs else 0
    if reason == "ambiguous" and session.candidates is not None:
        return tuple(Evidence(step, "candidate", r.in_root()) for r in session.candidates)
    if reason == "nothing_found" and session.nothing is not None:
        frame = session.nothing.frame or next(iter(session.images.values())).frame
        return (Evidence(step, "searched", searched_place(frame, session.nothing.searched)),)
    return ()


def build(checkpointer: Any = None) -> Any:
    """The compiled graph; with a checkpointer every node's end is durable."""
    graph = StateGraph(State, context_schema=Session)
    graph.add_node("load", load)
    graph.add_node("plan", plan)
    graph.add_node("check", check_program)
    graph.add_node("run", run)
    graph.add_node("answer", answer)
    graph.add_edge(START, "load")
    graph.add_conditional_edges("load", lambda s: "check" if s["mode"] == "program" else "plan", ["check", "plan"])
    graph.add_conditional_edges("plan", lambda s: "answer" if s.get("ending") else "check", ["answer", "check"])
    graph.add_conditional_edges("check", _next("run"), ["run", "plan", "answer"])
    graph.add_conditional_edges("run", _next("answer"), ["plan", "answer"])
    graph.add_edge("answer", END)
    return graph.compile(checkpointer=checkpointer)


@cache
def _plain() -> Any:
    """The graph that keeps nothing, compiled once: that takes longer than running it."""
    return build()


def _next(onward: str) -> Any:
    def choose(state: State) -> str:
        if state.get("ending"):
            return "answer"
        return "plan" if state.get("message") else onward

    return choose


def open_session(
    folder: Path, session: str | None, state: Mapping[str, Any]
) -> tuple[Any, dict[str, Any], Mapping[str, Any] | None]:
    """The graph, its config, and what to begin with: None to take up a session that was cut off in the same request.

    session: an id, under which every node's end is kept in `folder`; None keeps nothing.
    """
    config: dict[str, Any] = {"recursion_limit": 50}
    if session is None:
        return _plain(), config, state
    import sqlite3

    from langgraph.checkpoint.sqlite import SqliteSaver

    folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(folder / "checkpoints.sqlite", check_same_thread=False)
    graph = build(SqliteSaver(connection))
    config["configurable"] = {"thread_id": session}
    saved = graph.get_state(config)
    if saved.next and all(saved.values.get(key) == state[key] for key in ("sources", "text", "mode")):
        return graph, config, None
    fresh: State = {"kept": [], "message": None, "replans": 0, "ending": None, "probability": None}
    return graph, config, {**fresh, **state}
