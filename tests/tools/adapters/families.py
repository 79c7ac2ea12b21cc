"""Checkpoints of families whose processors need torchvision: published configurations scaled down, random weights."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from bench.originals import scatter
from tests.language_models import byte_tokenizer

QWEN_TOKENS = ("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>", "<|im_start|>", "<|im_end|>")
QWEN_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}{% if c['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ c['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SMOL_TOKENS = (
    "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", "<|im_start|>",
    *(f"<row_{r}_col_{c}>" for r in range(1, 5) for c in range(1, 5)),
)  # fmt: skip
PATCH = 8


def tokenizer(special: tuple[str, ...], end: str) -> Any:
    """Byte-level words and a family's special tokens, in a vocabulary of 512."""
    made = copy.deepcopy(byte_tokenizer())
    made.add_special_tokens({"additional_special_tokens": list(special)})
    made.eos_token = end
    made.pad_token = "<eos>"
    return made


def qwen_vl(folder: Path, family: str) -> Path:
    """A Qwen3-VL ("qwen3_vl") or Qwen2.5-VL ("qwen2_5_vl"): 8-pixel patches, four of them a token."""
    import torch
    import transformers as t

    torch.manual_seed(0)
    words = tokenizer(QWEN_TOKENS, "<|im_end|>")
    ids = dict(zip(QWEN_TOKENS, words.convert_tokens_to_ids(list(QWEN_TOKENS)), strict=True))
    text = {
        "vocab_size": 512, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "rope_parameters": {"rope_type": "default", "mrope_section": [4, 2, 2], "rope_theta": 10000.0},
    }  # fmt: skip
    tokens = {
        "image_token_id": ids["<|image_pad|>"], "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"], "vision_end_token_id": ids["<|vision_end|>"],
    }  # fmt: skip
    vision = {"depth": 2, "hidden_size": 32, "intermediate_size": 32, "num_heads": 2, "patch_size": PATCH}
    if family == "qwen3_vl":
        text |= {"head_dim": 16}
        text["rope_parameters"] |= {"mrope_interleaved": True}
        vision |= {"out_hidden_size": 32, "num_position_embeddings": 64, "deepstack_visual_indexes": [0]}
        config = t.Qwen3VLConfig(text_config=text, vision_config=vision, **tokens)
        model: Any = t.Qwen3VLForConditionalGeneration(config)
        kind, video = t.Qwen3VLProcessor, t.Qwen3VLVideoProcessor(patch_size=PATCH)
    else:
        vision |= {"out_hidden_size": 32, "window_size": 32, "fullatt_block_indexes": [1]}
        config = t.Qwen2_5_VLConfig(text_config=text, vision_config=vision, **tokens)
        model = t.Qwen2_5_VLForConditionalGeneration(config)
        kind, video = t.Qwen2_5_VLProcessor, t.Qwen2VLVideoProcessor(patch_size=PATCH)
    model.generation_config.eos_token_id = [ids["<|im_end|>"], 0]
    _surer(model)
    model.save_pretrained(folder)
    image = t.Qwen2VLImageProcessor(patch_size=PATCH, size={"shortest_edge": 256, "longest_edge": 16_384})
    kind(image, words, video, chat_template=QWEN_TEMPLATE).save_pretrained(folder)
    return folder


def smolvlm(folder: Path) -> Path:
    """A SmolVLM2: tiles of 32 pixels and the whole picture, four tokens each."""
    import torch
    import transformers as t
    from transformers.models.smolvlm.processing_smolvlm import DEFAULT_CHAT_TEMPLATE

    torch.manual_seed(0)
    words = tokenizer(SMOL_TOKENS, "<end_of_utterance>")
    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
              "image_size": 32, "patch_size": PATCH}  # fmt: skip
    text = {"model_type": "llama", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2,
            "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 512, "pad_token_id": 0}  # fmt: skip
    image_token = words.convert_tokens_to_ids("<image>")
    config = t.SmolVLMConfig(vision_config=vision, text_config=text, scale_factor=2, image_token_id=image_token)
    model = t.SmolVLMForConditionalGeneration(config)
    model.generation_config.eos_token_id = words.convert_tokens_to_ids("<end_of_utterance>")
    _surer(model)
    model.save_pretrained(folder)
    sizes = {"size": {"longest_edge": 128}, "max_image_size": {"longest_edge": 32}}
    video = t.SmolVLMVideoProcessor(**sizes)
    made = t.SmolVLMProcessor(
        t.SmolVLMImageProcessor(**sizes), words, video, image_seq_len=4, chat_template=DEFAULT_CHAT_TEMPLATE
    )
    made.save_pretrained(folder)
    return folder


def sam2(folder: Path, video: bool) -> Path:
    """A SAM 2.1 of 128-pixel pictures; `video`: as published, the video model's weights and configuration."""
    import torch
    import transformers as t

    torch.manual_seed(0)
    side, channels = 128, 32
    backbone = {
        "hidden_size": 8, "image_size": [side, side], "blocks_per_stage": [1, 1, 2, 1],
        "embed_dim_per_stage": [8, 16, 32, 64], "num_attention_heads_per_stage": [1, 1, 2, 2],
        "window_size_per_stage": [8, 4, 4, 2], "global_attention_blocks": [3],
        "window_positional_embedding_background_size": [4, 4],
    }  # fmt: skip
    parts: dict[str, Any] = {
        "vision_config": t.Sam2VisionConfig(
            backbone_config=t.Sam2HieraDetConfig(**backbone), backbone_channel_list=[64, 32, 16, 8],
            backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]], fpn_hidden_size=channels,
        ),
        "prompt_encoder_config": {"hidden_size": channels, "image_size": side, "patch_size": 16},
        "mask_decoder_config": {"hidden_size": channels, "mlp_dim": 64, "num_attention_heads": 2,
                                "iou_head_hidden_dim": channels},
    }  # fmt: skip
    if video:
        memory = {
            "image_size": side, "memory_attention_hidden_size": channels, "memory_attention_num_layers": 1,
            "memory_attention_feed_forward_hidden_size": 32, "memory_encoder_hidden_size": channels,
            "memory_fuser_embed_dim": channels,
            "memory_attention_num_attention_heads": 1, "memory_fuser_intermediate_dim": 32,
            "memory_attention_rope_feat_sizes": [8, 8], "memory_encoder_output_channels": 16,
        }  # fmt: skip
        model: Any = t.Sam2VideoModel(t.Sam2VideoConfig(**parts, **memory))
    else:
        model = t.Sam2Model(t.Sam2Config(**parts))
    scatter(model)
    model.save_pretrained(folder)
    image = t.Sam2ImageProcessor(size={"height": side, "width": side}, mask_size={"height": 32, "width": 32})
    if video:
        t.Sam2VideoProcessor(image, t.Sam2VideoVideoProcessor(size={"height": side, "width": side})).save_pretrained(
            folder
        )
    else:
        t.Sam2Processor(image).save_pretrained(folder)
    return folder


def siglip2(folder: Path) -> Path:
    """A SigLIP 2 of fixed resolution (published as SiglipModel), whose tokenizer names no length."""
    import torch
    import transformers as t

    torch.manual_seed(0)
    size = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {**size, "vocab_size": 512, "max_position_embeddings": 40, "projection_size": 16}
    model = t.SiglipModel(
        t.SiglipConfig(text_config=text, vision_config={**size, "image_size": 32, "patch_size": PATCH})
    )
    scatter(model)
    model.save_pretrained(folder)
    words = tokenizer((), "<eos>")
    t.SiglipProcessor(t.SiglipImageProcessor(size={"height": 32, "width": 32}), words).save_pretrained(folder)
    return folder


def _surer(model: Any) -> None:
    """Sharpen the choice between words, so that scores differ; the library's start makes all nearly alike."""
    import torch

    with torch.no_grad():
        model.get_output_embeddings().weight.mul_(30)
