"""The command line: verbs that read the store and submit commands, and `--no-ui`, the engine alone.

`dockyard` itself starts in tui/__main__.py, which hands everything to `main` together with the way to open the terminal UI,
so that the arguments are read in one place and no verb pays for textual.
"""

from core.cli.invocation import OpenUi
from core.cli.root import main

__all__ = ["OpenUi", "main"]
