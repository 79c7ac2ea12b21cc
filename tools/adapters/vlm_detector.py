"""Role "detector" played by a vision-language model that writes boxes (Qwen3-VL, Qwen2.5-VL and their like).

The model is asked for every thing of a phrase, and the boxes in what it writes are mapped to the picture's frame by the
family's convention (tools.adapters.coordinates). The model is the one of role "vlm" where the settings agree.

Limits: boxes have no scores, so the profile's `keep` and `sure` do not apply; every phrase costs a full answer. An
answer that holds places of which none can be read raises: it must not count as "there is none".
"""

from __future__ import annotations

from tools.adapters import vlm
from tools.adapters.coordinates import CONVENTIONS, Reading, boxes_of, read
from tools.adapters.vlm import ImageTextModel
from tools.core import ToolError
from tools.types import Image, Region

PROMPTS = {
    "pairs": "Detect every {phrase} in the picture. Write the bounding box of each.",
    "yx_thousand": (
        "Detect every {phrase}. Write JSON only, a list of objects with box_2d, [y0, x0, y1, x1] in 0-1000, and label; "
        "[] if there is none."
    ),
    "unit": (
        "Detect every {phrase}. Write JSON only, a list of objects with bbox, [x0, y0, x1, y1] in 0-1, and label; "
        "[] if there is none."
    ),
}
DEFAULT_PROMPT = (
    "Locate every {phrase} in the picture and write their bounding boxes as JSON only: a list of objects with bbox_2d, "
    "[x0, y0, x1, y1], and label; [] if there is none."
)


class VlmDetector:
    """A vision-language model as a detector, made by `load`."""

    def __init__(self, model: ImageTextModel, *, convention: str, prompt: str, most_tokens: int) -> None:
        if convention not in CONVENTIONS:
            raise ValueError(f"convention must be one of {', '.join(CONVENTIONS)}, got {convention!r}")
        if "{phrase}" not in prompt:
            raise ValueError(f"the prompt must hold {{phrase}}, got {prompt!r}")
        self._model, self._convention, self._prompt, self._most_tokens = model, convention, prompt, most_tokens

    def encode(self, image: Image) -> None:
        """Nothing that phrases could share: the picture is part of every prompt."""

    def find(self, image: Image, encoding: None, phrase: str) -> list[Region]:
        """Every object that the model writes a box for, without scores.

        Raises ToolError where it wrote places and none of them lies in the picture.
        """
        answer = self._model.write(image, self._prompt.replace("{phrase}", phrase), self._most_tokens)
        size = (image.width, image.height)
        reading: Reading = read(answer.text, self._convention, size, answer.resized, answer.canvas)
        boxes = boxes_of(reading)
        if not boxes and (reading.refused or not answer.ended):
            wrote = f"{len(reading.refused)} places that are no boxes of the picture" if answer.ended else "without end"
            raise ToolError(f"the vision-language model was asked for boxes and wrote {wrote}; use a simpler phrase")
        return [Region(box, image.frame, label=phrase) for box in boxes]


def load(
    source: str,
    convention: str = "thousand",
    ask: str = "",
    precision: str = "fp32",
    device: str = "cpu",
    most_tokens: int = 64,
    most_pixels: int = 1_048_576,
    longest_answer: int = 1024,
) -> VlmDetector:
    """Load as tools.adapters.vlm does, or share what it loaded with the same settings.

    convention: one of tools.adapters.coordinates. ask: a question with {phrase} in place of the convention's own.
    longest_answer: tokens of a list of boxes. Raises NotReady, ValueError.
    """
    model = vlm.load(source, precision, device, most_tokens, most_pixels)
    text = ask or PROMPTS.get(convention, DEFAULT_PROMPT)
    return VlmDetector(model, convention=convention, prompt=text, most_tokens=longest_answer)
