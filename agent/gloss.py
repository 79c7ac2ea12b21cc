"""A Korean request in English words, word by word, for a planner whose model knows no Korean.

`빨간 컵이 몇 개야?` becomes `red cup how many piece is?`: Kiwi (Korean morphological analysis, `kiwipiepy`) finds the
dictionary form of every word, prompts/korean.tsv has the English for it, particles and endings that carry meaning
become markers, the others go. Word order stays Korean; the tuned model has learned to read that. What stands in quotes,
in Latin letters or in no dictionary stays as it is.

NOT here: what a planner is told (agent.prompting), Korean answers (agent.answers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from tools.adapters.kiwi import Morpheme, morphemes

HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|“[^”]*”|‘[^’]*’|「[^」]*」|『[^』]*』|<[^<>]*>")
ASIDE = "QUOTE"  # stands for what was in quotes while the rest is analysed
LONGEST = 7  # morphemes that one entry of the dictionary may span
CONTENT = ("NNG", "NNP", "NNB", "NR", "NP", "VV", "VA", "VX", "VCN", "MM", "MAG", "MAJ", "XR", "XPN", "IC")
MEANT = ("NNG", "NNP", "VV", "VA", "XR")  # those that the dictionary should know
MARKERS = {
    ("JKG", "의"): "'s", ("JKB", "에"): "at", ("JKB", "에서"): "from", ("JKB", "보다"): "than", ("JKB", "처럼"): "like",
    ("JKB", "로"): "with", ("JKB", "으로"): "with", ("JKB", "에게"): "to", ("JKB", "한테"): "to", ("JKB", "에다"): "at",
    ("JKB", "와"): "and", ("JKB", "과"): "and", ("JKB", "랑"): "and", ("JKB", "이랑"): "and", ("JKB", "하고"): "and",
    ("JKB", "같이"): "like", ("JKB", "만큼"): "as-many-as", ("JX", "만큼"): "as-many-as",
    ("JC", "와"): "and", ("JC", "과"): "and", ("JC", "랑"): "and", ("JC", "이랑"): "and", ("JC", "하고"): "and",
    ("JC", "이나"): "or", ("JC", "나"): "or", ("JX", "이나"): "or", ("JX", "나"): "or", ("JX", "만"): "only",
    ("JX", "도"): "also", ("JX", "까지"): "until", ("JX", "부터"): "from", ("JX", "마다"): "each",
    ("JX", "밖에"): "except",
    ("JX", "대로"): "as", ("JKQ", "라고"): "says", ("JKQ", "이라고"): "says", ("JKQ", "라는"): "says",
    ("VCP", "이"): "is", ("VCN", "아니"): "is-not",
    ("EC", "거나"): "or", ("EC", "든지"): "or", ("EC", "지만"): "but", ("EC", "면"): "if", ("EC", "으면"): "if",
    ("EC", "다면"): "if", ("EC", "고"): "and", ("EC", "면서"): "while", ("EC", "으면서"): "while",
    ("EC", "는지"): "whether", ("EC", "ᆫ지"): "whether", ("EC", "은지"): "whether", ("EC", "을지"): "whether",
    ("EC", "ᆯ지"): "whether", ("EC", "는데"): ",", ("EC", "은데"): ",", ("EC", "ᆫ데"): ",", ("EC", "ᆫ데요"): ",",
    ("EC", "는데요"): ",", ("EC", "으려고"): "to", ("EC", "려고"): "to", ("EC", "니"): "so", ("EC", "니까"): "so",
    ("EC", "어서"): "so", ("EC", "어야"): "must", ("ETM", "라는"): "says", ("ETM", "이라는"): "says",
    ("EP", "었"): "-ed",
}  # fmt: skip
NEGATIONS = {"않", "못하", "말", "없"}
ACTING = ("VV", "VX", "XSV")  # after which an attributive ending makes an -ing


@dataclass(frozen=True)
class Gloss:
    """text: the words in English. unknown: the words of the request that the dictionary lacks, as they stand in it."""

    text: str
    unknown: tuple[str, ...] = ()


def is_korean(text: str) -> bool:
    """Whether there is Hangul in a text, that of quotations left out where something else stands beside them."""
    outside = QUOTED.sub("", text)
    return bool(HANGUL.search(outside if outside.strip() else text))


@cache
def senses() -> dict[str, dict[str, str]]:
    """Korean in dictionary form, without spaces, to its English by kind of thing: 배 is a boat or, as food, a pear."""
    found: dict[str, dict[str, str]] = {}
    for line in (files("prompts") / "korean.tsv").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            korean, english, kind = line.split("\t")
            found.setdefault(korean.replace(" ", ""), {}).setdefault(kind, english)
    return found


@cache
def dictionary() -> dict[str, str]:
    """Korean in dictionary form, without spaces, to its first English."""
    return {korean: next(iter(by_kind.values())) for korean, by_kind in senses().items()}


def _meant(form: str, company: set[str], english: str) -> str:
    """Of a word's senses the one of the same kind as another thing of the request, else the one given."""
    of = senses().get(form, {})
    return next((of[kind] for kind in of if kind in company), english) if len(of) > 1 else english


@lru_cache(maxsize=32)
def gloss(text: str) -> Gloss:
    """The gloss of one request."""
    kept: list[str] = []

    def aside(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f" {ASIDE}{len(kept) - 1} "

    plain = QUOTED.sub(aside, text)
    tokens = morphemes(plain)
    words, unknown, at = [], [], 0
    of = [senses().get(t.form, {}) for t in tokens if t.tag == "NNG"]
    company = {kind for kinds in of if len(kinds) == 1 for kind in kinds}
    while at < len(tokens):
        taken, english = _by_company(tokens, at, plain)
        if taken:
            words.append(english)
            at += taken
            continue
        taken, english = _longest(tokens, at)
        if taken:
            words.append(_meant(tokens[at].form, company, english) if taken == 1 else english)
            at += taken
            continue
        token = tokens[at]
        word = _single(tokens, at, plain)
        if word:
            words.append(word)
        if token.tag in MEANT and HANGUL.search(token.form) and _lacks(token):
            unknown.append(plain[token.start : token.end] or token.form)
        at += 1
    english = " ".join(w for w in words if w)
    english = re.sub(r" +([?.!,])", r"\1", english)
    english = re.sub(r" (-ing|-ed|'s)(?= |$)", r"\1", english)
    return Gloss(re.sub(rf"{ASIDE} ?(\d+)", lambda m: kept[int(m[1])], english), tuple(unknown))


def _by_company(tokens: list[Morpheme], at: int, text: str) -> tuple[int, str]:
    """What a short word means by its neighbours: how many morphemes it takes, and its English; 0 for all others.

    다 that Kiwi took for an unwritten "is" and its ending is "all" (숫자 다 더해); 분 is a person but after a digit;
    전 is "before" (올리기 전에, 수리 전 사진) where no particle makes it a thing, a pancake.
    """
    token, after = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else None
    if after and (token.tag, after.form, after.tag) == ("VCP", "다", "EF"):
        return (2, "all") if text[after.start - 1] == " " and text[after.start :].strip() != "다" else (0, "")
    if (token.form, token.tag) == ("분", "NNB"):
        return 1, "minute" if at and tokens[at - 1].tag == "SN" else "person"
    if (token.form, token.tag) == ("전", "NNG") and not (after and after.tag in ("JKS", "JKO", "JX", "JC", "MM")):
        return 1, "before"
    return 0, ""


def _longest(tokens: list[Morpheme], at: int) -> tuple[int, str]:
    """How many morphemes the longest entry of the dictionary takes from here, and its English; 0 where none begins."""
    first = tokens[at]
    if first.tag not in CONTENT and first.tag not in ("SL", "SN"):
        return 0, ""
    if first.tag == "VX" and first.form in ("주", "보", "드리", "있", "놓", "두"):
        return 0, ""  # "do for me", "try to", "-ing": nothing to see
    known, joined, best, english, grammar = dictionary(), "", 0, "", False
    for n, token in enumerate(tokens[at : at + LONGEST], 1):
        if n > 1 and token.tag in ("JKO", "JKS"):
            continue
        if token.tag.startswith(("SF", "SP", "SS")):
            break
        if n > 1 and (token.form, token.tag) == ("다", "MAG"):
            break  # "all", not the end of a verb: not 쥐다 "hold" for 쥐 다, all mice
        grammar = grammar or token.tag.startswith(("J", "E", "VCP"))
        joined += token.form
        verb = token.tag in ("VV", "VA", "VX", "VCN", "XSV", "XSA")
        if verb:
            entry = known.get(joined + "다")
        elif grammar and first.tag.startswith("N") and not joined.endswith(("로", "에", "서")):
            entry = None  # a noun and its particle are no other noun: not 문의 "inquiry" for 문+의 "of the door"
        else:
            entry = (known.get(f"{joined}/{token.tag}") if n == 1 else None) or known.get(joined)
        if entry is None and n == 1 and token.tag == "XR":
            entry = known.get(joined + "하다")
        if entry is None and n == 1 and token.tag == "NNG" and joined.endswith("인") and joined[:-1] in known:
            entry = f"{known[joined[:-1]]} is"  # 공인 것, "what is a ball", which Kiwi takes for one noun
        if entry is not None:
            best, english = n, entry
    return best, english


def _single(tokens: list[Morpheme], at: int, text: str) -> str:
    """What one morpheme of no entry becomes; nothing for most particles and endings."""
    token = tokens[at]
    if token.form in NEGATIONS and token.tag in ("VX", "VA", "VV"):
        return "not"
    if token.tag == "ETM" and at and tokens[at - 1].tag in ACTING and (token.tag, token.form) not in MARKERS:
        return "-ing"
    if token.tag.startswith(("J", "E", "VCP", "VCN", "XS", "VX")):
        return MARKERS.get((token.tag, token.form), "")
    if token.tag.startswith(("SF", "SP")) or token.tag in ("SN", "SL", "SW") or token.tag.startswith("W_"):
        return token.form
    if token.tag.startswith("SS"):
        return ""
    return text[token.start : token.end] or token.form


def _lacks(token: Morpheme) -> bool:
    known = dictionary()
    return token.form not in known and token.form + "다" not in known
