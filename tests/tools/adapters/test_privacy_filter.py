"""The privacy filter: its tags against transformers' own, and the decoding of tags into places of a text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.language_models import byte_tokenizer
from tests.tools.adapters import tiny
from tools.adapters.privacy_filter import CALIBRATION, PrivacyFilter, Tags, load
from tools.core import NotReady
from tools.types import Floats

KINDS = ("private_person", "private_address")
LABELS = ("O", *(f"{mark}-{kind}" for kind in KINDS for mark in "BIES"))
TAGS = Tags(LABELS)
TEXT = "Dear Ms. Anna Keller, we write to Größe Straße 5, 서울 🐈 and to nobody else."


def test_the_published_labels_are_bioes_tags() -> None:
    from transformers import OpenAIPrivacyFilterConfig

    labels = OpenAIPrivacyFilterConfig().id2label
    tags = Tags([labels[i] for i in range(len(labels))])
    assert {"private_person", "private_address", "account_number", "secret"} < set(tags.kinds)
    assert len(set(tags.kinds) - {""}) == 8


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_probabilities_are_those_of_transformers(precision: str, tmp_path: Path) -> None:
    import torch
    import transformers

    folder = tiny.privacy_filter(tmp_path)
    ours = load(str(folder), precision)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    model = transformers.AutoModelForTokenClassification.from_pretrained(folder, dtype=dtype).eval()
    ids = byte_tokenizer()(TEXT, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        wanted = model(input_ids=ids).logits[0].float().log_softmax(-1).numpy()
    made = ours.log_probabilities(ids[0].tolist())
    assert made.dtype == np.float32 and wanted.std(axis=0).max() > 0.3, "the text decides something"
    np.testing.assert_allclose(made, wanted, atol=1e-5)
    assert ours.log_probabilities([]).shape == (0, 33)
    assert ours.spans("") == []


def test_spans_lie_in_the_text_and_do_not_overlap(tmp_path: Path) -> None:
    text = TEXT + "\n\n" + TEXT[::-1]
    spans = load(str(tiny.privacy_filter(tmp_path))).spans(text)
    assert len(spans) > 3
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(text[s.start : s.end].strip() == text[s.start : s.end] != "" for s in spans)
    assert all(0 < s.score <= 1 for s in spans)
    assert {s.kind for s in spans} <= {"name", "address", "account number", "secret", "email", "phone", "url", "date"}


def test_a_long_text_is_judged_in_windows_that_see_their_surroundings(tmp_path: Path) -> None:
    """Two layers of 4 tokens see 8 to each side: with so much context, windows change nothing."""
    folder = str(tiny.privacy_filter(tmp_path))
    ids = byte_tokenizer()(TEXT * 3)["input_ids"]
    whole = load(folder, window=10_000).log_probabilities(ids)
    np.testing.assert_allclose(load(folder, window=7, context=8).log_probabilities(ids), whole, atol=1e-4)
    assert np.abs(load(folder, window=7, context=0).log_probabilities(ids) - whole).max() > 0.1


class Scripted:
    """A model that is sure of the tags of a text: (place, kind) of a span there, as the tokens lie."""

    def __init__(self, text: str, places: Sequence[tuple[str, str]]) -> None:
        offsets = byte_tokenizer()(text, return_offsets_mapping=True)["offset_mapping"]
        logits = np.zeros((1, len(offsets), len(LABELS)), np.float32)
        logits[:, :, 0] = 8
        for words, kind in places:
            start = text.index(words)
            inside = [i for i, (a, b) in enumerate(offsets) if a < start + len(words) and b > start]
            marks = "S" if len(inside) == 1 else "B" + "I" * (len(inside) - 2) + "E"
            for i, mark in zip(inside, marks, strict=True):
                logits[0, i, LABELS.index(f"{mark}-{kind}")] = 16
        self.logits = logits

    def __call__(self, input_ids: Any) -> Any:
        import torch

        assert input_ids.shape[1] == self.logits.shape[1]
        return SimpleNamespace(logits=torch.tensor(self.logits))


PLACES: dict[str, list[tuple[str, str]]] = {
    "nothing": [],
    "a name": [("Anna Keller", "name")],
    "letters of several bytes": [("Größe Straße 5", "address")],
    "hangul": [("서울", "address")],
    "a character of several tokens": [("🐈", "name")],
    "side by side": [("Anna", "name"), (" Keller", "address")],
    "the first and the last": [("Dear", "name"), ("else.", "name")],
    "all of it": [(TEXT, "secret name")],
}


@pytest.mark.parametrize("places", PLACES.values(), ids=PLACES.keys())
def test_characters(places: list[tuple[str, str]]) -> None:
    asked = [(words, "private_address" if kind == "address" else "private_person") for words, kind in places]
    finder = PrivacyFilter(
        Scripted(TEXT, asked), byte_tokenizer(), TAGS, device="cpu", window=1000, context=0
    )  # fmt: skip
    found = [(TEXT[s.start : s.end], s.kind) for s in finder.spans(TEXT)]
    assert found == [(words.strip(), "address" if kind == "address" else "name") for words, kind in places]
    assert all(s.score > 0.99 for s in finder.spans(TEXT))


def scores(*tokens: Mapping[str, float]) -> Floats:
    """Log-probabilities of tokens: the given tags' probabilities, the rest shared by the others."""
    made = np.zeros((len(tokens), len(LABELS)))
    for row, token in zip(made, tokens, strict=True):
        row[:] = (1 - sum(token.values())) / (len(LABELS) - len(token))
        for tag, probability in token.items():
            row[LABELS.index(tag)] = probability
    return np.log(made).astype(np.float32)


def tags_of(*labels: str) -> list[int]:
    return [LABELS.index(label) for label in labels]


P, A = "private_person", "private_address"
# What each token alone would be, which is malformed; and the nearest well-formed reading.
MALFORMED: dict[str, tuple[Floats, list[int]]] = {
    "a lone I is outside": (
        scores({"O": 0.9}, {f"I-{P}": 0.6, "O": 0.39}, {"O": 0.9}), tags_of("O", "O", "O")),
    "a lone I is a span where that is likelier": (
        scores({"O": 0.9}, {f"I-{P}": 0.6, f"S-{P}": 0.3}, {"O": 0.9}), tags_of("O", f"S-{P}", "O")),
    "a B that nothing ends": (
        scores({"O": 0.9}, {f"B-{P}": 0.9, f"S-{P}": 0.05}), tags_of("O", f"S-{P}")),
    "an E that nothing begins": (
        scores({f"E-{P}": 0.9, f"S-{P}": 0.05}, {"O": 0.9}), tags_of(f"S-{P}", "O")),
    "an end of another kind": (
        scores({f"B-{P}": 0.9}, {f"E-{A}": 0.5, f"E-{P}": 0.4}), tags_of(f"B-{P}", f"E-{P}")),
    "a gap": (
        scores({f"B-{P}": 0.9}, {"O": 0.5, f"I-{P}": 0.4}, {f"E-{P}": 0.9}), tags_of(f"B-{P}", f"I-{P}", f"E-{P}")),
    "two beginnings": (
        scores({f"B-{P}": 0.7, f"S-{P}": 0.2}, {f"B-{P}": 0.9}, {f"E-{P}": 0.9}),
        tags_of(f"S-{P}", f"B-{P}", f"E-{P}")),
}  # fmt: skip


@pytest.mark.parametrize(("given_scores", "wanted"), MALFORMED.values(), ids=MALFORMED.keys())
def test_the_nearest_well_formed_reading(given_scores: Floats, wanted: list[int]) -> None:
    assert not well_formed(given_scores.argmax(axis=1).tolist()), "the row has something to mend"
    assert TAGS.best(given_scores) == wanted


def well_formed(path: Sequence[int]) -> bool:
    """By the definition of BIOES, not by the table of steps: outside, or inside of one kind from B to E."""
    inside = None
    for tag in path:
        mark, kind = LABELS[tag][0], LABELS[tag][2:]
        if (mark in "IE" and inside != kind) or (mark in "OBS" and inside is not None):
            return False
        inside = kind if mark in "BI" else None
    return inside is None


RANDOM = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed))


@given(RANDOM, st.integers(1, 4), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_best_of_all_well_formed_sequences(random: np.random.Generator, length: int, biased: bool) -> None:
    names = ("background_stay", "background_to_start", "inside_to_continue", "inside_to_end", "end_to_background",
             "end_to_start")  # fmt: skip
    biases = dict(zip(names, random.normal(0, 2, 6).tolist(), strict=True)) if biased else {}
    groups = {"O": "background", "B": "inside", "I": "inside", "E": "end", "S": "end"}
    ends = {("background", "O"): "stay", ("end", "O"): "to_background", ("inside", "I"): "to_continue",
            ("inside", "E"): "to_end"}  # fmt: skip
    drawn = random.normal(0, 2, (length, len(LABELS))).astype(np.float32)

    def total(path: Sequence[int]) -> float:
        marks = [LABELS[t][0] for t in path]
        steps = (f"{groups[a]}_{ends.get((groups[a], b), 'to_start')}" for a, b in pairwise(marks))
        return float(sum(drawn[i, t] for i, t in enumerate(path)) + sum(biases.get(s, 0.0) for s in steps))

    found = Tags(LABELS, biases).best(drawn)
    assert well_formed(found)
    best = max(total(p) for p in product(range(len(LABELS)), repeat=length) if well_formed(p))
    assert total(found) == pytest.approx(best, abs=1e-3)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5), st.sampled_from(KINDS)), max_size=6), st.integers(0, 3))
def test_spans_come_back(pieces: list[tuple[int, int, str]], after: int) -> None:
    """Spans of any lengths, gaps and kinds, written as tags and decoded; a gap of 0 is a span right behind another."""
    labels: list[str] = []
    wanted = []
    for gap, length, kind in pieces:
        labels += ["O"] * gap
        wanted.append((len(labels), len(labels) + length, kind))
        labels += [f"S-{kind}"] if length == 1 else [f"B-{kind}", *[f"I-{kind}"] * (length - 2), f"E-{kind}"]
    labels += ["O"] * after
    path = TAGS.best(scores(*({label: 0.9} for label in labels))) if labels else TAGS.best(np.zeros((0, 9), np.float32))
    assert path == tags_of(*labels)
    assert TAGS.spans(path) == wanted


NO_TAGS = {
    "BIO": ("O", "B-name", "I-name"),
    "no O": LABELS[1:],
    "twice": (*LABELS, "O"),
    "other marks": ("O", "B-a", "I-a", "L-a", "U-a"),
    "placeholders": ("LABEL_0", "LABEL_1"),
}


@pytest.mark.parametrize("labels", NO_TAGS.values(), ids=NO_TAGS.keys())
def test_other_tags_are_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="the tags B, I, E, S of each kind"):
        Tags(labels)


def broken(folder: Path, how: str) -> None:
    """A checkpoint with something wrong."""
    if how == "tags":
        tiny.privacy_filter(folder, ("O", "B-name", "I-name"))
        return
    tiny.privacy_filter(folder)
    if how == "tokenizer":
        (folder / "tokenizer.json").unlink()
    elif how == "weights":
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    elif how == "truncated":
        whole = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    else:
        (folder / CALIBRATION).write_text('{"operating_points": {}}')


BROKEN = {
    "tags": "of each kind",
    "tokenizer": "no tokenizer.json",
    "weights": "safetensors",
    "truncated": "cannot be loaded",
    "calibration": "no biases of a default",
}


@pytest.mark.parametrize(("how", "message"), BROKEN.items(), ids=BROKEN.keys())
def test_what_cannot_be_loaded(how: str, message: str, tmp_path: Path) -> None:
    broken(tmp_path, how)
    with pytest.raises(NotReady, match=message) as caught:
        load(str(tmp_path))
    assert caught.value.role == "private"


def test_the_checkpoints_own_biases_count(tmp_path: Path) -> None:
    folder = tiny.privacy_filter(tmp_path)
    before = load(str(folder)).spans(TEXT)
    names = ("background_stay", "background_to_start", "inside_to_continue", "inside_to_end", "end_to_background",
             "end_to_start")  # fmt: skip
    biases = {f"transition_bias_{n}": 1000.0 if n == "background_stay" else 0.0 for n in names}
    (folder / CALIBRATION).write_text(json.dumps({"operating_points": {"default": {"biases": biases}}}))
    assert before
    assert load(str(folder)).spans(TEXT) == []
