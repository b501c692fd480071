"""Passphrases of keys: asked for in a dialog by the threads that need them, and no more once one was not given."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.api import EngineChild
    from tui.session import Session


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


class EngineKeys:
    """Asks for the passphrases that an engine misses which is our child: each key's once."""

    def __init__(self, session: Session) -> None:
        """Dialogs are shown by the session."""
        self._session: Final = session
        self._asked: set[str] = set()
        self._one_dialog: Final = threading.Lock()

    def look(self) -> None:
        """See what the engine's pulse says, and ask in a thread; never waits."""
        child, world = self._session.child, self._session.world
        if child is None or world.engine is None or world.engine.pulse.pid != child.pid:
            return
        missed = [path for path in world.engine.pulse.locked_keys if path not in self._asked]
        if missed:
            self._asked.update(missed)
            threading.Thread(target=self._ask, args=(child, missed), name="passphrases", daemon=True).start()

    def _ask(self, child: EngineChild, paths: Sequence[str]) -> None:
        with self._one_dialog:
            for path in paths:
                is_again = False
                while said := self._session.ask_secret(f"Passphrase for {path}", is_again):
                    if child.unlock(Path(path), said):
                        break
                    is_again = True
