"""Sends commands from threads of their own, so that no key waits for an engine, a lock or a disk."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from core.errors import DockyardError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from core.api import Dockyard, Submitted
    from core.commands import Action


class Asker:
    """Submits commands; what became of one is told from its thread."""

    def __init__(self, dockyard: Dockyard) -> None:
        """Each command opens its own connection to the store from this one."""
        self._dockyard: Final = dockyard

    def ask(
        self, action: Action, given: dict[str, Any], tell: Callable[[Submitted | DockyardError], None]
    ) -> None:
        """Submit; `tell` is called from the command's thread, and must not block."""
        threading.Thread(target=self._ask, args=(action, given, tell), name="command", daemon=True).start()

    def _ask(
        self, action: Action, given: dict[str, Any], tell: Callable[[Submitted | DockyardError], None]
    ) -> None:
        try:
            dockyard = self._dockyard.reader()
            try:
                outcome: Submitted | DockyardError = dockyard.submit(action, given)
            finally:
                dockyard.close()
        except DockyardError as error:
            outcome = error
        tell(outcome)
