"""What a detector by phrase says of a phrase, before anything is dropped: shared by its two stages and its matcher."""

from __future__ import annotations

from dataclasses import dataclass

from tools.types import Floats


@dataclass(frozen=True, eq=False)
class Scored:
    """Everything that one phrase's forward pass said: boxes (N, 4) xyxy in the picture's frame, scores (N,).

    The decoder's queries come first (`queries` of them), then the encoder's cells.
    """

    boxes: Floats
    scores: Floats
    queries: int
