"""The loop that the smaller trainers share: seeded, resumable, with a progress line and a curve drawn as a picture."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.measure import draw_curve

BETAS, DECAY, CLIP, WARM_UP = (0.9, 0.98), 0.02, 1.0, 60


def fast_dtype() -> torch.dtype:
    """bfloat16 where the CPU has AVX-512 BF16, else float32: emulated, bfloat16 is many times slower than that."""
    return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32


def run(
    name: str,
    model: nn.Module,
    loss: Callable[[int], dict[str, Tensor]],
    save: Callable[[Path], None],
    out: Path,
    steps: int,
    batch: int,
    rate: float,
    checkpoint_seconds: float = 120.0,
    stop_after: float = math.inf,
) -> None:
    """Train `model` for `steps` steps of `batch` pictures, taking up at `out`/state.pt where there is one.

    loss: the parts of step n's loss, a function of n alone. save: writes the model in transformers' folder layout.
    """
    out.mkdir(parents=True, exist_ok=True)
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": DECAY},
        {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=rate, betas=BETAS, fused=True)
    first, before = 0, 0.0
    if (out / "state.pt").exists():
        state = torch.load(out / "state.pt", weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first, before = state["step"], state["seconds"]
    log, rows = out / "progress.jsonl", []
    began = saved = time.monotonic()
    for n in range(first, steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (n + 1) / WARM_UP) * (0.01 + 0.495 * (1 + math.cos(math.pi * n / steps)))
        parts = loss(n)
        total = torch.stack(list(parts.values())).sum()
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        rows.append({"loss": total.item(), **{k: v.item() for k, v in parts.items()}})
        now = time.monotonic()
        seconds = before + now - began
        if (n + 1) % 25 == 0:
            mean = {k: round(float(np.mean([r[k] for r in rows if k in r])), 4) for k in {k for r in rows for k in r}}
            with log.open("a") as f:
                f.write(json.dumps({"pictures": (n + 1) * batch, "seconds": round(seconds, 1), **mean}) + "\n")
            print(
                f"{(n + 1) * batch}/{steps * batch} pictures  {seconds:.0f} s  loss {mean['loss']:.4f}  "
                f"{(n + 1 - first) * batch / (now - began):.1f} pictures/s",
                flush=True,
            )
            rows = []
        last = n + 1 == steps or now - began > stop_after
        if now - saved > checkpoint_seconds or last:
            state = {
                "step": n + 1,
                "seconds": seconds,
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
            }
            torch.save(state, out / "state.part")
            (out / "state.part").replace(out / "state.pt")
            save(out / "model")
            history = [json.loads(t) for t in log.read_text().splitlines()] if log.exists() else []
            names = list(dict.fromkeys(k for h in history for k in h if k not in ("pictures", "seconds")))
            draw_curve(
                out / "curve.png",
                f"{name}, {(n + 1) * batch} pictures",
                {k: [(h["pictures"], h[k]) for h in history if k in h] for k in sorted(names)},
            )
            saved = now
        if last:
            break
