"""Relations between tabletop objects as the CLEVR paper defines them (Johnson et al., CVPR 2017, section 3).

They are relations on the ground plane as the camera sees it, not in the picture: B is left of A when the vector from
A's centre to B's, dotted with the unit vector `left`, exceeds 0.2. So "behind" may well be below in the picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

DIRECTIONS = ("left", "right", "front", "behind")
MARGIN = 0.2
"""In scene units; a large object is 1.4 wide."""


def relations(graph: dict[str, Any]) -> dict[str, NDArray[np.bool_]]:
    """For each direction (objects, objects): [a, b] is True where object b stands in that direction of object a."""
    centres = np.array([o["xyz"] for o in graph["objects"]], np.float64).reshape(-1, 3)
    offset = centres[None] - centres[:, None]
    return {d: offset @ np.array(graph["directions"][d], np.float64) > MARGIN for d in DIRECTIONS}
