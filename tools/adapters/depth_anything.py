"""Role "depth": Depth Anything through transformers (Yang et al., CVPR 2024; V2, NeurIPS 2024).

Relative checkpoints predict inverse depth (larger is nearer), metric ones depth in metres; both come out as Eyeshot's
relative depth, where larger is farther, over the picture's own frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tools.types import Depth, Image


class DepthAnything:
    """A loaded checkpoint. Build it with `load`."""

    def __init__(self, model: Any, processor: Any, *, device: str) -> None:
        self._model, self._processor, self._device = model, processor, device

    @classmethod
    def load(cls, folder: str | Path, *, device: str = "cpu", dtype: str = "float32") -> DepthAnything:
        """Load from a transformers folder."""
        import torch
        from transformers import AutoImageProcessor, DepthAnythingForDepthEstimation

        model = DepthAnythingForDepthEstimation.from_pretrained(
            folder, dtype=getattr(torch, dtype), local_files_only=True, use_safetensors=True
        )
        processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        return cls(model.to(device).eval(), processor, device=device)

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
