"""Train the detector by phrase from scratch on rendered tabletop scenes.

    python -m training.train_detector --scenes SCENES.zip... --out training/runs/detector [--pictures 50000]
                                      [--second 30000] [--seed 6]

One command, seeded, one process, two cosines (a warm restart: Loshchilov & Hutter, SGDR, 2017). Run again, it takes up
at its last checkpoint (every two minutes); what step N sees is a function of the seed and N alone. The folder holds
state.pt, progress.jsonl, curve.png and, at the end and at every checkpoint, the model in transformers' folder layout
under `model/`.

The first two fifths of the first cosine run on 320-pixel pictures, the rest mostly on 432 and 480 pixels, where the
model is used.

`--checkpoint FOLDER` exports the finished model there in half precision, evaluates it on the held-out scenes and writes
its card; the same scores come from `python -m bench.eyes_eval`.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import MMGroundingDinoForObjectDetection

from training import detector_loss as losses
from training.detector_model import MEAN, STD, build, processor, vocabulary_ids
from training.export import evaluated, export, shown
from training.loop import fast_dtype
from training.measure import draw_curve
from training.tabletop.compose import Sample, relight, sample
from training.tabletop.phrases import caption
from training.tabletop.scenes import SceneSet, indices, load

BATCH, WARM_UP, CLIP = 8, 100, 1.0
RATE, BETAS, DECAY = 8e-4, (0.9, 0.98), 0.02
PICTURES, SMALL_SHARE, SEED = 50_000, 0.4, 6
SECOND, SECOND_RATE = 30_000, 5e-4
SMALL = {4 / 3: (320, 240), 3 / 2: (320, 224)}
LARGE = {4 / 3: (432, 320), 3 / 2: (480, 320)}
CHECKPOINT_SECONDS = 120.0


def autocast_backbone(model: MMGroundingDinoForObjectDetection) -> None:
    """bf16 inside the convolutions only, float32 maps out: over the whole model it trains what works in bf16 alone.

    Where the CPU has no bf16, float32 throughout. Channels last: a tenth faster on a CPU.
    """
    encoder = model.model.backbone.conv_encoder.to(memory_format=torch.channels_last)
    plain = encoder.forward

    def forward(pixels: Tensor, mask: Tensor) -> list[tuple[Tensor, Tensor]]:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast_dtype() is torch.bfloat16):
            out = plain(pixels.contiguous(memory_format=torch.channels_last), mask)
        return [(features.float().contiguous(), m) for features, m in out]

    encoder.forward = forward


def encode_caption(samples: list[Sample], ids: dict[str, int], rng: random.Random) -> tuple[Tensor, losses.Text]:
    """Token ids (1, T) of "[CLS] phrase . phrase . [SEP]" and where the phrases stand in them."""
    phrases = caption([s.attributes for s in samples], rng)
    tokens, spans = [ids["[CLS]"]], []
    for phrase in phrases:
        words = [ids.get(w, ids["[UNK]"]) for w in phrase.text.split()]
        spans.append((len(tokens), len(tokens) + len(words)))
        tokens += [*words, ids["."]]
    tokens.append(ids["[SEP]"])
    table = torch.zeros(len(spans), len(tokens))
    for i, (a, b) in enumerate(spans):
        table[i, a:b] = 1
    return torch.tensor([tokens]), losses.Text(phrases, table, 0.1 * (table.sum(0) == 0).float())


class Trainer:
    """Everything that a step needs; `step(n)` trains on batch n and returns the parts of the loss."""

    def __init__(
        self, sets: list[SceneSet], pictures: int, second: int, seed: int, small_share: float, rate: float = RATE
    ) -> None:
        """pictures, second: of the first and the second cosine."""
        self.sets, self.seed, self.small_share = sets, seed, small_share
        self.first, self.steps, self.peak = pictures // BATCH, (pictures + second) // BATCH, rate
        self.pools = [indices(s, held_out=False) for s in sets]
        torch.manual_seed(seed)
        self.model = build()
        self.heads = nn.ModuleList([losses.AttributeHeads() for _ in range(1 + self.model.config.decoder_layers)])
        autocast_backbone(self.model)
        self.ids = vocabulary_ids()
        self._object_query: Tensor | None = None
        self.model.model.enc_output_norm.register_forward_hook(self._keep)
        everything = [*self.model.named_parameters(), *self.heads.named_parameters()]
        groups = [
            {"params": [p for _, p in everything if p.ndim > 1], "weight_decay": DECAY},
            {"params": [p for _, p in everything if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=RATE, betas=BETAS, fused=True)
        self.mean, self.std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)

    def begin_with(self, folder: Path) -> None:
        """Take a finished run's weights, or a checkpoint's, which has none for the attribute heads."""
        if (folder / "state.pt").exists():
            state = torch.load(folder / "state.pt", weights_only=True)
            self.heads.load_state_dict(state["heads"])
            self.model.load_state_dict(state["model"])
        else:
            begun = MMGroundingDinoForObjectDetection.from_pretrained(folder, dtype=torch.float32)
            self.model.load_state_dict(begun.state_dict())

    def _keep(self, module: nn.Module, inputs: object, output: Tensor) -> None:
        self._object_query = output

    def batch(self, n: int) -> tuple[list[Sample], Tensor, Tensor, losses.Text]:
        """Samples, pixel_values (B, 3, H, W), token ids (1, T) and the caption of step n."""
        rng = random.Random(self.seed * 1_000_003 + n)
        which = rng.choices(range(len(self.sets)), [len(pool) ** 0.5 for pool in self.pools])[0]
        scenes = self.sets[which]
        aspect = 4 / 3 if scenes.size_wh[0] / scenes.size_wh[1] < 1.42 else 3 / 2
        small = n < self.small_share * self.first or rng.random() < 0.15
        size = (SMALL if small else LARGE)[aspect]
        samples = [sample(scenes, self.pools[which], size, rng) for _ in range(BATCH)]
        generator = torch.Generator().manual_seed(self.seed * 7919 + n)
        pixels = (relight(np.stack([s.image for s in samples]), generator) - self.mean) / self.std
        tokens, text = encode_caption(samples, self.ids, rng)
        return samples, pixels, tokens, text

    def loss(self, n: int) -> dict[str, Tensor]:
        """The parts of step n's loss."""
        samples, pixels, tokens, text = self.batch(n)
        tokens = tokens.expand(len(samples), -1)
        mask = torch.ones_like(tokens)
        out = self.model.model(pixel_values=pixels, input_ids=tokens, attention_mask=mask)
        length = tokens.shape[1]
        if self._object_query is None:
            raise RuntimeError("expected the encoder's output from a hook, got none: was enc_output_norm renamed?")
        cells = losses.cell_targets(samples)
        parts = losses.dense_loss(
            out.enc_outputs_class[..., :length],
            out.enc_outputs_coord_logits,
            self._object_query,
            cells,
            text,
            self.heads[0],
        )
        reference = out.init_reference_points
        for layer in range(self.model.config.decoder_layers):
            hidden = out.intermediate_hidden_states[:, layer]
            logits = self.model.class_embed[layer](hidden, out.encoder_last_hidden_state_text, mask.bool())
            boxes = (self.model.bbox_embed[layer](hidden) + torch.special.logit(reference, eps=1e-5)).sigmoid()
            for name, value in losses.decoder_loss(
                logits[..., :length], boxes, hidden, samples, cells, text, self.heads[1 + layer]
            ).items():
                parts[f"decoder{layer}_{name}"] = value
            reference = out.intermediate_reference_points[:, layer]
        return parts

    def rate(self, n: int) -> float:
        """The learning rate of step n: warm-up, then a cosine down to a hundredth, once for each of the two."""
        peak, at, steps = self.peak, n, self.first
        if n >= self.first:
            peak, at, steps = SECOND_RATE, n - self.first, self.steps - self.first
        return peak * min(1.0, (at + 1) / WARM_UP) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * at / steps)))

    def step(self, n: int) -> dict[str, float]:
        """Train on batch n."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(n)
        parts = self.loss(n)
        total = torch.stack(list(parts.values())).sum()
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_([*self.model.parameters(), *self.heads.parameters()], CLIP)
        self.optimizer.step()
        return {"loss": total.item(), **{k: v.item() for k, v in parts.items()}}


def save(trainer: Trainer, out: Path, n: int, seconds: float) -> None:
    """Write state and model, each complete or not at all."""
    state = {
        "step": n,
        "seconds": seconds,
        "model": trainer.model.state_dict(),
        "heads": trainer.heads.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
    }
    torch.save(state, out / "state.part")
    (out / "state.part").replace(out / "state.pt")
    trainer.model.save_pretrained(out / "model")
    processor(out).save_pretrained(out / "model")


def train(trainer: Trainer, out: Path, pictures: int, began_with: Path | None, stop_after: float) -> bool:
    """Run in `out`, from its last checkpoint if it has one; whether it came to its end."""
    out.mkdir(parents=True, exist_ok=True)
    first, before = 0, 0.0
    if (out / "state.pt").exists():
        state = torch.load(out / "state.pt", weights_only=True)
        trainer.model.load_state_dict(state["model"])
        trainer.heads.load_state_dict(state["heads"])
        trainer.optimizer.load_state_dict(state["optimizer"])
        first, before = state["step"], state["seconds"]
    elif began_with is not None:
        trainer.begin_with(began_with)
    began = saved = time.monotonic()
    rows: list[dict[str, float]] = []
    log = out / "progress.jsonl"
    for n in range(first, trainer.steps):
        rows.append(trainer.step(n))
        now = time.monotonic()
        if (n + 1) % 25 == 0:
            mean = {k: float(np.mean([r[k] for r in rows if k in r])) for k in sorted({k for r in rows for k in r})}
            rows = []
            seconds = before + now - began
            at = {"pictures": (n + 1) * BATCH, "seconds": round(seconds, 1)}
            line = at | {k: round(v, 4) for k, v in mean.items()}
            with log.open("a") as f:
                f.write(json.dumps(line) + "\n")
            print(
                f"{line['pictures']}/{pictures} pictures  {seconds:.0f} s  loss {mean['loss']:.3f}  "
                f"{(n + 1 - first) * BATCH / (now - began):.1f} pictures/s",
                flush=True,
            )
        last = n + 1 == trainer.steps or now - began > stop_after
        if now - saved > CHECKPOINT_SECONDS or last:
            save(trainer, out, n + 1, before + now - began)
            draw(out, (n + 1) * BATCH, log)
            saved = now
        if last:
            return n + 1 == trainer.steps
    return True


def draw(out: Path, pictures: int, log: Path) -> None:
    """The curve of a run so far."""
    history = [json.loads(t) for t in log.read_text().splitlines()] if log.exists() else []
    parts = ("loss", "dense_class", "decoder1_class", "decoder1_giou", "dense_heads")
    curves = {k: [(h["pictures"], h[k]) for h in history if k in h] for k in parts}
    draw_curve(out / "curve.png", f"detector, {pictures} pictures", curves)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scenes", nargs="+", required=True, metavar="ZIP_OR_DIR")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("training/data"))
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--second", type=int, default=SECOND, help=f"pictures of the second cosine ({SECOND})")
    parser.add_argument("--rate", type=float, default=RATE, help=f"peak learning rate ({RATE})")
    parser.add_argument(
        "--small-share", type=float, default=SMALL_SHARE, help=f"of the run on 320-pixel pictures ({SMALL_SHARE})"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--start-from", type=Path, metavar="FOLDER", help="begin with a checkpoint's or run's weights")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--stop-after", type=float, default=math.inf, help="seconds, then checkpoint and leave")
    parser.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="export and evaluate there at the end")
    parser.add_argument("--note", default="", help="what else the model card should say")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    sets = load(a.scenes, a.cache)
    trainer = Trainer(sets, a.pictures, a.second, a.seed, a.small_share, a.rate)
    if not train(trainer, a.out, a.pictures + a.second, a.start_from, a.stop_after):
        return
    if a.checkpoint is not None:
        command = "python -m training.train_detector " + " ".join(shown(v) for v in sys.argv[1:])
        export(a.out, a.checkpoint, command, a.note, sets)
        evaluated(a.checkpoint, "detector", sets, 0.45)


if __name__ == "__main__":
    main()
