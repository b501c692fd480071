"""The dashboard as a pane: one tile is chosen, and Enter goes to what it tells of."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tui.commands import Scope
from tui.listing.row import Tone
from tui.pages.pulses import boxes, columns_for, page, tiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from tui.pages.pulses import Tile
    from tui.place import Thing
    from tui.trail import Visit
    from tui.widgets.lines import Piece
    from tui.widgets.tiles import Tiles
    from tui.world import Touched, World

#: After it was made it is left as it is for so many times as long: a tenth of the time goes into it at the most.
_PAUSE: Final = 10


class PulsesPane:
    """The dashboard of the visit that is shown."""

    scope = Scope.PULSES

    def __init__(self, world: World, widget: Tiles) -> None:
        """Paint into this widget."""
        self._world: Final = world
        self._widget: Final = widget
        self._visit: Visit | None = None
        self._next_at = 0.0
        widget.make = self._make

    @property
    def widgets(self) -> Sequence[Widget]:
        """The picture."""
        return (self._widget,)

    @property
    def scroller(self) -> PulsesPane:
        """The common keys choose a tile."""
        return self

    @property
    def chosen(self) -> int:
        """The number of the tile that is chosen."""
        return self._visit.line if self._visit is not None else 0

    def inside(self) -> Tile:
        """The tile that is chosen."""
        return tiles(self._world, self._cluster())[self.chosen]

    def show(self, visit: Visit) -> None:
        """Show it with the tile chosen that was."""
        self._visit = visit
        self._widget.update_lines()

    def leave(self) -> None:
        """The visit keeps which tile is chosen."""

    def news(self, _touched: Touched) -> None:
        """As a second that went by."""
        self.tick()

    def tick(self) -> None:
        """Make it anew, unless that was a moment ago."""
        began_at = time.perf_counter()
        if began_at >= self._next_at:
            self._widget.update_lines()
            ended_at = time.perf_counter()
            self._next_at = ended_at + _PAUSE * (ended_at - began_at)

    def title(self) -> list[Piece]:
        """`Pulses(prod)`."""
        return [("Pulses", Tone.KEY), (f"({self._cluster() or 'all'})", Tone.PLAIN)]

    def things(self) -> tuple[Thing, ...]:
        """A figure is no thing that a verb could act on."""
        return ()

    def close_one(self) -> bool:
        """There is nothing of its own to close."""
        return False

    def copied(self) -> str:
        """The figures."""
        return "\n".join(f"{tile.name}: {tile.figure}; {tile.note}" for tile in self._tiles())

    def saved(self) -> Iterable[str]:
        """The figures."""
        return self.copied().splitlines()

    # The scroller

    def move(self, lines: int) -> None:
        """Choose the tile below, or above for negative numbers."""
        columns = columns_for(self._widget.size.width, len(self._tiles()))
        self._choose(self.chosen + (columns if lines > 0 else -columns))

    def move_to(self, place: int) -> None:
        """Choose a tile; -1 is the last."""
        self._choose(len(self._tiles()) - 1 if place == -1 else place)

    def page(self) -> int:
        """There is one page."""
        return 1

    def scroll_columns(self, step: int) -> None:
        """Choose the tile to the right (1) or left (-1)."""
        self._choose(self.chosen + step)

    def clicked(self, x: int, y: int) -> bool:
        """Choose the tile at a place; False where there is none."""
        size = self._widget.size
        for number, box in enumerate(boxes(size.width - 2, size.height, len(self._tiles()), self.chosen)):
            if box.left <= x < box.left + box.width and box.top <= y < box.top + box.height:
                self._choose(number)
                return True
        return False

    def _choose(self, number: int) -> None:
        assert self._visit is not None
        if 0 <= number < len(self._tiles()):
            self._visit.line = number
            self._widget.update_lines()

    def _cluster(self) -> str:
        return self._visit.place.cluster if self._visit is not None else ""

    def _tiles(self) -> list[Tile]:
        return tiles(self._world, self._cluster())

    def _make(self, width: int, height: int) -> list[tuple[tuple[str, Tone], ...]]:
        if not self._world.is_whole:
            return [(("reading …", Tone.DIM),)]
        return (
            page(self._world, self._cluster(), width, height, self.chosen) if self._visit is not None else []
        )
