"""The themes by the names that the config file knows them by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from core.config import Config

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


def colors_of(config: Config) -> dict[str, str]:
    """The colours of clusters: as [clusters] says, else [ui.colors]."""
    own = {name: cluster.color for name, cluster in config.clusters.items() if cluster.color}
    return {**config.ui.colors, **own}


def color_problems(config: Config) -> Iterator[str]:
    """A sentence for each colour that there is not."""
    from textual.color import Color, ColorParseError  # noqa: PLC0415  # a terminal library's weight

    for name, color in colors_of(config).items():
        try:
            Color.parse(color)
        except ColorParseError:
            own = name in config.clusters and config.clusters[name].color
            where = f"[clusters.{name}] color" if own else f"[ui.colors] {name}"
            yield f"{config.path} {where}: there is no colour {color!r}; give a name of CSS, or #rrggbb"


def theme_names(known: Collection[str]) -> list[str]:
    """All names that a theme can be asked for by."""
    return ["ansi", *sorted(set(known) - {ANSI})]
