"""What a command is, and the scopes that commands are valid in."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from core.record import Record


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
    STACKS = "stacks"
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


class Command(Record):
    """One thing the operator can do. `label` stands in the footer, `help` in the help; `weight` 0 stays out of the footer.

    What is `dangerous` is not there in read-only mode, and `asks` first, unless it opens a terminal.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    scopes: frozenset[Scope]
    dangerous: bool = False
    weight: int = 0
    asks: bool = True


def of(*scopes: Scope) -> frozenset[Scope]:
    """These scopes."""
    return frozenset(scopes)


ALL: Final = frozenset(Scope)
PAGES: Final = of(Scope.TEXT, Scope.LOGS)
TABLES: Final = ALL - PAGES - of(Scope.PULSES)
#: Tables whose rows are things; the others have none of their own.
ROWS: Final = TABLES - of(Scope.FAULTS, Scope.TREE)
#: Tables whose rows are things that JSON shows, in ECS's shapes where it has one; events and commands are only read, forwards are this screen's own.
THINGS: Final = ROWS - of(Scope.EVENTS, Scope.COMMANDS, Scope.ENGINE, Scope.FORWARDS)
#: What has a cluster that can be chosen.
CLUSTERED: Final = TABLES | of(Scope.PULSES)
LOGGED: Final = of(Scope.SERVICES, Scope.TASKS, Scope.CONTAINERS)
EXPLAINED: Final = of(
    Scope.CLUSTERS,
    Scope.SERVICES,
    Scope.TASKS,
    Scope.CONTAINERS,
    Scope.CAPACITY,
    Scope.SCHEDULES,
    Scope.ENGINE,
)
REACHED: Final = of(Scope.TASKS, Scope.CONTAINERS)
SERVICE: Final = of(Scope.SERVICES)
SCHEDULE: Final = of(Scope.SCHEDULES)
DEFINED: Final = of(Scope.DEFINITIONS, Scope.REVISIONS)
STACK: Final = of(Scope.STACKS)
#: What files say: services and schedules, alone or as stacks.
APPLIED: Final = SERVICE | SCHEDULE | STACK
NEW: Final = of(Scope.CLUSTERS, Scope.TASKS) | DEFINED | APPLIED
TAGGED: Final = of(Scope.CLUSTERS, Scope.SERVICES, Scope.TASKS, Scope.CAPACITY, Scope.REVISIONS) | SCHEDULE
REMOVABLE: Final = TAGGED | STACK
