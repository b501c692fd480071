"""News of the world, taken over as it comes: at most ten times a second, and in slices where it is much."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from textual.screen import Screen

    from tui.session import Session
    from tui.world import Touched

#: News is taken over, and painted, at the most so often.
NEWS_EVERY_S: Final = 0.1


class NewsTaking:
    """Brings a source's news into the world, in the loop of the screen."""

    def __init__(self, screen: Screen[None], session: Session, told: Callable[[Touched], None]) -> None:
        """`told` is called with what was touched, when all of it is taken over."""
        self._screen: Final = screen
        self._world: Final = session.world
        self._source: Final = session.source
        self._turns: Final = session.turns
        self._told: Final = told
        self._began_at = 0.0
        self._is_under_way = False
        self._is_rung = False
        self._when_whole: list[Callable[[], None]] = []

    def when_whole(self, call: Callable[[], None]) -> None:
        """Call now, or when what is being taken over is taken over, with all its parts."""
        if self._is_under_way or self._world.is_midway:
            self._when_whole.append(call)
        else:
            call()

    def rung(self) -> None:
        """There is news: begin, unless it is under way; what rings meanwhile is taken over after it."""
        self._is_rung = True
        if self._is_under_way or not self._screen.is_attached:
            return
        self._is_under_way = True
        wait_s = self._began_at + NEWS_EVERY_S - time.monotonic()
        if wait_s <= 0:
            self._begin()
        else:
            self._screen.set_timer(wait_s, self._begin)

    def _begin(self) -> None:
        """Take over what came: at once if that is quick, else in slices."""
        self._is_rung = False
        self._began_at = time.monotonic()
        work = self._world.absorbing(self._source.take(), time.perf_counter)
        try:
            next(work)
        except StopIteration as done:
            self._end(done.value)
        else:
            self._screen.run_worker(self._go_on(work), group="news")

    async def _go_on(self, work: Generator[None, None, Touched]) -> None:
        while True:
            await self._turns.next()
            try:
                next(work)
            except StopIteration as done:
                self._end(done.value)
                return

    def _end(self, touched: Touched) -> None:
        self._is_under_way = False
        if not self._world.is_midway:
            waiting, self._when_whole = self._when_whole, []
            for call in waiting:
                call()
        if self._is_rung:
            self.rung()
        self._told(touched)
