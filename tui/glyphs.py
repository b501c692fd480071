"""The characters we draw with: Unicode, or ASCII where the terminal's locale can't show more."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.record import Record
from core.safe_text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping


class Glyphs(Record):
    """One set of characters; each is one cell wide."""

    ellipsis: str
    ascending: str
    descending: str
    mark: str
    gone: str
    thumb: str
    crumb: str

    def is_ascii(self) -> bool:
        """Whether the text we show beside these must be turned to ASCII too."""
        return self.ellipsis.isascii()

    def shown(self, text: str) -> str:
        """A text as the terminal can show it: our own signs by their like, foreign letters as `?`.

        All that is drawn passes here: what a view should have made safe and did not is safe behind it all the same.
        """
        if text.isascii() and text.isprintable():
            return text
        text = plain(text)
        if text.isascii() or not self.is_ascii():
            return text
        return text.translate(_LIKE).encode("ascii", "replace").decode()


_LIKE: Final = str.maketrans("–—→…·›×▁▂▃▄▅▆▇█▾▸", "-->~.>x_.:-=+*#v>")
UNICODE: Final = Glyphs("…", "↑", "↓", "●", "×", "▐", "›")
ASCII: Final = Glyphs("~", "^", "v", "*", "x", "#", ">")


def started_with() -> Mapping[str, str]:
    """The environment this program was started with: Python itself sets LC_CTYPE where the locale is C (PEP 538)."""
    try:
        pairs = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return os.environ
    return dict(os.fsdecode(pair).partition("=")[::2] for pair in pairs if pair)


def for_locale(environment: Mapping[str, str]) -> Glyphs:
    """Unicode where LC_ALL, else LC_CTYPE, else LANG says UTF-8."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if value := environment.get(name):
            return UNICODE if "utf8" in value.lower().replace("-", "") else ASCII
    return ASCII
