"""Looking closer: attributes, classes, answers and descriptions from models that see.

Where a tool takes a region, it looks at the unedited picture in whose frame the region lies.
"""

from __future__ import annotations

from typing import Literal

from tools.core import Context, NothingThere, Phrase, Phrases, Question, ToolError, tool
from tools.drawing import draw_marks
from tools.geometry import same_things
from tools.types import Image, Region, Regions

Attribute = Literal["color", "shape", "size", "material"]


@tool(group="see", example='t = look(image, "Is the shop open?")', needs=("vlm",))
def look(ctx: Context, image: Image | Region, question: Question) -> str:
    """Ask a vision-language model a question about a picture or a region; for what no other tool answers."""
    return _asked(ctx, image, question)


@tool(group="see", example="t = describe(image)", needs=("vlm",))
def describe(ctx: Context, image: Image | Region) -> str:
    """Describe a picture or a region in a sentence or two."""
    return _asked(ctx, image, "Describe this picture.")


@tool(group="see", example='t = classify(image, ["day", "night"])', needs=("matcher",))
def classify(ctx: Context, image: Image | Region, labels: Phrases) -> str:
    """The label that fits a picture or a region best. Raises ToolError for no labels."""
    if not labels:
        raise ToolError("classify() needs at least one label, got none")
    picture = ctx.picture(image)
    region = image.whole() if isinstance(image, Image) else image.in_root()
    scores = ctx.model("matcher").match(picture, [region], list(labels))[0]
    return labels[int(scores.argmax())]


@tool(group="see", example='t = attribute(only(mugs), "color")', needs=("matcher",))
def attribute(ctx: Context, region: Region, attribute: Attribute) -> str:
    """The color, shape, size or material of one thing, as one English word."""
    word: str = ctx.model("matcher").attribute(ctx.picture(region), region.in_root(), attribute)[0]
    return word


@tool(
    group="see", example='same = same_as(mugs, only(laptops), "color")', needs=("matcher",), role="compared", version=2
)
def same_as(ctx: Context, regions: Regions, region: Region, attribute: Attribute) -> Regions:
    """The regions, without the one itself, that have the same color, shape, size or material as it.

    The one itself is known by its place, under whichever phrase it was found.
    """
    model = ctx.model("matcher")
    picture = ctx.picture(region)
    wanted = model.attribute(picture, region.in_root(), attribute)[0]
    placed = [r.in_root() for r in regions]
    itself = {i for i, _ in same_things(placed, [region.in_root()])}
    others = (r for i, r in enumerate(regions) if i not in itself)
    return regions.keep(r for r in others if model.attribute(picture, r.in_root(), attribute)[0] == wanted)


@tool(group="see", example='seat = pick(image, chairs, "the one by the window")', needs=("vlm",), role="compared")
def pick(ctx: Context, image: Image, regions: Regions, description: Phrase) -> Region:
    """The region that a description fits best, chosen by a model that sees them marked and numbered.

    Set-of-Mark prompting (Yang et al. 2023); decoding is held to the marks that exist. Raises NothingThere for none.
    """
    if not regions.items:
        raise NothingThere(regions.searched or description)
    if len(regions) == 1:
        return regions.items[0]
    model = ctx.model("vlm")
    if hasattr(model, "choose_region"):
        at: int = model.choose_region(ctx.picture(regions), [r.in_root() for r in regions], description)
        return regions.items[at]
    numbers = [str(i + 1) for i in range(len(regions))]
    chosen, _ = model.choose(draw_marks(image, regions), f"Which number is {description}?", numbers)
    return regions.items[int(chosen) - 1]


def _asked(ctx: Context, looked_at: Image | Region, question: str) -> str:
    """What the model says; of a region it sees the crop, or, where it wants to know the place, picture and region."""
    model = ctx.model("vlm")
    if isinstance(looked_at, Image):
        answer: str = model.answer(looked_at, question)
    elif hasattr(model, "answer_region"):
        answer = model.answer_region(ctx.picture(looked_at), looked_at.in_root(), question)
    else:
        answer = model.answer(ctx.picture(looked_at).crop(looked_at.in_root().box), question)
    return answer
