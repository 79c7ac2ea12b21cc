"""What holds for every test: no network, and an empty folder as $EYESHOT_HOME."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hub import Hub, Repository, serving

PUBLIC_FAMILIES = (socket.AF_INET, socket.AF_INET6)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What Eyeshot keeps for itself goes to a folder of this test's own; the user's variables have no effect."""
    for variable in [v for v in os.environ if v.startswith("EYESHOT_")]:
        monkeypatch.delenv(variable)
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("EYESHOT_HOME", str(folder))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return folder


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting to anything raises, but in tests marked `sockets`."""
    if request.node.get_closest_marker("sockets"):
        return

    def refuse(kind: str, real: Any) -> Any:
        def guarded(self: socket.socket, *args: Any) -> Any:
            if self.family in PUBLIC_FAMILIES:
                raise RuntimeError(f"a test tried to {kind} {args}; mark it `sockets` if it must")
            return real(self, *args)

        return guarded

    def refuse_lookup(*args: Any, **options: Any) -> Any:
        raise RuntimeError(f"a test looked up the address {args}; mark it `sockets` if it must")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse(name, getattr(socket.socket, name)))
    monkeypatch.setattr(socket, "getaddrinfo", refuse_lookup)


@pytest.fixture(scope="session")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the embedded planner, assembled once for all tests."""
    from agent.embedded import assemble, wheel_gguf
    from agent.profiles import PROJECT

    folder = tmp_path_factory.mktemp("assembled")
    assemble(wheel_gguf(), PROJECT / "checkpoints" / "vlm", folder)
    return folder


@pytest.fixture
def planner_home(own_home: Path, assembled: Path) -> Path:
    """This test's own folder with the embedded planner in it."""
    (own_home / "models").symlink_to(assembled / "models")
    return own_home


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A hub on this machine with one repository, which huggingface_hub is pointed at, without the user's token.

    For tests marked `sockets`. The library reads whether it is offline when it is imported, hence the patch.
    """
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with serving() as made:
        made.repositories["facebook/sam-vit-base"] = Repository()
        monkeypatch.setenv("HF_ENDPOINT", made.url)
        yield made
