"""How the screen looks: columns, compactness, theme. Nothing here touches a cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui.screens.columns import Columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.listing.layout import Choice
    from tui.screens.main import Main


def _columns(main: Main) -> None:
    if main.pane is not main.tables:
        main.say("There are no columns here: go to a table first")
        return
    view, layout = main.tables.view, main.session.layouts.of(main.tables.view.name)

    def chosen(choices: tuple[Choice, ...] | None) -> None:
        if choices is not None:
            main.keep_layout(replace(layout, choices=choices))

    main.app.push_screen(Columns(main.session.glyphs, view.name, view.columns, layout.choices), chosen)


HANDLERS: Final[Mapping[str, Callable[[Main], None]]] = {
    "columns": _columns,
}
