"""Role "depth": Depth Anything through transformers (Yang et al., CVPR 2024; V2, NeurIPS 2024).

Relative checkpoints predict inverse depth (larger is nearer) up to a factor and a shift, metric ones depth in metres;
both come out as Eyeshot's relative depth, where larger is farther, over the picture's own frame. Where a checkpoint was
trained on inverse depth without a shift and for one camera, `focal` says so, and depths come out true up to a factor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tools.adapters.loading import checkpoint, for_processor, pretrained
from tools.types import Depth, Floats, Image

NEAREST_TO_NOTHING = 1e-3
"""Inverse depths below this count as this."""
PLANE_SHARE, PLANE_SLACK = 0.5, 0.05


class DepthAnything:
    """A loaded checkpoint, made by `load`."""

    def __init__(self, model: Any, processor: Any, *, device: str, focal: float | None) -> None:
        self._model, self._processor, self._device, self._focal = model, processor, device, focal

    def depth(self, image: Image) -> Depth:
        """float32 (height, width) over the picture's frame, larger is farther, no unit."""
        import torch

        with torch.inference_mode():
            inputs = self._processor(images=for_processor(image), return_tensors="pt")
            out = self._model(pixel_values=inputs["pixel_values"].to(self._device, self._model.dtype))
            predicted = torch.nn.functional.interpolate(
                out.predicted_depth[:, None].float(), (image.height, image.width), mode="bilinear", align_corners=False
            )[0, 0]
        if self._model.config.depth_estimation_type == "relative":
            predicted = -predicted if self._focal is None else 1 / predicted.clamp(min=NEAREST_TO_NOTHING)
        values = np.ascontiguousarray(predicted.cpu().numpy().astype(np.float32))
        if self._focal is None:
            return Depth(values, image.frame)
        return Depth(values, image.frame, self._focal * image.width, ground(values))


def ground(depth: Floats) -> tuple[float, float, float] | None:
    """The plane that most of a picture shows: (a, b, c), its depth at (x, y) is 1 / (a x + b y + c), or None.

    The inverse depth of a plane is linear in pixels. Fitted to every fourth pixel by iteratively reweighted least
    squares (Holland and Welsch 1977); it counts where `PLANE_SHARE` of the pixels lie within `PLANE_SLACK` of it and it
    is a ground, nearer towards the picture's lower edge.
    """
    ys, xs = np.mgrid[0 : depth.shape[0] : 4, 0 : depth.shape[1] : 4]
    points = np.stack([xs.ravel(), ys.ravel(), np.ones(xs.size)], axis=1).astype(np.float64)
    inverse = 1 / np.maximum(depth[::4, ::4].ravel().astype(np.float64), 1e-6)
    weights: npt.NDArray[np.float64] = np.ones(len(inverse))
    plane, off = np.zeros(3), inverse
    for _ in range(12):
        plane = np.linalg.lstsq(points * weights[:, None], inverse * weights, rcond=None)[0].astype(np.float64)
        off = np.abs(points @ plane - inverse)
        weights = 1 / np.maximum(off / max(float(np.median(off)), 1e-9), 0.3)
    if plane[1] <= 0 or np.mean(off <= PLANE_SLACK * inverse) < PLANE_SHARE:
        return None
    return float(plane[0]), float(plane[1]), float(plane[2])


def load(source: str, precision: str = "fp32", device: str = "cpu", focal: float | None = None) -> DepthAnything:
    """Load from a transformers folder. Raises NotReady where there is no checkpoint.

    focal: the camera's focal length in picture widths, for metric checkpoints and for relative ones whose inverse depth
    has no shift; None where only the order of depths can be told.
    """
    folder = checkpoint("depth", source)
    from transformers import AutoImageProcessor

    model = pretrained("DepthAnythingForDepthEstimation", "depth", folder, precision, device)
    processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
    return DepthAnything(model, processor, device=device, focal=focal)
