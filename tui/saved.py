"""How the operator left the tables, kept in a file of the state folder: never in the config file, which is the operator's own."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Any, Final

from msgspec import ValidationError, convert, to_builtins

from core.record import replace
from tui.listing.layout import Layout

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "ui.json"
_VERSION: Final = 1
_WIDEST: Final = 400
_NOTHING: Final = Layout()


class Layouts:
    """The layouts of all views. What is kept is written by `write`, which blocks and may be called from any thread."""

    def __init__(self, path: Path | None = None) -> None:
        """Read what was kept, or begin with nothing where it can't be read: `problem` says so then. Without a path nothing is kept."""
        self._path: Final = path
        self._lock: Final = threading.Lock()
        self._layouts: dict[str, Layout] = {}
        self.problem = ""
        if path is None:
            return
        try:
            self._layouts = _read(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            self.problem = f"{path} can't be used ({why}): tables look as they do at first"

    def of(self, view: str) -> Layout:
        """How a view is wanted."""
        return self._layouts.get(view, _NOTHING)

    def keep(self, view: str, layout: Layout) -> bool:
        """Remember a layout; says whether that is another than before."""
        if layout == self.of(view):
            return False
        self._layouts[view] = layout
        return True

    def write(self) -> None:
        """Write the file, as a whole. Raises OSError."""
        if self._path is None:
            return
        with self._lock:
            views = {name: to_builtins(layout) for name, layout in sorted(self._layouts.items())}
            text = json.dumps({"version": _VERSION, "views": views}, indent=1)
            fresh = self._path.with_name(f".{FILE}.{os.getpid()}")
            fresh.write_text(text + "\n", encoding="utf-8")
            fresh.replace(self._path)


def _read(text: str) -> dict[str, Layout]:
    """The layouts in a file's text. Raises ValueError."""
    try:
        said = json.loads(text)
    except ValueError as error:
        raise ValueError("it is no JSON") from error
    if (
        not isinstance(said, dict)
        or said.get("version") != _VERSION
        or not isinstance(said.get("views"), dict)
    ):
        raise ValueError(f"it is not of version {_VERSION}")
    return {str(name): _layout(layout) for name, layout in said["views"].items()}


def _layout(said: Any) -> Layout:
    try:
        layout = convert(said, Layout)
    except ValidationError as error:
        raise ValueError("a view in it is not as Dockyard writes it") from error
    choices = (replace(each, width=min(max(each.width, 0), _WIDEST)) for each in layout.choices)
    return replace(layout, choices=tuple(choices))
