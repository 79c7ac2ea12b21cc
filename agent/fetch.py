"""Fetching a checkpoint from the hub: said before it starts, checked before it counts, whole or not at all.

Files go to a folder beside, which a later fetch takes up; they are hashed, compared with what the hub and the lock say,
and then moved in place. Only what transformers needs to load safetensors is fetched: no pickles, no code.
HF_ENDPOINT, HF_TOKEN and proxies work as for huggingface_hub, which does the transfer.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from filelock import FileLock

from agent.checkpoints import Source, catalogue, shown_size
from agent.home import home, size
from agent.lock import Locked, LockedFile, differences, locks, sha256, write_lock
from tools.adapters.weights import problems
from tools.core import EyeshotError

WANTED = ("model*.safetensors", "model.safetensors.index.json", "*.json", "*.txt", "*.model", "*.jinja", "LICENSE*")
UNWANTED = ("pytorch_model.bin.index.json", "*.bin.index.json")
TIMEOUT = 20.0  # seconds for the hub's answer to a question; a transfer may take as long as it needs
SPARE = 50_000_000  # bytes of disk that stay free
Say = Callable[[str], None]
Progress = Callable[[int, int], None]


class FetchError(EyeshotError):
    """A checkpoint cannot be fetched; the message says why and what to do."""


@dataclass(frozen=True)
class _Offer:
    """What the hub has: the commit, and for each wanted file its size, its SHA-256 if told, its git blob's SHA-1."""

    revision: str
    files: Mapping[str, tuple[int, str | None, str | None]]

    @property
    def size(self) -> int:
        return sum(entry[0] for entry in self.files.values())


def fetch(
    source: Source,
    *,
    update: bool = False,
    say: Say = lambda line: None,
    progress: Progress = lambda done, total: None,
) -> Locked:
    """Have a source's files in its folder, as its lock says; the lock's entry.

    The first fetch locks the commit that the revision (or "main") stands for; update: lock what it stands for now.
    say: is told what will be fetched, with its size, before it starts. progress: bytes so far, and of all.
    Raises FetchError.
    """
    from huggingface_hub import errors

    incoming = home() / "models" / ".fetching" / source.folder.relative_to(home() / "models")
    incoming.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(str(incoming) + ".lock"):
        locked = locks().get(str(source))
        if locked and not update and not differences(source, locked):
            say(f"{source} is here already, at {locked.revision[:12]}")
            return locked
        wanted = locked.revision if locked and not update else source.revision or "main"
        try:
            offer = _offer(source, wanted)
            _announce(source, offer, say)
            _room(source, offer, incoming)
            _transfer(source, offer, incoming, progress)
        except (OSError, errors.HTTPError, errors.HFValidationError) as error:
            raise _explained(error, source, wanted, locked) from error
        made = _checked(source, offer, incoming, None if update else locked)
        _place(incoming, source.folder)
        write_lock(made)
        left = differences(source, made)
        if left:
            raise FetchError(f"{source} changed while it was put in place: {left[0]}; fetch it again")
        say(f"{source} is here, at {made.revision[:12]}, {shown_size(made.size)}")
        return made


def remove(source: Source) -> int:
    """Delete a source's files, half-fetched ones too; the bytes freed. Its lock stays."""
    freed = 0
    for folder in (source.folder, home() / "models" / ".fetching" / source.folder.relative_to(home() / "models")):
        freed += size(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return freed


def _offer(source: Source, revision: str) -> _Offer:
    info = _api().model_info(source.repository, revision=revision, files_metadata=True, timeout=TIMEOUT)
    files: dict[str, tuple[int, str | None, str | None]] = {}
    for sibling in info.siblings or []:
        name = sibling.rfilename
        if "/" in name or any(fnmatch(name, p) for p in UNWANTED) or not any(fnmatch(name, p) for p in WANTED):
            continue
        files[name] = (sibling.size or 0, sibling.lfs.sha256 if sibling.lfs else None, sibling.blob_id)
    if not any(name.endswith(".safetensors") for name in files):
        raise FetchError(
            f"{source} has no model*.safetensors files, and Eyeshot loads nothing else; choose another repository "
            "(`eyeshot models` lists those that work)"
        )
    if not info.sha:
        raise FetchError(f"the hub does not say which commit {source} stands for; see that HF_ENDPOINT names a hub")
    return _Offer(info.sha, files)


def _announce(source: Source, offer: _Offer, say: Say) -> None:
    known = catalogue().get(source.repository)
    licence = f", licence {known.licence}" if known else ", licence: see its page"
    say(
        f"fetching {source} at {offer.revision[:12]}: {len(offer.files)} files, {shown_size(offer.size)}{licence}, "
        f"into {source.folder}"
    )
    if known and not known.common_use:
        say(f"note: {known.licence} allows {source.repository} for some uses only; read it before you rely on it")


def _room(source: Source, offer: _Offer, incoming: Path) -> None:
    here = sum(f.stat().st_size for f in incoming.glob("*") if f.name in offer.files) if incoming.is_dir() else 0
    needed, free = offer.size - here + SPARE, shutil.disk_usage(home()).free
    if needed > free:
        raise _full(source, f"it needs {shown_size(needed)} and {shown_size(free)} are free")


def _transfer(source: Source, offer: _Offer, incoming: Path, progress: Progress) -> None:
    from tqdm import tqdm

    done, total = 0, offer.size

    class Bar(tqdm):  # type: ignore[misc]
        """What the library counts, told to `progress`; it draws nothing itself."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "disable": True})
            self.seen = 0

        def update(self, n: float | None = 1) -> bool | None:
            self.seen += int(n or 0)
            progress(min(done + self.seen, total), total)
            return None

    api = _api()
    for name in sorted(offer.files):
        api.hf_hub_download(source.repository, name, revision=offer.revision, local_dir=incoming, tqdm_class=Bar)
        done += offer.files[name][0]
        progress(min(done, total), total)


def _checked(source: Source, offer: _Offer, incoming: Path, locked: Locked | None) -> Locked:
    """The entry for what has arrived. Raises FetchError where it is not what the hub announced or the lock knows."""
    files: dict[str, LockedFile] = {}
    for name, (announced, digest, blob) in offer.files.items():
        path = incoming / name
        files[name] = LockedFile(sha256(path), path.stat().st_size)
        wrong = files[name].size != announced or (digest is not None and digest != files[name].sha256)
        if wrong or (digest is None and blob is not None and blob != _git_blob(path)):
            path.unlink()
            raise FetchError(f"{name} of {source} arrived damaged; run the same command again")
        if locked and name in locked.files and locked.files[name] != files[name]:
            raise FetchError(
                f"{name} of {source} is another file than was locked at the same revision; if you trust the hub, "
                f"accept it with: eyeshot models fetch {source} --update"
            )
    damaged = list(problems(incoming))
    if damaged:
        raise FetchError(f"{source} cannot be used as the hub has it: {damaged[0]}; choose another revision")
    return Locked(str(source), offer.revision, files)


def _place(incoming: Path, folder: Path) -> None:
    """Move the files in place; what was there goes. The hub library's own bookkeeping is dropped."""
    shutil.rmtree(incoming / ".cache", ignore_errors=True)
    old = incoming.with_name(incoming.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        folder.replace(old)
    incoming.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def _git_blob(path: Path) -> str:
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _api() -> Any:
    """The hub's client; the endpoint is read now and not when the library was imported."""
    from huggingface_hub import HfApi

    return HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, library_name="eyeshot")


def _full(source: Source, what: str) -> FetchError:
    return FetchError(
        f"there is no room for {source}: {what} in {home()}; free some, remove a checkpoint "
        "(`eyeshot models` lists them), or set EYESHOT_HOME to a folder on another disk"
    )


def _explained(error: Exception, source: Source, revision: str, locked: Locked | None) -> FetchError:
    """What went wrong, in a sentence for a person, with the remedy."""
    from huggingface_hub import errors, get_token

    page = f"https://huggingface.co/{source.repository}"
    causes = _chain(error)
    kinds = {base.__name__ for cause in causes for base in type(cause).__mro__}
    if any(isinstance(c, errors.GatedRepoError) for c in causes):
        token = (
            "the account of your token has not been let in: ask for access on its page"
            if get_token()
            else "accept its terms on its page, then sign in with `hf auth login` or set HF_TOKEN"
        )
        return FetchError(f"{source} is gated: {token} ({page}), and run the same command again")
    if any(isinstance(c, errors.RevisionNotFoundError) for c in causes):
        if locked and revision == locked.revision:
            remedy = f"lock what there is now with: eyeshot models fetch {source} --update"
        else:
            remedy = f"its revisions are listed at {page}/commits/main"
        return FetchError(f"{source.repository} has no revision {revision!r}; {remedy}")
    if any(isinstance(c, errors.RepositoryNotFoundError) for c in causes):
        return FetchError(
            f"the hub has no repository {source.repository}, or shows it to its members only; see the spelling, or "
            "sign in with `hf auth login` or HF_TOKEN"
        )
    if any(isinstance(c, errors.OfflineModeIsEnabled) for c in causes):
        return FetchError(f"{source} cannot be fetched while HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) is set; unset it")
    if any(isinstance(c, OSError) and c.errno in (errno.ENOSPC, errno.EDQUOT) for c in causes):
        return _full(source, "the disk is full")
    status = next((c.response.status_code for c in causes if isinstance(c, errors.HfHubHTTPError)), None)
    if status is not None:
        return FetchError(f"the hub answered {status} for {source}; try again later, or see {page}")
    if "TransportError" in kinds or "Consistency check failed" in str(error):
        return FetchError(
            f"the hub cannot be reached for {source}; see the network, HTTPS_PROXY and HF_ENDPOINT, and run the same "
            "command again: what has arrived whole is kept"
        )
    return FetchError(f"{source} cannot be fetched: {error}")


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and what it was raised from."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
