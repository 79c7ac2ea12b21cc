"""Weights of the original packages under the names that transformers gives them.

The names follow from the two architectures. Every weight must find its place: `converted` raises for a name that no
rule knows, and whoever loads the result compares the names of the model with it (bench.originals does).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

Rules = Sequence[tuple[str, str]]

_SWIN = "model.backbone.conv_encoder.model.swin."
_ATTENTION = [("in_proj_", "{qkv}."), (r"out_proj\.", "out_proj.")]
GROUNDING_DINO: Rules = [
    (r"backbone\.0\.patch_embed\.proj\.", _SWIN + "embeddings.patch_embeddings.projection."),
    (r"backbone\.0\.patch_embed\.norm\.", _SWIN + "embeddings.norm."),
    (r"backbone\.0\.norm(\d)\.", "model.backbone.conv_encoder.model.hidden_states_norms.stage{1+}."),
    (r"backbone\.0\.layers\.(\d+)\.downsample\.", _SWIN + r"encoder.layers.\1.downsample."),
    *[
        (rf"backbone\.0\.layers\.(\d+)\.blocks\.(\d+)\.{ours}", _SWIN + rf"encoder.layers.\1.blocks.\2.{theirs}")
        for ours, theirs in [
            (r"norm1\.", "layernorm_before."),
            (r"norm2\.", "layernorm_after."),
            (r"attn\.qkv\.", "attention.{qkv}_proj."),
            (r"attn\.proj\.", "attention.o_proj."),
            (r"attn\.relative_position_bias_table", "attention.relative_position_bias.relative_position_bias_table"),
            (r"mlp\.", "mlp."),
        ]
    ],
    (r"bert\.(?!pooler)", "model.text_backbone."),
    (r"feat_map\.", "model.text_projection."),
    (r"input_proj\.", "model.input_proj_vision."),
    (r"bbox_embed\.", "bbox_embed."),
    (r"transformer\.level_embed", "model.level_embed"),
    (r"transformer\.tgt_embed\.", "model.query_position_embeddings."),
    (r"transformer\.enc_output(_norm)?\.", r"model.enc_output\1."),
    (r"transformer\.enc_out_bbox_embed\.", "model.encoder_output_bbox_embed."),
    (r"transformer\.decoder\.norm\.", "model.decoder.layer_norm."),
    (r"transformer\.decoder\.ref_point_head\.", "model.decoder.reference_points_head."),
    (r"transformer\.decoder\.bbox_embed\.", "model.decoder.bbox_embed."),
    *[
        (rf"transformer\.encoder\.{kind}\.(\d+)\.{ours}", rf"model.encoder.layers.\1.{layer}.{theirs}")
        for kind, layer, parts in [
            (
                "layers",
                "deformable_layer",
                [
                    (r"self_attn\.", "self_attn."),
                    (r"norm1\.", "self_attn_layer_norm."),
                    (r"linear([12])\.", r"fc\2."),
                    (r"norm2\.", "final_layer_norm."),
                ],
            ),
            (
                "text_layers",
                "text_enhancer_layer",
                [
                    *[(r"self_attn\." + a, "self_attn." + b) for a, b in _ATTENTION],
                    (r"norm1\.", "layer_norm_before."),
                    (r"linear([12])\.", r"fc\2."),
                    (r"norm2\.", "layer_norm_after."),
                ],
            ),
            (
                "fusion_layers",
                "fusion_layer",
                [
                    ("gamma_v", "vision_param"),
                    ("gamma_l", "text_param"),
                    (r"layer_norm_v\.", "layer_norm_vision."),
                    (r"layer_norm_l\.", "layer_norm_text."),
                    (r"attn\.(values_|out_)?v_proj\.", r"attn.\2vision_proj."),
                    (r"attn\.(values_|out_)?l_proj\.", r"attn.\2text_proj."),
                ],
            ),
        ]
        for ours, theirs in parts
    ],
    *[
        (rf"transformer\.decoder\.layers\.(\d+)\.{ours}", rf"model.decoder.layers.\1.{theirs}")
        for ours, theirs in [
            (r"cross_attn\.", "encoder_attn."),
            (r"norm1\.", "encoder_attn_layer_norm."),
            *[(r"ca_text\." + a, "encoder_attn_text." + b) for a, b in _ATTENTION],
            (r"catext_norm\.", "encoder_attn_text_layer_norm."),
            *[(r"self_attn\." + a, "self_attn." + b) for a, b in _ATTENTION],
            (r"norm2\.", "self_attn_layer_norm."),
            (r"linear([12])\.", r"fc\2."),
            (r"norm3\.", "final_layer_norm."),
        ]
    ],
]
"""groundingdino-py 0.4.0 to transformers 5's GroundingDinoForObjectDetection."""

_UPSCALING = {"0": "conv1", "1": "layer_norm", "3": "conv2"}
_DOWNSCALING = {"0": "conv1", "1": "layer_norm1", "3": "conv2", "4": "layer_norm2", "6": "conv3"}
_NECK = {"0": "conv1", "1": "layer_norm1", "2": "conv2", "3": "layer_norm2"}
SAM: Rules = [
    (r"image_encoder\.pos_embed", "vision_encoder.pos_embed"),
    (r"image_encoder\.patch_embed\.proj\.", "vision_encoder.patch_embed.projection."),
    (r"image_encoder\.blocks\.(\d+)\.norm([12])\.", r"vision_encoder.layers.\1.layer_norm\2."),
    (r"image_encoder\.blocks\.(\d+)\.(attn|mlp)\.", r"vision_encoder.layers.\1.\2."),
    *[(rf"image_encoder\.neck\.{n}\.", f"vision_encoder.neck.{name}.") for n, name in _NECK.items()],
    (r"prompt_encoder\.pe_layer\.positional_encoding_gaussian_matrix", "shared_image_embedding.positional_embedding"),
    (r"prompt_encoder\.point_embeddings\.", "prompt_encoder.point_embed."),
    *[
        (rf"prompt_encoder\.mask_downscaling\.{n}\.", f"prompt_encoder.mask_embed.{m}.")
        for n, m in _DOWNSCALING.items()
    ],
    (r"prompt_encoder\.(no_mask_embed|not_a_point_embed)\.", r"prompt_encoder.\1."),
    (r"mask_decoder\.(iou_token|mask_tokens)\.", r"mask_decoder.\1."),
    (r"mask_decoder\.transformer\.norm_final_attn\.", "mask_decoder.transformer.layer_norm_final_attn."),
    (r"mask_decoder\.transformer\.(.*\.)norm([1-4])\.", r"mask_decoder.transformer.\1layer_norm\2."),
    (r"mask_decoder\.transformer\.(?!.*norm)", "mask_decoder.transformer."),
    *[(rf"mask_decoder\.output_upscaling\.{n}\.", f"mask_decoder.upscale_{name}.") for n, name in _UPSCALING.items()],
    *[
        (rf"mask_decoder\.{part}layers\.{n}\.", rf"mask_decoder.{kept}{name}.")
        for part, kept in [
            (r"iou_prediction_head\.", "iou_prediction_head."),
            (r"output_hypernetworks_mlps\.(\d+)\.", r"output_hypernetworks_mlps.\1."),
        ]
        for n, name in [(0, "proj_in"), (1, "layers.0"), (2, "proj_out")]
    ],
]
"""segment-anything 1.0 to transformers 5's SamModel."""
COMPUTED = re.compile(r"bert\.pooler\.|bert\.embeddings\.position_ids|.*relative_position_index|pixel_(mean|std)$")
"""What transformers computes, or has no use for."""


def converted(state: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """The weights under transformers' names; joint query, key and value weights are taken apart.

    Raises ValueError for a name that no rule knows.
    """
    result: dict[str, Any] = {}
    for name, weight in state.items():
        if COMPUTED.match(name):
            continue
        for pattern, replacement in rules:
            found = re.match(pattern, name)
            if found is None:
                continue
            new = (
                found.expand(re.sub(r"\{.*?\}", lambda m: "\0" + m[0][1:-1] + "\0", replacement)) + name[found.end() :]
            )
            if "\x001+\0" in new:  # the stage after the layer of this number
                new = new.replace("\x001+\0", str(int(found[1]) + 1))
            if "\0qkv\0" in new:
                names = ("q", "k", "v") if "qkv\0_proj" in new else ("query", "key", "value")
                for part, piece in zip(names, weight.chunk(3), strict=True):
                    result[new.replace("\0qkv\0", part)] = piece.clone()
            else:
                result[new] = weight
            break
        else:
            raise ValueError(f"no rule says what transformers calls the weight {name!r}")
    if "shared_image_embedding.positional_embedding" in result:
        shared = result["shared_image_embedding.positional_embedding"]
        result["prompt_encoder.shared_embedding.positional_embedding"] = shared
    return result
