"""The detector's losses: on every encoder cell, on both decoder layers, and on attribute heads dropped at inference.

transformers' built-in loss detaches the two-stage proposals, so the encoder's heads would never be trained by it.
Shapes: B pictures, C cells (both levels), T tokens of the one caption, Q queries, K objects of a picture, P phrases.
Boxes are cxcywh in 0..1 inside the losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn

from training.tabletop.compose import Sample
from training.tabletop.phrases import Phrase
from training.tabletop.scenes import ATTRIBUTES

STRIDES = (8, 16)
SMALL_SIDE = 40.0
"""Objects whose box has sqrt(area) under this many pixels belong to stride 8, else to stride 16."""


class AttributeHeads(nn.Module):
    """A softmax classifier for each attribute on a feature of width 128; training only."""

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.heads = nn.ModuleList([nn.Linear(width, len(values)) for values in ATTRIBUTES.values()])

    def loss(self, features: Tensor, attributes: Tensor) -> Tensor:
        """Mean cross entropy over (N, 128) features with (N, 4) value ids, summed over attributes."""
        if not len(features):
            return features.sum() * 0
        return sum(
            (F.cross_entropy(head(features), attributes[:, i]) for i, head in enumerate(self.heads)),
            start=features.new_zeros(()),
        )


@dataclass(frozen=True)
class CellTargets:
    """Dense targets of a batch. weight (B, C) 0 where an ignored object lies; value (B, C) the Gaussian in 0..1;
    owner (B, C) index into all objects of the batch, -1 for none; boxes (N, 4) cxcywh; attributes (N, 4)."""

    weight: Tensor
    value: Tensor
    owner: Tensor
    boxes: Tensor
    attributes: Tensor
    counts: list[int]


def cell_targets(samples: Sequence[Sample]) -> CellTargets:
    """Which cell answers for which object, and how strongly: a Gaussian of a quarter box as sigma, 1 at its peak."""
    weights, values, owners, start = [], [], [], 0
    for s in samples:
        parts = [_level_targets(s, level) for level in range(len(STRIDES))]
        weights.append(np.concatenate([p[0] for p in parts]))
        values.append(np.concatenate([p[1] for p in parts]))
        owner = np.concatenate([p[2] for p in parts])
        owners.append(np.where(owner >= 0, owner + start, -1))
        start += len(s.boxes)
    boxes = np.concatenate([to_cxcywh(s.boxes, s.mask.shape) for s in samples])
    return CellTargets(
        torch.from_numpy(np.stack(weights)),
        torch.from_numpy(np.stack(values)),
        torch.from_numpy(np.stack(owners)),
        torch.from_numpy(boxes),
        torch.from_numpy(np.concatenate([s.attributes for s in samples])),
        [len(s.boxes) for s in samples],
    )


def to_cxcywh(boxes: NDArray[np.float32], shape_hw: tuple[int, ...]) -> NDArray[np.float32]:
    """xyxy pixels to cxcywh in 0..1."""
    height, width = shape_hw[:2]
    centre, size = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    result: NDArray[np.float32] = (np.concatenate([centre, size], 1) / [width, height, width, height]).astype(
        np.float32
    )
    return result


def _level_targets(s: Sample, level: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    stride = STRIDES[level]
    height, width = s.mask.shape
    ys = np.arange(height // stride) * stride + stride // 2
    xs = np.arange(width // stride) * stride + stride // 2
    ids = s.mask[np.ix_(ys, xs)].astype(np.int64)
    weight = (ids != 255).astype(np.float32)
    ids = np.where(ids == 255, 0, ids) - 1
    size = s.boxes[:, 2:] - s.boxes[:, :2]
    mine = (np.sqrt(size.prod(1)) < SMALL_SIDE) == (level == 0)
    for k in np.flatnonzero(mine):
        if not (ids == k).any():
            rows, columns = np.nonzero(s.mask == k + 1)
            centre = (s.boxes[k, :2] + s.boxes[k, 2:]) / 2
            at = np.argmin((columns - centre[0]) ** 2 + (rows - centre[1]) ** 2)
            ids[min(rows[at] // stride, len(ys) - 1), min(columns[at] // stride, len(xs) - 1)] = k
    ids = np.where((ids >= 0) & np.append(mine, False)[ids], ids, -1)
    value = np.zeros(ids.shape, np.float32)
    r, c = np.nonzero(ids >= 0)
    k = ids[r, c]
    centre, sigma = (s.boxes[k, :2] + s.boxes[k, 2:]) / 2, size[k] / 4
    bump = np.exp(-0.5 * (((xs[c] - centre[:, 0]) / sigma[:, 0]) ** 2 + ((ys[r] - centre[:, 1]) / sigma[:, 1]) ** 2))
    peak = np.full(len(s.boxes) + 1, 1e-6)
    np.maximum.at(peak, k, bump)
    value[r, c] = bump / peak[k]
    return weight.ravel(), value.ravel(), ids.ravel()


@dataclass(frozen=True)
class Text:
    """A caption's phrases over its tokens: spans (P, T) 1 where a token belongs to the phrase, other (T,) 0.1 for the
    tokens of no phrase, which must stay silent since a phrase's score is the maximum over all tokens."""

    phrases: list[Phrase]
    spans: Tensor
    other: Tensor

    @property
    def token_weight(self) -> Tensor:
        """(T,) one over the phrase's length, so that every phrase weighs the same."""
        return (self.spans / self.spans.sum(1, keepdim=True)).sum(0) + self.other


def quality_focal(logits: Tensor, target: Tensor) -> Tensor:
    """|target - p|^2 times cross entropy, elementwise (Li et al., Generalized Focal Loss, NeurIPS 2020)."""
    gap = (target - logits.sigmoid()).abs()
    return gap * gap * F.binary_cross_entropy_with_logits(logits, target, reduction="none")


def xyxy(boxes: Tensor) -> Tensor:
    """cxcywh to xyxy, last axis."""
    return torch.cat([boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2], -1)


def giou(a: Tensor, b: Tensor) -> Tensor:
    """Generalised IoU of xyxy boxes, broadcast over all but the last axis."""
    overlap = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    union = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - overlap
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(-1)
    return overlap / union.clamp(min=1e-9) - (hull - union) / hull.clamp(min=1e-9)


def dense_loss(
    logits: Tensor, box_logits: Tensor, features: Tensor, cells: CellTargets, text: Text, heads: AttributeHeads
) -> dict[str, Tensor]:
    """Losses on the encoder's output: logits (B, C, T), box_logits (B, C, 4), features (B, C, 128)."""
    match = phrase_match(cells.attributes, text)
    per_object = match @ text.spans if len(match) else match.new_zeros((0, logits.shape[-1]))
    b, c = torch.nonzero(cells.owner >= 0, as_tuple=True)
    owner = cells.owner[b, c]
    target = torch.zeros_like(logits)
    target[b, c] = per_object[owner] * cells.value[b, c, None]
    weighted = quality_focal(logits, target) * text.token_weight * cells.weight[..., None]
    norm = max(float((match.sum(1)[owner] * cells.value[b, c]).sum()), float(len(match)), 1.0)
    near = cells.value[b, c] > 0.2
    b, c, owner = b[near], c[near], owner[near]
    boxes, truth = box_logits[b, c].sigmoid(), cells.boxes[owner]
    count = max(len(owner), 1)
    strong = cells.value[b, c] > 0.5
    return {
        "dense_class": 3 * weighted.sum() / norm,
        "dense_l1": 5 * (boxes - truth).abs().sum() / count,
        "dense_giou": 2 * (1 - giou(xyxy(boxes), xyxy(truth))).sum() / count,
        "dense_heads": 0.5 * heads.loss(features[b, c][strong], cells.attributes[owner[strong]]),
    }


def phrase_match(attributes: Tensor, text: Text) -> Tensor:
    """(N, P) float: 1 where the phrase names the object."""
    rows = attributes.numpy()
    return torch.from_numpy(np.stack([p.match(rows) for p in text.phrases], 1).astype(np.float32))


def decoder_loss(
    logits: Tensor,
    boxes: Tensor,
    hidden: Tensor,
    samples: Sequence[Sample],
    cells: CellTargets,
    text: Text,
    heads: AttributeHeads,
) -> dict[str, Tensor]:
    """Losses on one decoder layer: logits (B, Q, T), boxes (B, Q, 4) cxcywh, hidden (B, Q, 128).

    Queries are assigned to objects one to one by the Hungarian method (Carion et al., DETR, ECCV 2020); an object that
    no phrase names takes no part.
    """
    match_all = phrase_match(cells.attributes, text)
    prob = logits.detach().sigmoid()
    per_phrase = prob @ (text.spans / text.spans.sum(1, keepdim=True)).T
    target, weight = torch.zeros_like(logits), torch.ones(logits.shape[:2])
    rows_b, rows_q, rows_k, start = [], [], [], 0
    for i, (s, count) in enumerate(zip(samples, cells.counts, strict=True)):
        match, truth = match_all[start : start + count], cells.boxes[start : start + count]
        named = torch.nonzero(match.sum(1) > 0)[:, 0]
        at = (boxes[i, :, :2].detach() * torch.tensor([s.mask.shape[1], s.mask.shape[0]])).long()
        here = s.mask[at[:, 1].clamp(0, s.mask.shape[0] - 1).numpy(), at[:, 0].clamp(0, s.mask.shape[1] - 1).numpy()]
        weight[i] = torch.from_numpy((here != 255).astype(np.float32))
        if len(named):
            wanted, known = match[named], truth[named]
            mine = boxes[i].detach()
            cost = -2 * (per_phrase[i] @ wanted.T) / wanted.sum(1)
            cost = cost + 5 * torch.cdist(mine, known, p=1) - 2 * giou(xyxy(mine)[:, None], xyxy(known)[None])
            q, j = (torch.from_numpy(v) for v in linear_sum_assignment(cost.numpy()))
            target[i, q] = wanted[j] @ text.spans
            weight[i, q] = 1.0
            rows_b.append(torch.full_like(q, i))
            rows_q.append(q)
            rows_k.append(named[j] + start)
        start += count
    focal = quality_focal(logits, target) * text.token_weight * weight[..., None]
    if not rows_b:
        return {"class": 6 * focal.sum() / logits.shape[0]}
    b, q, k = torch.cat(rows_b), torch.cat(rows_q), torch.cat(rows_k)
    norm = max(float(match_all[k].sum()), 1.0)
    truth = cells.boxes[k]
    return {
        "class": 6 * focal.sum() / norm,
        "l1": 5 * (boxes[b, q] - truth).abs().sum() / len(k),
        "giou": 2 * (1 - giou(xyxy(boxes[b, q]), xyxy(truth))).sum() / len(k),
        "heads": 0.5 * heads.loss(hidden[b, q], cells.attributes[k]),
    }
