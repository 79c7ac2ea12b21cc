"""The catalogue: its numbers are what the architectures have, its licences fit the profiles, its names parse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.checkpoints import Checkpoint, Source, catalogue, parse_source, shown_size
from agent.profiles import ADAPTERS, load_profile, profile_names
from bench.architectures import count, random_model
from tools.core import InputError

ALL = list(catalogue().values())


@pytest.mark.parametrize("checkpoint", ALL, ids=lambda c: c.repository)
def test_the_sizes_are_those_of_the_architecture(checkpoint: Checkpoint) -> None:
    assert count(checkpoint, checkpoint.model) == checkpoint.parameters
    assert count(checkpoint, checkpoint.stored_model) == checkpoint.stored_parameters


def test_disk_and_memory_follow_from_the_counts() -> None:
    qwen = catalogue()["Qwen/Qwen3-VL-2B-Instruct"]
    assert (qwen.disk, qwen.memory("fp32")) == (2 * qwen.parameters, 4 * qwen.parameters)
    sam = catalogue()["facebook/sam2.1-hiera-tiny"]
    assert sam.disk == 4 * sam.stored_parameters > 4 * sam.parameters == sam.memory("fp32")
    with pytest.raises(ValueError, match="precision"):
        qwen.memory("fp12")


def public_roles() -> list[tuple[str, str, str, str]]:
    """(profile, role, adapter, source) of every packaged role whose source is a hub repository."""
    found = []
    for name in profile_names():
        for role, settings in load_profile(name).roles.items():
            source = str(settings.get("source", ""))
            if "/" in source and not source.startswith("checkpoints/"):
                found.append((name, role, str(settings["adapter"]), source))
    return found


def test_profiles_name_what_the_catalogue_knows_and_everyone_may_use() -> None:
    assert len(public_roles()) >= 5
    for profile, role, adapter, source in public_roles():
        known = catalogue()[parse_source(source).repository]
        assert known.common_use, f"{profile}.{role}: {known.licence} forbids common use"
        assert adapter in known.adapters, f"{profile}.{role}: {adapter} does not load {source}"
        assert adapter in ADAPTERS


def test_what_may_not_be_used_by_all_is_marked() -> None:
    marked = {c.repository for c in ALL if not c.common_use}
    assert marked == {c.repository for c in ALL if "NC" in c.licence}
    assert marked


def test_random_weights_have_the_full_size() -> None:
    import torch

    small = catalogue()["depth-anything/Depth-Anything-V2-Small-hf"]
    model = random_model(small, "bf16")
    parameters = list(model.parameters())
    assert sum(p.numel() * p.element_size() for p in parameters) == small.memory("bf16")
    assert all(p.dtype == torch.bfloat16 and p.abs().sum() > 0 for p in parameters)


SOURCES = {
    "a/b": Source("a/b"),
    "Qwen/Qwen3-VL-2B-Instruct": Source("Qwen/Qwen3-VL-2B-Instruct"),
    "a/b@main": Source("a/b", "main"),
    "a/b@refs/pr/1": Source("a/b", "refs/pr/1"),
    "a/b@0123abc": Source("a/b", "0123abc"),
}


@pytest.mark.parametrize(("text", "source"), SOURCES.items(), ids=SOURCES.keys())
def test_sources(text: str, source: Source, own_home: Path) -> None:
    assert parse_source(text) == source
    assert str(source) == text
    assert source.folder.is_relative_to(own_home / "models")
    assert len(source.folder.relative_to(own_home).parts) == 3


NO_SOURCES = ["", "a", "a/", "/a", "a/b/c", "../b", "a/..", "a/b@", "a/b@../../x", "a b/c", "a/b@x y", "~/b", "a/b@-x"]


@pytest.mark.parametrize("text", NO_SOURCES)
def test_no_sources(text: str) -> None:
    with pytest.raises(InputError, match="OWNER/NAME"):
        parse_source(text)


def test_pins_have_folders_of_their_own() -> None:
    assert len({Source("a/b").folder, Source("a/b", "main").folder, Source("a/b", "v1").folder}) == 3


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 KB"), (99_140_356, "99 MB"), (4_255_064_064, "4.3 GB")],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert shown_size(size) == text


def test_an_entry_is_frozen() -> None:
    assert replace(ALL[0], licence="x").licence == "x"
    with pytest.raises(AttributeError):
        ALL[0].licence = "x"  # type: ignore[misc]
