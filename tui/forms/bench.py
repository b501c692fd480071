"""A copy of the installation in a thread of its own, on which forms are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from core.errors import DockyardError
from tui.newest import Newest

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.client.yard import Yard


Found = TypeVar("Found")


class Bench:
    """Answers questions about the installation: those that a newer one has made idle are left out."""

    def __init__(self, open_yard: Callable[[], Yard]) -> None:
        """The installation is opened in the thread, with the first question."""
        self._open: Final = open_yard
        self._newest: Final = Newest("forms")
        #: The thread's alone.
        self._yard: Yard | None = None

    def ask(self, question: Callable[[Yard], Found], tell: Callable[[Found | DockyardError], None]) -> None:
        """Have a question answered; `tell` is called from the thread, and must not block."""
        self._newest.ask(lambda _is_newest: tell(self._answer(question)))

    def close(self) -> None:
        """End once the question that is being answered is."""
        self._newest.close(self._close_yard)

    def _answer(self, question: Callable[[Yard], Found]) -> Found | DockyardError:
        try:
            # What couldn't be opened is tried again: a disk that was full may have room by now.
            self._yard = self._yard or self._open()
            return question(self._yard)
        except DockyardError as error:
            return error

    def _close_yard(self) -> None:
        if self._yard is not None:
            self._yard.close()
