"""Union and difference of regions; what is the same thing is decided by tools.geometry.same_things."""

from __future__ import annotations

from tools.core import Context, ToolError, tool
from tools.geometry import same_things
from tools.types import Regions


@tool(group="compose", example="both = union(mugs, cups)")
def union(ctx: Context, a: Regions, b: Regions) -> Regions:
    """Everything in a or b, each thing once (the same thing: mask IoU, else box IoU, of 0.7 or more)."""
    _one_frame(a, b)
    known = {j for _, j in same_things(a.items, b.items)}
    added = [r for j, r in enumerate(b) if j not in known]
    searched = " or ".join(dict.fromkeys(s for s in (a.searched, b.searched) if s)) or None
    return Regions.of([*a, *added], a.frame, searched)


@tool(group="compose", example="others = minus(mugs, red_mugs)", role="removed")
def minus(ctx: Context, a: Regions, b: Regions) -> Regions:
    """Everything in a that is not in b (the same thing: mask IoU, else box IoU, of 0.7 or more)."""
    _one_frame(a, b)
    gone = {i for i, _ in same_things(a.items, b.items)}
    return a.keep(r for i, r in enumerate(a) if i not in gone)


def _one_frame(a: Regions, b: Regions) -> None:
    if a.frame != b.frame:
        raise ToolError("both sides must be regions of one picture; these are of two different ones")
