"""Tiny checkpoints with random weights, in transformers' folder layout: they test the plumbing, not the seeing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WORDS = ("red", "blue", "cube", "ball", "object", "this", "is", "a", "photo", "of")


def vocabulary() -> dict[str, int]:
    """BERT's special ids where Grounding DINO expects them, and a few words."""
    ids = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103, ".": 1012, "?": 1029}
    ids |= {word: 104 + i for i, word in enumerate(WORDS)}
    taken = set(ids.values())
    return ids | {f"[unused{i}]": i for i in range(1030) if i not in taken}


def grounding_dino(folder: Path, family: str, encoder_layers: int) -> Path:
    """A Grounding DINO ("grounding_dino") or MM Grounding DINO ("mm_grounding_dino") of a few thousand parameters."""
    import torch
    import transformers as t

    torch.manual_seed(0)
    backbone = t.ConvNextConfig(
        num_stages=3, hidden_sizes=[8, 8, 16], depths=[1, 1, 1], out_features=["stage2", "stage3"]
    )
    text = t.BertConfig(
        vocab_size=1030, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    sizes: dict[str, Any] = {
        "backbone_config": backbone, "text_config": text, "d_model": 32, "encoder_layers": encoder_layers,
        "decoder_layers": 2, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 32,
        "decoder_ffn_dim": 32, "num_feature_levels": 2, "num_queries": 20, "max_text_len": 32,
    }  # fmt: skip
    if family == "grounding_dino":
        model = t.GroundingDinoForObjectDetection(t.GroundingDinoConfig(**sizes))
    else:
        model = t.MMGroundingDinoForObjectDetection(t.MMGroundingDinoConfig(**sizes))
    model.save_pretrained(folder)
    image = t.GroundingDinoImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 128}, do_pad=False)
    t.GroundingDinoProcessor(image_processor=image, tokenizer=t.BertTokenizer(vocab=vocabulary())).save_pretrained(
        folder
    )
    return folder


def sam(folder: Path) -> Path:
    """A SAM of 64-pixel pictures."""
    import torch
    import transformers as t

    torch.manual_seed(0)
    config = t.SamConfig(
        vision_config={"hidden_size": 16, "output_channels": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
                       "image_size": 64, "patch_size": 8, "window_size": 4, "global_attn_indexes": [0], "mlp_dim": 16,
                       "num_pos_feats": 8},
        prompt_encoder_config={"hidden_size": 16, "image_size": 64, "patch_size": 8, "mask_input_channels": 8},
        mask_decoder_config={"hidden_size": 16, "mlp_dim": 16, "num_attention_heads": 2, "iou_head_hidden_dim": 16},
    )  # fmt: skip
    t.SamModel(config).save_pretrained(folder)
    image = t.SamImageProcessorPil(
        size={"longest_edge": 64}, pad_size={"height": 64, "width": 64}, mask_size={"longest_edge": 16},
        mask_pad_size={"height": 16, "width": 16},
    )  # fmt: skip
    t.SamProcessor(image).save_pretrained(folder)
    return folder


def depth_anything(folder: Path, kind: str) -> Path:
    """A Depth Anything, "relative" or "metric"."""
    import torch
    import transformers as t

    torch.manual_seed(0)
    backbone = t.Dinov2Config(hidden_size=16, num_hidden_layers=4, num_attention_heads=2, mlp_ratio=2, patch_size=8,
                              image_size=64, out_indices=[1, 2, 3, 4], reshape_hidden_states=False)  # fmt: skip
    config = t.DepthAnythingConfig(backbone_config=backbone, patch_size=8, reassemble_hidden_size=16,
                                   neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8, head_hidden_size=8,
                                   depth_estimation_type=kind, max_depth=1)  # fmt: skip
    t.DepthAnythingForDepthEstimation(config).save_pretrained(folder)
    t.DPTImageProcessorPil(
        size={"height": 48, "width": 64}, keep_aspect_ratio=True, ensure_multiple_of=8
    ).save_pretrained(folder)
    return folder


def siglip(folder: Path) -> Path:
    """A SigLIP of 32-pixel pictures with BERT's word splitting."""
    import torch
    import transformers as t

    torch.manual_seed(0)
    size = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {**size, "vocab_size": 1030, "max_position_embeddings": 16, "projection_size": 16}
    config = t.SiglipConfig(text_config=text, vision_config={**size, "image_size": 32, "patch_size": 8})
    t.SiglipModel(config).save_pretrained(folder)
    image = t.SiglipImageProcessorPil(size={"height": 32, "width": 32})
    tokenizer = t.BertTokenizer(vocab=vocabulary(), model_max_length=16)
    t.SiglipProcessor(image_processor=image, tokenizer=tokenizer).save_pretrained(folder)
    return folder


def idefics3(folder: Path) -> Path:
    """An Idefics3 of 32-pixel pictures, one token for each 2x2 patches, whose words are those of `vocabulary`."""
    import torch
    import transformers as t

    torch.manual_seed(0)
    extra = ["<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", "1", "2", "3"]
    ids = {w: i for i, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *extra])}
    tokenizer = t.BertTokenizer(vocab=ids, additional_special_tokens=extra[:4], eos_token="[SEP]",
                                model_input_names=["input_ids", "attention_mask"])  # fmt: skip
    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
              "image_size": 32, "patch_size": 8}  # fmt: skip
    text = {"model_type": "llama", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2,
            "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": len(ids), "pad_token_id": 0}  # fmt: skip
    config = t.Idefics3Config(vision_config=vision, text_config=text, scale_factor=2, image_token_id=ids["<image>"])
    t.Idefics3ForConditionalGeneration(config).save_pretrained(folder)
    image = t.Idefics3ImageProcessorPil(
        do_image_splitting=False, size={"longest_edge": 32}, max_image_size={"longest_edge": 32}
    )
    template = "{% for m in messages %}{% for c in m['content'] %}{% if c['type'] == 'image' %}<image>{% else %}{{ c['text'] }}{% endif %}{% endfor %}{% endfor %}"  # noqa: E501
    t.Idefics3Processor(image, tokenizer, image_seq_len=4, chat_template=template).save_pretrained(folder)
    return folder


def qwen3_vl(folder: Path) -> Path:
    """A Qwen3-VL with a byte-level tokenizer and without a processor, which would need torchvision."""
    import torch
    import transformers as t

    from tests.language_models import byte_tokenizer

    torch.manual_seed(0)
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [4, 2, 2], "mrope_interleaved": True}
    text = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
            "num_key_value_heads": 1, "head_dim": 16, "vocab_size": 512, "rope_parameters": rope}  # fmt: skip
    vision = {"depth": 2, "hidden_size": 32, "intermediate_size": 32, "num_heads": 2, "out_hidden_size": 32,
              "deepstack_visual_indexes": [0], "patch_size": 4, "num_position_embeddings": 64}  # fmt: skip
    config = t.Qwen3VLConfig(
        text_config=text, vision_config=vision, image_token_id=500, video_token_id=501, vision_start_token_id=502,
        vision_end_token_id=503,
    )  # fmt: skip
    t.Qwen3VLForConditionalGeneration(config).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    (folder / "video_preprocessor_config.json").write_text("{}")
    return folder


def llama(folder: Path) -> Path:
    """A causal language model with a byte-level tokenizer."""
    import torch
    import transformers as t

    from tests.language_models import byte_tokenizer

    torch.manual_seed(0)
    config = t.LlamaConfig(vocab_size=512, hidden_size=64, intermediate_size=64, num_hidden_layers=1,
                           num_attention_heads=2, num_key_value_heads=1)  # fmt: skip
    t.LlamaForCausalLM(config).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


def sam2(folder: Path) -> Path:
    """A SAM 2 of 64-pixel pictures, with video memory as published; its mean is not ImageNet's."""
    import json

    import torch
    import transformers as t

    torch.manual_seed(0)
    backbone = {"model_type": "sam2_hiera_det_model", "hidden_size": 8, "num_attention_heads": 1,
                "image_size": [64, 64], "blocks_per_stage": [1, 1, 2, 1], "embed_dim_per_stage": [8, 16, 32, 64],
                "num_attention_heads_per_stage": [1, 1, 2, 2], "window_size_per_stage": [4, 2, 2, 2],
                "global_attention_blocks": [3], "window_positional_embedding_background_size": [4, 4]}  # fmt: skip
    vision = {"backbone_config": backbone, "backbone_channel_list": [64, 32, 16, 8], "fpn_hidden_size": 32,
              "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]], "image_size": 64}  # fmt: skip
    memory = {"memory_attention_hidden_size": 32, "memory_attention_feed_forward_hidden_size": 32,
              "memory_attention_num_layers": 1, "memory_attention_num_attention_heads": 1,
              "memory_encoder_hidden_size": 32, "memory_encoder_output_channels": 16, "mask_downsampler_embed_dim": 32,
              "memory_fuser_num_layers": 1, "memory_fuser_embed_dim": 32, "memory_fuser_intermediate_dim": 32,
              "image_size": 64, "memory_attention_rope_feat_sizes": [4, 4]}  # fmt: skip
    config = t.Sam2VideoConfig(
        vision_config=vision,
        prompt_encoder_config={"hidden_size": 32, "image_size": 64, "patch_size": 16, "mask_input_channels": 8},
        mask_decoder_config={"hidden_size": 32, "mlp_dim": 32, "num_attention_heads": 2, "iou_head_hidden_dim": 32},
        **memory,
    )
    t.Sam2VideoModel(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"size": {"height": 64, "width": 64}, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4],
                    "image_processor_type": "Sam2ImageProcessor"})
    )  # fmt: skip
    return folder


def privacy_filter(folder: Path, labels: tuple[str, ...] = ()) -> Path:
    """A privacy filter of two layers that see 4 tokens to each side, with a byte-level tokenizer and sharp tags."""
    import torch
    import transformers as t

    from tests.language_models import byte_tokenizer

    torch.manual_seed(0)
    rope = {"rope_type": "yarn", "rope_theta": 150000.0, "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0,
            "truncate": False, "original_max_position_embeddings": 4096}  # fmt: skip
    named = {"id2label": dict(enumerate(labels))} if labels else {}
    config = t.OpenAIPrivacyFilterConfig(
        vocab_size=512, hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_local_experts=4,
        num_experts_per_tok=2, num_attention_heads=2, num_key_value_heads=1, head_dim=16, sliding_window=4,
        pad_token_id=0, eos_token_id=0, rope_parameters=rope, **named,
    )  # fmt: skip
    model = t.OpenAIPrivacyFilterForTokenClassification(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("weight") and parameter.ndim == 2:
                parameter.mul_(20)  # as it starts, tags hardly depend on the text
    model.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder
