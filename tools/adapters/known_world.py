"""Whether a picture is of the world that a detector was trained on, by its backbone's features.

Method: the Mahalanobis distance of pooled features to those of the training pictures (Lee et al., NeurIPS 2018). A
checkpoint that knows a small world carries `world.safetensors`; one without it, such as a public one, knows all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.types import Floats

FILE = "world.safetensors"
SLACK = 2.0
"""The limit over the 99th percentile of the training pictures' distances."""
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KnownWorld:
    """Features of the training pictures: mean and deviation (D,), precision (D, D) of the standardised ones.

    limit: pictures farther away than this are of another world.
    """

    mean: Doubles
    deviation: Doubles
    precision: Doubles
    limit: float

    @classmethod
    def fitted(cls, features: Doubles, shrinkage: float = 0.2) -> KnownWorld:
        """From the features (N, D) of training pictures; the limit is SLACK times their 99th percentile.

        shrinkage: of the covariance towards the identity (Ledoit and Wolf 2004).
        """
        mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-6
        standard = (features - mean) / deviation
        size = features.shape[1]
        covariance = (1 - shrinkage) * np.cov(standard.T) + shrinkage * np.eye(size)
        world = cls(mean, deviation, np.linalg.inv(covariance).astype(np.float64), np.inf)
        far = float(np.percentile([world.distance(row) for row in features], 99))
        return cls(mean, deviation, world.precision, SLACK * far)

    def distance(self, features: npt.ArrayLike) -> float:
        """How far pooled features (D,) lie from those of the training pictures."""
        off = (np.asarray(features, np.float64) - self.mean) / self.deviation
        return float(np.sqrt(max(float(off @ self.precision @ off), 0.0)))

    def knows(self, features: npt.ArrayLike) -> bool:
        """Whether a picture with these features is of the world."""
        return self.distance(features) <= self.limit

    def knows_well(self, features: npt.ArrayLike) -> bool:
        """Whether it lies as near as 99 of 100 training pictures do."""
        return self.distance(features) <= self.limit / SLACK

    def save(self, folder: Path) -> None:
        """Write `world.safetensors` into a checkpoint's folder."""
        from safetensors.numpy import save_file

        arrays = {"mean": self.mean, "deviation": self.deviation, "precision": self.precision}
        arrays["limit"] = np.array([self.limit])
        save_file({n: np.ascontiguousarray(a, np.float32) for n, a in arrays.items()}, folder / FILE)


def load(folder: Path) -> KnownWorld | None:
    """The world that a checkpoint's folder carries, or None."""
    if not (folder / FILE).is_file():
        return None
    from safetensors.numpy import load_file

    found = {n: a.astype(np.float64) for n, a in load_file(folder / FILE).items()}
    return KnownWorld(found["mean"], found["deviation"], found["precision"], float(found["limit"][0]))


def pooled(maps: Sequence[Any]) -> Floats:
    """Mean and deviation over each of a backbone's feature maps (1, C, h, w), in one float32 (D,)."""
    parts = [part for m in maps for part in (m.float().mean((0, 2, 3)), m.float().std((2, 3))[0])]
    result: Floats = np.concatenate([p.cpu().numpy() for p in parts]).astype(np.float32)
    return result
