"""Tesseract as a program that fails or hangs: one clear message, and nothing crashes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.adapters import tesseract
from tools.adapters.tesseract import Tesseract
from tools.core import NotReady

LINE = np.full((20, 80, 3), 255, np.uint8)


def program(folder: Path, script: str) -> Tesseract:
    path = folder / "tesseract"
    path.write_text(f'#!/bin/sh\nif [ "$1" = --list-langs ]; then echo List; echo kor; exit 0; fi\n{script}\n')
    path.chmod(0o755)
    return Tesseract(str(path))


def test_what_it_says_of_a_failure_is_passed_on(tmp_path: Path) -> None:
    broken = program(tmp_path, "cat > /dev/null; echo 'Error opening data file kor.traineddata' >&2; exit 1")
    assert broken.ready
    with pytest.raises(NotReady, match=r"Tesseract failed: Error opening data file .*check the installation"):
        broken.read([LINE])


def test_one_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "SECONDS_PER_CALL", 0.2)
    monkeypatch.setattr(tesseract, "SECONDS_PER_LINE", 0.1)
    with pytest.raises(NotReady, match="did not finish within 0 s"):
        program(tmp_path, "exec sleep 30").read([LINE])
