"""Role "depth": Depth Anything through transformers (Yang et al., CVPR 2024; V2, NeurIPS 2024).

Relative checkpoints predict inverse depth (larger is nearer), metric ones depth in metres; both come out as Eyeshot's
relative depth, where larger is farther, over the picture's own frame.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.adapters.loading import checkpoint, pretrained
from tools.types import Depth, Image


class DepthAnything:
    """A loaded checkpoint, made by `load`."""

    def __init__(self, model: Any, processor: Any, *, device: str) -> None:
        self._model, self._processor, self._device = model, processor, device

    def depth(self, image: Image) -> Depth:
        """float32 (height, width) over the picture's frame, larger is farther, no unit."""
        import torch

        with torch.inference_mode():
            inputs = self._processor(images=image.pixels, return_tensors="pt")
            out = self._model(pixel_values=inputs["pixel_values"].to(self._device, self._model.dtype))
            predicted = torch.nn.functional.interpolate(
                out.predicted_depth[:, None].float(), (image.height, image.width), mode="bilinear", align_corners=False
            )[0, 0]
        metric = self._model.config.depth_estimation_type == "metric"
        values = (predicted if metric else -predicted).cpu().numpy().astype(np.float32)
        return Depth(np.ascontiguousarray(values), image.frame)


def load(source: str, precision: str = "fp32", device: str = "cpu") -> DepthAnything:
    """Load from a transformers folder. Raises NotReady where there is no checkpoint."""
    folder = checkpoint("depth", source)
    from transformers import AutoImageProcessor

    model = pretrained("DepthAnythingForDepthEstimation", "depth", folder, precision, device)
    return DepthAnything(model, AutoImageProcessor.from_pretrained(folder, local_files_only=True), device=device)
