"""Samples as block characters: a sparkline of one line, and a chart of several. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

#: An eighth of a cell to a whole one; `tui/glyphs.py` knows their like in ASCII.
BLOCKS: Final = "▁▂▃▄▅▆▇█"
#: Samples in a sparkline of a table.
WIDTH: Final = 5

_GAP: Final = " "
_SPARK: Final = re.compile(f"[{BLOCKS}][{BLOCKS} ]* ")


def spark(samples: Sequence[float | None], full: float) -> str:
    """A line of blocks, `full` being a whole one; empty for less than two samples, which show no course."""
    if sum(each is not None for each in samples) < 2:
        return ""
    return "".join(_block(each, full) for each in samples).strip()


def without_sparks(text: str) -> str:
    """A line of cells with their values alone."""
    return _SPARK.sub("", text)


def _block(sample: float | None, full: float) -> str:
    if sample is None:
        return _GAP
    return BLOCKS[min(max(round(7 * sample / full), 0), 7) if full > 0 else 0]


def chart(samples: Sequence[float | None], full: float, width: int, height: int) -> list[str]:
    """Lines of blocks from the top down, the newest sample at the right edge. What is not zero is seen."""
    shown = [*[None] * max(0, width - len(samples)), *samples[max(0, len(samples) - width) :]]
    return [
        "".join(_cell(sample, full, height, level) for sample in shown) for level in range(height - 1, -1, -1)
    ]


def _cell(sample: float | None, full: float, height: int, level: int) -> str:
    if sample is None or full <= 0:
        return _GAP
    eighths = min(round(8 * height * sample / full), 8 * height)
    here = max(eighths, 1 if sample > 0 else 0) - 8 * level
    return _GAP if here <= 0 else BLOCKS[min(here, 8) - 1]
