"""The characters we draw with: Unicode, or ASCII where the terminal's locale can't show more."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of characters; each is one cell wide."""

    ellipsis: str
    ascending: str
    descending: str
    mark: str
    gone: str
    thumb: str
    crumb: str
    dot: str
    dash: str
    spark: str
    border: str

    def is_ascii(self) -> bool:
        """Whether the text we show beside these must be turned to ASCII too."""
        return self.ellipsis.isascii()


UNICODE: Final = Glyphs("…", "↑", "↓", "●", "×", "▐", "›", "·", "–", " ▁▂▃▄▅▆▇█", "round")
ASCII: Final = Glyphs("~", "^", "v", "*", "x", "#", ">", "-", "-", " .:-=+*#%", "ascii")


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


def spark(shares: Sequence[float], glyphs: Glyphs) -> str:
    """A line of bars for values from 0 to 1; what lies outside is shown as the nearest end."""
    top = len(glyphs.spark) - 1
    return "".join(glyphs.spark[round(min(max(share, 0.0), 1.0) * top)] for share in shares)
