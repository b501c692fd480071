"""What opens a stream of one's own to containers and hosts."""

from __future__ import annotations

from typing import Final

from tui.commands.command import REACHED, Command, Scope, of

COMMANDS: Final = (
    Command(
        "shell",
        ("s",),
        "shell",
        "Open a shell in the container; on a host an SSH session (:shell in logs)",
        REACHED | of(Scope.CAPACITY),
        dangerous=True,
        weight=6,
        asks=False,
    ),
    Command(
        "attach",
        ("a",),
        "attach",
        "Attach to what the container runs; Ctrl-P Ctrl-Q leaves it",
        REACHED,
        dangerous=True,
        weight=2,
        asks=False,
    ),
    Command(
        "forward",
        ("F",),
        "forward",
        "Forward a port of this machine to the container's (:forwards lists them); it changes nothing there",
        REACHED,
        weight=3,
    ),
    Command(
        "transfer",
        ("T",),
        "copy files",
        "Copy files to the container or from it",
        REACHED,
        dangerous=True,
        weight=2,
    ),
    Command(
        "exec_all",
        ("E",),
        "run on marked",
        "Run a command in all that are marked, and compare what it prints",
        REACHED,
        dangerous=True,
        weight=2,
    ),
    Command("forward.end", ("X",), "end", "End the port forward", of(Scope.FORWARDS), weight=7),
)
