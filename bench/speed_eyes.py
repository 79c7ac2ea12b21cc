"""What the eyes cost: one encoding for many phrases, prompts and boxes; against encoding anew for each.

Full-size architectures are those of the public checkpoints (Grounding DINO tiny, SAM ViT-B) with random weights: what
they see is noise, what they cost is not. The naive way is that of the usual Grounded-SAM script: a loop over phrases in
which the detector and the segmenter see the whole picture anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from bench.timing import Row, versus
from tools.geometry import box_iou
from tools.types import Floats, Image

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "tests" / "data" / "tabletop" / "020001.jpg"
PHRASES = ("red cube", "blue sphere", "metal cylinder", "small object")
GROUPS = (
    PHRASES,
    ("gray object", "green object", "yellow cylinder", "large object"),
    ("cube", "sphere", "cylinder", "object"),
    ("purple cube", "brown sphere", "cyan cylinder", "rubber object"),
)
KEEP = 0.5
SAME = 0.7
BATCH = 4


class Fresh:
    """The test picture, each time with another pixel changed, so that nothing was computed for it before."""

    def __init__(self, size: tuple[int, int] | None = None) -> None:
        picture = Pillow.open(PICTURE).convert("RGB")
        self.pixels = np.array(picture.resize(size) if size else picture)
        self.made = 0

    def __call__(self) -> Image:
        self.made += 1
        changed = self.pixels.copy()
        changed[0, self.made % changed.shape[1], self.made // changed.shape[1] % 3] ^= 1
        return Image.from_pixels(changed)


def views() -> list[Image]:
    """The test picture as it is, mirrored, and four crops of each: ten pictures."""
    pixels = Fresh().pixels
    height, width = pixels.shape[:2]
    found = []
    for turned in (pixels, pixels[:, ::-1]):
        found.append(turned)
        for y in (0, height // 5):
            found += [turned[y : y + height * 4 // 5, x : x + width * 4 // 5] for x in (0, width // 5)]
    return [Image.from_pixels(np.ascontiguousarray(view)) for view in found]


def rows(full: bool) -> Iterator[Row]:
    """Every measurement; `full` adds the full-size architectures, which take minutes."""
    from tools.adapters import grounding_dino, sam

    detector = grounding_dino.load(str(ROOT / "checkpoints" / "detector"))
    yield from phrases(detector, Fresh(), "embedded detector")
    yield together(detector)
    yield pictures(detector)
    segmenter = sam.load(str(ROOT / "checkpoints" / "segmenter"))
    yield from boxes(segmenter, Fresh(), "embedded SAM")
    yield naive(detector, segmenter, Fresh(), "embedded checkpoints")
    if full:
        yield from full_size()


def full_size() -> Iterator[Row]:
    """The rows that decide, once each: a forward takes seconds."""
    detector, segmenter, fresh = full_detector(), full_segmenter(), Fresh((640, 480))
    yield next(boxes(segmenter, fresh, "SAM ViT-B", repeats=1))
    yield next(phrases(detector, fresh, "Grounding DINO tiny", repeats=1))
    yield naive(detector, segmenter, fresh, "Grounding DINO tiny and SAM ViT-B", repeats=1, asked=PHRASES[:2])


def ask(detector: Any, image: Image, phrases: tuple[str, ...]) -> None:
    detector.scored(image, detector.encode(image), phrases)


def phrases(detector: Any, fresh: Fresh, name: str, repeats: int = 5) -> Iterator[Row]:
    warm = repeats > 1
    yield versus(
        f"{name}: 4 phrases on a picture, one encoding; 1 phrase", lambda: ask(detector, fresh(), PHRASES),
        lambda: ask(detector, fresh(), PHRASES[:1]), repeats=repeats, warm=warm, note="a prompt for each phrase",
        bound="at most 1.6 where phrases may share a prompt",
    )  # fmt: skip
    yield versus(
        f"{name}: 4 phrases, one encoding; each phrase encodes anew", lambda: ask(detector, fresh(), PHRASES),
        lambda: [ask(detector, fresh(), (p,)) for p in PHRASES], repeats=repeats, warm=warm,
    )  # fmt: skip


def together(detector: Any) -> Row:
    """4 phrases in one shared prompt against 1, and how far the shared prompt finds what separate ones find."""
    from tools.geometry import suppressed

    fresh = Fresh()
    row = versus(
        "embedded detector: 4 phrases in one shared prompt; 1 phrase", lambda: shared(detector, fresh(), PHRASES),
        lambda: ask(detector, fresh(), PHRASES[:1]), repeats=5,
    )  # fmt: skip
    kept = lost = extra = 0
    for image in views():
        for group in GROUPS:
            alone = detector.scored(image, detector.encode(image), group)
            for phrase, said, (packed, scores) in zip(group, alone, shared(detector, image, group), strict=True):
                own = np.array([r.box for r in detector.regions(image, said, phrase) if (r.score or 0) >= KEEP])
                strong = np.flatnonzero(scores >= KEEP)
                theirs = packed[strong][suppressed(packed[strong], scores[strong], 0.5)]
                same = matched(own.reshape(-1, 4).astype(np.float32), theirs)
                kept, lost, extra = kept + same, lost + len(own) - same, extra + len(theirs) - same
    note = f"of {kept + lost} objects found with a prompt each, the shared one finds {kept} and {extra} others"
    return Row(row.what, row.ours, row.other, note, "agreement decides")


def shared(detector: Any, image: Image, phrases: tuple[str, ...]) -> list[tuple[Floats, Floats]]:
    """Boxes (N, 4) and scores (N,) for each phrase, from one forward with all of them in one caption."""
    import torch

    encoding = detector.encode(image)
    tokenizer = detector._processor.tokenizer
    ids = tokenizer(" . ".join(phrases) + " .", return_tensors="pt")
    with torch.inference_mode():
        detector._features = encoding.features
        try:
            out = detector._model(pixel_values=encoding.pixel_values, **ids)
        finally:
            detector._features = None
    stops = (ids["input_ids"][0] == tokenizer.convert_tokens_to_ids(".")).nonzero()[:, 0].tolist()
    probability = out.logits[0].float().sigmoid()
    centred = out.pred_boxes[0].float()
    corners = torch.cat([centred[:, :2] - centred[:, 2:] / 2, centred[:, :2] + centred[:, 2:] / 2], -1)
    boxes = (corners * corners.new_tensor([image.width, image.height] * 2)).numpy()
    starts = [1, *[s + 1 for s in stops[:-1]]]
    return [(boxes, probability[:, a:b].amax(-1).numpy()) for a, b in zip(starts, stops, strict=True)]


def matched(a: Floats, b: Floats) -> int:
    """How many boxes of two sets are the same, one to one."""
    overlaps, count = box_iou(a, b), 0
    while overlaps.size and overlaps.max() >= SAME:
        i, j = np.unravel_index(int(overlaps.argmax()), overlaps.shape)
        overlaps[i], overlaps[:, j], count = 0, 0, count + 1
    return count


def pictures(detector: Any) -> Row:
    """A batch of pictures through the backbone against one after the other."""
    import torch

    encodings = [detector.encode(Fresh()()) for _ in range(BATCH)]
    pixels = torch.cat([e.pixel_values for e in encodings])
    mask = torch.ones((BATCH, *pixels.shape[-2:]), dtype=torch.long)

    def at_once() -> None:
        with torch.inference_mode():
            detector._backbone(pixels, mask)

    def one_by_one() -> None:
        with torch.inference_mode():
            for i in range(BATCH):
                detector._backbone(pixels[i : i + 1], mask[i : i + 1])

    return versus(
        f"embedded detector: {BATCH} pictures encoded in one batch; one by one", at_once, one_by_one, repeats=5
    )


def boxes(segmenter: Any, fresh: Fresh, name: str, repeats: int = 5) -> Iterator[Row]:
    size = fresh().width, fresh().height
    ten = some_boxes(10, *size)

    def masks(prompts: Floats) -> None:
        image = fresh()
        segmenter.masks(image, segmenter.encode(image), prompts)

    yield versus(
        f"{name}: 10 box prompts from one encoding; 1 box", lambda: masks(ten), lambda: masks(ten[:1]),
        repeats=repeats, warm=repeats > 1, bound="at most 1.3",
    )  # fmt: skip
    yield versus(
        f"{name}: 10 boxes, one encoding; each box encodes anew", lambda: masks(ten),
        lambda: [masks(ten[i : i + 1]) for i in range(10)], repeats=min(repeats, 3), warm=False,
    )  # fmt: skip


def naive(
    detector: Any, segmenter: Any, fresh: Fresh, name: str, repeats: int = 3, asked: tuple[str, ...] = PHRASES
) -> Row:
    """Some phrases with 3 boxes each: boxes, then masks."""
    size = fresh().width, fresh().height
    found = some_boxes(3 * len(asked), *size)

    def eyeshot() -> None:
        image = fresh()
        ask(detector, image, asked)
        segmenter.masks(image, segmenter.encode(image), found)

    def script() -> None:
        for i, phrase in enumerate(asked):
            image = fresh()
            ask(detector, image, (phrase,))
            segmenter.masks(image, segmenter.encode(image), found[3 * i : 3 * i + 3])

    return versus(
        f"{name}: boxes and masks for {len(asked)} phrases; a naive Grounded-SAM script", eyeshot, script,
        repeats=repeats, warm=repeats > 1, note=f"{len(found)} masks in all",
    )  # fmt: skip


def some_boxes(count: int, width: int, height: int) -> Floats:
    random = np.random.default_rng(0)
    corner = random.uniform([0, 0], [width * 0.7, height * 0.7], (count, 2))
    size = np.array([width * 0.2, height * 0.25])
    return np.concatenate([corner, corner + size], axis=1).astype(np.float32)


def full_detector() -> Any:
    """Grounding DINO tiny's architecture (swin-tiny, 6 encoder and 6 decoder layers, 900 queries), random weights."""
    import torch
    import transformers as t
    from transformers.initialization import no_init_weights

    from tools.adapters.grounding_dino import GroundingDino

    torch.manual_seed(0)
    words = t.BertTokenizer(vocab=_words())
    processor = t.GroundingDinoProcessor(
        image_processor=t.GroundingDinoImageProcessorPil(
            size={"shortest_edge": 800, "longest_edge": 1333}, do_pad=False
        ),
        tokenizer=words,
    )
    backbone = t.SwinConfig(
        embed_dim=96, depths=[2, 2, 6, 2], num_heads=[3, 6, 12, 24], window_size=7,
        out_features=["stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = t.GroundingDinoConfig(backbone_config=backbone, text_config=t.BertConfig())
    with no_init_weights():
        model = _random(t.GroundingDinoForObjectDetection(config))
    return GroundingDino(model, processor, floor=0.1, nms=0.5, score="max", device="cpu")


def full_segmenter() -> Any:
    """SAM ViT-B's architecture at 1024 pixels, random weights."""
    import torch
    import transformers as t
    from transformers.initialization import no_init_weights

    from tools.adapters.sam import Sam

    torch.manual_seed(0)
    with no_init_weights():
        model = _random(t.SamModel(t.SamConfig()))
    processor = t.SamProcessor(t.SamImageProcessorPil())
    return Sam(model, processor, device="cpu", grid=16, good=0.8, stable=0.85, nms=0.7)


def _random(model: Any) -> Any:
    """The model with small random weights; its own initialisation takes minutes and costs nothing to leave out."""
    import torch

    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0.0, 0.02)
    return model.eval()


def _words() -> dict[str, int]:
    """BERT's special ids where Grounding DINO expects them, and the words of the phrases."""
    ids = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103, ".": 1012, "?": 1029}
    words = sorted({w for p in PHRASES for w in p.split()})
    ids |= {word: 2000 + i for i, word in enumerate(words)}
    taken = set(ids.values())
    return ids | {f"[unused{i}]": i for i in range(2000 + len(words)) if i not in taken}
