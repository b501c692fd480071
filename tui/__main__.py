"""The command `dockyard`: verbs and `--no-ui` go to core.cli; only the terminal UI itself pays for a terminal library."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tui.garbage import loading_what_stays

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from core.cli.invocation import Look
    from core.config import Config


def main() -> int:
    """Run one command line."""
    try:
        with loading_what_stays():
            from core.cli.root import main as command_line  # noqa: PLC0415  # Ctrl-C while it loads is no defect of ours
    except KeyboardInterrupt:
        return 130  # core.cli.failures.INTERRUPTED, which may not be there yet
    return command_line(open_ui=open_ui, check_ui=check_ui)


def open_ui(config_path: Path | None, state_dir: Path | None, look: Look) -> int:
    """Open the terminal UI on an installation."""
    if not os.environ.get("NO_COLOR"):
        # The convention counts it only when it is not empty; Textual counts it when it is there.
        os.environ.pop("NO_COLOR", None)
    os.environ.setdefault("ESCDELAY", "25")
    with loading_what_stays():
        from tui.start import start  # noqa: PLC0415  # what only the terminal UI needs

    return start(config_path, state_dir, look)


def check_ui(config: Config) -> Iterable[str]:
    """What would keep the terminal UI from opening with a config file."""
    from tui.checking import ui_problems  # noqa: PLC0415  # as above

    return ui_problems(config)


if __name__ == "__main__":
    sys.exit(main())
