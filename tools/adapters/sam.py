"""Role "segmenter": Segment Anything through transformers' SamModel (Kirillov et al., ICCV 2023).

The picture is embedded once; boxes and points then cost a small mask decoder. Prompts are xyxy boxes and xy points in
pixels of the picture's frame, masks are bool (height, width) over it. The processor scales the longer side to the
model's size and pads to a square.

NOT here: SAM 2 (tools.adapters.sam2), the original package (tools.adapters.segment_anything_original).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.adapters.loading import checkpoint, for_processor, pretrained
from tools.geometry import box_iou
from tools.types import Bools, Floats, Image

CHUNK = 32
"""Prompts that go through the decoder together."""
STABLE_BY = 1.0
"""A mask is stable if raising and lowering its threshold by this many logits changes it little."""


class Sam:
    """A loaded checkpoint, made by `load`."""

    def __init__(
        self, model: Any, processor: Any, *, device: str, grid: int, good: float, stable: float, nms: float
    ) -> None:
        self._model, self._processor, self._device = model, processor, device
        self._grid, self._good, self._stable, self._nms = grid, good, stable, nms

    def encode(self, image: Image) -> Any:
        """The picture's embedding (1, channels, side, side)."""
        import torch

        with torch.inference_mode():
            inputs = self._processor.image_processor(images=for_processor(image), return_tensors="pt")
            return self._model.get_image_embeddings(inputs["pixel_values"].to(self._device, self._model.dtype))

    def masks(self, image: Image, encoding: Any, boxes: Floats) -> list[tuple[Bools, float]]:
        """For each xyxy box (N, 4) the mask of what it frames and its predicted IoU."""
        found = self._prompted(image, encoding, "input_boxes", boxes[:, None], many=False)
        return [(logits[0] > 0, float(score[0])) for logits, score in found]

    def at_points(self, image: Image, encoding: Any, points: Floats) -> list[tuple[Bools, float]]:
        """For each xy point (N, 2) the best of the masks proposed there and its predicted IoU."""
        found = self._prompted(image, encoding, "input_points", points[:, None], many=True)
        return [(logits[best] > 0, float(score[best])) for logits, score in found for best in [int(score.argmax())]]

    def everything(self, image: Image, encoding: Any) -> list[tuple[Bools, float]]:
        """Masks of all things: a grid of points, then the paper's filters (predicted IoU, stability, duplicates)."""
        step = max(image.width, image.height) / self._grid
        xs = np.arange(step / 2, image.width, step, dtype=np.float32)
        ys = np.arange(step / 2, image.height, step, dtype=np.float32)
        points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 1, 2)
        kept: list[tuple[Bools, float]] = []
        for logits, score in self._prompted(image, encoding, "input_points", points, many=True):
            for layer in range(len(score)):
                mask = logits[layer] > 0
                if score[layer] < self._good or not mask.any():
                    continue
                high, low = (logits[layer] > STABLE_BY).sum(), (logits[layer] > -STABLE_BY).sum()
                if high >= self._stable * low:
                    kept.append((mask, float(score[layer])))
        kept.sort(key=lambda item: -item[1])
        return _without_duplicates(kept, self._nms)

    def _prompted(
        self, image: Image, encoding: Any, kind: str, prompts: npt.NDArray[np.float32], many: bool
    ) -> Iterator[tuple[Floats, Floats]]:
        """For each prompt, logits (masks, height, width) over the picture and predicted IoUs (masks,) in [0, 1].

        prompts: (N, 1, 4) boxes or (N, 1, 2) points in the picture's pixels; `many` asks for three masks each.
        """
        import torch

        stretch = np.array(self._stretch(image), np.float32)
        for start in range(0, len(prompts), CHUNK):
            part = prompts[start : start + CHUNK]
            scaled = torch.from_numpy(part * np.tile(stretch, part.shape[-1] // 2)).to(self._device)
            given = scaled.reshape(1, -1, 4) if kind == "input_boxes" else scaled.reshape(1, -1, 1, 2)
            with torch.inference_mode():
                out = self._model(image_embeddings=encoding, multimask_output=many, **{kind: given})
                logits = self._upscaled(out.pred_masks[0].float(), image)
                scores = out.iou_scores[0].float().clamp(0, 1)
            yield from zip(logits.cpu().numpy(), scores.cpu().numpy(), strict=True)

    def _inner(self, image: Image) -> tuple[int, int, int]:
        """The side of the padded square, and the picture's width and height in it."""
        side = int(self._processor.image_processor.size["longest_edge"])
        scale = side / max(image.width, image.height)
        return side, int(image.width * scale + 0.5), int(image.height * scale + 0.5)

    def _stretch(self, image: Image) -> tuple[float, float]:
        """Pixels of the model's input for each pixel of the picture, along x and y."""
        _, width, height = self._inner(image)
        return width / image.width, height / image.height

    def _upscaled(self, low: Any, image: Image) -> Any:
        """Logits (prompts, masks, h, w) over the model's square, as (prompts, masks, height, width) of the picture."""
        from torch.nn.functional import interpolate

        side, width, height = self._inner(image)
        whole = interpolate(low, (side, side), mode="bilinear", align_corners=False)
        return interpolate(
            whole[..., :height, :width], (image.height, image.width), mode="bilinear", align_corners=False
        )


def load(
    source: str,
    precision: str = "fp32",
    device: str = "cpu",
    grid: int = 16,
    good: float = 0.8,
    stable: float = 0.85,
    nms: float = 0.7,
) -> Sam:
    """Load from a transformers folder. Raises NotReady where there is no checkpoint.

    For `everything`: grid points along the longer side; masks below the predicted IoU `good` or the stability
    `stable` are dropped, and of two that overlap by `nms` (box IoU) the one predicted worse.
    """
    folder = checkpoint("segmenter", source)
    from transformers import SamProcessor

    model = pretrained("SamModel", "segmenter", folder, precision, device)
    processor = SamProcessor.from_pretrained(folder, local_files_only=True)
    return Sam(model, processor, device=device, grid=grid, good=good, stable=stable, nms=nms)


def _without_duplicates(ranked: list[tuple[Bools, float]], iou: float) -> list[tuple[Bools, float]]:
    """The masks whose boxes overlap no better one's by `iou` or more; `ranked` is best first."""
    kept: list[tuple[Bools, float]] = []
    boxes: list[list[float]] = []
    for mask, score in ranked:
        ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        box = [float(xs[0]), float(ys[0]), float(xs[-1] + 1), float(ys[-1] + 1)]
        if not boxes or box_iou(np.array([box], np.float32), np.array(boxes, np.float32)).max() < iou:
            kept.append((mask, score))
            boxes.append(box)
    return kept
