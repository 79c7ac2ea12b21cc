"""The trainers of the image-text model and the VLM's eye: what they show, ask and learn, and that the agent's adapter
and transformers' Idefics3 see the same."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import Idefics3Config
from transformers.models.idefics3.modeling_idefics3 import Idefics3Connector

from tests.training.tabletop.world import archive
from tools.adapters.tabletop_eye import place
from training import train_eye, train_image_text
from training.detector_model import tokenizer, vocabulary_ids
from training.tabletop import talk
from training.tabletop.phrases import NOUNS, vocabulary
from training.tabletop.scenes import ATTRIBUTES, SceneSet, load

SCENE = np.array([[0, 1, 1, 0], [1, 1, 0, 1], [1, 2, 1, 2], [0, 5, 0, 2]])
PLACES = [(10, 60, 8), (30, 40, 14), (55, 70, 12), (80, 30, 6)]


@pytest.fixture
def sets(tmp_path: Path) -> list[SceneSet]:
    return load([archive(tmp_path / "s.zip", [1, 2])], tmp_path / "cache")


def test_an_image_text_step_depends_on_seed_and_number_alone(sets: list[SceneSet]) -> None:
    task = train_image_text.Task(sets, 1)
    first = {k: v.item() for k, v in task.loss(3).items()}
    task.loss(4)
    assert {k: v.item() for k, v in task.loss(3).items()} == pytest.approx(first)
    assert set(first) == {"pairs", "pooled", "patches", "mask"}


def test_a_region_s_mask_lies_where_its_pixels_do(sets: list[SceneSet]) -> None:
    task = train_image_text.Task(sets, 1)
    crops, masks, attributes, _ = task.crops(0)
    assert crops.shape[1:] == (3, train_image_text.SIDE, train_image_text.SIDE)
    assert masks.shape == (len(crops), 64, 16)
    assert len(attributes) == len(crops)
    shares = masks.mean(dim=(1, 2))
    assert bool(((shares > 0.1) & (shares < 0.95)).all())  # an object fills some of its box's surroundings, never all
    inner = masks.view(-1, 8, 8, 16)[:, 2:6, 2:6].mean(dim=(1, 2, 3))
    assert bool((inner > shares).all())


def test_phrases_are_encoded_as_the_tokenizer_does() -> None:
    words, ids = tokenizer(), vocabulary_ids()
    for text in ("small red metal cube", "a wooden thing"):
        ours = train_image_text.encoded(text, ids)
        theirs = words(text, padding="max_length", max_length=train_image_text.LENGTH)["input_ids"]
        assert ours == theirs


def test_tiles_are_clipped_and_keep_their_content() -> None:
    picture = torch.zeros(3, 60, 90)
    picture[0, 20:40, 60:90] = 1
    seen = train_image_text.tile(picture, (60, 20, 90, 40), 0.5, random.Random(1))
    assert seen.shape == (3, train_image_text.SIDE, train_image_text.SIDE)
    assert float(seen[0].mean()) == pytest.approx(20 * 30 / (40 * 45), abs=0.02)


def answer_of(question: str) -> str | None:
    """The answer to a question about SCENE by a second, plainer reading of it; None where it is of another kind."""
    synonyms = {
        "tiny": "small", "little": "small", "big": "large", "grey": "gray", "violet": "purple", "turquoise": "cyan",
        "matte": "rubber", "metallic": "metal", "shiny": "metal", "block": "cube", "ball": "sphere",
    }  # fmt: skip
    plural = {many: one for pairs in NOUNS.values() for one, many in pairs}
    words = [synonyms.get(w, w) for w in (plural.get(w, w) for w in re.findall(r"[a-z]+", question.lower()))]
    known = [{n: v[i] for (n, v), i in zip(ATTRIBUTES.items(), row, strict=True)} for row in SCENE]
    values = {v: n for n, names in ATTRIBUTES.items() for v in names}
    foreign = set(words) - set(vocabulary()) - set(values)
    asked = [w for w in words if w in values]
    hits = [i for i, o in enumerate(known) if all(o[values[w]] == w for w in asked)]
    if question.lower().startswith(("how many", "count")):
        odd = foreign - {"how", "many", "are", "there", "count"}
        return "0" if odd else str(len(hits))
    if re.match(r"(is there|do you see|can you see)", question.lower()):
        odd = foreign - {"is", "there", "in", "picture", "do", "you", "see", "can", "one"}
        return "Yes" if hits and not odd else "No"
    number = re.fullmatch(r"Which number is (.*)\?", question)
    if number and len(hits) == 1 and not re.search("most|close|near|far", question):
        return str(hits[0] + 1)
    return None


def test_answers_are_true_of_the_scene() -> None:
    rng, checked = random.Random(5), 0
    for _ in range(600):
        question, answer = talk.scene(SCENE, PLACES, rng)
        expected = answer_of(question)
        if expected is not None:
            assert answer == expected, question
            checked += 1
    assert checked > 150
    asked = {talk.scene(SCENE, PLACES, rng) for _ in range(2000)}
    assert ("Which number is the leftmost one?", "1") in asked
    assert ("Which number is the rightmost one?", "4") in asked
    assert ("Which number is the closest one?", "3") in asked
    assert ("What is number 2?", "A large red rubber sphere.") in asked


def test_a_picture_of_one_object_is_not_asked_its_size() -> None:
    rng = random.Random(2)
    turns = [talk.alone(SCENE[1], rng) for _ in range(400)]
    assert not any(re.search(r"\b(size|big|small|large|tiny|little)\b", q + " " + a) for q, a in turns)
    assert ("What is this?", "A red rubber sphere.") in turns


def test_a_description_names_every_object_once() -> None:
    said = talk.description(SCENE)
    assert said == (
        "There are four objects: a small red metal cube, a large red rubber sphere, a large blue metal cylinder "
        "and a small purple rubber cylinder."
    )
    assert talk.description(SCENE[:1]) == "There is a small red metal cube."


def test_pixel_shuffle_is_idefics3_s() -> None:
    config = Idefics3Config(
        vision_config={"hidden_size": 5}, text_config={"model_type": "llama", "hidden_size": 64}, scale_factor=4
    )
    features = torch.randn(3, 64, 5)
    theirs = Idefics3Connector(config).pixel_shuffle(features, 4)
    assert torch.equal(train_eye.shuffled(features, 4), theirs)


def test_only_answers_are_learnt_and_a_description_comes_last(sets: list[SceneSet]) -> None:
    task = train_eye.Task.__new__(train_eye.Task)
    from agent.embedded import load_tokenizer, wheel_gguf

    task.tokenizer = load_tokenizer(wheel_gguf())
    turns = [("What color is it?", "red"), ("Describe this picture.", "There is a red cube.")]
    ids, asked = task.encoded(
        "<|im_start|>user\n<filename>\nWhat color is it?<|im_end|>\n<|im_start|>assistant\n", turns
    )
    learnt = task.tokenizer.decode([i for i, wanted in zip(ids, asked, strict=True) if wanted])
    assert learnt == "red<|im_end|>There is a red cube.<|im_end|>"
    whole = task.tokenizer.decode(ids)
    assert whole.endswith(
        "<|im_start|>user\nDescribe this picture.<|im_end|>\n<|im_start|>assistant\nThere is a red cube.<|im_end|>"
    )

    from training.tabletop.compose import sample

    long = 0
    for seed in range(60):
        rng = random.Random(seed)
        s = sample(sets[0], [0, 1], (320, 240), rng)
        crops, prompt, asked_of = train_eye.conversation(torch.zeros(3, 240, 320), s, rng, "#")
        assert prompt.count("#") == len(crops)
        lengths = [len(a) > train_eye.LONG for _, a in asked_of]
        assert lengths == sorted(lengths)
        assert sum(lengths) <= 1
        long += sum(lengths)
    assert long > 5


def test_places_are_percent_of_the_sides() -> None:
    assert place((40, 10, 80, 50), 400, 200) == (15, 15, 10)
