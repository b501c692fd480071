"""Opens an installation for the terminal UI, which is loaded while its first rows are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.api import open_dockyard
from tui.feed import Feed
from tui.garbage import loading_what_stays
from tui.turns import Turns

if TYPE_CHECKING:
    from pathlib import Path

    from core.cli.invocation import Look


def start(config_path: Path | None, state_dir: Path | None, look: Look) -> int:
    """Run the terminal UI until it is left. Raises DockyardError."""
    dockyard = open_dockyard(config_path, state_dir)
    try:
        config = dockyard.config()
        turns = Turns()
        feed = Feed(dockyard.reader(), turns)
        try:
            feed.read_first()
            with loading_what_stays():
                from tui.opening import run_session  # noqa: PLC0415  # textual is imported here and nowhere before
            return run_session(dockyard, config, feed, turns, look)
        finally:
            feed.close()
    finally:
        dockyard.close()
