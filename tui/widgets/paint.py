"""The colours that operators choose, as the terminal has them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from textual.color import Color, ColorParseError

if TYPE_CHECKING:
    from tui.listing.row import Paint


def color_of(paint: Paint, *, is_ansi: bool) -> Color | None:
    """What is meant; among the terminal's own 16 that of its name, where there is one. None: the config names none (any more)."""
    if is_ansi:
        with suppress(ColorParseError):
            return Color.parse(f"ansi_{paint}")
    try:
        return Color.parse(paint)
    except ColorParseError:  # the config file has changed, and this was not looked at before
        return None
