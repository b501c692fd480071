"""What the main screen asks of whatever fills it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from tui.commands import Scope
    from tui.place import Thing
    from tui.trail import Visit
    from tui.widgets.lines import Piece
    from tui.world import Touched


class Scroller(Protocol):
    """What moves by the common keys."""

    def move(self, lines: int) -> None:
        """Down, or up for negative numbers."""
        ...

    def move_to(self, place: int) -> None:
        """To a line; -1 is the last."""
        ...

    def page(self) -> int:
        """How many lines a page is."""
        ...

    def scroll_columns(self, step: int) -> None:
        """Sideways."""
        ...


class Pane(Protocol):
    """One kind of content."""

    @property
    def scope(self) -> Scope:
        """Which commands are valid."""
        ...

    @property
    def widgets(self) -> Sequence[Widget]:
        """What to show, the one with the focus last."""
        ...

    @property
    def scroller(self) -> Scroller:
        """What the common keys move."""
        ...

    def show(self, visit: Visit) -> None:
        """Fill it."""
        ...

    def leave(self) -> None:
        """Keep in the visit how it is left."""
        ...

    def news(self, touched: Touched) -> None:
        """The world changed."""
        ...

    def tick(self) -> None:
        """A second went by."""
        ...

    def title(self) -> list[Piece]:
        """What stands over it."""
        ...

    def things(self) -> tuple[Thing, ...]:
        """What a verb acts on."""
        ...

    def close_one(self) -> bool:
        """Close one thing of its own (a filter, a search, marks); False when there is none."""
        ...

    def copied(self) -> str:
        """What `copy` copies."""
        ...

    def saved(self) -> Iterable[str]:
        """The lines that `save` writes: what is shown now, made into text as they are read, in another thread."""
        ...
