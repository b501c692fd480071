"""Whose turn it is in the UI's own thread: long work goes on slice by slice, and a key that is pressed is answered before the next one."""

from __future__ import annotations

import asyncio
import time
from typing import Final

#: What a key sets off is painted by then, several turns of the loop later; or it shows nothing.
_KEY_S: Final = 0.05


class Turns:
    """Whoever works in slices waits here for each but the first: between two, whoever's they are, the loop does what else is due."""

    def __init__(self) -> None:
        """Nothing was pressed yet."""
        self._next: Final = asyncio.Lock()
        self._key_until = 0.0

    def pressed(self) -> None:
        """A key came. Called by the thread that reads them."""
        self._key_until = time.monotonic() + _KEY_S

    def go_on(self) -> None:
        """No key is to be waited for: something was painted since, or the key itself waits for what is made in slices."""
        self._key_until = 0.0

    async def next(self) -> None:
        """Wait for a turn. Keys that never stop leave room for one slice in so long."""
        async with self._next:
            await asyncio.sleep(self._left_s())

    def give_way(self) -> None:
        """Wait a moment in another thread, if a key was pressed: the interpreter is needed to answer it."""
        time.sleep(self._left_s())

    def _left_s(self) -> float:
        return max(0.0, self._key_until - time.monotonic())
