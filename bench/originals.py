"""Whether the original packages and the transformers adapters say the same with the same weights; prints the tables.

    python -m bench.originals [--full] [--parts detector segmenter]

Needs the second environment (docs/originals.md). Weights are random, of the published architectures scaled down, or
with --full of their full size (Grounding DINO Swin-T, SAM ViT-B), and drawn so that outputs differ between queries,
words and prompts: beside each difference stands the spread, the standard deviation of the same numbers over queries
or pixels. A difference that is not far below its spread would show that the two do not compute the same.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from bench.original_weights import GROUNDING_DINO, SAM, converted
from tools.adapters import grounding_dino, groundingdino_original, sam, segment_anything_original
from tools.types import Image

PHRASES = ("red cube", "ball", "blue object")
SIZES = ((320, 224), (192, 352))
SMALL_SAM = {"side": 128, "patch": 16, "width": 64, "heads": 4, "blocks": 3, "window": 3, "every": (2,), "channels": 32}
FULL_SAM = {
    "side": 1024, "patch": 16, "width": 768, "heads": 12, "blocks": 12, "window": 14, "every": (2, 5, 8, 11),
    "channels": 256,
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One comparison: the largest difference of two arrays and the spread of the second."""

    what: str
    picture: str
    unit: str
    difference: float
    spread: float


def row(what: str, image: Image, unit: str, ours: Any, theirs: Any, axis: int | None = None) -> Row:
    """Compare arrays of one shape; the spread is along `axis`, the mean over the others (None: over everything)."""
    a, b = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if a.shape != b.shape:
        raise ValueError(f"{what}: shapes {a.shape} and {b.shape} differ")
    return Row(what, f"{image.width}x{image.height}", unit, float(np.abs(a - b).max()), float(b.std(axis=axis).mean()))


def picture(width: int, height: int) -> Image:
    """A picture without symmetry: ramps along both axes, blocks of colour, grain."""
    random = np.random.default_rng(width)
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([x * 255 / width, y * 255 / height, (x + 2 * y) % 256], axis=-1)
    for _ in range(12):
        left, top = random.integers(0, width - 20), random.integers(0, height - 20)
        pixels[top : top + random.integers(8, 60), left : left + random.integers(8, 60)] = random.integers(0, 255, 3)
    return Image.from_pixels(np.clip(pixels + random.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8))


def scatter(model: Any, seed: int = 0) -> None:
    """Random weights under which outputs differ between queries; the packages' own start has many of them at zero."""
    import torch

    random = torch.Generator().manual_seed(seed)

    def normal(like: Any, scale: float) -> Any:
        return torch.randn(like.shape, generator=random, dtype=like.dtype) * scale

    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "sampling_offsets" in name:
                weight.add_(normal(weight, 0.05))
            elif "gamma_" in name:
                weight.copy_(0.3 + normal(weight, 0.1))
            elif "embed" in name and weight.dim() >= 2 and ".proj" not in name and "layers" not in name:
                weight.copy_(normal(weight, 0.7))
            elif "iou_prediction_head.layers.2" in name:  # predictions within 0-1, where none is cut off
                weight.copy_(normal(weight, 0.3 / weight[0].numel() ** 0.5) if weight.dim() == 2 else 0.5 + weight * 0)
            elif weight.dim() >= 2:
                weight.copy_(normal(weight, 1.2 / weight[0].numel() ** 0.5))
            elif name.endswith("weight"):
                weight.copy_(1 + normal(weight, 0.1))
            else:
                weight.copy_(normal(weight, 0.1))


def detector_pair(folder: Path, full: bool, seed: int = 0) -> tuple[Any, Any]:
    """The original adapter and transformers', loaded from files with the same random weights."""
    import torch
    import transformers as t

    theirs = folder / "transformers"
    tokenizer = t.BertTokenizer(vocab=_vocabulary())
    tokenizer.save_pretrained(folder)
    text = t.BertConfig(vocab_size=1030) if full else t.BertConfig(
        vocab_size=1030, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64
    )  # fmt: skip
    text.save_pretrained(folder)
    settings = groundingdino_original.read_config(_shipped("GroundingDINO_SwinT_OGC.py"))
    if not full:
        # hidden_dim stays: the package's text positions are 256 wide whatever it says.
        smaller = {"enc_layers": 2, "dec_layers": 2, "num_queries": 30, "dim_feedforward": 128}
        settings = SimpleNamespace(**{**vars(settings), **smaller})
    (folder / "config.py").write_text("".join(f"{k} = {v!r}\n" for k, v in vars(settings).items()))
    model = groundingdino_original.build(settings, folder)
    scatter(model, seed)
    state = model.state_dict()
    torch.save({"model": {f"module.{name}": weight for name, weight in state.items()}}, folder / "weights.pth")
    config = t.GroundingDinoConfig(
        backbone_config=t.SwinConfig(out_indices=[2, 3, 4]), text_config=text, d_model=settings.hidden_dim,
        encoder_layers=settings.enc_layers, decoder_layers=settings.dec_layers, num_queries=settings.num_queries,
        encoder_ffn_dim=settings.dim_feedforward, decoder_ffn_dim=settings.dim_feedforward,
        encoder_attention_heads=settings.nheads, decoder_attention_heads=settings.nheads,
    )  # fmt: skip
    made = t.GroundingDinoForObjectDetection(config)
    # The norm after Swin's last stage is transformers' own and not used by a detector.
    _filled(made, converted(state, GROUNDING_DINO), unused="swin.layernorm.")
    made.save_pretrained(theirs)
    sides = {"shortest_edge": 224, "longest_edge": 352}
    processor = t.GroundingDinoImageProcessor(size=sides)
    t.GroundingDinoProcessor(image_processor=processor, tokenizer=tokenizer).save_pretrained(theirs)
    original = groundingdino_original.load(
        str(folder), shortest=sides["shortest_edge"], longest=sides["longest_edge"], floor=0.0
    )
    return original, grounding_dino.load(str(theirs), floor=0.0)


def detector_rows(original: Any, theirs: Any, full: bool = False) -> Iterator[Row]:
    """Boxes and logits of both: of the models on one tensor, and where scaled down, of the adapters on one picture.

    The full size in double precision: the 900 likeliest of thousands of cells become queries in the order of their
    scores, and two that single precision cannot tell apart would change places.
    """
    import torch

    for image in (picture(*size) for size in (SIZES[:1] if full else SIZES)):
        seen, ours = theirs.encode(image), original.encode(image)
        yield row("input pixels, normalised", image, "", ours.pixel_values, seen.pixel_values)
        if full:
            torch.set_default_dtype(torch.float64)
            original._model.double()
            theirs._model.double()
        pixels = seen.pixel_values.to(theirs._model.dtype)
        for phrase in PHRASES[:1] if full else PHRASES:
            text = grounding_dino.caption(phrase)
            tokens = theirs._tokenizer([text], return_tensors="pt")
            with torch.inference_mode():
                a = original._model(pixels, captions=[text])
                plain = theirs._model(pixel_values=pixels, **tokens)
                with theirs._as_trained():
                    b = theirs._model(pixel_values=pixels, **tokens)
            boxes, words = a["pred_boxes"][0], tokens["input_ids"].shape[1]
            logits = (a["pred_logits"][0, :, :words], b.logits[0, :, :words])
            yield row(f"model: logits, {phrase!r}", image, "", *logits, axis=0)
            yield row(f"model: boxes, {phrase!r}", image, "of the side", boxes, b.pred_boxes[0], axis=0)
            name = f"(boxes if transformers' clamp is kept, {phrase!r})"
            yield row(name, image, "of the side", boxes, plain.pred_boxes[0], axis=0)
        if full:
            torch.set_default_dtype(torch.float32)
            return
        said = zip(original.scored(image, ours, PHRASES), theirs.scored(image, seen, PHRASES), strict=True)
        for phrase, (first, second) in zip(PHRASES, said, strict=True):
            n = second.queries
            yield row(f"adapter: scores, {phrase!r}", image, "", first.scores[:n], second.scores[:n], axis=0)
            yield row(f"adapter: boxes, {phrase!r}", image, "pixels", first.boxes[:n], second.boxes[:n], axis=0)


def segmenter_pair(folder: Path, full: bool, seed: int = 0) -> tuple[Any, Any]:
    """The original adapter and transformers', loaded from files with the same random weights."""
    import torch
    import transformers as t

    folder.mkdir(parents=True, exist_ok=True)
    s: dict[str, Any] = FULL_SAM if full else SMALL_SAM
    grid, channels = s["side"] // s["patch"], s["channels"]
    config = t.SamConfig(
        vision_config={
            "hidden_size": s["width"], "output_channels": channels, "num_hidden_layers": s["blocks"],
            "num_attention_heads": s["heads"], "image_size": s["side"], "patch_size": s["patch"],
            "window_size": s["window"], "global_attn_indexes": list(s["every"]), "mlp_dim": 4 * s["width"],
            "num_pos_feats": channels // 2,
        },
        prompt_encoder_config={
            "hidden_size": channels, "image_size": s["side"], "patch_size": s["patch"], "image_embedding_size": grid,
        },
        mask_decoder_config={"hidden_size": channels, "iou_head_hidden_dim": channels, "mlp_dim": 8 * channels},
    )  # fmt: skip
    model = segment_anything_original.build(_sam_state(s))
    scatter(model, seed)
    torch.save(model.state_dict(), folder / "weights.pth")
    made = t.SamModel(config)
    _filled(made, converted(model.state_dict(), SAM))
    theirs = folder / "transformers"
    made.save_pretrained(theirs)
    image = t.SamImageProcessor(
        size={"longest_edge": s["side"]}, pad_size={"height": s["side"], "width": s["side"]},
        mask_size={"longest_edge": 4 * grid}, mask_pad_size={"height": 4 * grid, "width": 4 * grid},
    )  # fmt: skip
    t.SamProcessor(image).save_pretrained(theirs)
    return segment_anything_original.load(str(folder)), sam.load(str(theirs))


def segmenter_rows(original: Any, theirs: Any, full: bool = False) -> Iterator[Row]:
    """Embeddings, mask logits and predicted IoUs of both, for boxes, for points, and the three masks of a point.

    First of the models on one tensor; then of the adapters on one picture, which transformers with torchvision resizes
    to grey levels that now and then differ by one from Pillow's.
    """
    for image in (picture(*size) for size in (SIZES[:1] if full else SIZES)):
        ours = original.encode(image)
        for level, seen in (("model", _embedded(theirs, original, image)), ("adapter", theirs.encode(image))):
            yield row(f"{level}: image embedding", image, "", ours[0], seen)
            yield from _prompt_rows(level, image, (original, ours), (theirs, seen))


def _embedded(theirs: Any, original: Any, image: Image) -> Any:
    """transformers' embedding of the tensor that the original package makes of a picture."""
    import torch

    resized = original._predictor.transform.apply_image(image.pixels.copy())
    with torch.inference_mode():
        pixels = original._model.preprocess(torch.from_numpy(resized.copy()).permute(2, 0, 1)[None].float())
        return theirs._model.get_image_embeddings(pixels)


def _prompt_rows(level: str, image: Image, ours: tuple[Any, Any], seen: tuple[Any, Any]) -> Iterator[Row]:
    w, h = image.width, image.height
    boxes = np.array([[0.1 * w, 0.1 * h, 0.5 * w, 0.4 * h], [0.4 * w, 0.2 * h, 0.9 * w, 0.95 * h]], np.float32)
    points = np.array([[0.2 * w, 0.7 * h], [0.8 * w, 0.3 * h], [0.5 * w, 0.5 * h]], np.float32)
    for name, kind, prompts, many in (
        ("box", "input_boxes", boxes[:, None], False),
        ("point", "input_points", points[:, None], False),
        ("point, three masks", "input_points", points[:, None], True),
    ):
        a, b = (
            [np.stack(part) for part in zip(*adapter._prompted(image, encoding, kind, prompts, many), strict=True)]
            for adapter, encoding in (ours, seen)
        )
        yield row(f"{level}: mask logits, {name}", image, "", a[0], b[0])
        yield row(f"{level}: predicted IoU, {name}", image, "", a[1], b[1])
        other, masked = float(((a[0] > 0) != (b[0] > 0)).mean()), float((b[0] > 0).std())
        yield Row(f"{level}: pixels that only one has in its mask, {name}", f"{w}x{h}", "of all", other, masked)


def _filled(model: Any, weights: dict[str, Any], unused: str = "\0") -> None:
    """Give a transformers model all its weights. Raises ValueError for names that do not meet."""
    missing, more = model.load_state_dict(weights, strict=False)
    missing = [name for name in missing if unused not in name]
    if missing or more:
        raise ValueError(f"names do not meet: missing {missing[:5]}, left over {more[:5]}")


def _sam_state(s: dict[str, Any]) -> dict[str, Any]:
    """A SAM's weights, as the package starts them."""
    from functools import partial

    import torch
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, TwoWayTransformer
    from segment_anything.modeling import Sam as Original

    grid, channels = s["side"] // s["patch"], s["channels"]
    encoder = ImageEncoderViT(
        img_size=s["side"], patch_size=s["patch"], embed_dim=s["width"], depth=s["blocks"], num_heads=s["heads"],
        out_chans=channels, use_rel_pos=True, window_size=s["window"], global_attn_indexes=s["every"],
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
    )  # fmt: skip
    prompts = PromptEncoder(channels, (grid, grid), (s["side"], s["side"]), mask_in_chans=16)
    two_way = TwoWayTransformer(depth=2, embedding_dim=channels, num_heads=8, mlp_dim=8 * channels)
    decoder = MaskDecoder(transformer_dim=channels, transformer=two_way, iou_head_hidden_dim=channels)
    state: dict[str, Any] = Original(encoder, prompts, decoder).state_dict()
    return state


def _vocabulary() -> dict[str, int]:
    """BERT's special ids where Grounding DINO expects them, and the words of PHRASES."""
    ids = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103, ".": 1012, "?": 1029}
    ids |= {word: 104 + i for i, word in enumerate(sorted({w for phrase in PHRASES for w in phrase.split()}))}
    taken = set(ids.values())
    return ids | {f"[unused{i}]": i for i in range(1030) if i not in taken}


def _shipped(name: str) -> Path:
    import importlib.util

    spec = importlib.util.find_spec("groundingdino")
    if spec is None or spec.origin is None:
        raise SystemExit("groundingdino-py is not installed; docs/originals.md says how")
    return Path(spec.origin).parent / "config" / name


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--full", action="store_true", help="the published sizes instead of scaled-down ones")
    parser.add_argument("--parts", nargs="+", choices=("detector", "segmenter"), default=("detector", "segmenter"))
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", message="torch.meshgrid")
    parts = {"detector": (detector_pair, detector_rows), "segmenter": (segmenter_pair, segmenter_rows)}
    for part in arguments.parts:
        pair, rows = parts[part]
        with tempfile.TemporaryDirectory() as folder:
            original, theirs = pair(Path(folder), arguments.full)
            print(f"\n{part}, {'full size' if arguments.full else 'scaled down'}\n")
            print("| what | picture | largest difference | spread |\n|---|---|---|---|")
            for r in rows(original, theirs, arguments.full):
                print(
                    f"| {r.what} | {r.picture} | {r.difference:.1e} {r.unit}".rstrip() + f" | {r.spread:.2g} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
