"""How well the embedded eyes see: the detector, attributes, masks and depth on held-out tabletop scenes.

    python -m bench.eyes_eval --scenes SCENES.zip... [--checkpoints checkpoints] [--parts detector,attributes]
                              [--limit N] [--keep 0.5] [--threads 1] [--worst FOLDER] [--cards]

Uses the scenes whose number is divisible by 3, on which no trainer here ever trains, and the adapters that Eyeshot
itself uses. Prints a table a part; `--worst` draws the worst cases; `--cards` writes what was printed into each
checkpoint's model card.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from agent.profiles import Models, load_profile
from bench import eyes_dense, eyes_naming
from tools.adapters import grounding_dino
from tools.adapters.phrase_matcher import TABLETOP, PhraseMatcher
from tools.types import Image, Region
from training.measure import Found, average_precision, exact_count
from training.tabletop.phrases import Phrase, plain
from training.tabletop.scenes import ATTRIBUTES, SceneSet, indices, load

Table = np.ndarray[Any, Any]
Scenes = Iterable[tuple[SceneSet, int, Image]]
KINDS = ("object", "shape", "material", "size", "color", "color+shape", "full phrase", "absent phrase")


def asked(attributes: np.ndarray[Any, Any], seed: int) -> list[tuple[str, Phrase]]:
    """(kind, phrase) pairs asked of one scene: every bare word, its own pairs and full phrases, and near misses."""
    rng = np.random.default_rng(seed)
    out = [("object", plain((-1, -1, -1, -1)))]
    for at, (name, values) in enumerate(ATTRIBUTES.items()):
        for v in range(len(values)):
            row = [-1, -1, -1, -1]
            row[at] = v
            out.append((name, plain(row)))
    own = {tuple(int(v) for v in row) for row in attributes}
    for pair in sorted({(c, s) for _, c, _, s in own}):
        out.append(("color+shape", plain((-1, pair[0], -1, pair[1]))))
    out += [("full phrase", plain(row)) for row in sorted(own)]
    for row in sorted(own)[:4]:
        near = list(row)
        at = int(rng.integers(4))
        near[at] = (near[at] + 1) % len(list(ATTRIBUTES.values())[at])
        if tuple(near) not in own:
            out.append(("absent phrase", plain(near)))
    return out


def chosen(sets: list[SceneSet], limit: int, trained: bool) -> Iterator[tuple[SceneSet, int, Image]]:
    """Every held-out scene of every set (or every `trained` one), at most `limit` of each."""
    for scenes in sets:
        for i in indices(scenes, held_out=not trained)[:limit]:
            yield scenes, i, Image.from_pixels(np.array(scenes.images[i]))


def evaluate_detector(folder: Path, cases: Scenes, keep: float, worst: Path | None) -> list[str]:
    """AP50, AP75 and exact counts per kind of phrase and picture size, the time taken, attributes at the true boxes."""
    detector = grounding_dino.load(str(folder), floor=0.02, **_settings(folder))
    answers: dict[tuple[str, str], list[Found]] = defaultdict(list)
    looked: dict[str, list[bool]] = defaultdict(list)
    profile = Models(load_profile())
    low, sure = profile.setting("detector", "keep", keep), profile.setting("detector", "sure", keep)
    confirm, matcher = profile.setting("matcher", "confirm", 0.5), PhraseMatcher(detector, TABLETOP)
    wrong: list[tuple[int, Image, str, Found]] = []
    tables = {name: np.zeros((len(v), len(v)), int) for name, v in ATTRIBUTES.items()}
    encoding_s, phrase_s = [], []
    for scenes, i, image in cases:
        attributes, boxes = scenes.attributes(i), scenes.boxes(i)
        began = time.perf_counter()
        encoding = detector.encode(image)
        encoding_s.append(time.perf_counter() - began)
        questions = asked(attributes, int(scenes.numbers[i]))
        began = time.perf_counter()
        detector.find(image, encoding, questions[0][1].text)
        phrase_s.append(time.perf_counter() - began)
        said = detector.scored(image, encoding, [p.text for _, p in questions])
        places = [Region((float(b[0]), float(b[1]), float(b[2]), float(b[3])), image.frame) for b in boxes]
        for (kind, phrase), s in zip(questions, said, strict=True):
            regions = detector.regions(image, s, phrase.text)
            found = Found(
                np.array([r.box for r in regions], np.float32).reshape(-1, 4),
                np.array([r.score for r in regions], np.float32),
                boxes[phrase.match(attributes)],
            )
            answers[f"{image.width}x{image.height}", kind].append(found)
            answers["all", kind].append(found)
            doubtful = [r for r in regions if r.score is not None and low <= r.score < sure]
            sound = sum(r.score is not None and r.score >= sure for r in regions)
            if doubtful:
                sound += int((matcher.confirm(image, doubtful, phrase.text) >= confirm).sum())
            looked[kind].append(sound == len(found.truth))
            off = abs(int((found.scores >= keep).sum()) - len(found.truth))
            if off:
                wrong.append((off, image, phrase.text, found))
        for at, name in enumerate(ATTRIBUTES):
            named = [ATTRIBUTES[name].index(matcher.attribute(image, region, name)[0]) for region in places]
            np.add.at(tables[name], (attributes[:, at], named), 1)
    lines = ["| phrases | size | asked | AP50 | AP75 | exact count |", "|---|---|---|---|---|---|"]
    for size in [*sorted({s for s, _ in answers} - {"all"}), "all"]:
        for kind in KINDS:
            rows = answers[size, kind]
            lines.append(
                f"| {kind} | {size} | {len(rows)} | {average_precision(rows, 0.5):.3f} | "
                f"{average_precision(rows, 0.75):.3f} | {exact_count(rows, keep):.3f} |"
            )
    every = [a for kind in KINDS for a in answers["all", kind]]
    lines += [
        "",
        f"Exact count over all {len(every)} phrases at keep {keep}: {exact_count(every, keep):.3f}. "
        f"A picture takes {1000 * float(np.median(encoding_s)):.0f} ms, a phrase "
        f"{1000 * float(np.median(phrase_s)):.0f} ms (medians).",
    ]
    counts = {k: exact_count(every, k) for k in (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)}
    lines += ["", "Exact count by keep: " + ", ".join(f"{k} {v:.3f}" for k, v in counts.items()) + "."]
    every_look = [right for rights in looked.values() for right in rights]
    lines += [
        "",
        f"Exact count with the profile's second looks (keep {low}, sure {sure}, confirm {confirm}): "
        f"{np.mean(every_look):.3f}; " + ", ".join(f"{kind} {np.mean(looked[kind]):.3f}" for kind in KINDS) + ".",
    ]
    lines += ["", *attribute_lines(tables)]
    if worst is not None:
        draw_worst(worst / "detector.png", sorted(wrong, key=lambda w: -w[0])[:12], keep)
    return lines


def attribute_lines(tables: dict[str, Table]) -> list[str]:
    """Confusion tables of what `attribute(region, ...)` says at the true boxes: the best of the words' scores there."""
    lines = []
    for name, table in tables.items():
        values = ATTRIBUTES[name]
        lines += [f"**{name}**: {np.trace(table) / table.sum():.4f} of {table.sum()} right", ""]
        lines += ["| is \\ said | " + " | ".join(values) + " |", "|---" * (len(values) + 1) + "|"]
        lines += [f"| {v} | " + " | ".join(str(n) for n in row) + " |" for v, row in zip(values, table, strict=True)]
        lines.append("")
    return lines


def _settings(folder: Path) -> dict[str, Any]:
    """How the checkpoint wants to be scored, from its eyeshot.json beside the weights."""
    path = folder / "eyeshot.json"
    return {k: v for k, v in json.loads(path.read_text()).items() if k == "score"} if path.exists() else {}


def draw_worst(path: Path, wrong: list[tuple[int, Image, str, Found]], keep: float) -> None:
    """A sheet of pictures: true boxes in white, found ones in red with their scores, the phrase above."""
    if not wrong:
        return
    cell = (480, 340)
    sheet = Pillow.new("RGB", (cell[0] * 4, cell[1] * ((len(wrong) + 3) // 4)), "black")
    for at, (_, image, phrase, found) in enumerate(wrong):
        picture = Pillow.fromarray(image.pixels)
        pen = ImageDraw.Draw(picture)
        for box in found.truth:
            pen.rectangle(tuple(box), outline="white", width=2)
        for box, score in zip(found.boxes, found.scores, strict=True):
            if score >= keep:
                pen.rectangle(tuple(box), outline="red")
                pen.text((box[0] + 2, box[1] + 1), f"{score:.2f}", fill="yellow")
        pen.text((4, 4), phrase, fill="yellow")
        sheet.paste(picture, (at % 4 * cell[0], at // 4 * cell[1]))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scenes", nargs="+", required=True, metavar="ZIP_OR_DIR")
    parser.add_argument("--cache", type=Path, default=Path("training/data"))
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"))
    parser.add_argument("--parts", default="detector,attributes,segmenter,depth,image_text,descriptions,eye")
    parser.add_argument("--limit", type=int, default=10_000, help="scenes of each picture size")
    parser.add_argument("--trained", action="store_true", help="the training scenes instead, to choose thresholds by")
    parser.add_argument("--keep", type=float, default=0.5, help="the detector's threshold for counting")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--worst", type=Path, metavar="FOLDER")
    parser.add_argument("--cards", action="store_true")
    a = parser.parse_args()
    import torch

    torch.set_num_threads(a.threads)
    sets = load(a.scenes, a.cache)

    def scenes() -> Scenes:
        return chosen(sets, a.limit, a.trained)

    count = sum(min(a.limit, len(indices(s, held_out=not a.trained))) for s in sets)
    parts: dict[str, tuple[str, Callable[[Path], list[str]]]] = {
        "detector": ("detector", lambda f: evaluate_detector(f, scenes(), a.keep, a.worst)),
        "attributes": ("detector/attributes", lambda f: eyes_naming.evaluate_attributes(f, scenes())),
        "segmenter": ("segmenter", lambda f: eyes_dense.evaluate_segmenter(f, scenes(), a.worst)),
        "depth": ("depth", lambda f: eyes_dense.evaluate_depth(f, scenes(), a.worst)),
        "image_text": ("image_text", lambda f: eyes_naming.evaluate_image_text(f, scenes())),
        "descriptions": ("eye", lambda f: eyes_naming.evaluate_descriptions(f, scenes())),
        "eye": ("eye", lambda f: eyes_naming.evaluate_eye(f, scenes())),
    }
    for name in a.parts.split(","):
        role, evaluate = parts[name]
        began = time.perf_counter()
        lines = evaluate(a.checkpoints / role)
        seconds = time.perf_counter() - began
        side = "training" if a.trained else "held-out"
        lines = [
            f"### {name}",
            "",
            *lines,
            "",
            f"({count} {side} scenes, {seconds:.0f} s on {a.threads} thread(s))",
            "",
        ]
        print("\n".join(lines), flush=True)
        if a.cards:
            write_card(a.checkpoints / role, name, lines)


def write_card(folder: Path, part: str, lines: list[str]) -> None:
    """Put the lines between the part's markers in the checkpoint's README.md, after what its trainer wrote."""
    path = folder / "README.md"
    text = path.read_text() if path.exists() else f"# {folder.name}\n"
    start, end = f"<!-- {part} -->", f"<!-- /{part} -->"
    if start in text:
        text = text[: text.index(start)] + text[text.index(end) + len(end) :]
    path.write_text(text.rstrip() + "\n\n" + "\n".join([start, *lines]).rstrip() + f"\n{end}\n")


if __name__ == "__main__":
    main()
