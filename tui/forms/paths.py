"""Files as they are typed: what goes on so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.homes import expanded
from core.safe_text import plain

if TYPE_CHECKING:
    from collections.abc import Collection

_MOST: Final = 40


def goes_on(typed: str, suffixes: Collection[str] = ()) -> tuple[str, ...]:
    """Folders, which end in a slash, and files that begin as typed; hidden ones only where a dot is typed. May block."""
    folder, slash, begun = typed.rpartition("/")
    place = expanded(folder + slash or ".")
    try:
        found = sorted(
            (
                (entry.name, entry.is_dir())
                for entry in place.iterdir()
                if entry.name.startswith(begun) and _is_offered(entry.name, begun)
            ),
        )
    except OSError:
        return ()
    fitting = [
        (name, is_folder)
        for name, is_folder in found
        if is_folder or not suffixes or Path(name).suffix in suffixes
    ]
    # Files first: they are what is looked for.
    fitting.sort(key=lambda item: (item[1], item[0]))
    return tuple(f"{folder}{slash}{name}{'/' if is_folder else ''}" for name, is_folder in fitting[:_MOST])


def _is_offered(name: str, begun: str) -> bool:
    """Not what is hidden, unless a dot is typed; and no name that would do something to a terminal."""
    return (begun.startswith(".") or not name.startswith(".")) and plain(name) == name
