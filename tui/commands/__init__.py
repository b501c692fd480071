"""Everything the operator can do, as one table: keys, footer, help and palette are made from it.

A command is valid in some scopes; a scope is what the operator looks at (one kind of table, a text, a log). What changes
something is `dangerous`: read-only mode leaves it out. `twin` says it in words of the command line.
"""

from __future__ import annotations

from typing import Final

from tui.commands import changing, hosts_and_schedules, looking, moving, program, streaming
from tui.commands.command import ALL, PAGES, TABLES, Command, Scope

__all__ = ["ALL", "BY_ID", "COMMANDS", "OF_TASKS", "PAGES", "TABLES", "Command", "Scope"]

#: In the order of menus and help.
COMMANDS: Final[tuple[Command, ...]] = (
    *looking.COMMANDS,
    *changing.COMMANDS,
    *hosts_and_schedules.COMMANDS,
    *streaming.COMMANDS,
    *moving.COMMANDS,
    *program.COMMANDS,
)
BY_ID: Final = {command.id: command for command in COMMANDS}
#: What acts on tasks, or tells before what becomes of them.
OF_TASKS: Final = frozenset(
    command.id for command in (*changing.COMMANDS, *hosts_and_schedules.COMMANDS, *streaming.COMMANDS)
) | {"logs", "logs.previous"}
