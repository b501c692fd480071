"""When Python looks for garbage: not among what is being loaded, and often a little rather than seldom much."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Objects made until the youngest are looked through; how often that until those that outlived it are; how often that until all are.
_THRESHOLDS: Final = (5_000, 10, 200)


@contextmanager
def loading_what_stays() -> Iterator[None]:
    """While modules are loaded: looking for garbage among them takes a tenth of a start, and among all there is for ever after.

    What is there at the end is never looked through again. It still goes when nothing refers to it.
    """
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
    key waiting, 50,000 at a time each that comes then for 25 ms. Of lines that stood on the screen for a while more outlive that:
    found 50,000 at a time they keep a key waiting for 10 ms, a million at a time for 47, and meanwhile take 14 MB.
    """
    gc.set_threshold(*_THRESHOLDS)
