"""Role "detector": the original package groundingdino-py 0.4.0 (Liu et al., ECCV 2024), for people with its .pth.

The same interface, frames, captions and suppression as tools.adapters.grounding_dino; with the same weights the same
boxes and logits: `python -m bench.originals` shows it. What differs: a phrase is asked in a forward pass of its own,
and only the decoder's queries are scored, for the package does not give out the encoder's.

The package was written for transformers 4. `_compatible` gives it, while a model is being built, a text encoder that
calls transformers 5's BertModel as transformers' own Grounding DINO does (BertModel lost get_extended_attention_mask
and get_head_mask), with the tokenizer and the configuration of a local folder in place of a download. The
configuration (GroundingDINO_SwinT_OGC.py) is read as literals, never run. docs/originals.md says how to install it
all.
"""

from __future__ import annotations

import ast
import importlib.util
import threading
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np

from tools.adapters.grounding_dino import REMEMBERED, Encoding, GroundingDino, fitted
from tools.adapters.originals import original_weights, pretrained_package
from tools.adapters.scored import Scored
from tools.core import InputError, NotReady
from tools.types import Image

MULTIPLE = 32
"""Pixels per cell of a Swin backbone's last stage."""
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
SHIPPED = {"swint": "GroundingDINO_SwinT_OGC.py", "swinb": "GroundingDINO_SwinB_cfg.py"}
"""The package's own configurations, by what the published files' names hold."""
LEFT_OVER = ("bert.embeddings.position_ids", "label_enc.weight", "bert.pooler.")
"""Weights of the published files that no prediction uses, or that transformers computes."""
_building = threading.Lock()


class OriginalGroundingDino(GroundingDino):
    """The original model behind the interface of tools.adapters.grounding_dino, made by `load`."""

    def __init__(
        self,
        model: Any,
        *,
        floor: float,
        nms: float,
        score: Literal["max", "mean"],
        device: str,
        shortest: int,
        longest: int,
    ) -> None:
        if score not in ("max", "mean"):
            raise ValueError(f'score must be "max" or "mean", got {score!r}')
        self._model, self._device, self._tokenizer = model, device, model.tokenizer
        self._floor, self._nms, self._score = floor, nms, score
        self._limits = (shortest, longest)
        self.second = None
        self._lock = threading.RLock()
        self._encodings: OrderedDict[str, Encoding] = OrderedDict()
        self._features: Any = None
        self._backbone = model.backbone.forward
        model.backbone.forward = lambda samples: self._backbone(samples) if self._features is None else self._features

    def encode(self, image: Image) -> Encoding:
        """The picture after the backbone, computed once per picture content."""
        import torch
        from groundingdino.util.misc import nested_tensor_from_tensor_list

        with self._lock, torch.inference_mode():
            known = self._encodings.pop(image.id, None)
            if known is None:
                width, height = fitted(image.width, image.height, *self._limits, MULTIPLE)
                pixels = pixel_values(image, width, height).to(self._device)
                known = Encoding(pixels, self._backbone(nested_tensor_from_tensor_list(pixels)))
            self._encodings[image.id] = known
            while len(self._encodings) > REMEMBERED:
                self._encodings.popitem(last=False)
            return known

    def _ask(self, image: Image, encoding: Encoding, texts: list[str]) -> list[Scored]:
        import torch

        found = []
        with self._lock, torch.inference_mode():
            self._features = encoding.features
            try:
                for text in texts:
                    out = self._model(encoding.pixel_values, captions=[text])
                    tokens = self._tokenizer([text], return_tensors="pt").to(self._device)
                    words = self._word_tokens(tokens["input_ids"], out["pred_logits"].shape[-1])
                    found += self._said(image, out["pred_logits"], out["pred_boxes"], words, out["pred_boxes"].shape[1])
            finally:
                self._features = None
        return found


def pixel_values(image: Image, width: int, height: int) -> Any:
    """The picture as the package prepares it, Pillow's bilinear resize and ImageNet's mean: float32 (1, 3, h, w)."""
    import torch
    from PIL import Image as Pillow

    resized = Pillow.fromarray(image.pixels).resize((width, height), Pillow.Resampling.BILINEAR)
    values = (np.asarray(resized, np.float32) / 255 - MEAN) / DEVIATION
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None]


def read_config(path: Path) -> SimpleNamespace:
    """The settings of an original configuration file: assignments of literals; nothing of it is run.

    Raises InputError for a file that cannot be read or that computes something.
    """
    settings: dict[str, Any] = {}
    try:
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if not (isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)):
                raise ValueError(f"line {statement.lineno} is no assignment")
            settings[statement.targets[0].id] = ast.literal_eval(statement.value)
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path} is no configuration of Grounding DINO (names and literals only): {error}") from error
    if settings.get("modelname") != "groundingdino":
        raise InputError(f'{path} has modelname = {settings.get("modelname")!r}, expected "groundingdino"')
    # Recomputing activations saves memory in training only.
    return SimpleNamespace(**{**settings, "use_checkpoint": False, "use_transformer_ckpt": False})


def build(settings: SimpleNamespace, text: Path, state: Mapping[str, Any] | None = None) -> Any:
    """The package's model; `text`: a folder with BERT's tokenizer, and its config.json where it is not the base one.

    state: its weights, None for random ones. Raises NotReady where there is no tokenizer, ValueError where weights are
    missing or belong to another model.
    """
    if not any((text / name).is_file() for name in ("tokenizer.json", "vocab.txt")):
        remedy = "put bert-base-uncased's tokenizer.json or vocab.txt there, or set detector.text to its folder"
        raise NotReady("detector", f"no tokenizer of bert-base-uncased at {text}", remedy)
    with _building, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # timm's names have moved
        from groundingdino.models import build_model

        with _compatible(text):
            model = build_model(settings)
    if state is not None:
        missing, more = model.load_state_dict(dict(state), strict=False)
        missing, more = ([n for n in names if not n.startswith(LEFT_OVER)] for names in (missing, more))
        if missing or more:
            raise ValueError(
                f"the weights do not fit the configuration: {len(missing)} are missing ({', '.join(missing[:3])}), "
                f"{len(more)} are left over ({', '.join(more[:3])}); give the .py that belongs to the .pth"
            )
    return model


@contextmanager
def _compatible(text: Path) -> Iterator[None]:
    """While a model is being built: transformers 5's BertModel behind the package's text side, nothing downloaded."""
    import torch
    from groundingdino.models.GroundingDINO import groundingdino as package
    from transformers import AutoTokenizer, BertConfig, BertModel

    class TextEncoder(torch.nn.Module):  # type: ignore[misc]  # torch is not seen by mypy
        """BertModel under the names that the package's weights have, called with its (batch, text, text) masks."""

        def __init__(self, bert_model: Any) -> None:
            super().__init__()
            self.config, self.embeddings = bert_model.config, bert_model.embeddings
            self.encoder, self.pooler = bert_model.encoder, bert_model.pooler
            self._whole = (bert_model,)  # in a tuple, so that its weights are not counted twice

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any, position_ids: Any) -> Any:
            out = self._whole[0](
                input_ids,
                attention_mask=attention_mask[:, None].bool(),
                token_type_ids=token_type_ids,
                position_ids=position_ids,
            )
            return {"last_hidden_state": out.last_hidden_state}

    def tokenizer(_: str) -> Any:
        return AutoTokenizer.from_pretrained(text, local_files_only=True)

    def bert(_: str) -> Any:
        config = BertConfig.from_json_file(text / "config.json") if (text / "config.json").is_file() else BertConfig()
        return BertModel(config)

    kept = package.BertModelWarper, package.get_tokenlizer
    package.BertModelWarper = TextEncoder
    package.get_tokenlizer = SimpleNamespace(get_tokenlizer=tokenizer, get_pretrained_language_model=bert)
    try:
        yield
    finally:
        package.BertModelWarper, package.get_tokenlizer = kept


def load(
    source: str,
    config: str = "",
    text: str = "",
    precision: str = "fp32",
    device: str = "cpu",
    floor: float = 0.1,
    nms: float = 0.5,
    score: Literal["max", "mean"] = "max",
    shortest: int = 800,
    longest: int = 1333,
) -> OriginalGroundingDino:
    """Load a .pth, or the only one of a folder; only tensors are read from it, no code (weights_only).

    config: the .py that belongs to it; else the only .py beside it, else the package's own for a published file's name.
    text: a folder with BERT's tokenizer; else the .pth's folder. shortest, longest: the sides that pictures are resized
    to. floor, nms, score: as in tools.adapters.grounding_dino. Raises NotReady where the package, the .pth or the
    tokenizer is missing, InputError for a file that cannot be read, ValueError for weights of another model.
    """
    if precision != "fp32":
        raise ValueError(f'precision must be "fp32" for an original package, got {precision!r}')
    pretrained_package("detector", "groundingdino", "groundingdino-py==0.4.0")
    path, state = original_weights("detector", source)
    settings = read_config(Path(config) if config else _config_of(path))
    model = build(settings, Path(text) if text else path.parent, state).to(device).eval()
    return OriginalGroundingDino(
        model, floor=floor, nms=nms, score=score, device=device, shortest=shortest, longest=longest
    )


def _config_of(weights: Path) -> Path:
    """The configuration of a .pth: the only .py beside it, or the package's own for a published file's name."""
    beside = sorted(weights.parent.glob("*.py"))
    if len(beside) == 1:
        return beside[0]
    spec = importlib.util.find_spec("groundingdino")
    for part, name in SHIPPED.items():
        if part in weights.name.lower() and not beside and spec is not None and spec.origin:
            return Path(spec.origin).parent / "config" / name
    raise NotReady(
        "detector",
        f"which configuration belongs to {weights} is not known: {len(beside)} .py files lie beside it",
        f"set detector.config to its .py, such as {SHIPPED['swint']}",
    )
