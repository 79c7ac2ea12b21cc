"""Role "segmenter": SAM 2 and 2.1 on pictures through transformers' Sam2Model (Ravi et al., 2024).

As tools.adapters.sam, but the whole picture is stretched to the model's square, so a prompt's x and y have scales of
their own. transformers' image processor for it needs torchvision; what it does (stretch with antialiasing, scale to
[0, 1], normalise) is done here in torch, from the checkpoint's own numbers.

NOT here: video, and the memory that it needs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools.adapters.loading import checkpoint, pretrained
from tools.adapters.sam import Sam
from tools.types import Image

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, where a checkpoint has no numbers of its own


class Sam2(Sam):
    """A loaded checkpoint, made by `load`. side: of the model's square, in pixels. mean, std: of channels in [0, 1]."""

    def __init__(
        self, model: Any, *, side: int, mean: tuple[float, ...], std: tuple[float, ...], **settings: Any
    ) -> None:
        super().__init__(model, None, **settings)
        self._side, self._mean, self._std = side, mean, std

    def encode(self, image: Image) -> Any:
        """The picture's embeddings: a list of maps (1, channels, height, width), the finest first."""
        import torch

        with torch.inference_mode():
            pixels = torch.from_numpy(image.pixels.copy()).to(self._device).permute(2, 0, 1)[None]
            square = torch.nn.functional.interpolate(
                pixels, (self._side, self._side), mode="bilinear", align_corners=False, antialias=True
            )
            mean, std = (torch.tensor(v, device=self._device).view(1, 3, 1, 1) for v in (self._mean, self._std))
            normal = (square.float() / 255 - mean) / std
            return self._model.get_image_embeddings(normal.to(self._model.dtype))

    def _stretch(self, image: Image) -> tuple[float, float]:
        return self._side / image.width, self._side / image.height

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
    """Load from a transformers folder. Raises NotReady where there is no checkpoint. Settings as tools.adapters.sam."""
    folder = checkpoint("segmenter", source)
    model = pretrained("Sam2Model", "segmenter", folder, precision, device)
    side, mean, std = _numbers(folder, int(model.config.prompt_encoder_config.image_size))
    return Sam2(model, side=side, mean=mean, std=std, device=device, grid=grid, good=good, stable=stable, nms=nms)


def _numbers(folder: Path, side: int) -> tuple[int, tuple[float, ...], tuple[float, ...]]:
    """The square's side, the channels' mean and deviation, as the checkpoint's own processor has them."""
    for name in ("processor_config.json", "preprocessor_config.json"):
        path = folder / name
        if path.is_file():
            data = json.loads(path.read_text(encoding="utf-8"))
            data = data.get("image_processor", data)
            if "image_mean" in data:
                size = data.get("size", {})
                return int(size.get("height", side)), tuple(data["image_mean"]), tuple(data["image_std"])
    return side, MEAN, STD
