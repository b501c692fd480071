"""What a person searches for: a regular expression, in time that grows with the text and never more. Pure.

Python's own `re` tries every way to match, so that `(a+)+$` on one long line, or `.*error.*` on a log of long ones, would
hold up the screen for seconds or for ever. RE2 tries all ways at once. It has no look-around and no back-references.
"""

from __future__ import annotations

from typing import Final

import re2


class Pattern:
    """Finds without regard to case; what is no regular expression of RE2's is looked for as it stands.

    `^` and `$` mean the ends of each line of a text.
    """

    __slots__ = ("_compiled", "is_understood", "text")

    def __init__(self, text: str) -> None:
        """Compile it."""
        self.text: Final = text
        #: Whether it is a regular expression.
        self.is_understood = True
        try:
            self._compiled = re2.compile(f"(?m){_encodable(text)}", _OPTIONS)
        except re2.error:
            self.is_understood = False
            self._compiled = re2.compile(re2.escape(_encodable(text)), _OPTIONS)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def is_in(self, text: str) -> bool:
        """Whether a text has it."""
        return self._compiled.search(_encodable(text)) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where a text has it: from which character up to which."""
        return [found.span() for found in self._compiled.finditer(_encodable(text))]


def fuzzy(letters: str) -> Pattern:
    """These letters in this order, whatever stands between."""
    return Pattern(".*?".join(map(re2.escape, letters)))


def _options() -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False  # it would write on the screen
    return options


_OPTIONS: Final = _options()


def _encodable(text: str) -> str:
    """A text for RE2, which reads UTF-8: the same, but for halves of characters (a log may hold any bytes)."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
