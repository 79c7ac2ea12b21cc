"""The library's face: Agent. The command line uses nothing else.

One Agent loads each model once and may serve any number of requests, one after the other.
"""

from __future__ import annotations

import io
import math
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.answers import doubt_settings
from agent.confidence import Fit
from agent.graph import Session, open_session
from agent.home import home
from agent.language.check import check, image_names
from agent.language.run import Budget, Event, StepCache
from agent.pictures import check_target, load, save
from agent.planner import Plan, Planner
from agent.profiles import DEFAULT, Models, Profile, load_profile
from agent.prompting import MAX_REQUEST, Request
from agent.result import Result
from agent.store import Layered, Store
from agent.trace import Replayed, Trace, read_trace
from tools.core import Context, InputError, ModelSource, registered
from tools.types import Image

Source = Any  # a path, "-", bytes, a Pillow image, a uint8 array (height, width, 3), or a tools.types.Image
MAX_IMAGES = 8


class Agent:
    """Answers questions about pictures and edits them.

    profile: a name or a .toml file. settings: overrides as "role.key=value". planner, models: in place of the
    profile's. traces: a folder for the traces, or None for $EYESHOT_HOME/traces; trace=False writes none.
    keep_source: keep in the trace what a redaction destroyed. max_steps, max_seconds, max_pixels: of one request.
    """

    def __init__(
        self,
        profile: str = DEFAULT,
        settings: Sequence[str] = (),
        *,
        planner: Planner | None = None,
        models: ModelSource | None = None,
        trace: bool = True,
        traces: str | Path | None = None,
        keep_source: bool = False,
        cache: bool = True,
        max_steps: int = 100,
        max_seconds: float = 300.0,
        max_pixels: int = 2_000_000_000,
    ) -> None:
        self.profile: Profile = load_profile(profile, settings)
        self.models: ModelSource = models or Models(self.profile)
        self.tools = self.profile.tools  # what a planner may use
        self.registry = registered()  # what a program that is given may name, ready here or not
        self.context = Context(self.models)
        self._planner = planner
        self.trace, self.keep_source = trace, keep_source
        self.traces = Path(traces) if traces is not None else home() / "traces"
        self.cache: StepCache = Store(home()) if cache else _Nothing()
        self.limits = {"steps": max_steps, "seconds": max_seconds, "pixels": max_pixels}

    @property
    def planner(self) -> Planner:
        """The profile's planner, loaded when first asked for. Raises NotReady."""
        if self._planner is None:
            from agent.planner import ProfilePlanner
            from agent.prompting import FewShotPrompt, Prompt, TunedPrompt

            settings = self.profile.roles.get("planner", {})
            prompt: Prompt = TunedPrompt() if settings.get("prompt") == "tuned" else FewShotPrompt(self.tools)
            max_tokens = int(self.models.setting("planner", "max_tokens", 640))
            if settings.get("adapter") == "openai_server":
                from agent.server_planner import ServerPlanner

                client = self.models.model("planner").client
                shape = str(settings.get("format", "json_schema"))
                self._planner = ServerPlanner(client, prompt, self.tools, format=shape, max_tokens=max_tokens)
            else:
                planner = ProfilePlanner(self.models, prompt, self.tools, max_tokens=max_tokens)
                planner.loaded()
                self._planner = planner
        return self._planner

    def ask(self, images: Source | Sequence[Source], question: str, **options: Any) -> Result:
        """Answer a question about one or more pictures.

        options: out (a path for the picture, where the answer is one), session (an id; a session that was cut off is
        taken up). Raises InputError for a picture or a question that cannot be used.
        """
        return self._finished(self.stream(images, ask=question, **options))

    def edit(self, images: Source | Sequence[Source], instruction: str, **options: Any) -> Result:
        """Edit a picture as a sentence says; `out` says where to write it, and is checked before anything runs."""
        return self._finished(self.stream(images, edit=instruction, **options))

    def run_program(self, images: Source | Sequence[Source], program: str, **options: Any) -> Result:
        """Run a program. Raises agent.language.parse.Invalid with every mistake of one that is not valid."""
        check(program, self.registry, image_names(len(_listed(images))))
        return self._finished(self.stream(images, program=program, **options))

    def plan(self, request: str, images: int = 1, edit: bool = False) -> Plan:
        """Write the program for a request, without running it."""
        text = _usable(request)
        return self.planner.plan(Request(text, image_names(images), answers=("Image",) if edit else None))

    def doubts(self, request: str, plan: Plan) -> bool:
        """Whether `ask` would show the plan instead of running it (planner.keep, keep_korean, keep_scenes)."""
        keep = self.context.setting("planner", doubt_settings(request)[0], 0.0)
        return plan.doubtful(Fit.of(self.profile.roles).threshold(plan.text, keep))

    def confidence(self, plan: Plan) -> float | None:
        """How likely a plan does what was asked: its probability by the profile's calibration, None without one.

        planner.calibration = [a, b] in a profile stands for sigmoid(a + b log p), fitted by bench.plan_eval.
        """
        fitted = self.profile.roles.get("planner", {}).get("calibration")
        if fitted is None or plan.probability is None:
            return None
        a, b = (float(v) for v in fitted)
        return round(1 / (1 + math.exp(-(a + b * math.log(max(plan.probability, 1e-12))))), 4)

    def stream(
        self,
        images: Source | Sequence[Source],
        *,
        ask: str | None = None,
        edit: str | None = None,
        program: str | None = None,
        out: str | Path | None = None,
        session: str | None = None,
    ) -> Iterator[Event]:
        """Everything that happens, as it happens; the last event is {"event": "result", "result": Result}."""
        modes = {"ask": ask, "edit": edit, "program": program}
        given = [mode for mode, text in modes.items() if text is not None]
        if len(given) != 1:
            raise InputError(f"give exactly one of ask, edit and program; got {given or 'none'}")
        mode = given[0]
        sources, held = _sources(_listed(images))
        target = check_target(out, [s for s in sources if s not in held]) if out is not None else None
        text = str(modes[mode]) if mode == "program" else _usable(str(modes[mode]))
        if mode != "program" and not held and _is_file(text) and not _is_file(sources[0]):
            raise InputError(f"the picture comes first, then the request: {text} {sources[0]!r}")
        state: dict[str, Any] = {"sources": sources, "mode": mode, "text": "" if mode == "program" else text}
        if mode == "program":
            state["program"] = text
        writer = Trace(self.traces, _new_id()) if self.trace else None
        # The trace first, so that it also gets the steps that the cache knew.
        cache = Layered(writer, self.cache) if writer else self.cache
        work = self._session(cache, None if mode == "program" else self.planner, held, keep_source=self.keep_source)
        yield from self._run(state, work, writer, target, sources, session)

    def replay(
        self, trace: str | Path, program: str | None = None, *, frozen: bool = False, out: str | Path | None = None
    ) -> Iterator[Event]:
        """Run a trace's program again, or an edited one, without a planner.

        Steps that are as they were come from the trace's folder; others run their tools, which `frozen` forbids.
        """
        old = read_trace(Path(trace))
        text = old.program if program is None else program
        check(text, self.registry, image_names(len(old.sources)))
        writer = Trace(self.traces, _new_id()) if self.trace else None
        target = check_target(out, old.sources) if out is not None else None
        context = Context(Replayed(self.models, old.fingerprints))
        cache = Layered(*([writer] if writer else []), old.store)
        work = self._session(cache, None, {}, context=context, frozen=frozen)
        state = {"sources": list(old.sources), "mode": "program", "text": old.text, "program": text}
        yield from self._run(state, work, writer, target, old.sources, None)

    def _session(self, cache: StepCache, planner: Planner | None, held: Mapping[str, Image], **more: Any) -> Session:
        limits = self.limits
        budget = Budget(int(limits["steps"]), float(limits["seconds"]), int(limits["pixels"]))
        context = more.pop("context", self.context)
        tools = self.registry if planner is None else self.tools
        fit = Fit.of(self.profile.roles)
        return Session(tools, context, cache, budget, planner, held, fit=fit, **more)

    def _run(
        self,
        state: dict[str, Any],
        work: Session,
        writer: Trace | None,
        target: Path | None,
        sources: Sequence[str],
        session: str | None,
    ) -> Iterator[Event]:
        began = time.perf_counter()
        events: list[Event] = []
        graph, config, begin = open_session(home() / "sessions", session, state)
        # sync: a node's end is on disk before the next begins, so a kill in `run` does not cost the plan.
        how = {} if session is None else {"durability": "sync"}
        for event in graph.stream(begin, config, context=work, stream_mode="custom", **how):
            events.append(event)
            yield event
        if work.result is None:
            raise RuntimeError("the graph ended without a result; this is a bug")
        result = replace(work.result, profile=self.profile.name, seconds=time.perf_counter() - began)
        if result.image is not None and target is not None:
            notes = save(result.image, target, [s for s in sources if s not in work.given])
            result = replace(result, files=replace(result.files, image=str(target)), notes=(*result.notes, *notes))
        if writer is not None:
            result = writer.finish(result, work, state, events, self.profile, self.keep_source)
        yield {"event": "result", "result": result}

    @staticmethod
    def _finished(events: Iterator[Event]) -> Result:
        last: Event = {}
        for event in events:
            last = event
        result: Result = last["result"]
        return result


class _Nothing:
    """A step cache that keeps nothing."""

    def get(self, key: str) -> None:
        return None

    def put(self, key: str, value: Any) -> None:
        pass


def _usable(request: str) -> str:
    """A request's text. Raises InputError for one that is empty or too long."""
    text = request.strip()
    if not text:
        raise InputError("the question is empty; write what you want to know or have done")
    if len(text) > MAX_REQUEST:
        raise InputError(f"the question has {len(text)} characters; at most {MAX_REQUEST} can be read")
    return text


def _listed(images: Source | Sequence[Source]) -> list[Source]:
    found = list(images) if isinstance(images, (list, tuple)) else [images]
    if not 1 <= len(found) <= MAX_IMAGES:
        raise InputError(f"give 1 to {MAX_IMAGES} pictures, got {len(found)}; for more use `eyeshot run`")
    return found


def _sources(images: Sequence[Source]) -> tuple[list[str], dict[str, Image]]:
    """Each picture as a path or as the key of one in memory."""
    import numpy as np

    sources: list[str] = []
    held: dict[str, Image] = {}
    for i, image in enumerate(images):
        if isinstance(image, (str, Path)) and str(image) != "-":
            sources.append(str(image))
            continue
        if isinstance(image, Image):
            value = image
        elif isinstance(image, np.ndarray):
            if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
                raise InputError(f"an array must be uint8 (height, width, 3), got {image.dtype} {image.shape}")
            value = Image.from_pixels(image.copy())
        elif hasattr(image, "save") and hasattr(image, "convert"):
            buffer = io.BytesIO()
            image.save(buffer, format="PNG")
            value = load(buffer.getvalue(), "picture")
        else:
            value = load(image)
        key = f"memory:{i + 1}"
        held[key] = value
        sources.append(key)
    return sources, held


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a name, or no name at all
        return False


def _new_id() -> str:
    return f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
