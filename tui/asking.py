"""Sends commands from threads of their own, so that no key waits for an engine, a lock or a disk."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from core.errors import DockyardError

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.api import Dockyard, Submitted
    from core.commands import Action

    Tell = Callable[[Submitted | DockyardError], None]

#: However many rows are marked: each command under way has a thread and a connection to the store.
_MOST_AT_ONCE: Final = 8


class Asker:
    """Submits commands, several at the same time; what became of one is told from its thread."""

    def __init__(self, dockyard: Dockyard) -> None:
        """Each command opens its own connection to the store from this one."""
        self._dockyard: Final = dockyard
        self._waiting: Final[SimpleQueue[tuple[Action, dict[str, Any], Tell]]] = SimpleQueue()
        self._threads = 0

    def ask(self, action: Action, given: dict[str, Any], tell: Tell) -> None:
        """Submit; `tell` is called from the command's thread, and must not block."""
        self._waiting.put((action, given, tell))
        if self._threads < _MOST_AT_ONCE:
            self._threads += 1
            threading.Thread(target=self._run, name="commands", daemon=True).start()

    def _run(self) -> None:
        while True:
            action, given, tell = self._waiting.get()
            tell(self._submitted(action, given))

    def _submitted(self, action: Action, given: dict[str, Any]) -> Submitted | DockyardError:
        try:
            dockyard = self._dockyard.reader()
            try:
                return dockyard.submit(action, given)
            finally:
                dockyard.close()
        except DockyardError as error:
            return error
