"""Everything the operator can do, as one table: keys, footer, help and palette are made from it.

A command is valid in some scopes; a scope is what the operator looks at (one kind of table, a text, a log). What changes
something is `dangerous`: read-only mode leaves it out. `twin` says it in words of the command line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """What the operator looks at."""

    CLUSTERS = "clusters"
    SERVICES = "services"
    TASKS = "tasks"
    CONTAINERS = "containers"
    CAPACITY = "capacity"
    DEFINITIONS = "definitions"
    REVISIONS = "revisions"
    DEPLOYMENTS = "deployments"
    SCHEDULES = "schedules"
    EVENTS = "events"
    COMMANDS = "commands"
    FORWARDS = "forwards"
    TEXT = "text"
    LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the operator can do. `label` stands in the footer, `help` in the help; `weight` 0 stays out of the footer."""

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    scopes: frozenset[Scope]
    dangerous: bool = False
    weight: int = 0


def _in(*scopes: Scope) -> frozenset[Scope]:
    return frozenset(scopes)


ALL: Final = frozenset(Scope)
PAGES: Final = _in(Scope.TEXT, Scope.LOGS)
TABLES: Final = ALL - PAGES
#: Tables whose rows are things in ECS's shapes; events and commands are only read, forwards are this screen's own.
THINGS: Final = TABLES - _in(Scope.EVENTS, Scope.COMMANDS, Scope.FORWARDS)
_LOGGED: Final = _in(Scope.SERVICES, Scope.TASKS, Scope.CONTAINERS)
_EXPLAINED: Final = _in(Scope.SERVICES, Scope.TASKS, Scope.CAPACITY)
_REACHED: Final = _in(Scope.TASKS, Scope.CONTAINERS)
_SERVICE: Final = _in(Scope.SERVICES)
_SCHEDULE: Final = _in(Scope.SCHEDULES)
_REMOVABLE: Final = (
    _in(Scope.CLUSTERS, Scope.SERVICES, Scope.TASKS, Scope.CAPACITY, Scope.REVISIONS) | _SCHEDULE
)

COMMANDS: Final[tuple[Command, ...]] = (
    Command("open", ("enter",), "open", "Go into the row of the cursor", TABLES, weight=9),
    Command("describe", ("d",), "describe", "Describe it in words", TABLES, weight=8),
    Command("raw", ("y",), "raw", "Show it as JSON, as ECS would return it", THINGS, weight=3),
    Command("why", ("w",), "why", "Explain why it is as it is", _EXPLAINED, weight=7),
    Command("logs", ("l",), "logs", "Show its logs, or those of all its tasks", _LOGGED, weight=8),
    Command(
        "service.scale",
        ("S",),
        "scale",
        "Set how many tasks the service keeps",
        _SERVICE,
        dangerous=True,
        weight=6,
    ),
    Command(
        "service.update",
        ("U",),
        "update",
        "Update the service to a revision",
        _SERVICE,
        dangerous=True,
        weight=5,
    ),
    Command(
        "service.restart",
        ("R",),
        "restart",
        "Replace all tasks (force a new deployment)",
        _SERVICE,
        dangerous=True,
        weight=6,
    ),
    Command(
        "service.rollback",
        ("B",),
        "roll back",
        "Return to the revision before",
        _SERVICE | _in(Scope.DEPLOYMENTS),
        dangerous=True,
        weight=4,
    ),
    Command(
        "remove",
        ("X",),
        "stop/delete",
        "Stop the task, delete the service or schedule, deregister the revision or host",
        _REMOVABLE,
        dangerous=True,
        weight=5,
    ),
    Command(
        "capacity.drain",
        ("D",),
        "drain",
        "Drain the host, or activate it again",
        _in(Scope.CAPACITY),
        dangerous=True,
        weight=6,
    ),
    Command(
        "schedule.run", ("R",), "run now", "Run the schedule's tasks now", _SCHEDULE, dangerous=True, weight=6
    ),
    Command(
        "schedule.turn",
        ("E",),
        "enable/disable",
        "Let the schedule rest, or run again",
        _SCHEDULE,
        dangerous=True,
        weight=5,
    ),
    Command(
        "shell",
        ("s",),
        "shell",
        "Open a shell in the container; on a host an SSH session (:shell in logs)",
        _REACHED | _in(Scope.CAPACITY),
        dangerous=True,
        weight=6,
    ),
    Command(
        "attach",
        ("a",),
        "attach",
        "Attach to what the container runs; Ctrl-P Ctrl-Q leaves it",
        _REACHED,
        dangerous=True,
        weight=2,
    ),
    Command(
        "forward",
        ("F",),
        "forward",
        "Forward a port of this machine to the container's (:forwards lists them); it changes nothing there",
        _REACHED,
        weight=3,
    ),
    Command(
        "transfer",
        ("T",),
        "copy files",
        "Copy files to the container or from it",
        _REACHED,
        dangerous=True,
        weight=2,
    ),
    Command(
        "exec_all",
        ("E",),
        "run on marked",
        "Run a command in all that are marked, and compare what it prints",
        _REACHED,
        dangerous=True,
        weight=2,
    ),
    Command("forward.end", ("X",), "end", "End the port forward", _in(Scope.FORWARDS), weight=7),
    Command(
        "events",
        ("v",),
        "events",
        "Events of this",
        _in(Scope.CLUSTERS, Scope.SERVICES, Scope.SCHEDULES),
        weight=2,
    ),
    Command("deployments", ("V",), "deployments", "Deployments of this service", _SERVICE, weight=2),
    Command("move.down", ("j", "down"), "down", "Down", ALL),
    Command("move.up", ("k", "up"), "up", "Up", ALL),
    Command("move.first", ("g", "home"), "first", "To the top", ALL),
    Command("move.last", ("G", "end"), "last", "To the end", ALL),
    Command("move.page_down", ("ctrl+f", "pagedown"), "page down", "A page down", ALL),
    Command("move.page_up", ("ctrl+b", "pageup"), "page up", "A page up", ALL),
    Command("move.left", ("left",), "left", "Scroll left", ALL),
    Command("move.right", ("right",), "right", "Scroll right", ALL),
    Command("mark", ("space",), "mark", "Mark the row; verbs then act on all marked", TABLES, weight=1),
    Command(
        "mark.range", ("ctrl+space", "ctrl+@"), "mark range", "Mark from the last mark to the cursor", TABLES
    ),
    Command("mark.clear", ("ctrl+\\",), "clear marks", "Clear all marks", TABLES),
    Command(
        "filter",
        ("/",),
        "filter",
        "Filter: words, regular expressions, !not, ~fuzzy, column:value",
        TABLES,
        weight=4,
    ),
    Command("filter.faults", ("ctrl+z",), "only faults", "Only what needs attention", TABLES),
    Command("sort.previous", ("<",), "sort left", "Sort by the column to the left", TABLES),
    Command("sort.next", (">",), "sort right", "Sort by the column to the right", TABLES),
    Command("sort.reverse", ("o",), "reverse", "Turn the order round", TABLES),
    Command("columns.wide", ("ctrl+w",), "wide", "All columns at full width", TABLES),
    Command("copy", ("c",), "copy", "Copy the name or the text", ALL),
    Command("save", ("ctrl+s",), "save", "Save what is shown to a file", ALL),
    Command("clusters.all", ("0",), "all clusters", "Show all clusters", TABLES),
    *(
        Command(f"clusters.{n}", (str(n),), f"cluster {n}", f"Show recent cluster {n} only", TABLES)
        for n in range(1, 10)
    ),
    Command("search", ("/",), "search", "Search", PAGES, weight=6),
    Command("search.next", ("n",), "next", "Next match", PAGES, weight=3),
    Command("search.previous", ("N",), "previous", "Match before", PAGES),
    Command("page.wrap", ("w",), "wrap", "Wrap long lines", PAGES, weight=2),
    Command("logs.follow", ("s",), "follow", "Follow the end", _in(Scope.LOGS), weight=7),
    Command(
        "logs.matching", ("&",), "only matches", "Only lines that match the search", _in(Scope.LOGS), weight=3
    ),
    Command("logs.timestamps", ("t",), "times", "Show or hide times", _in(Scope.LOGS), weight=4),
    Command("logs.clear", ("C",), "clear", "Forget what was read so far", _in(Scope.LOGS)),
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
    Command("look", ("ctrl+r",), "look now", "Read everything again now", ALL),
    Command("header", ("ctrl+e",), "fold", "Fold or unfold the lines around the table", ALL),
    Command("mouse", ("m",), "mouse", "Mouse on or off; off leaves selecting to the terminal", ALL),
    Command("screenshot", (), "picture", "Save the screen as a picture (SVG)", ALL),
    Command("engine.start", (), "start engine", "Start an engine, if none runs", ALL),
    Command("quit", ("ctrl+c",), "quit", "Quit", ALL),
)

BY_ID: Final = {command.id: command for command in COMMANDS}
