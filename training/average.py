"""Average adapters that were trained on from one adapter (model soups, Wortsman et al. 2022).

    python -m training.average OUT ADAPTER ADAPTER...

The low-rank factors themselves are averaged, which comes near to averaging what they do only where all began from one
adapter not long ago; whether it pays is for bench.plan_eval to say.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

NAME = "adapter_model.safetensors"


def average(folders: Sequence[Path], out: Path) -> None:
    """Write the mean of the adapters, with the configuration of the first. Raises ValueError where shapes differ."""
    read = [load_file(folder / NAME) for folder in folders]
    shapes = [{name: tensor.shape for name, tensor in tensors.items()} for tensors in read]
    if any(other != shapes[0] for other in shapes):
        raise ValueError(f"the adapters {', '.join(map(str, folders))} have different layers or ranks")
    mean = {name: torch.stack([tensors[name].float() for tensors in read]).mean(0).half() for name in read[0]}
    out.mkdir(parents=True, exist_ok=True)
    save_file(mean, out / NAME, metadata={"format": "pt"})
    shutil.copy(folders[0] / "adapter_config.json", out / "adapter_config.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("adapters", type=Path, nargs="+")
    args = parser.parse_args()
    average(args.adapters, args.out)


if __name__ == "__main__":
    main()
