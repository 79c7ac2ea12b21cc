"""Tell a detector which world it knows: fit `world.safetensors` to the features of its training pictures.

    python -m training.known_world --scenes SCENES.zip... [--checkpoint checkpoints/detector] [--outside FOLDER]

Run it whenever the detector's weights change. Prints, of the held-out scenes, the share that would be declined and, of
the pictures in `--outside` (of any other world), the share that would not.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from tools.adapters import grounding_dino
from tools.adapters.known_world import FILE, KnownWorld, pooled
from tools.types import Floats, Image
from training.tabletop.scenes import indices, load

PICTURES = (".jpg", ".jpeg", ".png", ".webp")


def features(detector: grounding_dino.GroundingDino, pictures: Iterable[np.ndarray]) -> Floats:
    """Pooled features (N, D) of uint8 RGB pictures."""
    rows = []
    for pixels in pictures:
        encoding = detector.encode(Image.from_pixels(np.array(pixels)))
        rows.append(pooled([m for m, _ in encoding.features[0]]))
    return np.stack(rows)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scenes", nargs="+", required=True, metavar="ZIP_OR_DIR")
    parser.add_argument("--cache", type=Path, default=Path("training/data"))
    parser.add_argument("--checkpoint", type=Path, default=Path("checkpoints/detector"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--outside", type=Path, metavar="FOLDER", help="pictures of other worlds, to judge by")
    a = parser.parse_args()
    import torch

    torch.set_num_threads(a.threads)
    (a.checkpoint / FILE).unlink(missing_ok=True)
    detector = grounding_dino.load(str(a.checkpoint))
    sets = load(a.scenes, a.cache)
    trained = [features(detector, (s.images[i] for i in indices(s, held_out=False))) for s in sets]
    world = KnownWorld.fitted(np.concatenate(trained).astype(np.float64))
    world.save(a.checkpoint)
    print(f"limit {world.limit:.1f}, from {sum(len(t) for t in trained)} training scenes")
    for source, s in zip(a.scenes, sets, strict=True):
        chosen = indices(s, held_out=True)
        if not chosen:
            continue
        held = [world.distance(f) for f in features(detector, (s.images[i] for i in chosen))]
        wrong = sum(d > world.limit for d in held)
        print(f"{Path(source).name}: {wrong} of {len(held)} held-out scenes declined, the farthest at {max(held):.1f}")
    if a.outside:
        names = sorted(p for p in a.outside.iterdir() if p.suffix.lower() in PICTURES)
        pictures = (np.array(Pillow.open(p).convert("RGB")) for p in names)
        far = [world.distance(f) for f in features(detector, pictures)]
        taken = [f"{p.name} ({d:.1f})" for p, d in zip(names, far, strict=True) if d <= world.limit]
        print(f"{len(names) - len(taken)} of {len(names)} pictures of other worlds declined; taken in: {taken}")


if __name__ == "__main__":
    main()
