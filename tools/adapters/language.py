"""A language model of transformers, driven token by token: causal models, and the text side of image-text models.

The caller appends tokens and gets the logits after the last one; it may take tokens back. What two prompts in a row
have in common at their start is computed once (its keys and values stay in the cache).
NOT here: what may be written (agent.language.grammar), sampling (agent.planner).
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from tools.adapters.loading import checkpoint, pretrained
from tools.adapters.token_cache import TokenCache
from tools.types import Floats


class LanguageModel(TokenCache):
    """A loaded model with its tokenizer and one key-value cache.

    companions: what callers derive from this model and what should go when it goes.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        super().__init__()
        self.model, self.tokenizer = model, tokenizer
        self.vocabulary = int(model.get_output_embeddings().weight.shape[0])
        self._places = "position_ids" in inspect.signature(model.forward).parameters
        self.companions: dict[str, Any] = {}
        self._cache: Any = None

    def append(self, tokens: Sequence[int]) -> Floats:
        """Append at least one token; logits after the last, float32 (vocabulary,)."""
        import torch

        ids = torch.tensor([list(tokens)], device=self.model.device)
        start = len(self._held)
        # Said, because a model that also sees counts from the last picture that somebody showed it.
        places = torch.arange(start, start + len(tokens), device=self.model.device)[None]
        said = {"position_ids": places} if self._places else {}
        with torch.inference_mode():
            out = self.model(input_ids=ids, cache=self._cache, use_cache=True, logits_to_keep=1, **said)
        self._cache = out.cache
        self._held.extend(tokens)
        logits: Floats = out.logits[0, -1].float().cpu().numpy()
        return logits

    def rewind(self, length: int) -> None:
        """Keep the first `length` tokens only. A cache that cannot be cut is dropped whole."""
        if length >= len(self._held):
            return
        if length == 0 or not hasattr(self._cache, "crop"):
            self._cache = None
            super().rewind(0)
            return
        self._cache.crop(length - len(self._held))
        super().rewind(length)


def load(source: str, precision: str = "fp32", device: str = "cpu", threads: int = 0) -> LanguageModel:
    """Load from a transformers folder, of a causal or an image-text model.

    threads: for torch, 0 for its own choice. Raises NotReady where there is no such folder, or this machine cannot have
    the precision or the device; ValueError for an unknown precision.
    """
    folder = checkpoint("planner", source)
    import torch
    from transformers import AutoConfig, AutoTokenizer
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    if threads:
        torch.set_num_threads(threads)
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    sees = config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
    kind = "AutoModelForImageTextToText" if sees else "AutoModelForCausalLM"
    model = pretrained(kind, "planner", folder, precision, device, shared=True)
    return LanguageModel(model, AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False))


def softmax(logits: Floats, allowed: np.ndarray[Any, np.dtype[np.bool_]] | None = None) -> Floats:
    """Probabilities float32 (vocabulary,); zero where `allowed` is False."""
    kept = logits if allowed is None else np.where(allowed, logits, -np.inf)
    raised = np.exp(kept - kept.max())
    probabilities: Floats = (raised / raised.sum()).astype(np.float32)
    return probabilities
