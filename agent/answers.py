"""Answers as sentences, in English or Korean, whichever the request was written in."""

from __future__ import annotations

from agent.gloss import is_korean
from agent.language.types import REASONS
from agent.language.values import number_text
from tools.types import Image, Region, Regions, Value

ENGLISH, KOREAN = "en", "ko"
INSTEAD = {
    ENGLISH: "You can ask what is written, counted or found in the picture, or have parts of it blurred, blacked out, "
    "cropped or marked.",
    KOREAN: "사진에 무엇이 적혀 있는지, 몇 개인지, 어디 있는지 묻거나, "
    "일부를 흐리게 하기, 가리기, 자르기, 표시하기를 시킬 수 있습니다.",
}
_WORDS = {
    "yes": ("yes", "예"),
    "no": ("no", "아니요"),
    "nothing": ("Nothing found.", "찾은 것이 없습니다."),
    "nothing_for": ("Nothing found for {0}.", "{0}: 찾은 것이 없습니다."),
    "no_such": ("There is no {0} in the picture.", "사진에 {0}이(가) 없습니다."),
    "unchanged": (
        "Nothing in the picture matches; it was left as it is.",
        "해당하는 것이 없어 사진을 그대로 두었습니다.",
    ),
    "several": (
        "There are {1} candidates ({0}); which one is meant? They are numbered in the overlay.",
        "후보가 {1}개입니다 ({0}). 어느 것을 말씀하시나요? 겹쳐 그린 그림에 번호가 있습니다.",
    ),
    "regions": ("{0} found", "{0}개 찾음"),
    "unsure": (
        "I am not sure that I understood. Please say it in other words, "
        "or run this program if it is what you mean:\n{0}",
        "제가 제대로 이해했는지 확신이 없습니다. 다르게 말씀해 주시거나, "
        "이 뜻이 맞다면 아래 프로그램을 실행하세요:\n{0}",
    ),
    "unknown_words": ("I don't know this: {0}.", "모르는 말이 있습니다: {0}."),
    "hedged": ("I am not sure: {0}", "확실하지 않습니다: {0}"),
    "taken_as": (
        "{1}\nI am not sure that I understood; I took it as:\n{0}",
        "{1}\n제가 제대로 이해했는지 확신이 없습니다. 이렇게 이해했습니다:\n{0}",
    ),
    "edited": ("The picture is edited.", "사진을 고쳤습니다."),
    "not_an_edit": (
        "That asks a question; an edit was expected. Use `ask` for questions.",
        "편집이 아니라 질문입니다. 질문은 `ask`로 해 주세요.",
    ),
}


def language_of(request: str) -> str:
    """KOREAN where a request has Hangul in it, outside of what it quotes, else ENGLISH."""
    return KOREAN if is_korean(request) else ENGLISH


def doubt_settings(request: str) -> tuple[str, str]:
    """The planner's settings for a plan's doubt in the request's language: under the first it is not run, under the
    second its answer says how it was understood."""
    return ("keep", "hedge") if language_of(request) == ENGLISH else ("keep_korean", "hedge_korean")


def say(key: str, language: str, *values: object) -> str:
    """One of the fixed sentences."""
    return _WORDS[key][language == KOREAN].format(*values)


def answer_text(value: Value, language: str, searched: str | None = None) -> str:
    """An answer for people. searched: what was looked for, for an answer of nothing."""
    if isinstance(value, bool):
        return say("yes" if value else "no", language)
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, str):
        return value or say("nothing", language)
    if isinstance(value, tuple):
        return "\n".join(value) if value else _nothing(language, searched)
    if isinstance(value, Region):
        return value.text or value.label or say("regions", language, 1)
    if isinstance(value, Regions):
        if not value.items:
            return _nothing(language, value.searched)
        texts = [r.text for r in value if r.text]
        if len(texts) == len(value):
            return "\n".join(texts)
        return say("regions", language, f"{len(value)} × {value.searched}" if value.searched else len(value))
    if isinstance(value, Image):
        return say("edited", language)
    raise TypeError(f"an answer cannot be a {type(value).__name__}")


def hedged(text: str, language: str) -> str:
    """An answer that is not sure enough to be given without saying so."""
    return say("hedged", language, text)


def declined(reason: str, language: str) -> str:
    """What a user is told for cannot(reason): why, and what can be asked instead."""
    return f"{REASONS[reason][language == KOREAN]} {INSTEAD[language]}"


def _nothing(language: str, searched: str | None) -> str:
    return say("nothing_for", language, searched) if searched else say("nothing", language)
