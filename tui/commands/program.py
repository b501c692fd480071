"""The program itself: history, prompt, help, looks, engine, end."""

from __future__ import annotations

from typing import Final

from tui.commands.command import ALL, Command, Scope, of

COMMANDS: Final = (
    Command("history.back", ("[",), "back", "Back in history", ALL),
    Command("history.forward", ("]",), "forward", "Forward in history", ALL),
    Command("history.last", ("-",), "last view", "The view before this", ALL),
    Command(
        "back",
        ("escape", "q"),
        "back",
        "Close one thing: dialog, prompt, search or filter, marks, view",
        ALL,
        weight=1,
    ),
    Command("prompt", (":",), "go to", "Go to a view by name, or run a command", ALL, weight=1),
    Command("help", ("?",), "help", "All keys that work here", ALL, weight=10),
    Command("palette", ("ctrl+p",), "palette", "Choose a command from a list", ALL),
    Command(
        "messages", ("W",), "messages", "What the message line said, whole and with what was said before", ALL
    ),
    Command("look", ("ctrl+r",), "look now", "Read everything again now", ALL),
    Command("header", ("ctrl+e",), "fold", "Fold or unfold the lines around the table", ALL),
    Command("mouse", ("m",), "mouse", "Mouse on or off; off leaves selecting to the terminal", ALL),
    Command(
        "config.apply",
        (),
        "apply config",
        "Have the engine take over the config file (:apply-config), also when that drops several hosts",
        of(Scope.CAPACITY),
        dangerous=True,
    ),
    Command("screenshot", (), "picture", "Save the screen as a picture (SVG)", ALL),
    Command("engine.start", (), "start engine", "Start an engine, if none runs", ALL),
    Command("quit", ("ctrl+c",), "quit", "Quit; in a box or at a prompt: cancel", ALL),
)
