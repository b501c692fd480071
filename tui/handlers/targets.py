"""What a verb acts on: the things of the marked rows, or of the row of the cursor. What it can't act on is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.listing.row import Tone
from tui.naming import cluster_of_thing

if TYPE_CHECKING:
    from tui.place import Thing
    from tui.screens.main import Main

_NOTHING: Final = "There is nothing here to act on"
_UNSEEN: Final = "The key came before its row was on the screen: look, and press it again"


def things_of(main: Main, nothing: str = _NOTHING) -> tuple[Thing, ...]:
    """All of them; says so where there is none."""
    things = main.pane.things()
    if not things:
        is_unseen = main.pane is main.tables and main.tables.table.is_unseen
        main.say(_UNSEEN if is_unseen else nothing, Tone.WARN)
    return things


def keys_of(main: Main) -> list[str]:
    """Their keys in the state; says so where there is none."""
    return [thing.key for thing in things_of(main)]


def clusters_of(main: Main) -> set[str]:
    """The clusters that they are of."""
    return {cluster_of_thing(main.session.world, thing) for thing in main.pane.things()} - {""}


def only_thing(main: Main, several: str, nothing: str = _NOTHING) -> Thing | None:
    """The one that is meant; says so where there is none, or are several."""
    things = things_of(main, nothing)
    if len(things) > 1:
        main.say(several, Tone.WARN)
    return things[0] if len(things) == 1 else None
