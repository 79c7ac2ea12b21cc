"""Finding things by phrase."""

from __future__ import annotations

from dataclasses import replace

from tools.core import Context, Phrase, SecondLook, tool
from tools.types import Image, Region, Regions

FACES = frozenset({"face", "faces", "human face", "human faces", "people's faces", "person's face"})


def unsure(ctx: Context, found: Regions) -> int:
    """How many regions of the detector by phrase score under the profile's `sure`."""
    return 0 if is_face(found.searched) else len(_unsure(ctx, found))


def look_again(ctx: Context, found: Regions, image: Image, phrase: Phrase) -> Regions:
    """Drop the regions under `sure` that the profile's matcher does not confirm (its `confirm`, 0.5 unless set)."""
    doubtful = _unsure(ctx, found)
    scores = ctx.model("matcher").confirm(image, doubtful, phrase)
    least = ctx.setting("matcher", "confirm", 0.5)
    failed = {r: float(score) for r, score in zip(doubtful, scores, strict=True) if score < least}
    return replace(found.keep(r for r in found if r not in failed), near=max([found.near, *failed.values()]))


def _unsure(ctx: Context, found: Regions) -> list[Region]:
    sure = ctx.setting("detector", "sure", 0.0)
    return [r for r in found if r.score is not None and r.score < sure]


def is_face(phrase: str | None) -> bool:
    """Whether a phrase is one that the face detector answers."""
    return (phrase or "").lower().strip() in FACES


@tool(
    group="see",
    example='mugs = detect(image, "red mug")',
    needs=("detector", "faces"),
    second_look=SecondLook(unsure, look_again, ("detector", "matcher")),
    version=2,
)
def detect(ctx: Context, image: Image, phrase: Phrase) -> Regions:
    """Find every object that a noun phrase names.

    Boxes are xyxy pixels in the picture's frame, scores in [0, 1] of at least the profile's `keep`. Faces are found by
    the profile's face detector (CenterFace, Xu et al. 2019, in the embedded profile), everything else by its detector
    by phrase (Grounding DINO, Liu et al. 2023). The picture is encoded once, whatever the number of phrases. What
    scores under the profile's `sure` is looked at again, in a step of its own.
    """
    if is_face(phrase):
        faces: list[Region] = ctx.memo((image.id, "faces"), lambda: ctx.model("faces").find(image))
        return Regions.of(faces, image.frame, phrase)
    model = ctx.model("detector")
    encoding = ctx.memo((image.id, "detector"), lambda: model.encode(image))
    keep = ctx.setting("detector", "keep", 0.3)
    found = model.find(image, encoding, phrase)
    near = max((r.score for r in found if r.score is not None and r.score < keep), default=0.0)
    return Regions.of((r for r in found if r.score is None or r.score >= keep), image.frame, phrase, near)


@tool(group="see", example='ripe = where(apples, "ripe")', needs=("matcher",), role="compared")
def where(ctx: Context, regions: Regions, phrase: Phrase) -> Regions:
    """Keep the regions of which a condition is true ("worn by the man", "ripe", "open").

    Each region, with some context around it, is matched against the phrase by the profile's image-text model; a region
    is kept from the profile's `matcher.keep` on (0.5 unless set).
    """
    if not regions.items:
        return regions
    placed = [r.in_root() for r in regions]
    scores = ctx.model("matcher").match(ctx.picture(regions), placed, [phrase])[:, 0]
    keep = ctx.setting("matcher", "keep", 0.5)
    return regions.keep(r for r, score in zip(regions, scores, strict=True) if score >= keep)
