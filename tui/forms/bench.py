"""A thread with a copy of the installation of its own, on which forms are tried: the newest question is the one that counts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, TypeVar

from core.errors import DockyardError

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.client.yard import Yard


Found = TypeVar("Found")


class Bench:
    """Answers questions in their order, but for those that a newer one has made idle. Nothing here waits for it."""

    def __init__(self, open_yard: Callable[[], Yard]) -> None:
        """The installation is opened in the thread, with the first question."""
        self._open: Final = open_yard
        self._changed: Final = threading.Condition()
        #: Answers with the installation, or with what keeps it from being opened.
        self._waiting: Callable[[Yard | DockyardError], None] | None = None
        self._is_over = False
        self._thread: threading.Thread | None = None

    def ask(self, question: Callable[[Yard], Found], tell: Callable[[Found | DockyardError], None]) -> None:
        """Have a question answered; `tell` is called from the thread, and must not block."""

        def answer(yard: Yard | DockyardError) -> None:
            if isinstance(yard, DockyardError):
                tell(yard)
                return
            try:
                found: Found | DockyardError = question(yard)
            except DockyardError as error:
                found = error
            tell(found)

        with self._changed:
            self._waiting = answer
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="forms", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End once the question that is being answered is."""
        with self._changed:
            self._is_over, self._waiting = True, None
            self._changed.notify()

    def _run(self) -> None:
        yard: Yard | None = None
        while (answer := self._next()) is not None:
            try:
                yard = yard or self._open()
            except DockyardError as error:
                # The next question tries again: a disk that was full may have room by then.
                answer(error)
                continue
            answer(yard)
        if yard is not None:
            yard.close()

    def _next(self) -> Callable[[Yard | DockyardError], None] | None:
        with self._changed:
            while self._waiting is None and not self._is_over:
                self._changed.wait()
            answer, self._waiting = self._waiting, None
            return answer
