"""A small Llama in numpy, driven token by token like tools.adapters.language, and ready in a tenth of its time.

Importing torch and transformers takes longer than a small model's whole program (`python -m bench.cold_start`). A
request that needs no other torch model is answered without either: weights come from the safetensors file, tokens from
the package `tokenizers`, products from numpy's BLAS, in float32 whatever the file holds.

Method: Llama (Touvron et al. 2023) with grouped queries (Ainslie et al. 2023) and rotary positions (Su et al. 2021),
half against half as in transformers' LlamaForCausalLM, with which a test compares it.
NOT here: biases, scaled rotary positions, sliding windows, other architectures, a GPU; `load` refuses those, and
tools.adapters.language runs them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.adapters.loading import checkpoint
from tools.adapters.token_cache import TokenCache
from tools.types import Floats

CHUNK = 256  # tokens of a long prompt that go through together, so that attention's scores stay small
GROWTH = 256  # positions that a cache grows by
PLAIN = {"hidden_act": "silu", "attention_bias": False, "mlp_bias": False, "sliding_window": None}  # what `load` needs
Layer = dict[str, Floats]


class Tokens:
    """A tokenizer.json with the few methods of transformers' tokenizers that planners use."""

    def __init__(self, backend: Any, eos_token_id: int) -> None:
        self.backend_tokenizer, self.eos_token_id = backend, eos_token_id

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        ids: list[int] = self.backend_tokenizer.encode(text, add_special_tokens=add_special_tokens).ids
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        text: str = self.backend_tokenizer.decode(list(ids), skip_special_tokens=False)
        return text

    def batch_decode(self, batch: Sequence[Sequence[int]]) -> list[str]:
        texts: list[str] = self.backend_tokenizer.decode_batch([list(b) for b in batch], skip_special_tokens=False)
        return texts

    def __len__(self) -> int:
        size: int = self.backend_tokenizer.get_vocab_size(with_added_tokens=True)
        return size


class NumpyLlama(TokenCache):
    """A loaded model with its tokenizer and one key-value cache; the same interface as language.LanguageModel."""

    def __init__(self, weights: Mapping[str, Floats], config: Mapping[str, Any], tokenizer: Any) -> None:
        """weights: by transformers' names, float32."""
        super().__init__()
        self.tokenizer, self._embedding = tokenizer, weights["model.embed_tokens.weight"]
        self._out = weights.get("lm_head.weight", self._embedding)
        self.vocabulary = len(self._out)
        self._heads, self._kv = int(config["num_attention_heads"]), int(config["num_key_value_heads"])
        self._size = int(config.get("head_dim") or config["hidden_size"] // self._heads)
        self._eps = np.float32(config["rms_norm_eps"])
        self._norm = weights["model.norm.weight"]
        rotary = config.get("rope_parameters") or {"rope_theta": config.get("rope_theta", 10_000.0)}
        self._turns = rotary["rope_theta"] ** (-np.arange(0, self._size, 2, dtype=np.float32) / self._size)
        self._layers = [_layer(weights, f"model.layers.{i}.") for i in range(int(config["num_hidden_layers"]))]
        self._keys = np.zeros((len(self._layers), self._kv, 0, self._size), np.float32)
        self._values = self._keys.copy()
        self.companions: dict[str, Any] = {}

    def append(self, tokens: Sequence[int]) -> Floats:
        """Append at least one token; logits after the last, float32 (vocabulary,)."""
        for first in range(0, len(tokens), CHUNK):
            x = self._forward(tokens[first : first + CHUNK])
        logits: Floats = self._out @ self._normed(x[-1:], self._norm)[0]
        return logits

    def _forward(self, tokens: Sequence[int]) -> Floats:
        """Take tokens into the cache; what the last layer makes of them, (tokens, width)."""
        start, end = len(self._held), len(self._held) + len(tokens)
        self._room(end)
        angles = np.arange(start, end, dtype=np.float32)[:, None] * self._turns
        turn = np.cos(angles), np.sin(angles)
        # A token sees itself and what stands before it: (tokens, end), added to the scores.
        hidden = np.arange(end)[None] > np.arange(start, end)[:, None]
        unseen = np.where(hidden, np.float32(-np.inf), np.float32(0)) if len(tokens) > 1 else None
        x = self._embedding[np.asarray(tokens)]
        for i, layer in enumerate(self._layers):
            x = x + self._attended(i, layer, self._normed(x, layer["attention_norm"]), turn, unseen, start, end)
            gate, up = np.split(self._normed(x, layer["mlp_norm"]) @ layer["gate_up"].T, 2, axis=1)
            x = x + (gate / (1 + np.exp(-gate)) * up) @ layer["down"].T
        self._held.extend(tokens)
        last: Floats = x
        return last

    def _attended(
        self, i: int, layer: Layer, x: Floats, turn: tuple[Floats, Floats], unseen: Any, start: int, end: int
    ) -> Floats:
        """Attention of layer i over the cache and the new tokens: (tokens, width) -> (tokens, width)."""
        tokens, size, groups = len(x), self._size, self._heads // self._kv
        mixed = (x @ layer["qkv"].T).reshape(tokens, -1, size).transpose(1, 0, 2)  # (heads, tokens, size)
        queries, keys, values = np.split(mixed, [self._heads, self._heads + self._kv])
        self._keys[i, :, start:end] = _turned(keys, turn)
        self._values[i, :, start:end] = values
        # Queries that share keys lie next to each other: (kv heads, groups * tokens, size).
        queries = _turned(queries, turn).reshape(self._kv, groups * tokens, size)
        scores = queries @ self._keys[i, :, :end].transpose(0, 2, 1) * np.float32(size**-0.5)
        scores = scores.reshape(self._kv, groups, tokens, end)
        if unseen is not None:
            scores += unseen
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        seen = scores.reshape(self._kv, groups * tokens, end) @ self._values[i, :, :end]
        joined = seen.reshape(self._heads, tokens, size).transpose(1, 0, 2).reshape(tokens, -1)
        attended: Floats = joined @ layer["out"].T
        return attended

    def _normed(self, x: Floats, weight: Floats) -> Floats:
        normed: Floats = x / np.sqrt((x * x).mean(-1, keepdims=True) + self._eps) * weight
        return normed

    def _room(self, positions: int) -> None:
        """Make the cache hold so many positions; what is in it stays."""
        more = positions - self._keys.shape[2]
        if more > 0:
            wide = ((0, 0), (0, 0), (0, max(more, GROWTH)), (0, 0))
            self._keys, self._values = np.pad(self._keys, wide), np.pad(self._values, wide)


def load(source: str) -> NumpyLlama:
    """Load from a transformers folder with a Llama in one safetensors file.

    Raises NotReady where there is none, ValueError for a model that is more than a plain Llama.
    """
    folder = checkpoint("planner", source, by_transformers=False)
    config = plain_config(folder, "numpy_llama")
    from tokenizers import Tokenizer

    weights = read_safetensors(folder / "model.safetensors")
    return NumpyLlama(
        weights, config, Tokens(Tokenizer.from_file(str(folder / "tokenizer.json")), config["eos_token_id"])
    )


def plain_config(folder: Path, adapter: str) -> dict[str, Any]:
    """The config.json of a plain Llama's folder. Raises ValueError, naming the adapter that asks, for another model."""
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    rotary = (config.get("rope_parameters") or {}).get("rope_type", "default")
    odd = {k: config[k] for k, plain in PLAIN.items() if config.get(k, plain) != plain}
    if config.get("model_type") != "llama" or rotary != "default" or config.get("rope_scaling") or odd:
        raise ValueError(f"{adapter} runs plain Llamas only, {folder} is {config.get('model_type')!r} {odd or ''}; "
                         'set planner.adapter to "language"')  # fmt: skip
    return config


def read_safetensors(path: Path, only: Sequence[str] = ()) -> dict[str, Floats]:
    """The tensors of a safetensors file (bfloat16, float16 or float32) as float32, which numpy has no bfloat16 for.

    only: the names of those wanted, all unless given.

    A bfloat16 is the upper half of a float32, so shifting its bits is exact. Raises ValueError for a file that is none.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = struct.unpack("<Q", stream.read(8))[0] if size >= 8 else size
    if length > size - 8:
        raise ValueError(f"{path} is no safetensors file")
    data = np.memmap(path, dtype=np.uint8, mode="r")
    header = json.loads(data[8 : 8 + length].tobytes())
    made: dict[str, Floats] = {}
    for name, entry in header.items():
        if name == "__metadata__" or (only and name not in only):
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        made[name] = _float32(data[start:end], entry["dtype"], path).reshape(entry["shape"])
    return made


def _float32(data: npt.NDArray[np.uint8], dtype: str, path: Path) -> Floats:
    if dtype == "BF16":
        bits = np.left_shift(data.view("<u2"), 16, dtype=np.uint32)
        made: Floats = bits.view(np.float32)
        return made
    if dtype not in ("F16", "F32"):
        raise ValueError(f"{path} holds {dtype}; expected BF16, F16 or F32")
    return data.view("<f2" if dtype == "F16" else "<f4").astype(np.float32)


def _layer(weights: Mapping[str, Floats], prefix: str) -> Layer:
    """A layer's weights, those of one input joined."""

    def of(name: str) -> Floats:
        return weights[f"{prefix}{name}.weight"]

    return {
        "attention_norm": of("input_layernorm"),
        "qkv": np.concatenate([of(f"self_attn.{p}_proj") for p in "qkv"]),
        "out": of("self_attn.o_proj"),
        "mlp_norm": of("post_attention_layernorm"),
        "gate_up": np.concatenate([of("mlp.gate_proj"), of("mlp.up_proj")]),
        "down": of("mlp.down_proj"),
    }


def _turned(x: Floats, turn: tuple[Floats, Floats]) -> Floats:
    """Rotary positions: (heads, tokens, size), angles' cosines and sines (tokens, size / 2)."""
    cosine, sine = turn
    a, b = np.split(x, 2, axis=-1)
    return np.concatenate([a * cosine - b * sine, b * cosine + a * sine], axis=-1)
