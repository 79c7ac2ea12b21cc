"""Language models of random weights, and a small byte-level tokenizer: built here, in milliseconds, from nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tools.adapters.language import LanguageModel
from tools.types import Floats

CORPUS = [
    'mugs = left_of(detect(image, "red mug"), only(detect(image, "laptop")))',
    'answer(count(mugs))\nanswer(exists(faces))\ncannot("no tool for this")',
    'answer(text_of(find_value(image, "total")))\nanswer(blur(image, minus(faces, largest(faces))))',
    "How many lines of text are there? Which line mentions the net weight?",
] * 4


@cache
def byte_tokenizer() -> Any:
    """Byte-level BPE of 400 tokens; 0 is <eos>."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<eos>"], initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(CORPUS, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<eos>")


def plain_llama(folder: Path, dtype: str = "float32", **shape: Any) -> Path:
    """A Llama of three layers and 512 tokens, of random weights, in a transformers folder; shape: over its config."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    theta = shape.pop("rope_theta", 10_000.0)
    config = LlamaConfig(
        vocab_size=512, num_hidden_layers=3, max_position_embeddings=4096,
        eos_token_id=0, rope_parameters={"rope_type": "default", "rope_theta": theta},
        **{"hidden_size": 32, "intermediate_size": 48, "tie_word_embeddings": True, **shape},
    )  # fmt: skip
    LlamaForCausalLM(config).to(getattr(torch, dtype)).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


class Noise:
    """A LanguageModel whose logits are drawn anew for each token: faster than any network, and as unreasonable."""

    def __init__(self, tokenizer: Any, seed: int) -> None:
        self.tokenizer = tokenizer
        self.vocabulary = 512  # padded, as those of real models are
        self.random = np.random.default_rng(seed)
        self.held = 0

    def reset_to(self, prompt: Sequence[int]) -> None:
        self.held = 0

    def append(self, tokens: Sequence[int]) -> Floats:
        self.held += len(tokens)
        return self.random.normal(0.0, 3.0, self.vocabulary).astype(np.float32)

    def rewind(self, length: int) -> None:
        self.held = min(self.held, length)

    def __len__(self) -> int:
        return self.held


def random_llama(seed: int) -> LanguageModel:
    """One layer, 16 wide."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    torch.set_num_threads(1)  # more only wait for one another
    config = LlamaConfig(
        vocab_size=512, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=4096,
    )  # fmt: skip
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        model.lm_head.weight.mul_(40)  # as sure of its nonsense as a trained one
    return LanguageModel(model, byte_tokenizer())
