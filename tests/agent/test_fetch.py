"""Fetching with huggingface_hub itself from a hub on this machine: what arrives, what is locked, what is refused."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.checkpoints import Source
from agent.fetch import FetchError, _explained, fetch, remove
from agent.lock import STAMPS, _stamp, differences, lock_file, locks, sha256
from tests.hub import WHOLE, Hub, Repository, safetensors, serving
from tools.core import InputError

pytestmark = pytest.mark.sockets
SOURCE = Source("facebook/sam-vit-base")  # what the hub has
WANTED = {"config.json", "model.safetensors"}


def test_what_arrives_is_what_is_loaded_and_it_is_locked(hub: Hub, own_home: Path) -> None:
    said: list[str] = []
    seen: list[tuple[int, int]] = []
    locked = fetch(SOURCE, say=said.append, progress=lambda done, total: seen.append((done, total)))
    size = sum(len(WHOLE[name]) for name in WANTED)
    assert {p.name for p in SOURCE.folder.iterdir()} - {".verified.json"} == WANTED
    assert set(hub.sent) == WANTED
    assert (locked.revision, set(locked.files), locked.size) == ("1" * 40, WANTED, size)
    assert all(locked.files[n].sha256 == sha256(SOURCE.folder / n) for n in WANTED)
    assert locks() == {str(SOURCE): locked}
    assert json.loads(lock_file().read_text())["checkpoints"][str(SOURCE)]["revision"] == "1" * 40
    assert seen[-1] == (size, size)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert f"{size} bytes" in said[0] and "Apache-2.0" in said[0] and said[0].startswith("fetching")
    assert [p.name for p in (own_home / "models" / ".fetching").rglob("*") if not p.name.endswith(".lock")] == [
        "facebook"
    ]


def test_the_size_is_said_before_anything_is_sent(hub: Hub) -> None:
    def say(line: str) -> None:
        if line.startswith("fetching"):
            assert hub.sent == []

    fetch(SOURCE, say=say)
    assert hub.sent


def test_what_is_here_is_not_fetched_again(hub: Hub) -> None:
    first = fetch(SOURCE)
    hub.requests.clear()
    assert fetch(SOURCE) == first
    assert hub.requests == []


def test_a_locked_revision_stays_until_it_is_updated(hub: Hub) -> None:
    repository = hub.repositories[SOURCE.repository]
    fetch(SOURCE)
    remove(SOURCE)
    assert not SOURCE.folder.exists()
    repository.commit, repository.files = "2" * 40, {**WHOLE, "model.safetensors": safetensors(w=(7,))}
    with pytest.raises(FetchError, match="--update"):
        fetch(SOURCE)  # the hub has forgotten the locked commit
    updated = fetch(SOURCE, update=True)
    assert (updated.revision, locks()[str(SOURCE)]) == ("2" * 40, updated)
    assert differences(SOURCE, updated, everything=True) == []


def test_another_file_under_the_locked_revision_is_refused(hub: Hub) -> None:
    fetch(SOURCE)
    remove(SOURCE)
    hub.repositories[SOURCE.repository].files["model.safetensors"] = safetensors(w=(8,))
    with pytest.raises(FetchError, match="another file than was locked"):
        fetch(SOURCE)
    assert not SOURCE.folder.exists()


def test_a_pin_is_a_checkpoint_of_its_own(hub: Hub) -> None:
    pinned = Source(SOURCE.repository, "1" * 40)
    fetch(SOURCE)
    assert fetch(pinned).revision == "1" * 40
    assert pinned.folder != SOURCE.folder
    assert set(locks()) == {str(SOURCE), str(pinned)}


def spoil(repository: Repository) -> None:
    repository.spoiled["model.safetensors"] = bytes(len(WHOLE["model.safetensors"]))


def spoil_config(repository: Repository) -> None:
    repository.spoiled["config.json"] = b'{"model_type": "xam"}'


def truncated(repository: Repository) -> None:
    repository.files["model.safetensors"] = WHOLE["model.safetensors"][:-4]


def pickles_only(repository: Repository) -> None:
    del repository.files["model.safetensors"]


def shard_missing(repository: Repository) -> None:
    index = {"weight_map": {"w": "model.safetensors", "v": "model-00002-of-00002.safetensors"}}
    repository.files["model.safetensors.index.json"] = json.dumps(index).encode()


def huge(repository: Repository) -> None:
    repository.announced["model.safetensors"] = 10**17


def gated(repository: Repository) -> None:
    repository.token = "hf_secret"


def broken(repository: Repository) -> None:
    repository.status = 418


REFUSED: dict[str, tuple[Callable[[Repository], None], str, tuple[str, ...]]] = {
    "damaged weights": (spoil, "main", ("model.safetensors", "arrived damaged", "same command again")),
    "damaged config": (spoil_config, "main", ("config.json", "arrived damaged")),
    "truncated at its source": (truncated, "main", ("cut off or damaged", "another revision")),
    "pickles only": (pickles_only, "main", ("no model*.safetensors", "another repository")),
    "a shard that is nowhere": (shard_missing, "main", ("model-00002-of-00002.safetensors is missing",)),
    "no disk": (huge, "main", ("no room", "GB are free", "EYESHOT_HOME")),
    "gated, without a token": (gated, "main", ("gated", "hf auth login", "HF_TOKEN", "https://huggingface.co/facebook")),
    "a wrong revision": (lambda r: None, "v9", ("no revision 'v9'", "/commits/main")),
    "the hub is ill": (broken, "main", ("answered 418",)),
}  # fmt: skip


@pytest.mark.parametrize(("change", "revision", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_in_one_message_with_the_remedy(
    change: Callable[[Repository], None], revision: str, words: tuple[str, ...], hub: Hub
) -> None:
    change(hub.repositories[SOURCE.repository])
    source = Source(SOURCE.repository, None if revision == "main" else revision)
    with pytest.raises(FetchError) as caught:
        fetch(source)
    message = str(caught.value)
    assert [w for w in words if w not in message] == []
    assert "\n" not in message
    assert not source.folder.exists()
    assert locks() == {}


def test_a_token_that_is_not_let_in(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    gated(hub.repositories[SOURCE.repository])
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    with pytest.raises(FetchError, match="has not been let in"):
        fetch(SOURCE)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert fetch(SOURCE).revision == "1" * 40


def test_no_such_repository(hub: Hub) -> None:
    with pytest.raises(FetchError, match="no repository nobody/nothing"):
        fetch(Source("nobody/nothing"))


def test_no_network(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as gone:
        dead = gone.url
    monkeypatch.setenv("HF_ENDPOINT", dead)
    with pytest.raises(FetchError, match=r"cannot be reached.*HTTPS_PROXY and HF_ENDPOINT"):
        fetch(SOURCE)


def test_a_connection_that_breaks_keeps_what_is_whole(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.file_download as downloads

    monkeypatch.setattr(downloads.time, "sleep", lambda seconds: None)
    repository = hub.repositories[SOURCE.repository]
    repository.cut["model.safetensors"] = 40
    with pytest.raises(FetchError, match="what has arrived whole is kept"):
        fetch(SOURCE)
    repository.cut.clear()
    hub.requests.clear()
    fetch(SOURCE)
    assert hub.sent == ["model.safetensors"]


def test_offline_is_said(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(FetchError, match="HF_HUB_OFFLINE"):
        fetch(SOURCE)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_fills_up_meanwhile() -> None:
    with pytest.raises(OSError) as full, Path("/dev/full").open("wb", buffering=0) as stream:
        stream.write(b"x")
    assert full.value.errno == errno.ENOSPC
    assert "no room" in str(_explained(full.value, SOURCE, "main", None))


def test_two_at_once_fetch_once(hub: Hub) -> None:
    made: list[object] = []
    threads = [threading.Thread(target=lambda: made.append(fetch(SOURCE))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert sorted(hub.sent) == sorted(WANTED)


def edit(path: Path, data: bytes) -> None:
    path.write_bytes(data)


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda folder: None, ""),
    "a missing file": (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
    "a truncated file": (lambda folder: edit(folder / "model.safetensors", b"x"), "model.safetensors has 1 bytes"),
    "another content": (lambda folder: edit(folder / "config.json", b'{"model_type": "xam"}'), "not the file"),
    "a stranger": (lambda folder: edit(folder / "modeling.py", b""), "modeling.py is not part"),
}


@pytest.mark.parametrize(("change", "word"), CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("everything", [False, True], ids=["as a load does", "everything"])
def test_differences(change: Callable[[Path], object], word: str, everything: bool, hub: Hub) -> None:
    locked = fetch(SOURCE)
    change(SOURCE.folder)
    found = differences(SOURCE, locked, everything=everything)
    assert len(found) == (1 if word else 0)
    assert all(word in line for line in found)


def changed_unseen(path: Path) -> None:
    """Change a file's last byte and give it back its size and its time of change."""
    status = path.stat()
    with path.open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x01")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_change_that_keeps_size_and_time_is_seen(hub: Hub) -> None:
    locked = fetch(SOURCE)
    changed_unseen(SOURCE.folder / "model.safetensors")
    assert "not the file" in differences(SOURCE, locked)[0]
    assert "not the file" in differences(SOURCE, locked)[0], "a file that differs is hashed at each load"


def test_a_load_hashes_only_what_changed(hub: Hub) -> None:
    """Where the stamps vouch for a changed file, a load passes and `verify` does not."""
    locked = fetch(SOURCE)
    path, stamps = SOURCE.folder / "model.safetensors", SOURCE.folder / STAMPS
    changed_unseen(path)
    vouched = json.loads(stamps.read_text())
    vouched["files"][path.name] = _stamp(path)
    stamps.write_text(json.dumps(vouched))
    assert differences(SOURCE, locked) == []
    assert "not the file" in differences(SOURCE, locked, everything=True)[0]
    assert "not the file" in differences(SOURCE, locked)[0], "what `verify` found stays known"


def locked_as(files: str) -> str:
    return f'{{"schema": 1, "checkpoints": {{"a/b": {{"revision": "1", "files": {files}}}}}}}'


BAD_LOCKS = {
    "no JSON": "{",
    "another schema": '{"schema": 2, "checkpoints": {}}',
    "a file elsewhere": locked_as('{"../x": {"sha256": "", "size": 1}}'),
    "no files": locked_as("{}"),
    "a list": "[]",
}


@pytest.mark.parametrize("text", BAD_LOCKS.values(), ids=BAD_LOCKS.keys())
def test_a_lock_file_that_cannot_be_read(text: str, own_home: Path) -> None:
    lock_file().write_text(text)
    with pytest.raises(InputError, match="lock file"):
        locks()
