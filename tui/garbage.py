"""When Python looks for garbage: not among what is being loaded, and often a little rather than seldom much."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_THRESHOLDS: Final = (5_000, 10, 200)


@contextmanager
def not_looked_for() -> Iterator[None]:
    """While modules are loaded: they stay, and looking for garbage among them, then or later, takes a tenth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def look_for_little_at_a_time() -> None:
    """From now on no search for garbage is felt by who presses a key.

    100,000 rows are a large heap: Python's own thresholds look through all of it again and again, 60 to 110 ms at a time. What is
    painted leaves thousands of small cycles a second (Textual's strips keep themselves): looked for 5,000 at a time they keep no
    key waiting, 50,000 at a time each that comes then for 25 ms.
    """
    gc.set_threshold(*_THRESHOLDS)
