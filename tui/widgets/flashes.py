"""Which cells changed a moment ago. Pure: time is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tui.listing.row import Row

#: How long a changed cell stays coloured.
FLASH_S: Final = 1.5

_NOTHING: Final[frozenset[int]] = frozenset()


class Flashes:
    """The changed cells of each row, and until when they are coloured."""

    def __init__(self) -> None:
        """Nothing changed yet."""
        self._cells: dict[str, tuple[frozenset[int], float]] = {}
        #: Columns that change all the time.
        self.restless: frozenset[int] = _NOTHING

    def __bool__(self) -> bool:
        """Whether any cell is coloured."""
        return bool(self._cells)

    def of(self, row_id: str) -> frozenset[int]:
        """The coloured cells of a row, by their columns."""
        found = self._cells.get(row_id)
        return _NOTHING if found is None else found[0]

    def note(self, changed: Iterable[Row], visible: Mapping[str, Row], now: float) -> None:
        """Colour what differs from what is on the screen."""
        for row in changed:
            old = visible.get(row.id)
            if old is not None and old.cells != row.cells:
                cells = (
                    n for n, (was, is_) in enumerate(zip(old.cells, row.cells, strict=True)) if was != is_
                )
                if loud := frozenset(cells) - self.restless:
                    self._cells[row.id] = (loud, now + FLASH_S)

    def end(self, now: float) -> None:
        """Forget those whose time is over."""
        self._cells = {
            row_id: (cells, until) for row_id, (cells, until) in self._cells.items() if until > now
        }
