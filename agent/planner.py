"""From a request to a program: decoding under the grammar, one statement at a time.

A statement's grammar is built from the names that live there, so what is written always passes the checker. Tokens
that the grammar forces are appended in one go and not sampled. Where the likeliest token each time may not lead to the
likeliest program, the most promising other turns are tried. A statement that does not end within ALLOTMENT tokens
is taken back, and from then on only a bounded answer may be written; every program ends within its length.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from agent.language.check import check
from agent.language.grammar import CLOSING, FULL, STATEMENTS, Grammar, statement_grammar
from agent.language.parse import parse
from agent.language.syntax import Assign
from agent.language.vacuous import vacuous
from agent.prompting import Prompt, Request
from tools.adapters.language import softmax
from tools.adapters.roles import LanguageModel
from tools.core import ModelSource, Tool
from tools.types import Bools, Floats

ALLOTMENT = 160  # tokens a statement may take before it is taken back
SMALLEST = 3 * ALLOTMENT  # a bounded answer, of at most 2 ALLOTMENT even in wide letters, and a statement before it


TURN = 0.03  # how probable a token is that would have been another turn
SEARCHED = 6  # programs written in search of the likeliest
VACUOUS = 0.2  # what a program that asks nothing counts, measured by one that does; chosen on bench/requests/dev_*
DECLINED = 'cannot("unclear request")\n'  # what stands for a doubtful plan where only a program can stand


@dataclass(frozen=True)
class Plan:
    """A program as text, kept statements included.

    probability: that of all sampled tokens together, among those that the grammar allowed. tokens: of the program.
    forced: how many of them were appended without sampling. reused: prompt tokens that needed no computing.
    unknown: words of the request that the planner doesn't know, where the program may hang on them.
    """

    text: str
    probability: float | None = None
    tokens: int = 0
    forced: int = 0
    reused: int = 0
    seconds: float = 0.0
    unknown: tuple[str, ...] = ()

    def doubtful(self, keep: float) -> bool:
        """Whether it had better not be run: less probable than `keep`, or with a word that the planner doesn't know."""
        if self.text.lstrip().startswith("cannot("):
            return False
        return bool(self.unknown) or (self.probability is not None and self.probability < keep)


def worth(plan: Plan) -> float:
    """A program's probability; that of one whose answer, or a step's, is the same for every picture times VACUOUS."""
    return (plan.probability or 0.0) * (VACUOUS if vacuous(parse(plan.text)) else 1.0)


class Planner(Protocol):
    """Whatever writes programs: a model under the grammar, a server, or a script in tests."""

    @property
    def reads_messages(self) -> bool:
        """Whether a message about a program that did not do makes it write a better one."""

    def plan(self, request: Request) -> Plan:
        """A program for a request. It may be invalid where no grammar holds it; the checker then says so."""


def grammar_vocabulary(model: LanguageModel) -> Any:
    """llguidance's LLTokenizer of a model. Its own `llguidance.hf` would import transformers, which takes seconds."""
    from llguidance import LLTokenizer

    backend = copy.copy(model.tokenizer.backend_tokenizer)
    backend.no_padding()
    backend.no_truncation()
    return LLTokenizer(backend.to_str(), n_vocab=model.vocabulary, eos_token=model.tokenizer.eos_token_id)


@dataclass(frozen=True)
class _Turn:
    """Where a program could have gone on otherwise: its whole statements, then tokens of one, the last of them other.

    logprob: of all this.
    """

    lines: tuple[str, ...]
    tokens: tuple[int, ...]
    logprob: float


@dataclass
class _Written:
    """What has been written of one program, and the tokens of it that the model has not been given yet.

    given: with what the next statement has to begin. turns: where the program could have gone on otherwise.
    """

    names: dict[str, str]
    lines: list[str]
    pending: list[int]
    logprob: float = 0.0
    tokens: int = 0
    forced: int = 0
    given: tuple[int, ...] = ()
    turns: list[_Turn] = field(default_factory=list)


class GrammarPlanner:
    """A language model that can only write valid programs."""

    def __init__(
        self,
        model: LanguageModel,
        prompt: Prompt,
        tools: Mapping[str, Tool],
        *,
        max_tokens: int = 640,
        temperature: float = 0.0,
        seed: int = 0,
        searched: int = SEARCHED,
    ) -> None:
        """max_tokens: of a program. temperature: 0 takes the likeliest token. searched: programs written at most.

        Raises ValueError where max_tokens leaves no room for two statements, or `searched` none for a program.
        """
        if searched < 1:
            raise ValueError(f"searched must be at least 1, got {searched}")
        if max_tokens < SMALLEST:
            raise ValueError(f"max_tokens must be at least {SMALLEST}, got {max_tokens}")
        self.model, self.prompt, self.tools = model, prompt, tools
        self.max_tokens, self.temperature, self.searched = max_tokens, temperature, searched
        self.random = np.random.default_rng(seed)
        # Tokens that only close: brackets, a quote before them, the line's end.
        texts = model.tokenizer.batch_decode([[i] for i in range(len(model.tokenizer))])
        self._closes = np.zeros(model.vocabulary, dtype=bool)
        self._closes[[i for i, text in enumerate(texts) if text and not text.strip('")]\n')]] = True
        self.vocabulary = grammar_vocabulary(model)

    @property
    def reads_messages(self) -> bool:
        return self.prompt.reads_messages

    def plan(self, request: Request) -> Plan:
        """Write one program: the likeliest of at most `searched`, where one that asks nothing counts less."""
        began = time.perf_counter()
        if self.temperature > 0:
            return self._program(request, _Turn(request.kept, (), 0.0))[0]
        best = self.hesitations(request, self.searched, 1.0)[0]
        return replace(best, seconds=time.perf_counter() - began)

    def hesitations(self, request: Request, most: int, least: float) -> list[Plan]:
        """Programs that the planner hesitates between, at most `most`, the likeliest first (see `worth`).

        The first is written token by token, the likeliest each time; every other turns off where another token was
        likely too, the likeliest such turn first, and then goes on like that (best-first search as Lawler 1972 finds
        the k best paths, but each path after its turn greedy). A turn is taken while what is written up to it is more
        than `least` times as probable as the best whole program is worth: with 1.0, while it may lead to a better one.
        """
        plan, turns = self._program(request, _Turn(request.kept, (), 0.0))
        found = {plan.text: plan}
        for _ in range(most - 1):
            best = max(turns, key=lambda turn: turn.logprob, default=None)
            if best is None or math.exp(best.logprob) <= least * max(map(worth, found.values())):
                break
            turns.remove(best)
            other, more = self._program(request, best)
            found.setdefault(other.text, replace(other, reused=plan.reused))
            turns += more
        return sorted(found.values(), key=worth, reverse=True)

    def _program(self, request: Request, turn: _Turn) -> tuple[Plan, list[_Turn]]:
        """The program that begins as `turn` does, and the turns that it did not take after it."""
        began = time.perf_counter()
        prompt = self.prompt.tokens(self.model.tokenizer, request)
        for line in turn.lines:
            prompt += self.model.tokenizer.encode(line + "\n", add_special_tokens=False)
        self.model.reset_to(prompt)
        reused = len(self.model)
        names = dict(request.names)
        for line in turn.lines[len(request.kept) :]:
            names.update(check(line, self.tools, names, ends=False).names)
        written = _Written(names, list(turn.lines), prompt[reused:], turn.logprob, given=turn.tokens)
        ended = False
        while not ended:
            line = self._statement(request, written)
            written.lines.append(line)
            checked = check(line, self.tools, written.names, ends=False)
            ended = not isinstance(checked.program.statements[-1], Assign)
            written.names.update(checked.names)
        text = "\n".join(written.lines) + "\n"
        seconds = time.perf_counter() - began
        unknown = self.prompt.unknown(request, text)
        plan = Plan(text, math.exp(written.logprob), written.tokens, written.forced, reused, seconds, unknown)
        return plan, written.turns

    def _statement(self, request: Request, written: _Written) -> str:
        """Write the next statement: any, where it is sure to leave room for an answer after it, else an answer."""
        closing = self._grammar(request, written, close=True)
        room = self.max_tokens - written.tokens - closing.max_bytes
        if room >= ALLOTMENT and len(written.lines) < STATEMENTS - 1:
            held, pending = len(self.model), list(written.pending)
            line = self._write(self._grammar(request, written, close=False), written, ALLOTMENT)
            if line is not None:
                return line
            self.model.rewind(held)
            written.pending = pending
            if len(self.model) < held:  # a cache that cannot be cut: everything is computed again
                kept = "".join(text + "\n" for text in written.lines)
                prompt = self.prompt.tokens(self.model.tokenizer, request)
                written.pending = prompt + self.model.tokenizer.encode(kept, add_special_tokens=False)
        line = self._write(closing, written, closing.max_bytes)
        if line is None:
            raise RuntimeError("an answer did not end within its bound; the grammar's max_bytes is wrong")
        return line

    def _grammar(self, request: Request, written: _Written, close: bool) -> Grammar:
        return statement_grammar(
            self.tools,
            written.names,
            request.text,
            bounds=CLOSING if close else FULL,
            first=not written.lines,
            only_answer=close,
            answers=request.answers,
            words=self.prompt.words(request),
        )

    def _write(self, grammar: Grammar, written: _Written, allotment: int) -> str | None:
        """Write one statement; None, with the counts as they were, where it does not end within the allotment."""
        from llguidance import LLMatcher

        matcher = LLMatcher(self.vocabulary, LLMatcher.grammar_from_lark(grammar.lark))
        taken: list[int] = list(written.given)
        if taken:
            matcher.consume_tokens(taken)
            written.pending += taken
            written.given = ()
        logprob, forced_tokens, turns = 0.0, 0, []
        while not matcher.is_stopped():
            if matcher.is_error():
                raise RuntimeError(f"the grammar's matcher failed: {matcher.get_error()}")
            chosen = list(matcher.compute_ff_tokens())
            if chosen:
                forced_tokens += len(chosen)
            else:
                logits = self.model.append(written.pending)
                written.pending = []
                token, probability, others = self._choose(logits, self._allowed(matcher))
                so_far = written.logprob + logprob
                turns += [
                    _Turn(tuple(written.lines), (*taken, other), so_far + math.log(chance)) for other, chance in others
                ]
                logprob += math.log(max(probability, 1e-30))
                chosen = [token]
            matcher.consume_tokens(chosen)
            taken += chosen
            written.pending += chosen
            if len(taken) > allotment:
                return None
        written.logprob += logprob
        written.tokens += len(taken)
        written.forced += forced_tokens
        written.turns += turns
        text: str = self.model.tokenizer.decode(taken)
        return text.rstrip("\n")

    def _allowed(self, matcher: Any) -> Bools:
        """Which tokens the grammar allows next: bool (vocabulary,)."""
        packed = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
        return np.unpackbits(packed, bitorder="little", count=self.model.vocabulary).astype(bool)

    def _choose(self, logits: Floats, allowed: Bools) -> tuple[int, float, list[tuple[int, float]]]:
        """A token, and its probability among the allowed ones at temperature 1; the other tokens that are likely.

        Where the model would close, but miscounts the brackets, it is held to closing: what it wants is the end.
        """
        if self._closes[int(logits.argmax())] and (allowed & self._closes).any():
            allowed = allowed & self._closes
        probabilities = softmax(logits, allowed)
        if self.temperature <= 0:
            token = int(probabilities.argmax())
        else:
            warmed = softmax(logits / np.float32(self.temperature), allowed).astype(np.float64)
            token = int(self.random.choice(len(warmed), p=warmed / warmed.sum()))
        others = [(int(i), float(probabilities[i])) for i in np.flatnonzero(probabilities > TURN) if i != token]
        return token, float(probabilities[token]), others


class ProfilePlanner:
    """The planner of a profile: asks for its model at each request, so that others may have its room between."""

    def __init__(self, models: ModelSource, prompt: Prompt, tools: Mapping[str, Tool], *, max_tokens: int) -> None:
        self._models, self.prompt, self._tools, self._max_tokens = models, prompt, tools, max_tokens

    @property
    def reads_messages(self) -> bool:
        return self.prompt.reads_messages

    def plan(self, request: Request) -> Plan:
        """Write one program. Raises NotReady."""
        return self.loaded().plan(request)

    def loaded(self) -> GrammarPlanner:
        """The planner on the model that is loaded now; the caller must not keep it. Raises NotReady."""
        model: LanguageModel = self._models.model("planner")
        made = model.companions.get("planner")
        if not isinstance(made, GrammarPlanner):
            made = GrammarPlanner(model, self.prompt, self._tools, max_tokens=self._max_tokens)
            model.companions["planner"] = made
        return made
