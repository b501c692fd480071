"""How the screen looks: columns, compactness, theme. Nothing here touches a cluster."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from core.record import replace
from tui.listing.row import Tone
from tui.screens.choose import Choose
from tui.screens.columns import Columns
from tui.themes import theme_named, theme_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.listing.layout import Choice, Layout
    from tui.screens.main import Main


def _columns(main: Main) -> None:
    if main.pane is not main.tables:
        main.say("There are no columns here: go to a table first")
        return
    view, layout = main.tables.view, main.session.layouts.of(main.tables.view.name)

    def chosen(choices: tuple[Choice, ...] | None) -> None:
        if choices is not None:
            _keep(main, replace(layout, choices=choices))

    def fitting() -> set[str]:
        columns = main.tables.listing.columns
        return {columns[slot.index].id for slot in main.tables.table.slots}

    main.app.push_screen(
        Columns(main.session.glyphs, view.name, view.columns, layout.choices, fitting), chosen
    )


def keep_sorting(main: Main) -> None:
    """Sort the view so on the next visit, too."""
    listing = main.tables.listing
    layout = main.session.layouts.of(main.tables.view.name)
    sort = listing.columns[listing.sort_column].id
    _keep(main, replace(layout, sort=sort, descending=listing.descending))


def _keep(main: Main, layout: Layout) -> None:
    """Have the table look so from now on, and the next time the program is started."""
    if main.session.layouts.keep(main.tables.view.name, layout):
        main.tables.arrange()
        main.run_worker(_write(main), group="layouts")


async def _write(main: Main) -> None:
    try:
        await asyncio.to_thread(main.session.layouts.write)
    except OSError as error:
        main.say(f"How tables look can't be kept: {error.strerror}", Tone.WARN)


def _compact(main: Main) -> None:
    main.session.compact = not main.session.compact
    main.show_here()
    main.fold()
    how = "without box and titles" if main.session.compact else "with box and titles"
    main.say(f"Tables are shown {how}; [ui] compact keeps it so")


def _themes(main: Main) -> None:
    if _has_no_colours(main):
        return
    names = theme_names(main.app.available_themes)
    shown = [theme_named(name, main.app.available_themes) == main.app.theme for name in names]

    def chosen(number: int | None) -> None:
        if number is not None:
            show_theme(main, names[number])

    choices = [(name, "as it is now" if is_now else "") for name, is_now in zip(names, shown, strict=True)]
    at = shown.index(True) if True in shown else 0
    main.app.push_screen(Choose(main.session.glyphs, "Which theme?", choices, at=at), chosen)


def _has_no_colours(main: Main) -> bool:
    if main.app.no_color:
        main.say("NO_COLOR is set: there are no colours to choose", Tone.WARN)
    return main.app.no_color


def show_theme(main: Main, name: str) -> None:
    """Show another theme at once."""
    if _has_no_colours(main):
        return
    main.app.theme = theme_named(name, main.app.available_themes)
    main.say(f"The theme is {name}; [ui] theme keeps it so")


HANDLERS: Final[Mapping[str, Callable[[Main], None]]] = {
    "columns": _columns,
    "compact": _compact,
    "theme": _themes,
}
