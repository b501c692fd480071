"""Moving, marking, sorting and filtering; going back and forth."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from core.cli.printing import count_of
from tui.keymap import shown_key
from tui.listing.row import Tone
from tui.place import Place
from tui.widgets.prompt import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.screens.main import Main

_IN_ORDER: Final = "The tree has an order of its own"


def _move(lines: int, main: Main) -> None:
    main.pane.scroller.move(lines)


def _move_to(place: int, main: Main) -> None:
    main.pane.scroller.move_to(place)


def _page(pages: int, main: Main) -> None:
    main.pane.scroller.move(pages * main.pane.scroller.page())


def _side(step: int, main: Main) -> None:
    if main.pane is not main.tables or not main.tables.fold(step):
        main.pane.scroller.scroll_columns(step)


def _mark(main: Main) -> None:
    listing = main.tables.listing
    before = len(listing.marks)
    main.tables.table.mark()
    if before and len(listing.marks) == before:
        main.say("What is marked is of another kind: Ctrl-\\ clears the marks", Tone.WARN)


def _mark_range(main: Main) -> None:
    main.tables.table.mark_range()


def _clear_marks(main: Main) -> None:
    main.tables.table.clear_marks()


def _filter(main: Main) -> None:
    main.prompt.open(Mode.FILTER, main.tables.listing.filter.text)


def _only_faults(main: Main) -> None:
    main.tables.table.toggle_faults()


def _sort(step: int, main: Main) -> None:
    if main.tables.listing.is_fixed:
        main.say(_IN_ORDER)
    main.tables.table.sort_next(step)


def _reverse(main: Main) -> None:
    if main.tables.listing.is_fixed:
        main.say(_IN_ORDER)
    main.tables.table.reverse()


def _wide(main: Main) -> None:
    main.tables.table.toggle_wide()


def _search(main: Main) -> None:
    main.prompt.open(Mode.SEARCH)


def _next(step: int, main: Main) -> None:
    pager = main.texts.pager
    if pager.pattern is None:
        main.say("Search for something first: /")
    elif not pager.next_match(step):
        main.say("Nothing matches")


def _wrap(main: Main) -> None:
    main.texts.pager.toggle_wrap()


def _cluster(name: str, main: Main) -> None:
    here = main.trail.here.place
    view = here.view if here.of is None else "services"
    main.jump(Place("services" if view == "clusters" else view, name))


def _nth_cluster(number: int, main: Main) -> None:
    if number <= len(main.clusters):
        _cluster(main.clusters[number - 1], main)
    else:
        main.say(
            f"There is no cluster {number}: there {'is' if len(main.clusters) == 1 else 'are'} {count_of(len(main.clusters), 'cluster')}"
        )


def _history_back(main: Main) -> None:
    main.go(main.trail.back)


def _history_forward(main: Main) -> None:
    main.go(main.trail.forward)


def _last_view(main: Main) -> None:
    if not main.trail.forward():
        main.go(main.trail.back)
    else:
        main.go(lambda: None)


def _back(main: Main) -> None:
    """Close one thing: what the pane has open, then the full screen, then the view."""
    if main.pane.close_one():
        return
    if main.is_full:
        main.show_full(False)
    elif len(main.trail.visits) > 1:
        main.go(main.trail.up)
    else:
        keys = main.session.keymap.keys.get("history.back") if main.trail.has_past else None
        before = f"{shown_key(keys[0])} goes back to the view before, " if keys else ""
        main.say(f"This is the first view; {before}Ctrl-c quits", Tone.DIM)


HANDLERS: Final[Mapping[str, Callable[[Main], None]]] = {
    "move.down": partial(_move, 1),
    "move.up": partial(_move, -1),
    "move.first": partial(_move_to, 0),
    "move.last": partial(_move_to, -1),
    "move.page_down": partial(_page, 1),
    "move.page_up": partial(_page, -1),
    "move.left": partial(_side, -1),
    "move.right": partial(_side, 1),
    "mark": _mark,
    "mark.range": _mark_range,
    "mark.clear": _clear_marks,
    "filter": _filter,
    "filter.faults": _only_faults,
    "sort.previous": partial(_sort, -1),
    "sort.next": partial(_sort, 1),
    "sort.reverse": _reverse,
    "columns.wide": _wide,
    "search": _search,
    "search.next": partial(_next, 1),
    "search.previous": partial(_next, -1),
    "page.wrap": _wrap,
    "clusters.all": partial(_cluster, ""),
    **{f"clusters.{number}": partial(_nth_cluster, number) for number in range(1, 10)},
    "history.back": _history_back,
    "history.forward": _history_forward,
    "history.last": _last_view,
    "back": _back,
}
