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
    #: The engine itself, where a fault is its own.
    ENGINE = "engine"
    #: What shows things of several kinds, while there is nothing under the cursor; else that of the thing there counts.
    FAULTS = "faults"
    TREE = "tree"
    PULSES = "pulses"
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
TABLES: Final = ALL - PAGES - _in(Scope.PULSES)
#: Tables whose rows are things; the others have none of their own.
_ROWS: Final = TABLES - _in(Scope.FAULTS, Scope.TREE)
#: Tables whose rows are things in ECS's shapes; events and commands are only read, forwards are this screen's own.
THINGS: Final = _ROWS - _in(Scope.EVENTS, Scope.COMMANDS, Scope.ENGINE, Scope.FORWARDS)
#: What has a cluster that can be chosen.
_CLUSTERED: Final = TABLES | _in(Scope.PULSES)
_LOGGED: Final = _in(Scope.SERVICES, Scope.TASKS, Scope.CONTAINERS)
_EXPLAINED: Final = _in(
    Scope.CLUSTERS,
    Scope.SERVICES,
    Scope.TASKS,
    Scope.CONTAINERS,
    Scope.CAPACITY,
    Scope.SCHEDULES,
    Scope.ENGINE,
)
_REACHED: Final = _in(Scope.TASKS, Scope.CONTAINERS)
_SERVICE: Final = _in(Scope.SERVICES)
_SCHEDULE: Final = _in(Scope.SCHEDULES)
_DEFINED: Final = _in(Scope.DEFINITIONS, Scope.REVISIONS)
_NEW: Final = _in(Scope.CLUSTERS, Scope.SERVICES, Scope.TASKS, Scope.SCHEDULES) | _DEFINED
_REMOVABLE: Final = (
    _in(Scope.CLUSTERS, Scope.SERVICES, Scope.TASKS, Scope.CAPACITY, Scope.REVISIONS) | _SCHEDULE
)

COMMANDS: Final[tuple[Command, ...]] = (
    Command("open", ("enter",), "open", "Go into what the cursor is on", _CLUSTERED, weight=9),
    Command("describe", ("d",), "describe", "Describe it in words", _ROWS, weight=8),
    Command("raw", ("y",), "raw", "Show it as JSON, as ECS would return it", THINGS, weight=3),
    Command("why", ("w",), "why", "Explain why it is as it is", _EXPLAINED, weight=7),
    Command("logs", ("l",), "logs", "Show its logs, or those of all its tasks", _LOGGED, weight=8),
    Command(
        "new",
        ("N",),
        "new",
        "New: a service, a task to run, a definition from a file, a cluster, a schedule",
        _NEW,
        dangerous=True,
        weight=4,
    ),
    Command(
        "edit",
        ("e",),
        "edit",
        "Open it in $VISUAL or $EDITOR; what would change is shown first",
        _SERVICE | _DEFINED,
        dangerous=True,
        weight=4,
    ),
    Command("task.run", ("R",), "run task", "Run a task of it once", _DEFINED, dangerous=True, weight=5),
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
        "service.rebalance",
        ("M",),
        "even out",
        "Move tasks to where the service's placement strategy would put them now (rebalance)",
        _SERVICE,
        dangerous=True,
        weight=3,
    ),
    Command(
        "service.autoscale",
        ("A",),
        "auto scaling",
        "Let the desired count follow what the tasks use: bounds, targets, suspended, off",
        _SERVICE,
        dangerous=True,
        weight=2,
    ),
    Command(
        "service.halt",
        ("H",),
        "stop rollout",
        "Stop the deployment in progress: go back, or stay where it is",
        _SERVICE,
        dangerous=True,
        weight=2,
    ),
    Command(
        "service.replace",
        ("C",),
        "answer",
        "Answer a service that asks before it replaces what a lost host held",
        _SERVICE,
        dangerous=True,
        weight=1,
    ),
    Command(
        "deployment.stop",
        ("X",),
        "stop",
        "Stop the deployment in progress: go back, or stay where it is",
        _in(Scope.DEPLOYMENTS),
        dangerous=True,
        weight=5,
    ),
    Command(
        "tags",
        ("#",),
        "tags",
        "Show its tags and change them",
        _REMOVABLE,
        dangerous=True,
        weight=1,
    ),
    Command(
        "task.protect",
        ("P",),
        "protect",
        "Protect the task from scale-in and deployments for a while, or no longer",
        _in(Scope.TASKS),
        dangerous=True,
        weight=3,
    ),
    Command(
        "capacity.drain",
        ("D",),
        "drain",
        "Drain the host, with a deadline if you want; or activate it again",
        _in(Scope.CAPACITY),
        dangerous=True,
        weight=6,
    ),
    Command(
        "capacity.lost",
        ("L",),
        "declare lost",
        "Declare a silent host lost: its services' tasks are started elsewhere",
        _in(Scope.CAPACITY),
        dangerous=True,
        weight=3,
    ),
    Command(
        "capacity.accept",
        ("C",),
        "accept",
        "Accept the other Docker that answers at a quarantined host's address",
        _in(Scope.CAPACITY),
        dangerous=True,
        weight=2,
    ),
    Command(
        "capacity.add",
        ("A",),
        "add",
        "Add a Docker host: its way is tried, its key shown, the config written",
        _in(Scope.CAPACITY),
        dangerous=True,
        weight=6,
    ),
    Command(
        "capacity.doctor",
        ("t",),
        "doctor",
        "Try every step of the way to the host's Docker",
        _in(Scope.CAPACITY),
        weight=4,
    ),
    Command(
        "capacity.trust",
        ("K",),
        "trust key",
        "Show the host's SSH key, and trust it",
        _in(Scope.CAPACITY),
        dangerous=True,
        weight=2,
    ),
    Command(
        "capacity.attributes",
        ("T",),
        "attributes",
        "Show the host's attributes and change them",
        _in(Scope.CAPACITY),
        dangerous=True,
        weight=1,
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
    Command("columns", (), "columns", "Choose the columns, their order and widths", TABLES),
    Command("compact", (), "compact", "Tables without box and titles, or with them", ALL),
    Command("theme", (), "themes", "Say which themes there are; `:theme NAME` shows one", ALL),
    Command("output", (), "output", "What the last command beside the screen said", ALL),
    Command("copy", ("c",), "copy", "Copy the name or the text", ALL),
    Command("save", ("ctrl+s",), "save", "Save what is shown to a file", ALL),
    Command("clusters.all", ("0",), "all clusters", "Show all clusters", _CLUSTERED),
    *(
        Command(f"clusters.{n}", (str(n),), f"cluster {n}", f"Show recent cluster {n} only", _CLUSTERED)
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
    Command(
        "config.apply",
        (),
        "apply config",
        "Have the engine take over the config file (:apply-config), also when that drops several hosts",
        _in(Scope.CAPACITY),
        dangerous=True,
    ),
    Command("screenshot", (), "picture", "Save the screen as a picture (SVG)", ALL),
    Command("engine.start", (), "start engine", "Start an engine, if none runs", ALL),
    Command("quit", ("ctrl+c",), "quit", "Quit", ALL),
)

BY_ID: Final = {command.id: command for command in COMMANDS}
