"""Role "segmenter": SAM 2 and 2.1 on single pictures, through transformers' Sam2Model (Ravi et al., 2024).

The same interface, filters and frames as tools.adapters.sam. SAM 2 squeezes a picture into a square, both sides to
the model's size, where SAM 1 keeps its shape and pads: prompts are stretched along each axis by its own factor. The
encoding is a list of maps, the finer ones for sharper masks. The published checkpoints are those of the video model,
whose memory is not loaded here. Needs torchvision (extra `models`).
"""

from __future__ import annotations

from typing import Any

from tools.adapters.loading import arguments, checkpoint, for_processor, needs_torchvision
from tools.adapters.sam import Sam
from tools.types import Image


class Sam2(Sam):
    """A loaded checkpoint, made by `load`."""

    def encode(self, image: Image) -> Any:
        """The picture's embeddings, finest first: [(1, c, 4s, 4s), (1, c, 2s, 2s), (1, channels, s, s)]."""
        import torch

        with torch.inference_mode():
            inputs = self._processor.image_processor(images=for_processor(image), return_tensors="pt")
            return self._model.get_image_embeddings(inputs["pixel_values"].to(self._device, self._model.dtype))

    def _stretch(self, image: Image) -> tuple[float, float]:
        size = self._processor.image_processor.size
        return size["width"] / image.width, size["height"] / image.height

    def _upscaled(self, low: Any, image: Image) -> Any:
        from torch.nn.functional import interpolate

        return interpolate(low, (image.height, image.width), mode="bilinear", align_corners=False)


def load(
    source: str,
    precision: str = "fp32",
    device: str = "cpu",
    grid: int = 16,
    good: float = 0.8,
    stable: float = 0.85,
    nms: float = 0.7,
) -> Sam2:
    """Load from a transformers folder; the settings are those of tools.adapters.sam.

    Raises NotReady where there is no checkpoint or no torchvision.
    """
    folder = checkpoint("segmenter", source)
    needs_torchvision("segmenter", "SAM 2")
    from transformers import Sam2Model, Sam2Processor

    model = Sam2Model.from_pretrained(folder, **arguments(precision)).to(device).eval()
    processor = Sam2Processor.from_pretrained(folder, local_files_only=True)
    return Sam2(model, processor, device=device, grid=grid, good=good, stable=stable, nms=nms)
