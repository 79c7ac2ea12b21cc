"""Names, addresses and secrets on pages, by a scripted role: what the model is shown, and which regions come of it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pil

from agent.agent import Agent
from agent.language.check import check
from agent.language.run import Interpreter, MemoryCache
from agent.profiles import PROJECT
from tests.fakes import FakeModels, FakePrivate, FakeReader, blank, scripted_line
from tools.adapters.roles import PrivateSpan
from tools.core import Context, NotReady, registered
from tools.entities import Kind, find_entities
from tools.private_text import page_text
from tools.redact import redact
from tools.text_layout import Page
from tools.types import Image, Region, Regions

Script = list[tuple[float, float, str]]
# x, y, text; lines are 20 pixels high, a character 12 wide.
LETTER: Script = [
    (20, 20, "Ms. Anna Keller"), (20, 52, "12 Mill Road"), (20, 84, "Port Linden, CA 94107"), (500, 20, "9 May 2025"),
    (20, 180, "Dear Anna Keller, the keys are with Tom"), (20, 212, "Stone until Friday. Ask him at 4 Quay"),
    (20, 244, "Street, second floor."),
]  # fmt: skip
COLUMNS: Script = [
    (20, 20, "Bill to:"), (420, 20, "Ship to:"), (20, 52, "Anna Keller"), (420, 52, "Tom Stone"),
    (20, 84, "12 Mill Road"), (420, 84, "4 Quay Street"), (20, 116, "Port Linden"), (420, 116, "Kiteford"),
]  # fmt: skip
LABELLED: Script = [(20, 20, "Address: 12 Mill Road"), (20, 52, "Port Linden"), (20, 84, "Password: hunter2")]
NAME, ADDRESS, SECRET, ACCOUNT = "name", "address", "secret", "account number"
ANNA = {"Anna Keller": NAME, "Tom Stone": NAME}
HOMES = {"12 Mill Road Port Linden": ADDRESS, "4 Quay Street Kiteford": ADDRESS}

# A page, what the model finds on it, the kind, and the texts and boxes that must come of it.
CASES: dict[str, tuple[Script, dict[str, str], Kind, list[tuple[str, tuple[float, float, float, float]]]]] = {
    "a name in a line": (
        LETTER[:1], ANNA, "name", [("Anna Keller", (68, 20, 200, 40))]),
    "a name over a line's end is its two parts": (
        LETTER, {"Tom Stone": NAME}, "name", [("Tom", (452, 180, 488, 200)), ("Stone", (20, 212, 80, 232))]),
    "an address of two lines is one region": (
        LETTER, {"12 Mill Road Port Linden, CA 94107": ADDRESS}, "address",
        [("12 Mill Road Port Linden, CA 94107", (20, 52, 272, 104))]),
    "an address in running text is its two parts": (
        LETTER, {"4 Quay Street, second floor": ADDRESS}, "address",
        [("4 Quay", (392, 212, 464, 232)), ("Street, second floor", (20, 244, 260, 264))]),
    "columns are read one after the other": (
        COLUMNS, HOMES, "address",
        [("12 Mill Road Port Linden", (20, 84, 164, 136)), ("4 Quay Street Kiteford", (420, 84, 576, 136))]),
    "names in reading order": (
        COLUMNS, ANNA, "name", [("Anna Keller", (20, 52, 152, 72)), ("Tom Stone", (420, 52, 528, 72))]),
    "beside a label": (
        LABELLED, {"12 Mill Road Port Linden": ADDRESS}, "address", [("12 Mill Road Port Linden", (20, 20, 272, 72))]),
    "a secret": (
        LABELLED, {"hunter2": SECRET}, "secret", [("hunter2", (140, 84, 224, 104))]),
    "an account number": (
        [(20, 20, "Account 0042-117")], {"0042-117": ACCOUNT}, "account number", [("0042-117", (116, 20, 212, 40))]),
    "another kind than is asked for": (LETTER, ANNA, "address", []),
    "an empty page": ([], ANNA, "name", []),
}  # fmt: skip


def shown(script: Script, finds: dict[str, str], score: float = 0.8, **settings: float) -> tuple[Context, FakePrivate]:
    private = FakePrivate(finds, score)
    models = FakeModels(
        {"reader": FakeReader(script), "private": private}, {("private", k): v for k, v in settings.items()}
    )
    return Context(models), private


@pytest.mark.parametrize(("script", "finds", "kind", "wanted"), CASES.values(), ids=CASES.keys())
def test_found(
    script: Script, finds: dict[str, str], kind: Kind, wanted: list[tuple[str, tuple[float, float, float, float]]]
) -> None:
    context, _ = shown(script, finds)
    found = find_entities(context, blank(), kind)
    assert [r.text for r in found] == [text for text, _ in wanted]
    for region, (_, box) in zip(found, wanted, strict=True):
        assert region.box == pytest.approx(box, abs=3)
        assert (region.label, region.score) == (kind, 0.8)
    assert found.searched == kind


def text_of(script: Script, slant: float = 0.0) -> str:
    """The text that the model is shown, of a page turned by `slant` radians."""
    image = blank(1200, 1200)
    cos, sin = np.cos(slant), np.sin(slant)

    def turned(x: float, y: float) -> tuple[float, float]:
        return (600 + (x - 300) * cos - (y - 200) * sin, 600 + (x - 300) * sin + (y - 200) * cos)

    def line(x: float, y: float, text: str) -> Region:
        x1, y1 = x + 12 * len(text), y + 20
        quad = (turned(x, y), turned(x1, y), turned(x1, y1), turned(x, y1))
        (low_x, low_y), (high_x, high_y) = np.min(quad, axis=0), np.max(quad, axis=0)
        box = (float(low_x), float(low_y), float(high_x), float(high_y))
        return Region(box, image.frame, score=0.9, text=text, quad=quad if slant else None)

    return page_text(Page.of([line(*entry) for entry in script]))[0]


@pytest.mark.parametrize("slant", [0.0, 0.1, np.pi / 2, np.pi])
def test_the_model_reads_block_after_block(slant: float) -> None:
    assert text_of(COLUMNS, slant).split("\n\n")[:2] == [
        "Bill to:\nAnna Keller\n12 Mill Road\nPort Linden",
        "Ship to:\nTom Stone\n4 Quay Street\nKiteford",
    ]
    assert text_of(LETTER, slant).split("\n\n")[0] == "Ms. Anna Keller\n12 Mill Road\nPort Linden, CA 94107"


def test_a_headline_and_a_footnote_are_blocks_of_their_own() -> None:
    page = Page.of([
        scripted_line(blank(), 20, 20, "INVOICE", 40.0), scripted_line(blank(), 20, 70, "Anna Keller"),
        scripted_line(blank(), 20, 102, "Kiteford"), scripted_line(blank(), 20, 180, "Thank you"),
    ])  # fmt: skip
    assert page.blocks == ((0,), (1, 2), (3,))


def test_a_line_that_nothing_could_read_is_left_out() -> None:
    lines = [scripted_line(blank(), 20, 20 + 32 * i, text) for i, text in enumerate(("Anna", "?", "Keller"))]
    page = Page.of([lines[0], lines[1].with_(text=None, words=()), lines[2]])
    assert page_text(page)[0] == "Anna\nKeller\n\n"


def test_a_span_of_line_ends_only_is_nothing() -> None:
    class Odd:
        def spans(self, text: str) -> list[PrivateSpan]:
            return [PrivateSpan(text.index("\n"), text.index("\n") + 1, "name", 0.9),
                    PrivateSpan(0, len(text), "name", 0.9)]  # fmt: skip

    context = Context(FakeModels({"reader": FakeReader(COLUMNS), "private": Odd()}))
    assert [r.text for r in find_entities(context, blank(), "name")] == [
        "Bill to: Anna Keller 12 Mill Road Port Linden", "Ship to: Tom Stone 4 Quay Street Kiteford",
    ]  # fmt: skip


def test_one_look_serves_every_kind() -> None:
    context, private = shown(COLUMNS, ANNA | HOMES)
    image = blank()
    assert len(find_entities(context, image, "name")) == len(find_entities(context, image, "address")) == 2
    assert len(private.seen) == 1


def test_other_kinds_do_not_ask_the_model() -> None:
    context, private = shown([(20, 20, "anna@example.com")], ANNA)
    assert [r.text for r in find_entities(context, blank(), "email")] == ["anna@example.com"]
    assert private.seen == []


def test_the_profiles_threshold() -> None:
    for score, count in ((0.4, 0), (0.6, 2)):
        context, _ = shown(COLUMNS, ANNA, score, keep=0.5)
        assert len(find_entities(context, blank(), "name")) == count


def test_without_the_role_the_page_is_not_even_read() -> None:
    reader = FakeReader(LETTER)
    with pytest.raises(NotReady) as caught:
        find_entities(Context(FakeModels({"reader": reader})), blank(), "name")
    assert (caught.value.role, reader.reads) == ("private", 0)


def test_a_cached_step_hangs_on_the_model_only_where_it_was_asked() -> None:
    """Another privacy filter makes names be looked for again, and leaves what was known of e-mail addresses."""
    cache, image = MemoryCache(), blank()

    def cached(kind: str, keep: float) -> bool:
        models = FakeModels({"reader": FakeReader(LETTER), "private": FakePrivate(ANNA)}, {("private", "keep"): keep})
        program = check(f'answer(count(find_entities(image, "{kind}")))', registered(), {"image": "Image"})
        outcome = Interpreter(program, {"image": image}, Context(models), registered(), cache=cache).run()
        return outcome.steps[0].cached

    assert [cached(k, keep) for k in ("name", "email") for keep in (0.1, 0.1, 0.2)] == [
        False, True, False, False, True, True,
    ]  # fmt: skip


def page_picture(script: Script) -> Image:
    """A page whose words are grey blocks."""
    pixels = np.full((400, 800, 3), 240, np.uint8)
    for x, y, text in script:
        for i, letter in enumerate(text):
            if letter != " ":
                left = int(x) + 12 * i
                pixels[int(y) + 3 : int(y) + 17, left + 2 : left + 10] = 60
    return Image.from_pixels(pixels)


class CellReader(FakeReader):
    """Reads the letters of a script that still look as `page_picture` printed them."""

    def __init__(self, script: Script) -> None:
        super().__init__(lambda image: [r for entry in script for r in self._line(image, *entry)])

    @staticmethod
    def _line(image: Image, x: float, y: float, text: str) -> list[Region]:
        inks = [image.pixels[int(y) + 10, int(x) + 12 * i + 6].tolist() == [60] * 3 for i in range(len(text))]
        left = "".join(c if ink else " " for c, ink in zip(text, inks, strict=True))
        begin = len(left) - len(left.lstrip())
        return [scripted_line(image, x + 12 * begin, y, left.strip())] if left.strip() else []


def test_redacting_names_leaves_the_rest_of_their_lines() -> None:
    private = FakePrivate(ANNA | {"12 Mill Road Port Linden, CA 94107": ADDRESS})
    reader = CellReader(LETTER)
    context = Context(FakeModels({"reader": reader, "private": private}))
    image = page_picture(LETTER)
    hidden = redact(context, image, find_entities(context, image, "name"))
    left = [line.text for line in reader.lines(hidden)]
    assert left == [
        "Ms.", "12 Mill Road", "Port Linden, CA 94107", "9 May 2025", "Dear            , the keys are with",
        "until Friday. Ask him at 4 Quay", "Street, second floor.",
    ]  # fmt: skip
    hidden = redact(context, image, find_entities(context, image, "address"))
    assert [line.text for line in reader.lines(hidden)][:2] == ["Ms. Anna Keller", "9 May 2025"]


def test_a_program_redacts_names_on_a_page_that_is_really_read() -> None:
    """The example card, read by the profile's own reader; the request's record says nothing of what went."""
    agent = Agent(models=_Reading({"Clara Haddad": NAME}), trace=False)
    card = PROJECT / "examples" / "card.png"
    done = agent.run_program(card, 'answer(redact(image, find_entities(image, "name")))')
    assert done.status == "answered" and done.image is not None
    assert "Clara" not in str(done.to_json())
    before = Image.from_pixels(np.array(Pil.open(card).convert("RGB")))
    lines = agent.models.model("reader").lines
    words = [{r.text for r in lines(picture)} for picture in (before, done.image)]
    assert "Clara Haddad" in words[0] and not any("Clara" in (t or "") or "Haddad" in (t or "") for t in words[1])
    assert {t for t in words[0] if "Research" in (t or "")} <= words[1], "the line below it stays"


class _Reading(FakeModels):
    """The embedded profile's reader and a scripted "private"."""

    def __init__(self, finds: dict[str, str]) -> None:
        from tools.adapters.rapid_ocr import load

        super().__init__({"reader": load(tesseract=None), "private": FakePrivate(finds)})


def test_regions_of_nothing_are_regions() -> None:
    context, _ = shown(LETTER, {})
    found = find_entities(context, blank(), "secret")
    assert isinstance(found, Regions) and len(found) == 0
