"""Sharpen the planner where it hesitates: the right program must beat the others that it thought of.

    python -m training.sharpen --out training/runs/sharp --start checkpoints/vlm --lists 3000 \
        training/runs/hesitations.jsonl

Learns from lists of training.hesitations: a request, its right program, and wrong ones that the planner itself finds
probable. The loss of a list is -log of the right program's share among the probabilities of all of them, plus LIKELY
times its -log probability, so that it gets likelier too and not just the others unlikelier (the planner's n best as
minimum risk training takes them: Shen et al. 2016; the share instead of the expected cost as in Edunov et al. 2018).

A list is one packed sequence: the prompt once, then each program, which sees the prompt and itself.
Seeded and resumable, with the checkpoints of training.train_planner. Prints, over the lists of the last batches before
they are learned from, in how many the right program was the most probable.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from agent.embedded import load_base, load_tokenizer, wheel_gguf
from agent.prompting import Request
from training import lora
from training.loop import fast_dtype
from training.train_planner import PROMPT, State, keep, program_tokens, rate

LIKELY = 0.25  # what the right program's own probability counts, beside its share


@dataclass
class Packed:
    """One list as one sequence. starts: where each program begins, the right one first; a last entry says the end."""

    tokens: list[int]
    starts: list[int]

    @property
    def positions(self) -> list[int]:
        """Every program goes on from where the prompt ends."""
        prompt, made = self.starts[0], list(range(self.starts[0]))
        for start, end in zip(self.starts, self.starts[1:], strict=False):
            made += range(prompt, prompt + end - start)
        return made

    @property
    def before(self) -> list[int]:
        """The place of the token before each token of a program; before its first, the prompt's last."""
        return [
            self.starts[0] - 1 if i == start else i - 1
            for start, end in zip(self.starts, self.starts[1:], strict=False)
            for i in range(start, end)
        ]


def pack(tokenizer: Any, line: dict[str, Any]) -> Packed:
    """The tokens of a list."""
    tokens = PROMPT.tokens(tokenizer, Request(line["request"], line["names"]))
    starts = [len(tokens)]
    for program in (line["program"], *(text for text, _ in line["others"])):
        tokens = tokens + program_tokens(tokenizer, program)
        starts.append(len(tokens))
    return Packed(tokens, starts)


def visible(packed: Packed, width: int) -> torch.Tensor:
    """Which tokens each one sees: bool (width, width)."""
    part = torch.zeros(width, dtype=torch.long)
    for n, (start, end) in enumerate(zip(packed.starts, packed.starts[1:], strict=False), 1):
        part[start:end] = n
    seen = (part[None] == 0) | (part[None] == part[:, None])
    return seen.tril()


def logprobs(model: Any, batch: list[Packed]) -> list[torch.Tensor]:
    """The log-probability of every program of every list."""
    width = max(len(p.tokens) for p in batch)
    tokens = torch.full((len(batch), width), 2)
    places = torch.zeros(len(batch), width, dtype=torch.long)
    seen = torch.stack([visible(p, width) for p in batch])[:, None]
    for row, p in enumerate(batch):
        tokens[row, : len(p.tokens)] = torch.tensor(p.tokens)
        places[row, : len(p.tokens)] = torch.tensor(p.positions)
    dtype = model.model.embed_tokens.weight.dtype
    unseen = torch.zeros(seen.shape, dtype=dtype).masked_fill(~seen, torch.finfo(dtype).min)
    hidden = model.model(
        input_ids=tokens, attention_mask=unseen, position_ids=places, use_cache=False
    ).last_hidden_state
    rows = torch.cat([torch.full((len(p.before),), n) for n, p in enumerate(batch)])
    logits = F.linear(hidden[rows, torch.tensor([i for p in batch for i in p.before])], model.model.embed_tokens.weight)
    wanted = torch.tensor([t for p in batch for t in p.tokens[p.starts[0] :]])
    of_tokens = -F.cross_entropy(logits.float(), wanted, reduction="none")
    lengths = [end - start for p in batch for start, end in zip(p.starts, p.starts[1:], strict=False)]
    sums = torch.stack([part.sum() for part in of_tokens.split(lengths)])
    return list(sums.split([len(p.starts) - 1 for p in batch]))


def loss_of(sums: list[torch.Tensor]) -> torch.Tensor:
    """The mean loss of lists, given their programs' log-probabilities, the right one's first."""
    shares = torch.stack([s.logsumexp(0) - s[0] for s in sums])
    return shares.mean() - LIKELY * torch.stack([s[0] for s in sums]).mean()


def batches(lists: list[Packed], budget: int, seed: int) -> list[list[Packed]]:
    """Lists of similar length together, each batch of at most `budget` padded tokens, in random order."""
    made: list[list[Packed]] = [[]]
    for packed in sorted(lists, key=lambda p: len(p.tokens)):
        if made[-1] and len(packed.tokens) * (len(made[-1]) + 1) > budget:
            made.append([])
        made[-1].append(packed)
    random.Random(seed).shuffle(made)
    return made


def train(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    os.nice(args.nice)
    tokenizer = load_tokenizer(wheel_gguf())
    model = load_base(wheel_gguf()).to(fast_dtype())
    model.config._attn_implementation = "eager"
    trained = lora.attach(model, args.rank, args.alpha, args.seed)
    lora.load(trained, args.start)
    optimizer = torch.optim.AdamW(trained.values(), lr=args.lr, betas=(0.9, 0.98), weight_decay=0.0)
    state = State()
    saved = args.out / "state.pt"
    if saved.exists():
        kept = torch.load(saved, weights_only=True)
        state = State(**kept["state"])
        optimizer.load_state_dict(kept["optimizer"])
        with torch.no_grad():
            for name, parameter in trained.items():
                parameter.copy_(kept["weights"][name])
        print(f"goes on at {state.samples} lists", flush=True)
    args.out.mkdir(parents=True, exist_ok=True)
    began, kept_at, before = time.monotonic(), time.monotonic(), state.seconds
    won: list[bool] = []
    while state.samples < args.lists:
        lines = [json.loads(text) for text in args.file.read_text(encoding="utf-8").splitlines()]
        chosen = [lines[(state.chunk + i) % len(lines)] for i in range(args.chunk)]
        made = batches([pack(tokenizer, line) for line in chosen], args.tokens, args.seed + state.chunk)
        while state.batch < len(made) and state.samples < args.lists:
            batch = made[state.batch]
            for group in optimizer.param_groups:
                group["lr"] = rate(state.samples / args.lists, args.lr, args.decay)
            sums = logprobs(model, batch)
            loss = loss_of(sums)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(trained.values(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            won += [int(s.argmax()) == 0 for s in sums]
            state.step, state.batch, state.samples = state.step + 1, state.batch + 1, state.samples + len(batch)
            state.tokens += sum(len(p.tokens) for p in batch)
            state.losses.append(float(loss.detach()))
            state.seconds = before + time.monotonic() - began
            if state.step % args.every == 0:
                recent, won = state.losses[-args.every :], won[-400:]
                print(
                    f"step {state.step} lists {state.samples}/{args.lists} loss {sum(recent) / len(recent):.3f} "
                    f"right first {sum(won) / len(won):.3f} of the last {len(won)} tokens/s "
                    f"{state.tokens / state.seconds:.0f} minutes {state.seconds / 60:.1f}",
                    flush=True,
                )
            if time.monotonic() - kept_at > args.keep_minutes * 60:
                keep(args, state, trained, optimizer)
                kept_at = time.monotonic()
        if state.batch >= len(made):
            state.chunk, state.batch = state.chunk + args.chunk, 0
    keep(args, state, trained, optimizer)
    print("done", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path, help="lists of training.hesitations")
    parser.add_argument("--out", type=Path, default=Path("training/runs/sharp"))
    parser.add_argument("--start", type=Path, default=Path("checkpoints/vlm"), help="the adapter that made the lists")
    parser.add_argument("--lists", type=int, default=3000, help="lists to learn from; after the last comes the first")
    parser.add_argument("--chunk", type=int, default=96, help="lists read, sorted by length and batched at a time")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--alpha", type=float, default=32.0)
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument("--decay", type=float, default=0.9, help="the share of the lists in which the rate falls")
    parser.add_argument("--tokens", type=int, default=2400, help="padded tokens a batch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--nice", type=int, default=3)
    parser.add_argument("--every", type=int, default=5, help="steps between two lines of progress")
    parser.add_argument("--keep-minutes", type=float, default=4.0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
