"""How a request sounds: politeness, stories, indirectness, chat spelling, typos, case and punctuation."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

from training.requests.program import Call, Op

STORIES = (
    "I'm doing my expenses.|My boss wants to know.|I'm blind, so please help me.|We had an argument about this.|This is for my insurance.|I found this in a drawer.|I lost my glasses.|My daughter asked me this.|We are cleaning up.|"
    "I took this yesterday.|It's for a school project.|I need this for the tax office.|I'm counting stock.|Here is a picture from my phone.|I want to share this online.|Before I post this:|For my blog:|Quick question:|Hi!|Hello,|hey,|"
    "Sorry to bother you.|I'm not sure about this one.|My friend says I'm wrong.|I have to file this.|I'm translating the page for a client.|This came in the mail.|A colleague sent me this scan.|I'm preparing a report.|Look at this image.|"
    "Okay so I was at the market.|We moved into a new flat.|The kids made a mess.|The accountant needs it.|I can't read it without my glasses.|Privacy matters to us.|The picture goes on our website.|I'm checking for damage."
).split("|")
BEFORE_QUESTION = "please tell me, |can you tell me, |tell me: |i would like to know: |so, |ok, |hey, |excuse me, |could you check: |question: |just wondering, |in this picture, |looking at this photo, |um, "
BEFORE_ORDER = "please |can you |could you |could you please |would you |i want you to |i'd like you to |i need you to |kindly |go ahead and |just |now |pls |can u |let's "
AFTER = " please| please?|, thanks| thx|, thank you| for me| if you can|, ok?| asap| pls| now"
CHAT = {
    " you ": " u ",
    " are ": " r ",
    "please": "plz",
    "picture": "pic",
    " and ": " n ",
    "what is": "whats",
    "is there": "is ther",
    " to ": " 2 ",
    "how many": "how mny",
    "the ": "teh ",
    "where": "wher",
    "number": "nr",
    " with ": " w/ ",
    "because": "cuz",
}
QUESTION = re.compile(
    r"^(what|how|is|are|do|does|did|which|where|when|who|whose|can|has|was|were|by|until|at|in|any|would|number|on)\b"
)


def protected(tree: Any) -> list[str]:
    """The strings of a tree that must stand in the request as they are."""
    if isinstance(tree, Call):
        own = (
            [a for a in tree.args if isinstance(a, str)] if tree.tool in ("find_text", "find_value", "contains") else []
        )
        return own + [s for a in tree.args for s in protected(a)]
    return protected(tree.left) + protected(tree.right) if isinstance(tree, Op) else []


def typo(rng: random.Random, text: str, keep: list[str]) -> str:
    """One slip of the fingers in a longer word that is not to be copied."""
    words = text.split(" ")
    places = [i for i, w in enumerate(words) if len(w) > 4 and w.isalpha() and not any(w in k or k in w for k in keep)]
    if not places:
        return text
    i = rng.choice(places)
    w, at = words[i], rng.randrange(1, len(words[i]) - 1)
    words[i] = rng.choice((w[:at] + w[at + 1 :], w[:at] + w[at + 1] + w[at] + w[at + 2 :], w[:at] + w[at] + w[at:]))
    return " ".join(words)


def voiced(rng: random.Random, request: str, strength: float = 1.0, tree: Any = None, keep: Sequence[str] = ()) -> str:
    """The request as somebody types it; what is copied from it, by `tree` or in `keep`, stays as it is."""
    keep = [*keep, *protected(tree)]
    question = bool(QUESTION.match(request.lower()))
    text = request
    plain = True
    if rng.random() < 0.3 * strength:
        plain = False
        if (
            not question
            and re.match(r"^[a-z]+ ", text)
            and not text.startswith(("the ", "i ", "number of", "everything", "all ", "my "))
        ):
            text = rng.choice(BEFORE_ORDER.split("|")) + text
        else:
            text = rng.choice(BEFORE_QUESTION.split("|")) + text
    if rng.random() < 0.1 * strength:
        text += rng.choice(AFTER.split("|"))
    mark = "?" if question or text.startswith(("can", "could", "would")) else "."
    roll = rng.random()
    sloppy = roll < 0.28
    if not sloppy:
        text = text[0].upper() + text[1:]
        if not text.endswith(("?", ".", "!")):
            text += mark if roll < 0.85 and not (mark == "." and rng.random() < 0.4) else ""
        text = re.sub(r"\bi\b(?=['\s])", "I", text) if not any(k == "i" for k in keep) else text
        text = re.sub(r"([.;] )([a-z])", lambda m: m[1] + (m[2].upper() if m[1] == ". " else m[2]), text)
    if sloppy and rng.random() < 0.3 and strength >= 0.5:
        word, short = rng.choice(list(CHAT.items()))
        if all(word.strip() not in k for k in keep):
            text = text.replace(word, short, 1)
    if rng.random() < 0.1 * strength:
        text = typo(rng, text, keep)
    if plain and rng.random() < 0.09 * strength:
        text = f"{rng.choice(STORIES)} {text}"
    return text if all(k in text for k in keep) else request
