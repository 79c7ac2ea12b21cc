"""What the planner costs: a prompt's prefix computed once, and the same weights in other precisions.

The weights are the embedded planner's, SmolLM2-135M with its adapter; the prompt of the first part is the long few-shot
prompt that general models get.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from agent.language.check import image_names
from agent.planner import SEARCHED, GrammarPlanner
from agent.profiles import load_profile
from agent.prompting import FewShotPrompt, Request, TunedPrompt
from bench import timing
from bench.serve import chat
from bench.timing import Row, seconds, versus
from tools.core import registered

REQUESTS = Path(__file__).with_name("requests") / "outside_en.jsonl"
COMPARED = 10  # requests whose programs are compared
SOUGHT = 40  # requests for which the likeliest program is sought
TOKENS = 16  # that are written one by one


def rows() -> Iterator[Row]:
    folder = model_folder()
    from tools.adapters import onnx_llama

    model = onnx_llama.load(folder)
    yield prefix(model)
    yield search(model)
    yield from precisions(folder, model)


def model_folder() -> str:
    """The assembled embedded planner."""
    from agent.embedded import assemble, wheel_gguf
    from agent.home import home
    from agent.profiles import PROJECT

    return str(assemble(wheel_gguf(), PROJECT / "checkpoints" / "vlm", home()))


def prefix(model: Any) -> Row:
    """Seconds until the first planned token of a second question, against those of the first."""
    prompt = FewShotPrompt(registered())
    names = image_names(1)
    texts = [chat(prompt.messages(Request(q, names))) for q in ("How many mugs are there?", "Blur all the faces.")]
    first, second = (model.tokenizer.encode(text, add_special_tokens=False) for text in texts)

    def ask(tokens: list[int]) -> None:
        model.reset_to(tokens)
        model.append(tokens[len(model) :])

    model.rewind(0)
    slow = seconds(lambda: ask(first))
    common = len(model)
    fast = seconds(lambda: ask(second))
    kept = next(i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    model.rewind(0)
    return Row(
        "planner: first planned token of a second question; of the first", fast, slow,
        f"{kept} of {common} prompt tokens reused", "at most 0.25",
    )  # fmt: skip


def search(model: Any) -> Row:
    """A plan where the likeliest program is sought, against one of the likeliest token each time."""
    lines = REQUESTS.read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line)["request"] for line in lines[:: len(lines) // (4 if timing.QUICK else SOUGHT)]]
    names, made = image_names(1), {}

    def plans(searched: int) -> None:
        planner = GrammarPlanner(model, TunedPrompt(), load_profile().tools, searched=searched)
        made[searched] = [planner.plan(Request(text, names)).text for text in asked]

    row = versus(
        "a plan, the likeliest program sought; the likeliest token each time",
        lambda: plans(SEARCHED), lambda: plans(1), repeats=1,
    )  # fmt: skip
    other = sum(a != b for a, b in zip(made[SEARCHED], made[1], strict=True))
    note = f"mean of {len(asked)} requests, CPU time; {other} of the programs are others"
    return Row(row.what, row.ours / len(asked), row.other / len(asked), note)


def precisions(folder: str, profiles: Any) -> Iterator[Row]:
    """A token in torch's fp32 against each other way, and how far the programs and their probabilities differ.

    profiles: the model as the embedded profile has it.
    """
    import torch

    compared = 4 if timing.QUICK else COMPARED
    requests = [json.loads(line)["request"] for line in REQUESTS.read_text(encoding="utf-8").splitlines()[:compared]]
    names = image_names(1)

    def plans(model: Any) -> list[Any]:
        planner = GrammarPlanner(model, TunedPrompt(), load_profile().tools)
        return [planner.plan(Request(q, names)) for q in requests]

    from tools.adapters import language, numpy_llama

    plain = language.load(folder, "fp32")
    wanted = plans(plain)
    for name, model in (
        ("onnxruntime, int8 by blocks (the profile's)", profiles),
        ("numpy, fp32", numpy_llama.load(folder)),
        ("torch, bf16", language.load(folder, "bf16")),
        ("torch, dynamic int8", dynamic(language.load(folder, "fp32"), torch)),
        ("torch, weight-only int8 by channel", weight_only(language.load(folder, "bf16"), torch)),
    ):
        row = versus(f"a planned token in {name}; torch, fp32", lambda m=model: tokens(m), lambda: tokens(plain))  # type: ignore[misc]
        made = plans(model)
        same = sum(a.text == b.text for a, b in zip(made, wanted, strict=True))
        apart = [
            abs(math.log(a.probability / b.probability)) for a, b in zip(made, wanted, strict=True) if a.text == b.text
        ]
        note = f"{same} of {compared} programs the same, their log probabilities {np.mean(apart):.3f} apart on average"
        yield Row(row.what, row.ours / TOKENS, row.other / TOKENS, note)


def tokens(model: Any) -> None:
    """TOKENS tokens one by one, after a prompt of 20."""
    model.rewind(0)
    model.append(list(range(100, 120)))
    for i in range(TOKENS):
        model.append([200 + i])


def dynamic(held: Any, torch: Any) -> Any:
    """Weights int8, activations quantised as they come: torch's own."""
    held.model = torch.ao.quantization.quantize_dynamic(held.model, {torch.nn.Linear}, dtype=torch.qint8)
    return held


def weight_only(held: Any, torch: Any) -> Any:
    """Weights int8 with a scale for each output, activations bf16."""

    class Int8(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, linear: Any) -> None:
            super().__init__()
            scale = linear.weight.float().abs().amax(1).clamp(min=1e-8) / 127
            self.scale = scale.to(torch.bfloat16)
            self.weight = (linear.weight.float() / self.scale.float()[:, None]).round().clamp(-127, 127).to(torch.int8)

        def forward(self, x: Any) -> Any:
            made = torch._weight_int8pack_mm(x.reshape(-1, x.shape[-1]).contiguous(), self.weight, self.scale)
            return made.reshape(*x.shape[:-1], -1)

    for module in list(held.model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, torch.nn.Linear):
                setattr(module, name, Int8(child))
    return held
