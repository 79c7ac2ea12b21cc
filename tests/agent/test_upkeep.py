"""`eyeshot models` against a hub on this machine, and what a load says of files that are not as fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent import cli
from agent.agent import Agent
from agent.checkpoints import Source
from agent.fetch import fetch
from agent.profiles import Models, load_profile
from tests.fakes import FakePlanner, blank
from tests.hub import WHOLE, Hub, Repository
from tests.tools.adapters import tiny
from tools.core import InputError, NotReady

NAME = "facebook/sam-vit-base"
SOURCE = Source(NAME)


def profile_with(tmp_path: Path, source: str = NAME, more: str = "") -> str:
    path = tmp_path / "mine.toml"
    path.write_text(f'summary = "mine"\n[segmenter]\nadapter = "sam"\nsource = "{source}"\n{more}')
    return str(path)


def offered(hub: Hub, tmp_path: Path) -> None:
    """Put a real tiny SAM on the hub."""
    folder = tiny.sam(tmp_path / "made")
    hub.repositories[NAME] = Repository({p.name: p.read_bytes() for p in folder.iterdir()})


def test_list_knows_the_catalogue_and_what_is_here(capsys: Any) -> None:
    assert cli.main(["models", "--profile", "laptop"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = [text for text in lines if "Depth-Anything-V2-Small-hf" in text]
    assert line.split()[:4] == ["-", "99", "MB", "Apache-2.0"]
    assert line.endswith("(laptop: depth)")
    (line,) = [text for text in lines if "Depth-Anything-V2-Base-hf" in text]
    assert "CC-BY-NC-4.0" in line


@pytest.mark.sockets
def test_fetch_verify_remove(hub: Hub, tmp_path: Path, capsys: Any) -> None:
    offered(hub, tmp_path)
    profile = ["--profile", profile_with(tmp_path)]
    assert cli.main(["models", "fetch", *profile]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith(f"fetching {NAME} at 111111111111: ")
    assert any(" of " in line and "/s" in line for line in said[1:-1])
    assert said[-1].startswith(f"{NAME} is here")
    assert cli.main(["models", "list", NAME, *profile]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("here")
    assert cli.main(["models", "verify"]) == 0
    assert capsys.readouterr().out == f"ok       {NAME}\n"
    (SOURCE.folder / "config.json").write_text("{}")
    assert cli.main(["models", "verify", NAME]) == 4
    assert "config.json has 2 bytes" in capsys.readouterr().out
    assert cli.main(["models", "fetch", NAME]) == 0  # mends it
    assert cli.main(["models", "verify"]) == 0
    assert cli.main(["models", "remove", NAME]) == 0
    assert not SOURCE.folder.exists()
    assert cli.main(["models", "verify"]) == 4
    assert "its files are not here" in capsys.readouterr().out


USAGE = {
    "remove what?": ["models", "remove"],
    "no repository": ["models", "fetch", "sam"],
    "update what?": ["models", "verify", "--update"],
    "an unknown profile": ["models", "fetch", "--profile", "nowhere"],
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE.keys())
def test_bad_usage(arguments: list[str], capsys: Any) -> None:
    assert cli.main(arguments) == 2
    assert capsys.readouterr().err.startswith("eyeshot: ")


@pytest.mark.sockets
def test_a_fetch_that_fails_says_one_line(hub: Hub, capsys: Any) -> None:
    assert cli.main(["models", "fetch", "nobody/nothing"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("eyeshot: the hub has no repository nobody/nothing")
    assert said.count("\n") == 1


@pytest.mark.sockets
def test_what_was_fetched_loads_and_is_verified_at_each_load(hub: Hub, tmp_path: Path) -> None:
    offered(hub, tmp_path)
    fetch(SOURCE)
    profile = load_profile(profile_with(tmp_path))
    assert Models(profile).model("segmenter") is not None
    (SOURCE.folder / "config.json").write_bytes((SOURCE.folder / "config.json").read_bytes() + b" ")
    with pytest.raises(NotReady, match=rf"not whole: config.json has .* eyeshot models fetch {NAME}"):
        Models(profile).model("segmenter")


@pytest.mark.sockets
def test_the_fingerprint_is_the_lock_s(hub: Hub, tmp_path: Path) -> None:
    offered(hub, tmp_path)
    profile = load_profile(profile_with(tmp_path))
    absent = Models(profile).fingerprint("segmenter")
    fetch(SOURCE)
    here = Models(profile).fingerprint("segmenter")
    hub.repositories[NAME].files["LICENSE"] = b"Apache"
    fetch(SOURCE, update=True)
    assert len({absent, here, Models(profile).fingerprint("segmenter")}) == 3


def missing(folder: Path) -> None:
    pass


def truncated(folder: Path) -> None:
    tiny.sam(folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])


def without_weights(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "config.json").write_bytes(WHOLE["config.json"])


CONDITIONS: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "missing": (missing, ("is not here", f"eyeshot models fetch {NAME} (375 MB)")),
    "truncated": (truncated, ("cut off or damaged", f"eyeshot models fetch {NAME}")),
    "without weights": (without_weights, ("no weights", f"eyeshot models fetch {NAME}")),
}


@pytest.mark.parametrize(("make", "words"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_the_session_goes_on(make: Callable[[Path], None], words: tuple[str, ...], tmp_path: Path) -> None:
    """The request that needs the checkpoint abstains with the remedy; the next one is answered."""
    make(SOURCE.folder)
    agent = Agent(
        profile_with(tmp_path), planner=FakePlanner("answer(count(segment_all(image)))\n", "answer(2)\n"), trace=False
    )
    result = agent.ask(blank(40, 30), "How many things?")
    assert (result.status, result.reason) == ("abstained", "not_ready")
    assert [w for w in words if w not in str(result.answer)] == []
    assert agent.ask(blank(40, 30), "What is two?").answer == "2"


def test_a_budget_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = profile_with(tmp_path, more="[memory]\nbudget_gb = 8\n")
    assert load_profile(profile).budget == 8_000_000_000
    monkeypatch.setenv("EYESHOT_MEMORY_BUDGET_GB", "0.5")
    assert load_profile(profile).budget == 500_000_000
    assert load_profile(profile, ["memory.budget_gb=2"]).budget == 2_000_000_000
    for bad in ("memory.budget_gb=much", "memory.budget_gb=0", "memory.budget_gb=true", "memory.x=1"):
        with pytest.raises(InputError, match="budget_gb"):
            load_profile(profile, [bad])


def test_models_take_turns_under_the_budget(tmp_path: Path) -> None:
    """Real adapters of two tiny checkpoints, of which the budget holds one at a time."""
    tiny.sam(tmp_path / "sam"), tiny.depth_anything(tmp_path / "depth", "relative")
    path = tmp_path / "p.toml"
    path.write_text(
        f'[segmenter]\nadapter = "sam"\nsource = "{tmp_path / "sam"}"\n'
        f'[depth]\nadapter = "depth_anything"\nsource = "{tmp_path / "depth"}"\n'
    )
    models = Models(load_profile(str(path)))
    models.model("segmenter"), models.model("depth")
    both = models.residents.size
    models = Models(load_profile(str(path), [f"memory.budget_gb={(both - 1) / 1e9:.9f}"]))
    for role in ("segmenter", "depth", "segmenter"):
        models.model(role)
        assert models.residents.roles == [role]
    with pytest.raises(NotReady, match=r"memory.budget_gb"):
        Models(load_profile(str(path), ["memory.budget_gb=0.000001"])).model("segmenter")
