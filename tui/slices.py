"""Long work of the UI's own thread, in slices of a few milliseconds: keys are answered in between. Pure.

Work is a generator that yields whenever its slice is used up, and returns its result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SLICE_S: Final = 0.005


class Slice:
    """Says when it is time to yield."""

    def __init__(self, clock: Callable[[], float], slice_s: float = SLICE_S) -> None:
        """Begin the first slice."""
        self._clock: Final = clock
        self._slice_s: Final = slice_s
        self.begin()

    def begin(self) -> None:
        """Begin the next one."""
        self._end = self._clock() + self._slice_s

    def is_over(self) -> bool:
        """Whether this slice's time is used up."""
        return self._clock() > self._end
