"""Reading logs: which part, which lines, and how they are shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tui.handlers.looking import thing_of
from tui.logs.span import SPANS
from tui.panes.logs import PRESENT, PREVIOUS
from tui.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.logs.span import Span
    from tui.screens.main import Main


def _follow(main: Main) -> None:
    main.logs.pager.toggle_follow()


def _only_matching(main: Main) -> None:
    if not main.logs.toggle_matching():
        main.say("Search for something first: /")


def _times(main: Main) -> None:
    main.logs.toggle_times()


def _clear(main: Main) -> None:
    main.logs.clear()


def _read(span: Span, main: Main) -> None:
    main.logs.read(span)


def _previous(main: Main) -> None:
    """Into the logs of what was before; from there back to what is."""
    thing = thing_of(main)
    if thing is None:
        return
    here = main.trail.here.place
    wanted = Place(PRESENT if here.view == PREVIOUS else PREVIOUS, here.cluster, thing)
    if [visit.place for visit in main.trail.visits[-2:-1]] == [wanted]:
        main.go(main.trail.up)
    else:
        main.enter(wanted)


HANDLERS: Final[Mapping[str, Callable[[Main], None]]] = {
    "logs.follow": _follow,
    "logs.matching": _only_matching,
    "logs.timestamps": _times,
    "logs.clear": _clear,
    "logs.previous": _previous,
    **{f"logs.{span.name}": partial(_read, span) for span in SPANS},
}
