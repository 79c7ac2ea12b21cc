"""More questions about what is written: amounts, codes, signatures, whether a value holds a text; all of reading's list."""

from __future__ import annotations

import random
from collections.abc import Callable

from training.requests.pools import TEXTS
from training.requests.program import IMAGE, Call, Op, call
from training.requests.reading import PAPER, entities, items, lines, on_things, searching, value
from training.requests.seeing import Pair, pick
from training.requests.words import LABEL_WORDS, invented, listed

NUMERIC = ("total", "subtotal", "tax", "tip", "discount", "cash", "change", "shipping", "price", "quantity")


def amounts(rng: random.Random) -> Pair:
    kind, word = rng.choice(
        (("money", "price"), ("money", "amount"), ("number", "number"), ("money", "price"), ("date", "date"))
    )
    found = call("find_entities", IMAGE, "money" if kind == "date" else kind)
    word = "cost" if kind == "date" else word
    roll = rng.random()
    if roll < 0.2:
        return pick(
            rng,
            f"what is the highest {word}|what's the largest {word}|which {word} is the highest|what is the maximum {word}|read the biggest {word}"
            + (
                "|what is the most expensive thing here for|how much is the most expensive item"
                if kind == "money"
                else ""
            ),
        ), call("text_of", call("most", found))
    if roll < 0.36:
        return pick(
            rng,
            f"what is the lowest {word}|what's the smallest {word}|which {word} is the lowest|what is the minimum {word}"
            + ("|how much is the cheapest item|what's the cheapest price" if kind == "money" else ""),
        ), call("text_of", call("least", found))
    if roll < 0.52:
        return pick(
            rng,
            f"what is the sum of all {word}s|add up all the {word}s|what do the {word}s add up to|sum the {word}s|what is the sum of the {word}s|add the {word}s together|if you add up every {word}, what do you get",
        ), call("total", found)
    if roll < 0.8:
        key = rng.choice(NUMERIC)
        label = pick(rng, LABEL_WORDS[key][0])
        n = rng.choice((rng.randint(1, 20), rng.randint(2, 40) * 5, rng.randint(1, 30) * 100))
        value_of = call("number_of", call("only", call("find_value", IMAGE, key)))
        sign, way = rng.choice((
            (">", "is the {w} more than {n}|is the {w} over {n}|is the {w} greater than {n}|is the {w} above {n}|does the {w} exceed {n}|is the {w} higher than {n}"),
            ("<", "is the {w} less than {n}|is the {w} under {n}|is the {w} below {n}|is the {w} smaller than {n}"),
            (">=", "is the {w} at least {n}|is the {w} {n} or more"), ("<=", "is the {w} at most {n}|is the {w} no more than {n}"),
            ("==", "is the {w} exactly {n}|is the {w} equal to {n}"),
        ))  # fmt: skip
        coin = rng.choice(("", "", "", "$", "€"))
        after = rng.choice(("", "", "", " dollars", " euros")) if not coin else ""
        return pick(rng, way).replace("{w}", label).replace("{n}", f"{coin}{n}{after}"), Op(sign, value_of, n)
    a, b = rng.sample(NUMERIC, 2)
    na, nb = (call("number_of", call("only", call("find_value", IMAGE, k))) for k in (a, b))
    wa, wb = (pick(rng, LABEL_WORDS[k][0]) for k in (a, b))
    sign, way = rng.choice((
        ("-", f"what is the {wa} minus the {wb}|what is the difference between the {wa} and the {wb}|how much is the {wa} without the {wb}|subtract the {wb} from the {wa}"),
        ("+", f"what is the {wa} plus the {wb}|add the {wa} and the {wb}|what do the {wa} and the {wb} come to together|what's the {wa} and {wb} combined"),
        (">", f"is the {wa} more than the {wb}|is the {wa} higher than the {wb}"), ("<", f"is the {wa} less than the {wb}|is the {wa} lower than the {wb}"),
    ))  # fmt: skip
    return pick(rng, way), Op(sign, na, nb)


def codes(rng: random.Random) -> Pair:
    word = rng.choice(("QR code", "QR code", "barcode", "code", "bar code", "qr"))
    found: Call = call("read_codes", IMAGE)
    paper = rng.choice(PAPER.split("|"))
    roll = rng.random()
    if roll < 0.5:
        way = f"what does the {word} say|read the {word}|what is in the {word}|scan the {word}|scan this {word}|decode the {word}|what does the {word} contain|where does the {word} lead|what is encoded in the {word}|what link is in the {word}|what number is in the {word}|{word} content|what's behind the {word}|what do i get when i scan the {word}|read the {word} on the {paper}|what is the {word}'s value"
        return pick(rng, way), call("text_of", found)
    if roll < 0.68:
        return pick(
            rng,
            f"how many {word}s are there|count the {word}s|how many {word}s do you see|number of {word}s|how many {word}s are on the {paper}",
        ), call("count", found)
    if roll < 0.87:
        return pick(
            rng,
            f"is there a {word}|does it have a {word}|is there a {word} on the {paper}|can you see a {word}|any {word} here|are there {word}s",
        ), call("exists", found)
    return pick(
        rng,
        f"where is the {word}|find the {word}|show me the {word}|locate the {word}|where's the {word} on the {paper}",
    ), found


def signed(rng: random.Random) -> Pair:
    what, ways = rng.choice((
        ("signature", "is it signed|is this {p} signed|did someone sign it|is there a signature|has the {p} been signed|does the {p} carry a signature|was it signed"),
        ("stamp", "is it stamped|is there a stamp on the {p}|has the {p} been stamped|does the {p} have a stamp"),
        ("logo", "is there a logo|does the {p} have a logo|is there a company logo on it|does it show a logo"),
        ("face", "is there a face|are there any faces|does the {p} show a face|can you see someone's face|do you see faces"),
        ("photo", "is there a photo on the {p}|does the {p} have a photo|is a photo attached"),
        ("table", "is there a table on the {p}|does the {p} contain a table"),
    ))  # fmt: skip
    found = call("detect", IMAGE, what)
    if rng.random() < 0.35:
        many = what + "s"
        return pick(
            rng,
            f"how many {many} are there|count the {many}|how many {many} do you see|how many {many} are on it|number of {many}",
        ), call("count", found)
    if rng.random() < 0.15:
        return pick(rng, f"where is the {what}|find the {what}|show me the {what}|where did they put the {what}"), found
    return pick(rng, ways).replace("{p}", rng.choice(PAPER.split("|"))), call("exists", found)


def checking(rng: random.Random) -> Pair:
    """Whether a value holds a text."""
    key = rng.choice(
        (
            "company",
            "name",
            "address",
            "customer",
            "status",
            "payment method",
            "model",
            "subject",
            "nationality",
            "ingredients",
            "date",
        )
    )
    text, label = invented(rng) if rng.random() < 0.6 else listed(rng, TEXTS["en"]), pick(rng, LABEL_WORDS[key][0])
    tree = call("contains", call("text_of", call("find_value", IMAGE, key)), text)
    return pick(
        rng,
        f"is the {label} {text}|does the {label} contain {text}|is {text} the {label}|does the {label} say {text}|does the {label} include {text}|do the {label} mention {text}",
    ), tree


READING: list[tuple[str, float, Callable[[random.Random], Pair]]] = [
    ("value", 5.5, value), ("search", 4.0, searching), ("item", 1.0, items), ("lines", 3.0, lines), ("on_thing", 1.2, on_things),
    ("entity", 3.2, entities), ("amount", 1.8, amounts), ("code", 1.6, codes), ("signed", 1.2, signed), ("check", 0.6, checking),
]  # fmt: skip
