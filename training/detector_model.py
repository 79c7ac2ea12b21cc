"""The detector's architecture and tokenizer: a small MM-Grounding-DINO in transformers' own classes.

No encoder layer: the picture's features then depend on no phrase, so that a picture is encoded once and every phrase
costs a text encoder and two decoder layers. Initialisation is for training from scratch: the library's defaults (std
0.02, layer scale 1e-6) suit fine-tuning and stall here.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import (
    BertConfig,
    BertTokenizer,
    ConvNextConfig,
    GroundingDinoImageProcessorPil,
    GroundingDinoProcessor,
    MMGroundingDinoConfig,
    MMGroundingDinoForObjectDetection,
)

from training.tabletop.phrases import vocabulary

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Per channel, of pictures in 0..1: what the image processor subtracts and divides by."""
VOCABULARY_SIZE = 1200
FIXED = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103, ".": 1012, "?": 1029}
"""Token ids that Grounding DINO's code takes for granted, BERT's own."""


def vocabulary_ids() -> dict[str, int]:
    """Every token's id: the special ones where BERT has them, the words from 104 on, fillers elsewhere."""
    ids = dict(FIXED)
    ids.update({word: 104 + i for i, word in enumerate(vocabulary())})
    taken = set(ids.values())
    ids.update({f"[unused{i}]": i for i in range(VOCABULARY_SIZE) if i not in taken})
    return dict(sorted(ids.items(), key=lambda item: item[1]))


def config() -> MMGroundingDinoConfig:
    """2.3 M parameters; feature maps at strides 8 and 16."""
    backbone = ConvNextConfig(
        num_stages=3,
        hidden_sizes=[32, 96, 160],
        depths=[1, 3, 4],
        layer_scale_init_value=0.5,
        out_features=["stage2", "stage3"],
    )
    text = BertConfig(
        vocab_size=VOCABULARY_SIZE,
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=256,
        max_position_embeddings=256,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return MMGroundingDinoConfig(
        backbone_config=backbone,
        text_config=text,
        d_model=128,
        encoder_layers=0,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=256,
        decoder_ffn_dim=256,
        num_feature_levels=2,
        num_queries=100,
        dropout=0.0,
        fusion_droppath=0.0,
        fusion_dropout=0.0,
        max_text_len=128,
    )


def build() -> MMGroundingDinoForObjectDetection:
    """A fresh model; set torch's seed first."""
    model = MMGroundingDinoForObjectDetection(config())
    last_box = {id(head.layers[-1]) for head in [*model.bbox_embed, model.model.encoder_output_bbox_embed]}
    with torch.no_grad():
        for name, module in model.named_modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                if id(module) in last_box or name.endswith(("sampling_offsets", "attention_weights")):
                    continue
                nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.normal_(model.model.text_backbone.embeddings.word_embeddings.weight, std=0.3)
        model.model.level_embed.mul_(0.1)
    return model


def processor(folder: Path) -> GroundingDinoProcessor:
    """The processor that goes with the weights: pictures to 320x480 at most, words split at blanks."""
    image = GroundingDinoImageProcessorPil(
        size={"shortest_edge": 320, "longest_edge": 480}, image_mean=list(MEAN), image_std=list(STD), do_pad=False
    )
    return GroundingDinoProcessor(image_processor=image, tokenizer=tokenizer())


def tokenizer() -> BertTokenizer:
    """Words split at blanks, each with its id of `vocabulary_ids`."""
    return BertTokenizer(vocab=vocabulary_ids())
