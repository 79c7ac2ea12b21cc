"""What was fetched from a hub, and whether it still is that: $EYESHOT_HOME/checkpoints.lock.json.

    {"schema": 1, "checkpoints": {SOURCE: {"revision": 40 hex digits, "files": {NAME: {"sha256", "size"}}}}}

The first fetch of a source writes its entry; later fetches get the same revision, later loads must find the same files.
The entry outlives the files: `models remove` and `clean` free the disk, and fetching again gives the same bytes.

Hashing gigabytes at each load would cost seconds, so a load hashes a file only where its size, times or inode
are not what it was when it was last hashed; `models verify` hashes everything.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from agent.checkpoints import Source
from agent.home import home
from agent.store import write_whole
from tools.core import InputError

SCHEMA = 1
STAMPS = ".verified.json"
LOADED = (".safetensors", ".json", ".txt", ".model", ".jinja", ".py", ".bin", ".pt", ".pth", ".gguf")
"""Endings of files that a loader might read: one of these that the lock does not name is a stranger."""


@dataclass(frozen=True)
class LockedFile:
    """sha256: 64 hex digits. size: in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Locked:
    """A source's revision (a commit, 40 hex digits) and its files by name."""

    source: str
    revision: str
    files: Mapping[str, LockedFile]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files.values())

    @property
    def digest(self) -> str:
        """64 hex digits over all files' names and contents."""
        lines = sorted(f"{name} {file.sha256}\n" for name, file in self.files.items())
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def lock_file() -> Path:
    return home() / "checkpoints.lock.json"


def locks() -> dict[str, Locked]:
    """Every entry by its source. Raises InputError for a lock file that cannot be read."""
    path = lock_file()
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != SCHEMA:
            raise ValueError(f"schema {data['schema']!r}")
        return {source: _entry(source, entry) for source, entry in data["checkpoints"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"the lock file {path} cannot be read ({error}); restore it, or delete it and fetch the checkpoints again"
        ) from error


def write_lock(locked: Locked) -> None:
    """Add or replace an entry, whole or not at all; several processes may do so at once."""
    path = lock_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(str(path) + ".lock"):
        entries = locks() | {locked.source: locked}
        data = {
            source: {"revision": e.revision, "files": {n: asdict(f) for n, f in sorted(e.files.items())}}
            for source, e in sorted(entries.items())
        }
        write_whole(path, (json.dumps({"schema": SCHEMA, "checkpoints": data}, indent=1) + "\n").encode())


def differences(source: Source, locked: Locked, *, everything: bool = False) -> list[str]:
    """How a source's folder differs from its entry; nothing where it does not.

    everything: hash every file, also those that have not changed since they were hashed last.
    """
    folder, found = source.folder, []
    stamps: dict[str, Any] = {} if everything else _stamps(folder, locked)
    known: dict[str, list[int]] = {}
    for name, file in sorted(locked.files.items()):
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is missing")
            continue
        stamp = _stamp(path)
        if stamp[0] != file.size:
            found.append(f"{name} has {stamp[0]} bytes, the lock says {file.size}")
        elif stamps.get(name) != stamp and sha256(path) != file.sha256:
            found.append(f"{name} is not the file that was fetched (its SHA-256 is another)")
        else:
            known[name] = stamp
    for path in sorted(folder.glob("*")):
        if path.name not in locked.files and path.suffix in LOADED and path.name != STAMPS:
            found.append(f"{path.name} is not part of the checkpoint")
    if folder.is_dir() and known != stamps:
        # Where the folder cannot be written to, every load hashes.
        with contextlib.suppress(OSError):
            write_whole(folder / STAMPS, json.dumps({"digest": locked.digest, "files": known}).encode())
    return found


def sha256(path: Path) -> str:
    """64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _entry(source: str, entry: Mapping[str, Any]) -> Locked:
    files = {str(n): LockedFile(str(f["sha256"]), int(f["size"])) for n, f in entry["files"].items()}
    strange = [n for n in files if "/" in n or "\\" in n or n in ("", ".", "..")]
    if strange or not files:
        raise ValueError(f"{source} has no files, or files outside of its folder: {strange}")
    return Locked(source, str(entry["revision"]), files)


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _stamps(folder: Path, locked: Locked) -> dict[str, Any]:
    """What was hashed before, for this very entry; nothing where that cannot be told."""
    try:
        data = json.loads((folder / STAMPS).read_text(encoding="utf-8"))
        return dict(data["files"]) if data["digest"] == locked.digest else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
