"""What talks to hosts runs in a thread beside the main one, which waits for its end, or for Ctrl-C.

Python raises KeyboardInterrupt in the main thread wherever that is. In the middle of paramiko, one in a few hundred leaves a lock of
a channel taken, or releases it twice: closing it then hangs for ever, or ends in an error that nobody understands. In another thread
nothing is raised out of the blue: what it waits for is closed, and it comes to its end by itself, clearing up behind it.
"""

from __future__ import annotations

import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.hosts.link import Prompt

Made = TypeVar("Made")

#: How long the end waits for what clears up behind itself: half a file is taken away, a terminal is set as it was.
_CLEAR_UP_S: Final = 5.0
#: How long the main thread waits at a time: a Ctrl-C that comes as a wait begins is seen when that ends.
LOOK_UP_S: Final = 0.25


class Aside:
    """A verb's work with hosts. What asks at the terminal is done in the main thread all the same."""

    def __init__(self) -> None:
        """Nothing is under way."""
        #: What the main thread is to do; None: the work is at its end.
        self._calls: Final[SimpleQueue[Callable[[], None] | None]] = SimpleQueue()

    def run(self, work: Callable[[], Made], give_up: Callable[[], None] | None = None) -> Made:
        """Do it; what it returns or raises. For the main thread.

        On Ctrl-C `give_up` ends what it waits for, and it is given time to clear up behind it. Without one there is nothing to
        clear up, and it is left where it is: a way that only opens may hang for as long as a host is silent.
        """
        done: Future[Made] = Future()

        def go() -> None:
            _settle(done, work)
            self._calls.put(None)

        thread = threading.Thread(target=go, name="work", daemon=True)
        try:
            thread.start()
            while (call := self._next()) is not None:
                call()
        except KeyboardInterrupt:
            if give_up is not None:
                give_up()
                thread.join(_CLEAR_UP_S)
            raise
        return done.result()

    def _next(self) -> Callable[[], None] | None:
        """What comes next. A signal that comes while the wait begins wakes nobody: Python sees to it when the wait ends."""
        while True:
            with suppress(Empty):
                return self._calls.get(timeout=LOOK_UP_S)

    def here(self, call: Callable[[], Made]) -> Made:
        """Have the main thread do it, amid its waiting; what it returns or raises. For the work."""
        done: Future[Made] = Future()
        self._calls.put(partial(_settle, done, call))
        return done.result()

    def passphrase(self) -> Prompt | None:
        """Asks for a key's passphrase, from the work; None where there is no terminal."""
        if not sys.stdin.isatty():
            return None

        def ask(text: str) -> str:
            return self.here(lambda: str(click.prompt(text.rstrip(": "), hide_input=True, err=True)))

        return ask


def _settle(future: Future[Any], call: Callable[[], Any]) -> None:
    """What came of a call, also that it was interrupted, is the affair of who waits for it."""
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001  # as said
        future.set_exception(error)
