"""Role "segmenter": the original package segment-anything 1.0 (Kirillov et al., ICCV 2023), for people with its .pth.

The architecture (vit_b, vit_l, vit_h, or any scaled-down one) is read off the shapes of the weights. The same
interface, frames and filters as tools.adapters.sam, and with the same weights the same masks: `python -m
bench.originals` shows it. The package needs torchvision; docs/originals.md says how to install both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.adapters.originals import original_weights, pretrained_package
from tools.adapters.sam import CHUNK, Sam
from tools.types import Floats, Image

DECODER_HEADS = 8
"""Attention heads of the mask decoder in every published checkpoint; no weight's shape shows them."""


class OriginalSam(Sam):
    """The original model behind the interface of tools.adapters.sam, made by `load`."""

    def __init__(self, model: Any, *, device: str, grid: int, good: float, stable: float, nms: float) -> None:
        from segment_anything import SamPredictor

        super().__init__(model, None, device=device, grid=grid, good=good, stable=stable, nms=nms)
        self._predictor = SamPredictor(model)

    def encode(self, image: Image) -> Any:
        """The picture's embedding (1, channels, side, side) and the size (height, width) that it was resized to."""
        # A copy: the package makes a tensor that shares the array's memory, and a picture's pixels are read-only.
        self._predictor.set_image(image.pixels.copy())
        return self._predictor.features, self._predictor.input_size

    def _prompted(
        self, image: Image, encoding: Any, kind: str, prompts: npt.NDArray[np.float32], many: bool
    ) -> Iterator[tuple[Floats, Floats]]:
        """For each prompt, logits (masks, height, width) over the picture and predicted IoUs (masks,) in [0, 1].

        prompts: (N, 1, 4) boxes or (N, 1, 2) points in the picture's pixels; `many` asks for three masks each.
        """
        import torch

        predictor, size = self._predictor, (image.height, image.width)
        for start in range(0, len(prompts), CHUNK):
            part = prompts[start : start + CHUNK]
            # What set_image leaves behind: encodings of several pictures take turns.
            predictor.features, predictor.input_size = encoding
            predictor.original_size, predictor.is_image_set = size, True
            if kind == "input_boxes":
                boxes = predictor.transform.apply_boxes(part.reshape(-1, 4), size)
                given = {"boxes": torch.as_tensor(boxes, dtype=torch.float, device=self._device)}
                coords, labels = None, None
            else:
                points = predictor.transform.apply_coords(part, size)
                coords = torch.as_tensor(points, dtype=torch.float, device=self._device)
                labels, given = torch.ones(coords.shape[:2], dtype=torch.int, device=self._device), {}
            logits, scores, _ = predictor.predict_torch(
                coords, labels, multimask_output=many, return_logits=True, **given
            )
            yield from zip(logits.cpu().numpy(), scores.clamp(0, 1).cpu().numpy(), strict=True)


def build(state: Mapping[str, Any]) -> Any:
    """The package's model with these weights, its architecture read off their shapes.

    Raises ValueError where weights are missing or left over.
    """
    from functools import partial

    import torch
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, TwoWayTransformer
    from segment_anything.modeling import Sam as Original

    needed = ("image_encoder.pos_embed", "image_encoder.neck.0.weight", "mask_decoder.mask_tokens.weight")
    missing = [name for name in needed if name not in state]
    if missing:
        raise ValueError(f"expected the weights of a SAM 1, but {missing} are not among them")
    grid, width = int(state["image_encoder.pos_embed"].shape[1]), int(state["image_encoder.pos_embed"].shape[3])
    patch = int(state["image_encoder.patch_embed.proj.weight"].shape[2])
    channels = int(state["image_encoder.neck.0.weight"].shape[0])
    blocks = _counted(state, "image_encoder.blocks.")
    reach = [int(state[f"image_encoder.blocks.{i}.attn.rel_pos_h"].shape[0] + 1) // 2 for i in range(blocks)]
    windows = [r for r in reach if r != grid]
    layers = _counted(state, "mask_decoder.transformer.layers.")
    model = Original(
        image_encoder=ImageEncoderViT(
            img_size=grid * patch,
            patch_size=patch,
            embed_dim=width,
            depth=blocks,
            num_heads=width // int(state["image_encoder.blocks.0.attn.rel_pos_h"].shape[1]),
            mlp_ratio=int(state["image_encoder.blocks.0.mlp.lin1.weight"].shape[0]) / width,
            out_chans=channels,
            norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            qkv_bias=True,
            use_rel_pos=True,
            window_size=windows[0] if windows else 0,
            global_attn_indexes=tuple(i for i, r in enumerate(reach) if r == grid),
        ),
        prompt_encoder=PromptEncoder(
            embed_dim=channels,
            image_embedding_size=(grid, grid),
            input_image_size=(grid * patch, grid * patch),
            mask_in_chans=int(state["prompt_encoder.mask_downscaling.3.weight"].shape[0]),
        ),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=int(state["mask_decoder.mask_tokens.weight"].shape[0]) - 1,
            transformer=TwoWayTransformer(
                depth=layers,
                embedding_dim=channels,
                num_heads=DECODER_HEADS,
                mlp_dim=int(state["mask_decoder.transformer.layers.0.mlp.lin1.weight"].shape[0]),
            ),
            transformer_dim=channels,
            iou_head_depth=_counted(state, "mask_decoder.iou_prediction_head.layers."),
            iou_head_hidden_dim=int(state["mask_decoder.iou_prediction_head.layers.0.weight"].shape[0]),
        ),
        pixel_mean=[123.675, 116.28, 103.53],
        pixel_std=[58.395, 57.12, 57.375],
    )
    model.load_state_dict(state)
    return model


def load(
    source: str,
    precision: str = "fp32",
    device: str = "cpu",
    grid: int = 16,
    good: float = 0.8,
    stable: float = 0.85,
    nms: float = 0.7,
) -> OriginalSam:
    """Load a .pth, or the only one of a folder; only tensors are read from it, no code (weights_only).

    grid, good, stable, nms: as in tools.adapters.sam. Raises NotReady where the package or the file is missing,
    InputError for a file that cannot be read, ValueError for another precision than fp32 or weights of another model.
    """
    if precision != "fp32":
        raise ValueError(f'precision must be "fp32" for an original package, got {precision!r}')
    pretrained_package("segmenter", "segment_anything", "segment-anything==1.0")
    model = build(original_weights("segmenter", source)[1]).to(device).eval()
    return OriginalSam(model, device=device, grid=grid, good=good, stable=stable, nms=nms)


def _counted(state: Mapping[str, Any], prefix: str) -> int:
    """How many numbered parts stand under a prefix of the weights' names."""
    return len({name[len(prefix) :].split(".")[0] for name in state if name.startswith(prefix)})
