"""What keys do, and the pages they open, are loaded behind the first picture: together they take as long as all that it needs."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Final

_LATE: Final = ("tui.handlers", "tui.pages.registry", "tui.logs.sources")


def load() -> None:
    """Begin to load it, in a thread. A key that needs it before waits for what is left of it."""
    threading.Thread(target=_load, name="late", daemon=True).start()


def _load() -> None:
    for name in _LATE:
        import_module(name)
