"""The themes by the names that the config file knows them by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection

#: The terminal's own 16 colours.
ANSI: Final = "ansi-dark"
_OURS: Final = {"ansi": ANSI, "": "textual-dark"}


def theme_named(said: str, known: Collection[str]) -> str:
    """Textual's name of a theme. Raises ConfigError with all names."""
    name = _OURS.get(said, said)
    if name not in known:
        raise ConfigError(
            f"[ui] theme: there is no theme {name!r}; there are ansi, {', '.join(sorted(known))}"
        )
    return name
