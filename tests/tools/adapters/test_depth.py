"""Depth's adapter: the picture's own size, and larger is farther for both kinds of checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.tools.adapters import tiny
from tools.adapters.depth import ground, load
from tools.types import Image


@pytest.mark.parametrize(("kind", "sign"), [("relative", -1.0), ("metric", 1.0)])
def test_larger_is_farther_over_the_whole_picture(tmp_path: Path, kind: str, sign: float) -> None:
    import torch

    adapter = load(str(tiny.depth_anything(tmp_path, kind)))
    pixels = np.zeros((60, 100, 3), np.uint8)
    pixels[:, 70:] = 255
    image = Image.from_pixels(pixels)
    found = adapter.depth(image)
    assert found.values.shape == (60, 100)
    inputs = adapter._processor(images=pixels, return_tensors="pt")
    with torch.inference_mode():
        raw = adapter._model(**inputs).predicted_depth
    theirs = torch.nn.functional.interpolate(raw[:, None], (60, 100), mode="bilinear")[0, 0].numpy()
    np.testing.assert_allclose(found.values, sign * theirs, atol=1e-4)


def test_a_known_camera_gives_depth_instead_of_its_inverse(tmp_path: Path) -> None:
    folder = str(tiny.depth_anything(tmp_path, "relative"))
    image = Image.from_pixels(np.full((60, 100, 3), 90, np.uint8))
    plain, of_camera = load(folder).depth(image), load(folder, focal=1.5).depth(image)
    np.testing.assert_allclose(of_camera.values, 1 / np.maximum(-plain.values, 1e-3), rtol=1e-4)
    assert (plain.focal, of_camera.focal) == (None, 150.0)


def table(height: int = 90, width: int = 120) -> np.ndarray:
    """The depth of a plane that comes nearer towards the lower edge, and a little to the right."""
    ys, xs = np.mgrid[0:height, 0:width]
    return (1 / (0.0005 * xs + 0.004 * ys + 0.05)).astype(np.float32)


def test_the_ground_is_found_around_what_stands_on_it() -> None:
    depth = table()
    depth[20:60, 30:70] = depth[59, 50]  # a box standing on the table, its front upright
    found = ground(depth)
    assert found is not None
    np.testing.assert_allclose(found, (0.0005, 0.004, 0.05), rtol=0.02)


def test_what_is_no_ground() -> None:
    noise = np.random.default_rng(1).uniform(1, 9, (90, 120)).astype(np.float32)
    assert ground(noise) is None
    assert ground(np.ascontiguousarray(table()[::-1])) is None  # a ceiling
