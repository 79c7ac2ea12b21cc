"""What a language model's key-value cache holds, in tokens: the part that every way of running one shares.

NOT here: the keys and values themselves, which each model keeps in its own form.
"""

from __future__ import annotations

from collections.abc import Sequence


class TokenCache:
    """The tokens whose keys and values a cache holds, in `_held`."""

    def __init__(self) -> None:
        self._held: list[int] = []

    def reset_to(self, prompt: Sequence[int]) -> None:
        """Keep of the cache what `prompt` begins with, at most all but its last token; the caller appends the rest."""
        common = 0
        for held, wanted in zip(self._held, prompt[:-1], strict=False):
            if held != wanted:
                break
            common += 1
        self.rewind(common)

    def rewind(self, length: int) -> None:
        """Keep the first `length` tokens only."""
        del self._held[length:]

    def __len__(self) -> int:
        return len(self._held)
