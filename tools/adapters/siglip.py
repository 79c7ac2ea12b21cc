"""Role "matcher": SigLIP through transformers (Zhai et al., ICCV 2023; SigLIP 2, 2025).

A region is seen as a crop with some of its surroundings. SigLIP was trained with a sigmoid for each pair, so a phrase's
probability stands on its own; words that exclude each other (an attribute's) are compared by their logits instead.

NOT here: the matcher of the embedded profile (tools.adapters.phrase_matcher).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tools.adapters.loading import checkpoint, for_processor, pretrained
from tools.types import Floats, Image, Region

ATTRIBUTE_WORDS: dict[str, tuple[str, ...]] = {
    "color": (
        "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "gray", "cyan",
    ),
    "shape": ("round", "square", "cylindrical", "flat", "long", "triangular"),
    "size": ("small", "large"),
    "material": ("metal", "plastic", "wood", "glass", "ceramic", "paper", "fabric", "leather", "stone", "rubber"),
}  # fmt: skip


class Siglip:
    """A loaded checkpoint, made by `load`."""

    def __init__(
        self,
        model: Any,
        processor: Any,
        *,
        device: str,
        context: float,
        template: str,
        words: Mapping[str, Sequence[str]],
    ) -> None:
        self._model, self._processor, self._device = model, processor, device
        self._context, self._template, self._words = context, template, words
        self._texts: dict[str, Any] = {}

    def match(self, image: Image, regions: Sequence[Region], phrases: Sequence[str]) -> Floats:
        """float32 (regions, phrases): the probability in [0, 1] that the phrase is true of the region."""
        probabilities: Floats = (1.0 / (1.0 + np.exp(-self._logits(image, regions, phrases)))).astype(np.float32)
        return probabilities

    def confirm(self, image: Image, regions: Sequence[Region], phrase: str) -> Floats:
        """float32 (regions,): the phrase's probability at each region."""
        column: Floats = self.match(image, regions, [phrase])[:, 0]
        return column

    def attribute(self, image: Image, region: Region, attribute: str) -> tuple[str, float]:
        """The attribute's most probable word, and its probability among the attribute's words."""
        if attribute not in self._words:
            raise ValueError(f"attribute must be one of {sorted(self._words)}, got {attribute!r}")
        words = self._words[attribute]
        logits = self._logits(image, [region], [f"a {word} object" for word in words])[0]
        shares = np.exp(logits - logits.max())
        best = int(logits.argmax())
        return words[best], float(shares[best] / shares.sum())

    def _logits(self, image: Image, regions: Sequence[Region], phrases: Sequence[str]) -> Floats:
        if not regions or not phrases:
            return np.zeros((len(regions), len(phrases)), np.float32)
        import torch

        with torch.inference_mode():
            crops = [for_processor(image.crop(widened(r, self._context))) for r in regions]
            pixels = self._processor.image_processor(images=crops, return_tensors="pt")["pixel_values"]
            seen = _unit(self._model.get_image_features(pixel_values=pixels.to(self._device, self._model.dtype)))
            read = torch.cat([self._text(p) for p in phrases])
            logits = seen @ read.T * self._model.logit_scale.exp() + self._model.logit_bias
        result: Floats = logits.float().cpu().numpy()
        return result

    def _text(self, phrase: str) -> Any:
        """The phrase's unit embedding (1, width), computed once; in small letters and padded, as both were trained."""
        if phrase not in self._texts:
            tokens = self._processor.tokenizer(
                [self._template.format(phrase).lower()],
                padding="max_length",
                max_length=self._model.config.text_config.max_position_embeddings,
                truncation=True,
                return_tensors="pt",
            ).to(self._device)
            self._texts[phrase] = _unit(self._model.get_text_features(input_ids=tokens["input_ids"]))
        return self._texts[phrase]


def widened(region: Region, share: float) -> tuple[float, float, float, float]:
    """The region's box with `share` of its width and height added on each side (Image.crop clips it)."""
    x0, y0, x1, y1 = region.box
    dx, dy = (x1 - x0) * share, (y1 - y0) * share
    return (x0 - dx, y0 - dy, x1 + dx, y1 + dy)


def _unit(features: Any) -> Any:
    """Features (N, width) at length 1; transformers returns them bare or as a pooled output."""
    bare = getattr(features, "pooler_output", features)
    return bare / bare.norm(dim=-1, keepdim=True)


def load(
    source: str,
    precision: str = "fp32",
    device: str = "cpu",
    context: float = 0.15,
    template: str = "This is a photo of {}.",
    words: Mapping[str, Sequence[str]] = ATTRIBUTE_WORDS,
) -> Siglip:
    """Load from a transformers folder. Raises NotReady where there is no checkpoint.

    context: share of a region's width and height that is added on each side. template: the sentence around a phrase,
    as the checkpoint was trained. words: each attribute's words.
    """
    folder = checkpoint("matcher", source)
    from transformers import AutoProcessor

    model = pretrained("AutoModel", "matcher", folder, precision, device)
    processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
    return Siglip(model, processor, device=device, context=context, template=template, words=words)
