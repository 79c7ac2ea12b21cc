"""Role "private": OpenAI Privacy Filter through transformers (model card of openai/privacy-filter, 2026).

A bidirectional token classifier over BIOES tags: B, I and E begin, continue and end a span of several tokens, S is a
span of one, O is outside. Tags are decoded as the model card says, by Viterbi under the BIOES constraints: of the tag
sequences that are well formed, from the text's start to its end, the one whose log-probabilities (and the biases of
the checkpoint's viterbi_calibration.json, where it has one) add up to the most. So there is no malformed sequence to
mend: a lone I or an E of another kind costs what the nearest well-formed reading costs.

NOT here: fine-tuning, the card's other operating points.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from tools.adapters.loading import checkpoint, pretrained, usable_device
from tools.adapters.roles import PrivateSpan
from tools.core import NotReady
from tools.types import Floats

NAMES = {"private_person": "name"}  # other labels are called as the checkpoint does, without "private_"
CALIBRATION = "viterbi_calibration.json"
BIASES = {  # of the calibration file: the step from one of the first tags to one of the second
    "background_stay": ("O", "O"),
    "background_to_start": ("O", "BS"),
    "inside_to_continue": ("BI", "I"),
    "inside_to_end": ("BI", "E"),
    "end_to_background": ("ES", "O"),
    "end_to_start": ("ES", "BS"),
}
WINDOW, CONTEXT = 1024, 256  # tokens: attention is laid out for all pairs of a pass, so a long text takes several


class Tags:
    """A checkpoint's tags by index, and which may follow which. Raises ValueError for tags that are not BIOES."""

    def __init__(self, labels: Sequence[str], biases: Mapping[str, float] | None = None) -> None:
        """labels: "O", and "B-kind", "I-kind", "E-kind", "S-kind" of each kind. biases: by the names of BIASES."""
        self.marks = [label[:1] if label[1:2] == "-" else label for label in labels]
        self.kinds = [label[2:] for label in labels]
        kinds = dict.fromkeys(k for k in self.kinds if k)
        if sorted(labels) != sorted(["O", *(f"{mark}-{kind}" for kind in kinds for mark in "BIES")]):
            raise ValueError(f"expected the tag O and the tags B, I, E, S of each kind, got {', '.join(labels)}")
        n, given = len(labels), biases or {}
        self.steps = np.full((n, n), -np.inf, np.float32)
        for name, (before, after) in BIASES.items():
            for i, j in product(range(n), repeat=2):
                fits = self.marks[i] in before and self.marks[j] in after
                if fits and (before != "BI" or self.kinds[i] == self.kinds[j]):
                    self.steps[i, j] = given.get(name, 0.0)
        self.first = np.array([0.0 if mark in "OBS" else -np.inf for mark in self.marks], np.float32)
        self.last = np.array([0.0 if mark in "OES" else -np.inf for mark in self.marks], np.float32)

    def best(self, scores: Floats) -> list[int]:
        """The best well-formed sequence of tags for log-probabilities (tokens, tags)."""
        if not len(scores):
            return []
        total, back = scores[0] + self.first, []
        for row in scores[1:]:
            reached = total[:, None] + self.steps
            back.append(reached.argmax(axis=0))
            total = reached.max(axis=0) + row
        path = [int((total + self.last).argmax())]
        for step in reversed(back):
            path.append(int(step[path[-1]]))
        return path[::-1]

    def spans(self, path: Sequence[int]) -> list[tuple[int, int, str]]:
        """[first, end) in tokens and the kind, for each span of a well-formed sequence."""
        found, begun = [], 0
        for i, tag in enumerate(path):
            if self.marks[tag] in "BS":
                begun = i
            if self.marks[tag] in "ES":
                found.append((begun, i + 1, self.kinds[tag]))
        return found


class PrivacyFilter:
    """A loaded checkpoint, made by `load`."""

    def __init__(self, model: Any, tokenizer: Any, tags: Tags, *, device: str, window: int, context: int) -> None:
        self._model, self._tokenizer, self._tags, self._device = model, tokenizer, tags, device
        self._window, self._context = window, context

    def spans(self, text: str) -> list[PrivateSpan]:
        """What is private in a text, from its start to its end, without overlaps or outer white space.

        A span's score is the mean probability, over its tokens, of its kind in any of the four tags.
        """
        tokens = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        scores = self.log_probabilities(tokens["input_ids"])
        places, found, free = tokens["offset_mapping"], [], 0
        for first, end, kind in self._tags.spans(self._tags.best(scores)):
            # A character may be several tokens, the last of one span and the first of the next.
            start, stop = trimmed(text, max(places[first][0], free), places[end - 1][1])
            if start < stop:
                of_kind = [i for i, k in enumerate(self._tags.kinds) if k == kind]
                score = float(np.exp(scores[first:end, of_kind]).sum(axis=1).mean())
                name = NAMES.get(kind, kind.removeprefix("private_").replace("_", " "))
                found.append(PrivateSpan(start, stop, name, min(score, 1.0)))
                free = stop
        return found

    def log_probabilities(self, ids: Sequence[int]) -> Floats:
        """float32 (tokens, tags). A long text is seen in windows, each with `context` tokens of its surroundings."""
        import torch

        parts = [np.zeros((0, len(self._tags.kinds)), np.float32)]
        with torch.inference_mode():
            for begin in range(0, len(ids), self._window):
                left, end = max(begin - self._context, 0), min(begin + self._window, len(ids))
                seen = torch.tensor([ids[left : end + self._context]], device=self._device)
                logits = self._model(input_ids=seen).logits[0, begin - left : end - left]
                parts.append(logits.float().log_softmax(-1).cpu().numpy())
        return np.concatenate(parts)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end) of a text without the white space at its ends."""
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - (len(inner) - len(inner.rstrip()))


def load(
    source: str, precision: str = "fp32", device: str = "cpu", window: int = WINDOW, context: int = CONTEXT
) -> PrivacyFilter:
    """Load from a transformers folder.

    window, context: tokens that are judged in one pass, and that are seen on each side of them.
    Raises NotReady where there is no checkpoint, or one whose tokenizer or tags this adapter cannot use.
    """
    folder = checkpoint("private", source)
    if not (folder / "tokenizer.json").is_file():
        raise NotReady("private", f"the checkpoint at {folder} has no tokenizer.json", "get its files again")
    from transformers import AutoConfig, AutoTokenizer

    labels = AutoConfig.from_pretrained(folder, local_files_only=True).id2label
    try:
        tags = Tags([labels[i] for i in range(len(labels))], calibration(folder))
    except ValueError as error:
        raise NotReady("private", f"the checkpoint at {folder} cannot be used: {error}", "choose another") from error
    device = usable_device("private", device)
    model = pretrained("AutoModelForTokenClassification", "private", folder, precision, device)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return PrivacyFilter(model, tokenizer, tags, device=device, window=window, context=context)


def calibration(folder: Path) -> dict[str, float]:
    """The biases of a checkpoint's default operating point; none without a file. Raises ValueError for another file."""
    path = folder / CALIBRATION
    if not path.is_file():
        return {}
    try:
        given = json.loads(path.read_text(encoding="utf-8"))["operating_points"]["default"]["biases"]
        return {name: float(given[f"transition_bias_{name}"]) for name in BIASES}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"its {CALIBRATION} has no biases of a default operating point") from error
