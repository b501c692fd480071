"""Passphrases of keys: asked for in a dialog by the threads that need them, and no more once one was not given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


class Secrets:
    """A prompt for one set of connections: several hosts may want the same key, and a wrong passphrase is asked for again."""

    def __init__(self, ask: Callable[[str, bool], str]) -> None:
        """`ask` shows a question (is it asked again?) and waits for the answer: empty when there is none."""
        self._ask: Final = ask
        self._asked: set[str] = set()
        self._is_declined = False

    def __call__(self, question: str) -> str:
        """The answer; called from any thread but the UI's, by one at a time."""
        if self._is_declined:
            return ""
        answer = self._ask(question, question in self._asked)
        self._asked.add(question)
        self._is_declined = not answer
        return answer
