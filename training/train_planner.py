"""Train the embedded planner's adapter on generated requests.

    python -m training.train_planner --out training/runs/planner --samples 14000

Seeded (the same command gives the same requests and the same first weights) and resumable: run the command again and
it goes on from the last checkpoint, with another --samples too, since the learning rate stays level until the last
part. Loss on the program only, statement by statement as the planner writes it; logits only where there is a loss;
batches of requests of similar length, bounded by their padded tokens.

NOT here: the requests (training.requests), the merge into a folder (agent.embedded), the scores (bench.plan_eval).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from agent.embedded import load_base, load_tokenizer, wheel_gguf
from agent.prompting import Request, TunedPrompt
from training import lora
from training.loop import fast_dtype
from training.requests import Example, stream

PROMPT = TunedPrompt()
CHUNK = 768  # requests drawn, sorted by length and batched at a time
WARM_UP = 0.02  # the share of the samples in which the learning rate rises


@dataclass
class State:
    """Where a run stands, apart from weights and moments."""

    chunk: int = 0
    batch: int = 0
    samples: int = 0
    tokens: int = 0
    step: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)


def encode(tokenizer: Any, example: Example) -> tuple[list[int], int]:
    """Token ids of prompt and program, and the prompt's length.

    Every statement is encoded on its own, with its line end, as a planner that writes statement by statement sees it.
    """
    prompt = PROMPT.tokens(tokenizer, Request(example.request, example.names))
    ids = list(prompt)
    for statement in example.program.split("\n"):
        ids += tokenizer.encode(statement + "\n", add_special_tokens=False)
    return [*ids, tokenizer.convert_tokens_to_ids("<|im_end|>")], len(prompt)


def batches(
    tokenizer: Any, seed: int, chunk: int, budget: int, times: dict[str, float], refusals: float
) -> list[list[tuple[list[int], int]]]:
    """The batches of one chunk, each of at most `budget` padded tokens, in random order."""
    requests = stream(seed * 1_000_003 + chunk, times=times, refusals=refusals)
    encoded = sorted((encode(tokenizer, next(requests)) for _ in range(CHUNK)), key=lambda e: len(e[0]))
    made: list[list[tuple[list[int], int]]] = [[]]
    for item in encoded:
        if made[-1] and len(item[0]) * (len(made[-1]) + 1) > budget:
            made.append([])
        made[-1].append(item)
    random.Random(seed + chunk).shuffle(made)
    return made


def loss_of(model: Any, batch: list[tuple[list[int], int]]) -> torch.Tensor:
    """Mean cross-entropy over the batch's program tokens."""
    width = max(len(ids) for ids, _ in batch)
    tokens = torch.full((len(batch), width), 2)
    mask = torch.zeros(len(batch), width, dtype=torch.long)
    wanted = torch.zeros(len(batch), width, dtype=torch.bool)
    for row, (ids, prompt) in enumerate(batch):
        tokens[row, : len(ids)] = torch.tensor(ids)
        mask[row, : len(ids)] = 1
        wanted[row, prompt - 1 : len(ids) - 1] = True
    hidden = model.model(input_ids=tokens, attention_mask=mask, use_cache=False).last_hidden_state
    logits = F.linear(hidden[wanted], model.model.embed_tokens.weight)
    return F.cross_entropy(logits.float(), tokens.roll(-1, dims=1)[wanted])


def rate(done: float, peak: float, decay: float) -> float:
    """The learning rate when the share `done` is through; over the last `decay` it falls to a thirtieth."""
    if done < WARM_UP:
        return peak * (done + 1e-3) / WARM_UP
    if done > 1 - decay:
        return peak * max(1 / 30, (1 - done) / decay)
    return peak


def train(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    os.nice(args.nice)
    gguf = wheel_gguf()
    tokenizer = load_tokenizer(gguf)
    model = load_base(gguf).to(fast_dtype())
    model.config._attn_implementation = "eager"  # a quarter faster than sdpa at these lengths on a CPU
    trained = lora.attach(model, args.rank, args.alpha, args.seed)
    optimizer = torch.optim.AdamW(trained.values(), lr=args.lr, betas=(0.9, 0.98), weight_decay=0.0)
    state = State()
    if args.start is not None:
        lora.load(trained, args.start)
    saved = args.out / "state.pt"
    if saved.exists():
        kept = torch.load(saved, weights_only=True)
        state = State(**kept["state"])
        optimizer.load_state_dict(kept["optimizer"])
        with torch.no_grad():
            for name, parameter in trained.items():
                parameter.copy_(kept["weights"][name])
        print(f"goes on at {state.samples} samples", flush=True)
    args.out.mkdir(parents=True, exist_ok=True)
    began, kept_at, before = time.monotonic(), time.monotonic(), state.seconds
    while state.samples < args.samples:
        times = dict.fromkeys(args.new, args.times)
        made = batches(tokenizer, args.seed, state.chunk, args.tokens, times, args.refusals)
        while state.batch < len(made) and state.samples < args.samples:
            batch = made[state.batch]
            for group in optimizer.param_groups:
                group["lr"] = rate(state.samples / args.samples, args.lr, args.decay)
            loss = loss_of(model, batch)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(trained.values(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            state.step, state.batch = state.step + 1, state.batch + 1
            state.samples += len(batch)
            state.tokens += sum(len(ids) for ids, _ in batch)
            state.losses.append(float(loss.detach()))
            state.seconds = before + time.monotonic() - began
            if state.step % args.every == 0:
                recent = state.losses[-args.every :]
                print(
                    f"step {state.step} samples {state.samples}/{args.samples} loss {sum(recent) / len(recent):.4f} "
                    f"tokens/s {state.tokens / state.seconds:.0f} samples/s {state.samples / state.seconds:.2f} "
                    f"minutes {state.seconds / 60:.1f}",
                    flush=True,
                )
            if time.monotonic() - kept_at > args.keep_minutes * 60:
                keep(args, state, trained, optimizer)
                kept_at = time.monotonic()
        if state.batch >= len(made):
            state.chunk, state.batch = state.chunk + 1, 0
    keep(args, state, trained, optimizer)
    print("done", flush=True)


def keep(args: argparse.Namespace, state: State, trained: dict[str, Any], optimizer: torch.optim.Optimizer) -> None:
    """Write the adapter and all that is needed to go on, each file whole or not at all."""
    lora.save(trained, args.rank, args.alpha, args.out)
    weights = {name: p.detach() for name, p in trained.items()}
    part = args.out / "state.part"
    torch.save({"state": vars(state), "optimizer": optimizer.state_dict(), "weights": weights}, part)
    part.replace(args.out / "state.pt")
    facts = {k: v for k, v in vars(state).items() if k != "losses"} | {
        "loss": sum(state.losses[-50:]) / max(1, len(state.losses[-50:])),
        "arguments": {k: str(v) for k, v in vars(args).items()},
    }
    (args.out / "training.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("training/runs/planner"))
    parser.add_argument("--start", type=Path, help="a folder with the adapter to start from, else from nothing")
    parser.add_argument("--samples", type=int, default=14_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--alpha", type=float, default=32.0)
    parser.add_argument("--lr", type=float, default=7e-4)
    parser.add_argument("--decay", type=float, default=0.5, help="the share of the samples in which the rate falls")
    parser.add_argument("--tokens", type=int, default=1500, help="padded tokens a batch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--nice", type=int, default=3)
    parser.add_argument("--new", nargs="*", default=[], metavar="STEM", help="phrasings to draw more often")
    parser.add_argument("--times", type=float, default=3.0, help="how much more often")
    parser.add_argument("--refusals", type=float, default=1.0, help="how much more often what is to be declined")
    parser.add_argument("--every", type=int, default=10, help="steps between two lines of progress")
    parser.add_argument("--keep-minutes", type=float, default=4.0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
