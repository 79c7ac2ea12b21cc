"""A small Llama with 8-bit weights in onnxruntime, driven token by token like tools.adapters.language.

What a token costs on a CPU is reading the weights, and in 8 bits these are a quarter of numpy_llama's float32.
`export` writes the graph beside a checkpoint, `load` runs it (`python -m bench.speed --parts planner` times both).

Method: every 32 weights of a row share a scale, max |w| / 127, and are rounded to 8 bits (Q8_0 of llama.cpp; ONNX
Runtime's MatMulNBits, which rounds activations the same way); norms, attention and the embedded tokens stay float32.
Architecture as in numpy_llama, attention by GroupQueryAttention with its own rotary positions.
NOT here: other widths than multiples of 32, a GPU, what numpy_llama refuses.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tools.adapters.loading import checkpoint
from tools.adapters.numpy_llama import Tokens, plain_config, read_safetensors
from tools.adapters.token_cache import TokenCache
from tools.core import NotReady
from tools.types import Floats

GRAPH = "model_int8.onnx"
BLOCK = 32  # weights of a row that share a scale
POSITIONS = 8192  # at most so many tokens, the tables of rotary angles are no longer
CHUNK = 256  # tokens of a long prompt that go through together
CONTRIB = "com.microsoft"


class OnnxLlama(TokenCache):
    """A loaded graph with its tokenizer and one key-value cache; the same interface as language.LanguageModel."""

    def __init__(self, session: Any, embedding: Floats, tokenizer: Any) -> None:
        """embedding: a row for each token, float32 (vocabulary, width)."""
        super().__init__()
        self.tokenizer, self.vocabulary = tokenizer, len(embedding)
        self._session, self._embedding = session, embedding
        self._past = [i.name for i in session.get_inputs() if i.name.startswith("past_")]
        _, kv, _, size = session.get_inputs()[-1].shape
        self.companions: dict[str, Any] = {}
        self._cache = [np.zeros((1, kv, 0, size), np.float32) for _ in self._past]

    def append(self, tokens: Sequence[int]) -> Floats:
        """Append at least one token; logits after the last, float32 (vocabulary,). ValueError for more than fit."""
        if len(self._held) + len(tokens) > POSITIONS:
            raise ValueError(f"{len(self._held) + len(tokens)} tokens are more than the {POSITIONS} that fit")
        for first in range(0, len(tokens), CHUNK):
            logits = self._forward(tokens[first : first + CHUNK])
        return logits

    def _forward(self, tokens: Sequence[int]) -> Floats:
        held, total = len(self._held), len(self._held) + len(tokens)
        if held < self._cache[0].shape[2]:  # some were taken back
            self._cache = [np.ascontiguousarray(kept[:, :, :held]) for kept in self._cache]
        given = dict(zip(self._past, self._cache, strict=True)) | {
            "embedded": self._embedding[np.asarray(tokens)][None],
            "last": np.array([total - 1], np.int32),
            "total": np.array(total, np.int32),
        }
        logits, *self._cache = self._session.run(None, given)
        self._held.extend(tokens)
        last: Floats = logits[0, 0]
        return last


def load(source: str, precision: str = "int8", threads: int = 0) -> OnnxLlama:
    """Load from a transformers folder beside whose weights `export` has written its graph.

    threads: for onnxruntime, 0 for one on each core that the process may use. Raises NotReady where there is no graph,
    ValueError for a model that is more than a plain Llama, or another precision.
    """
    if precision != "int8":
        raise ValueError(f'onnx_llama has int8 weights only, not {precision}; set planner.adapter to "language"')
    folder = checkpoint("planner", source, by_transformers=False)
    config = plain_config(folder, "onnx_llama")
    if not (folder / GRAPH).is_file():
        raise NotReady("planner", f"there is no {GRAPH} in {folder}", 'set planner.adapter to "numpy_llama"')
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    if threads or hasattr(os, "sched_getaffinity"):  # its own choice counts cores that the process may not use
        options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
    session = onnxruntime.InferenceSession(str(folder / GRAPH), options, providers=["CPUExecutionProvider"])
    embedding = read_safetensors(folder / "model.safetensors", only=("model.embed_tokens.weight",))
    tokenizer = Tokens(Tokenizer.from_file(str(folder / "tokenizer.json")), config["eos_token_id"])
    return OnnxLlama(session, embedding["model.embed_tokens.weight"], tokenizer)


def export(folder: Path) -> None:
    """Write GRAPH beside the config.json and model.safetensors of a plain Llama.

    Raises ValueError for another model, or one whose widths are no multiples of BLOCK.
    """
    import onnx

    config = plain_config(folder, "onnx_llama")
    graph = _Graph(config, read_safetensors(folder / "model.safetensors"))
    onnx.save(graph.model(), folder / GRAPH)


class _Graph:
    """The nodes and weights of one model as ONNX."""

    def __init__(self, config: dict[str, Any], weights: dict[str, Floats]) -> None:
        from onnx import TensorProto, helper, numpy_helper

        self.config, self.weights = config, weights
        self._helper, self._array = helper, numpy_helper.from_array
        self._float, self._int = TensorProto.FLOAT, TensorProto.INT32
        self.heads, self.kv = int(config["num_attention_heads"]), int(config["num_key_value_heads"])
        self.width = int(config["hidden_size"])
        self.size = int(config.get("head_dim") or self.width // self.heads)
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.inputs = [self._shaped("embedded", [1, "tokens", self.width])]
        self.outputs = [self._shaped("logits", [1, 1, len(weights["model.embed_tokens.weight"])])]

    def model(self) -> Any:
        """The whole graph: embedded tokens and the cache in, the logits after the last and the longer cache out."""
        rotary = self.config.get("rope_parameters") or {"rope_theta": self.config.get("rope_theta", 10_000.0)}
        turns = rotary["rope_theta"] ** (-np.arange(0, self.size, 2, dtype=np.float32) / self.size)
        angles = np.arange(POSITIONS, dtype=np.float32)[:, None] * turns
        self._constant("cosines", np.cos(angles))
        self._constant("sines", np.sin(angles))
        self.inputs += [
            self._helper.make_tensor_value_info("last", self._int, [1]),
            self._helper.make_tensor_value_info("total", self._int, []),
        ]
        x = "embedded"
        for i in range(int(self.config["num_hidden_layers"])):
            x = self._layer(i, x)
        self._constant("final", np.array([-1], np.int64))
        one = self._node("Gather", [x, "final"], "one", axis=1)
        head = self.weights.get("lm_head.weight", self.weights["model.embed_tokens.weight"])
        self._product(self._normed(one, self.weights["model.norm.weight"], "norm"), head, "logits")
        made = self._helper.make_graph(self.nodes, "llama", self.inputs, self.outputs, self.initializers)
        sets = [self._helper.make_opsetid("", 17), self._helper.make_opsetid(CONTRIB, 1)]
        return self._helper.make_model(made, opset_imports=sets, ir_version=9)

    def _layer(self, i: int, x: str) -> str:
        def of(name: str) -> Floats:
            return self.weights[f"model.layers.{i}.{name}.weight"]

        normed = self._normed(x, of("input_layernorm"), f"attention_norm_{i}")
        mixed = np.concatenate([of(f"self_attn.{p}_proj") for p in "qkv"])
        qkv = self._product(normed, mixed, f"qkv_{i}")
        cache = [f"past_key_{i}", f"past_value_{i}"]
        longer = [f"present_key_{i}", f"present_value_{i}"]
        self.inputs += [self._shaped(name, [1, self.kv, "held", self.size]) for name in cache]
        self.outputs += [self._shaped(name, [1, self.kv, "held_then", self.size]) for name in longer]
        attention = {"num_heads": self.heads, "kv_num_heads": self.kv, "do_rotary": 1}
        given = [qkv, "", "", *cache, "last", "total", "cosines", "sines"]
        made = [f"attended_{i}", *longer]
        self.nodes.append(self._helper.make_node("GroupQueryAttention", given, made, domain=CONTRIB, **attention))
        x = self._node("Add", [x, self._product(f"attended_{i}", of("self_attn.o_proj"), f"out_{i}")], f"middle_{i}")
        normed = self._normed(x, of("post_attention_layernorm"), f"mlp_norm_{i}")
        gate = self._product(normed, of("mlp.gate_proj"), f"gate_{i}")
        opened = self._node("QuickGelu", [gate], f"opened_{i}", domain=CONTRIB, alpha=1.0)  # x * sigmoid(x), SiLU
        up = self._node("Mul", [opened, self._product(normed, of("mlp.up_proj"), f"up_{i}")], f"gated_{i}")
        return self._node("Add", [x, self._product(up, of("mlp.down_proj"), f"down_{i}")], f"layer_{i}")

    def _normed(self, x: str, weight: Floats, name: str) -> str:
        self._constant(f"{name}_weight", weight)
        epsilon = float(self.config["rms_norm_eps"])
        return self._node("SimplifiedLayerNormalization", [x, f"{name}_weight"], name, axis=-1, epsilon=epsilon)

    def _product(self, x: str, weight: Floats, name: str) -> str:
        """x times a weight (out, in) in 8 bits."""
        rows, columns = weight.shape
        if columns % BLOCK:
            raise ValueError(f"a weight has {columns} columns, which is no multiple of {BLOCK}")
        levels, scales = quantized(weight)
        self._constant(f"{name}_levels", levels)
        self._constant(f"{name}_scales", scales)
        return self._node(
            "MatMulNBits", [x, f"{name}_levels", f"{name}_scales"], name, domain=CONTRIB,
            K=columns, N=rows, bits=8, block_size=BLOCK, accuracy_level=4,
        )  # fmt: skip

    def _node(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(self._helper.make_node(kind, inputs, [name], **attributes))
        return name

    def _constant(self, name: str, values: Any) -> None:
        self.initializers.append(self._array(values, name))

    def _shaped(self, name: str, shape: list[Any]) -> Any:
        return self._helper.make_tensor_value_info(name, self._float, shape)


def quantized(weight: Floats) -> tuple[Any, Floats]:
    """Weights (out, in) as uint8 (out, blocks, BLOCK) around 128, and a scale for each block, float32 (out, blocks)."""
    blocks = weight.reshape(len(weight), -1, BLOCK)
    scales = np.abs(blocks).max(-1) / np.float32(127)
    levels = np.rint(blocks / np.where(scales > 0, scales, 1)[..., None]) + 128
    return levels.astype(np.uint8), scales.astype(np.float32)
