"""What the config file says of the terminal UI, checked without opening it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import ConfigError
from tui.go import checked_aliases
from tui.keymap import keymap_of
from tui.themes import color_problems, theme_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config import Config


def ui_problems(config: Config) -> Iterator[str]:
    """A sentence for each thing that would keep the terminal UI from opening."""
    from textual.theme import BUILTIN_THEMES  # noqa: PLC0415  # a terminal library's weight

    try:
        keymap_of(config)
    except ConfigError as problem:
        yield str(problem)
    try:
        checked_aliases(config)
    except ConfigError as problem:
        yield str(problem)
    yield from color_problems(config)
    try:
        theme_named(config.ui.theme, BUILTIN_THEMES)
    except ConfigError as problem:
        yield f"{config.path} {problem}"
