"""Going into things and looking at them."""

from __future__ import annotations

from typing import Final

from tui.commands.command import CLUSTERED, EXPLAINED, LOGGED, ROWS, THINGS, Command, Scope, of

COMMANDS: Final = (
    Command("open", ("enter",), "open", "Go into what the cursor is on", CLUSTERED, weight=9),
    Command("describe", ("d",), "describe", "Describe it in words", ROWS, weight=8),
    Command("raw", ("y",), "raw", "Show it as JSON, as ECS would return it", THINGS, weight=3),
    Command("why", ("w",), "why", "Explain why it is as it is", EXPLAINED, weight=7),
    Command("logs", ("l",), "logs", "Show its logs, or those of all its tasks", LOGGED, weight=8),
    Command(
        "logs.previous",
        ("p",),
        "previous logs",
        "Logs of its earlier run, or of what ran before it",
        LOGGED | of(Scope.LOGS),
        weight=2,
    ),
)
