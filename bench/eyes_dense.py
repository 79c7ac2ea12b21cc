"""The part of bench.eyes_eval that measures masks and depth; run that."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from agent.profiles import Models, load_profile
from tools.adapters import depth as depth_adapter
from tools.adapters import grabcut
from tools.adapters import sam as sam_adapter
from tools.adapters.grabcut import GrabCut
from tools.adapters.sam import Sam
from tools.types import Image, Region
from training.tabletop.relations import relations
from training.tabletop.scenes import NO_DEPTH, SceneSet

Scenes = Iterable[tuple[SceneSet, int, Image]]


def evaluate_segmenter(folder: Path, scenes: Scenes, worst: Path | None) -> list[str]:
    """The SAM of `folder`, or GrabCut where there is none: masks from true boxes, from points, from a grid of points.

    IoU with the true masks, and how good the predicted quality is.
    """
    detector = str(folder.parent / "detector")
    sam: Sam | GrabCut = sam_adapter.load(str(folder)) if folder.is_dir() else grabcut.load(detector)
    by_box, by_point, gaps, found, falsely, total = [], [], [], 0, 0, 0
    encode_s, box_s, cases = [], [], []
    for at, (group, i, image) in enumerate(scenes):
        truth = [group.masks[i] == k + 1 for k in range(len(group.boxes(i)))]
        began = time.perf_counter()
        encoding = sam.encode(image)
        encode_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        masks = sam.masks(image, encoding, group.boxes(i))
        box_s.append((time.perf_counter() - began) / len(truth))
        rows = [iou(m, t) for (m, _), t in zip(masks, truth, strict=True)]
        by_box += rows
        gaps += [abs(row - quality) for row, (_, quality) in zip(rows, masks, strict=True)]
        if isinstance(sam, Sam):
            points = np.array([inside(t) for t in truth], np.float32)
            by_point += [iou(m, t) for (m, _), t in zip(sam.at_points(image, encoding, points), truth, strict=True)]
        cases.append((min(rows), image, masks[int(np.argmin(rows))][0]))
        if at % 8 == 0:
            things = [mask for mask, _ in sam.everything(image, encoding)]
            best = [max((iou(m, t) for m in things), default=0.0) for t in truth]
            found, total = found + sum(b >= 0.5 for b in best), total + len(truth)
            falsely += sum(all(iou(m, t) < 0.5 for t in truth) for m in things)
    if worst is not None:
        worst.mkdir(parents=True, exist_ok=True)
        sheet = Pillow.new("RGB", (4 * 480, 3 * 320))
        for at, (_, image, mask) in enumerate(sorted(cases, key=lambda c: c[0])[:12]):
            pixels = np.array(image.pixels)
            pixels[mask] = pixels[mask] // 2 + np.array([127, 0, 0], np.uint8)
            sheet.paste(Pillow.fromarray(pixels), (at % 4 * 480, at // 4 * 320))
        sheet.save(worst / "segmenter.png")
    lines = ["| prompt | masks | mean IoU | IoU >= 0.9 | IoU < 0.7 |", "|---|---|---|---|---|"]
    for name, values in (("true box", np.array(by_box)), ("a point inside", np.array(by_point))):
        if not len(values):
            continue
        good, poor = np.mean(values >= 0.9), np.mean(values < 0.7)
        lines.append(f"| {name} | {len(values)} | {values.mean():.3f} | {good:.3f} | {poor:.3f} |")
    return [
        *lines,
        "",
        f"Predicted quality is off by {np.mean(gaps):.3f} on average. `everything` finds {found / max(total, 1):.3f} "
        f"of {total} objects (IoU 0.5) and {falsely} masks of no object. Encoding takes "
        f"{1000 * float(np.median(encode_s)):.0f} ms, a box {1000 * float(np.median(box_s)):.0f} ms (medians).",
    ]


def evaluate_depth(folder: Path, scenes: Scenes, worst: Path | None) -> list[str]:
    """Error after the best scale and shift of inverse depth, and how often of two objects the nearer is told.

    The protocol for relative depth (Ranftl et al., MiDaS, TPAMI 2022): AbsRel and delta 1.25 after aligning.
    """
    focal = Models(load_profile()).setting("depth", "focal", 0.0)
    model = depth_adapter.load(str(folder), focal=focal or None)
    related: dict[str, list[bool]] = {"by the median depth in their boxes": [], "as the tools tell it": []}
    errors, deltas, seconds, cases = [], [], [], []
    right: dict[str, list[bool]] = {"all pairs": [], "5% apart or more": []}
    for group, i, image in scenes:
        began = time.perf_counter()
        found = model.depth(image)
        seconds.append(time.perf_counter() - began)
        depth = group.depth[i].astype(np.float32) / 1000
        valid = group.depth[i] != NO_DEPTH
        guess = aligned(1 / found.values[valid] if focal else -found.values[valid], 1 / depth[valid])
        errors.append(float(np.mean(np.abs(guess - depth[valid]) / depth[valid])))
        deltas.append(float(np.mean(np.maximum(guess / depth[valid], depth[valid] / guess) < 1.25)))
        masks = [group.masks[i] == k + 1 for k in range(len(group.boxes(i)))]
        truth = [float(np.median(depth[m])) for m in masks]
        said = [float(np.median(found.values[m])) for m in masks]
        for a, b in combinations(range(len(masks)), 2):
            good = (truth[a] < truth[b]) == (said[a] < said[b])
            right["all pairs"].append(good)
            if max(truth[a], truth[b]) > 1.05 * min(truth[a], truth[b]):
                right["5% apart or more"].append(good)
        sides = relations(group.graphs[i])
        places = [Region((box[0], box[1], box[2], box[3]), image.frame) for box in group.boxes(i).tolist()]
        for a, b in combinations(range(len(places)), 2):
            if sides["front"][b, a] != sides["behind"][b, a]:
                nearer = bool(sides["front"][b, a])
                for (_, told), far in zip(related.items(), (found.at, found.middle), strict=True):
                    told.append((far(places[a]) < far(places[b])) == nearer)
        cases.append((errors[-1], image, found.values))
    if worst is not None:
        worst.mkdir(parents=True, exist_ok=True)
        sheet = Pillow.new("RGB", (4 * 480, 2 * 320))
        for at, (_, image, values) in enumerate(sorted(cases, key=lambda c: -c[0])[:4]):
            grey = (255 * (values - values.min()) / max(float(np.ptp(values)), 1e-6)).astype(np.uint8)
            sheet.paste(Pillow.fromarray(image.pixels), (at * 480, 0))
            sheet.paste(Pillow.fromarray(grey), (at * 480, 320))
        sheet.save(worst / "depth.png")
    lines = [
        f"AbsRel {np.mean(errors):.4f}, delta 1.25 {np.mean(deltas):.4f} after scale and shift of inverse depth.",
        "",
        "| nearer of two objects | pairs | told right |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {len(v)} | {np.mean(v):.4f} |" for name, v in right.items()]
    lines += ["", "| in front or behind, by the scene graph, of true boxes | pairs | told right |", "|---|---|---|"]
    lines += [f"| {name} | {len(v)} | {np.mean(v):.4f} |" for name, v in related.items()]
    return [*lines, "", f"A picture takes {1000 * float(np.median(seconds)):.0f} ms (median)."]


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks."""
    return float((a & b).sum() / max(int((a | b).sum()), 1))


def inside(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """The centre of the mask's pixel nearest to the mask's mean, xy."""
    ys, xs = np.nonzero(mask)
    at = int(np.argmin((xs - xs.mean()) ** 2 + (ys - ys.mean()) ** 2))
    return float(xs[at]) + 0.5, float(ys[at]) + 0.5


def aligned(inverse: NDArray[np.float32], truth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Depth from relative inverse depth after the least-squares scale and shift to the true inverse depth."""
    scale, shift = np.linalg.lstsq(np.stack([inverse, np.ones_like(inverse)], 1), truth, rcond=None)[0]
    result: NDArray[np.float32] = 1 / np.maximum(scale * inverse + shift, 0.01)
    return result
