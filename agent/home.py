"""Where Eyeshot keeps what it writes for itself: one folder, $EYESHOT_HOME or the platform's own place for data."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

PARTS = ("models", "steps", "artifacts", "traces", "sessions")


def home() -> Path:
    """The folder; it need not exist yet."""
    chosen = os.environ.get("EYESHOT_HOME")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("eyeshot"))


def size(folder: Path) -> int:
    """Bytes of all files in a folder; 0 where there is none."""
    return sum(f.lstat().st_size for f in folder.rglob("*") if f.is_file()) if folder.is_dir() else 0


def clean(parts: tuple[str, ...] = PARTS) -> int:
    """Remove these parts of the folder; the number of bytes that were freed. Never touches anything else in it."""
    freed = 0
    for part in parts:
        folder = home() / part
        freed += size(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return freed
