"""The doctor: what is here, what is missing and the command that mends it, without loading what is large."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from agent.checkpoints import catalogue, shown_size
from agent.doctor import report
from tests.tools.adapters import tiny

HAS_TORCHVISION = importlib.util.find_spec("torchvision") is not None


def lines(tmp_path: Path, text: str, *settings: str) -> tuple[str, bool]:
    path = tmp_path / "mine.toml"
    path.write_text('summary = "mine"\n' + text)
    said, good = report(str(path), settings)
    return "\n".join(said), good


def test_a_public_profile_without_its_checkpoints() -> None:
    said, good = report("laptop", [])
    text = "\n".join(said)
    assert not good
    needed = {"Qwen/Qwen3-VL-2B-Instruct", "IDEA-Research/grounding-dino-tiny", "facebook/sam-vit-base",
              "depth-anything/Depth-Anything-V2-Small-hf", "google/siglip2-base-patch16-224",
              "openai/privacy-filter"}  # fmt: skip
    missing = {m for line in said if line.startswith("  missing") for m in re.findall(r"models fetch (\S+)", line)}
    assert missing == needed
    size = shown_size(sum(catalogue()[name].disk for name in needed))
    assert f"the 6 checkpoints that are missing, about {size}: eyeshot models fetch --profile laptop" in text
    assert ("missing  torchvision: pip install 'eyeshot[models]'" in text) != HAS_TORCHVISION
    assert re.search(r"ok +memory: all public models take 9.7 GB, the largest .* 4.3 GB; a budget of 8.0 GB", text)


def test_what_is_here_is_ok(tmp_path: Path) -> None:
    text, good = lines(tmp_path, f'[segmenter]\nadapter = "sam"\nsource = "{tiny.sam(tmp_path / "sam")}"\n')
    assert re.search(r"ok +segmenter: sam ", text)
    assert re.search(r"none +depth: programs that need it end abstained", text)
    assert good


def test_a_gpu_that_is_not_here_is_said_before_gigabytes_are_fetched(tmp_path: Path) -> None:
    text, good = lines(
        tmp_path, '[depth]\nadapter = "depth_anything"\nsource = "depth-anything/Depth-Anything-V2-Small-hf"\n'
        'device = "cuda:9"\n',
    )  # fmt: skip
    assert re.search(r"missing +depth: .*'cuda:9'.*--set depth.device=cpu", text)
    assert not good


@pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is not None, reason="the condition is that it is missing")
def test_a_precision_that_needs_an_extra(tmp_path: Path) -> None:
    profile = '[planner]\nadapter = "language"\nsource = "Qwen/Qwen3-VL-2B-Instruct"\nprecision = "int4"\n'
    text, good = lines(tmp_path, profile)
    assert re.search(r"missing +bitsandbytes: pip install 'eyeshot\[quantized\]'", text)
    assert re.search(r"missing +planner: int4 needs bitsandbytes", text)
    assert not good


def test_a_budget_that_is_too_small_or_too_large_for_the_machine(tmp_path: Path) -> None:
    profile = '[matcher]\nadapter = "siglip"\nsource = "google/siglip2-base-patch16-224"\n[memory]\nbudget_gb = 1\n'
    text, _ = lines(tmp_path, profile)
    assert re.search(r"missing +memory: .*1.5 GB; a budget of 1.0 GB: --set memory.budget_gb=1.5", text)
    text, _ = lines(tmp_path, profile, "memory.budget_gb=900000")
    assert re.search(r"missing +memory: .* are here: --set memory.budget_gb=", text)
    text, _ = lines(tmp_path, profile, "memory.budget_gb=2")
    assert re.search(r"ok +memory: ", text)


def test_models_that_take_turns_are_said(tmp_path: Path) -> None:
    profile = (
        '[matcher]\nadapter = "siglip"\nsource = "google/siglip2-base-patch16-224"\n[memory]\nbudget_gb = 1.6\n'
        '[segmenter]\nadapter = "sam"\nsource = "facebook/sam-vit-base"\n'
    )
    assert "they take turns" in lines(tmp_path, profile)[0]
