"""A thread that answers questions which take their time: of those that wait only the newest counts, and no key waits for it."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    IsNewest = Callable[[], bool]
    #: Runs in the thread, tells what it finds itself, and may look whether anybody still waits for it.
    Question = Callable[[IsNewest], None]


class Newest:
    """All but `_run` is the UI's side."""

    def __init__(self, name: str) -> None:
        """The thread begins with the first question."""
        self._name: Final = name
        self._changed: Final = threading.Condition()
        self._waiting: Callable[[], None] | None = None
        self._asked = 0
        self._is_begun = self._is_over = False

    def ask(self, question: Question) -> None:
        """Have a question answered, unless another one is asked before its turn comes."""
        with self._changed:
            if self._is_over:
                return
            self._asked += 1
            self._waiting = partial(question, partial(self._is_newest, self._asked))
            self._changed.notify()
        if not self._is_begun:
            self._is_begun = True
            threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def drop(self) -> None:
        """Nobody waits for an answer any more."""
        with self._changed:
            self._asked += 1
            self._waiting = None

    def close(self, last: Callable[[], None] | None = None) -> None:
        """End once what is being answered is; `last` is done in the thread then, if there ever was one."""
        with self._changed:
            self._is_over, self._waiting = True, last
            self._changed.notify()

    def _is_newest(self, number: int) -> bool:
        return number == self._asked

    def _run(self) -> None:
        while (question := self._next()) is not None:
            question()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while self._waiting is None and not self._is_over:
                self._changed.wait()
            question, self._waiting = self._waiting, None
            return question
