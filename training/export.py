"""Put a finished run's model into checkpoints/: fp16 weights, processor files and a model card's head.

    python -m training.export training/runs/detector checkpoints/detector --command "..."

The card's scores are added by `evaluated` here at a trainer's end, or by `python -m bench.eyes_eval ... --cards`.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from training.tabletop.scenes import SceneSet, indices

PARTS = "LoRA adapter on SmolLM2-135M-Instruct and Idefics3 connector"  # where there is no whole model
TITLES = {
    "detector": "Detector by phrase: MM-Grounding-DINO, tabletop scenes",
    "attributes": "The detector's second stage: ResNet that names colour, material and shape, tabletop scenes",
    "segmenter": "Segmenter: SAM, tabletop scenes",
    "depth": "Depth: Depth Anything, tabletop scenes",
    "image_text": "Image-text model: SigLIP, tabletop regions",
    "eye": "The embedded VLM's eye: connector and adapter on SmolLM2-135M, tabletop scenes",
}


def export(run: Path, out: Path, command: str, note: str, sets: list[SceneSet] | None = None) -> None:
    """Copy `run`/model to `out` in half precision and begin its README.md from the run's log.

    sets: the scenes that it was trained on, to be counted.
    """
    scenes = f"{sum(len(indices(s, held_out=False)) for s in sets)} rendered scenes" if sets else "rendered scenes"
    out.mkdir(parents=True, exist_ok=True)
    count = 0
    for file in sorted((run / "model").glob("*.safetensors")):
        weights = {k: v.half() if v.is_floating_point() else v for k, v in load_file(file).items()}
        save_file(weights, out / file.name, metadata={"format": "pt"})
        (out / file.name).chmod(0o644)
        count += sum(v.numel() for v in weights.values())
    for path in (run / "model").glob("*.json"):
        shutil.copyfile(path, out / path.name)
    rows = [json.loads(line) for line in (run / "progress.jsonl").read_text().splitlines()]
    seconds = torch.load(run / "state.pt", weights_only=True)["seconds"]
    config = out / "config.json"
    architecture = json.loads(config.read_text())["architectures"][0] if config.is_file() else PARTS
    card = f"""# {TITLES.get(out.name, out.name)}

Trained from scratch for this project; licence as the project's. It knows tabletop scenes in the style of CLEVR
(Johnson et al., CVPR 2017) and nothing else.

| what | |
|---|---|
| architecture | {architecture}, {count / 1e6:.2f} M parameters, fp16 |
| data | {scenes} (those whose number is not divisible by 3), recomposed and relit on the fly |
| pictures seen | {rows[-1]["pictures"]} |
| time | {seconds / 60:.0f} minutes on one CPU thread beside other work |
| last training loss | {rows[-1]["loss"]:.3f} |
| command | `{command}` |

{note}"""
    (out / "README.md").write_text(card.rstrip() + "\n")


def shown(argument: str) -> str:
    """A command-line argument as a card may show it: of an absolute path the last part only."""
    return Path(argument).name if argument.startswith("/") else argument


def evaluated(out: Path, part: str, sets: list[SceneSet], keep: float) -> None:
    """Measure an exported checkpoint on every held-out scene of `sets`; print the scores and put them in its card."""
    from bench import eyes_dense, eyes_eval, eyes_naming

    scenes = list(eyes_eval.chosen(sets, 10_000, trained=False))
    if part == "detector":
        lines = eyes_eval.evaluate_detector(out, scenes, keep, None)
    elif part == "depth":
        lines = eyes_dense.evaluate_depth(out, scenes, None)
    elif part == "image_text":
        lines = eyes_naming.evaluate_image_text(out, scenes)
    elif part == "attributes":
        lines = eyes_naming.evaluate_attributes(out, scenes)
    elif part == "eye":
        lines = [*eyes_naming.evaluate_descriptions(out, scenes), "", *eyes_naming.evaluate_eye(out, scenes)]
    else:
        lines = eyes_dense.evaluate_segmenter(out, scenes, None)
    lines = [f"### {part}", "", *lines, "", f"({len(scenes)} held-out scenes, measured at the end of the training)"]
    print("\n".join(lines), flush=True)
    eyes_eval.write_card(out, part, lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--command", required=True, help="the training command, for the card")
    parser.add_argument("--note", default="", help="what else the card should say")
    a = parser.parse_args()
    export(a.run, a.out, a.command, a.note)


if __name__ == "__main__":
    main()
