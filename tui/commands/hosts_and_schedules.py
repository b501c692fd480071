"""What changes capacity and schedules."""

from __future__ import annotations

from typing import Final

from tui.commands.command import SCHEDULE, Command, Scope, of

COMMANDS: Final = (
    Command(
        "capacity.drain",
        ("D",),
        "drain",
        "Drain the host, with a deadline if you want; or activate it again",
        of(Scope.CAPACITY),
        dangerous=True,
        weight=6,
    ),
    Command(
        "capacity.lost",
        ("L",),
        "declare lost",
        "Declare a silent host lost: its services' tasks are started elsewhere",
        of(Scope.CAPACITY),
        dangerous=True,
        weight=3,
    ),
    Command(
        "capacity.accept",
        ("C",),
        "accept",
        "Accept the other Docker that answers at a quarantined host's address",
        of(Scope.CAPACITY),
        dangerous=True,
        weight=2,
    ),
    Command(
        "capacity.add",
        ("A",),
        "add",
        "Add a Docker host: its way is tried, its key shown, the config written",
        of(Scope.CAPACITY),
        dangerous=True,
        weight=6,
    ),
    Command(
        "capacity.doctor",
        ("t",),
        "doctor",
        "Try every step of the way to the host's Docker",
        of(Scope.CAPACITY),
        weight=4,
    ),
    Command(
        "capacity.trust",
        ("K",),
        "trust key",
        "Show the host's SSH key, and trust it",
        of(Scope.CAPACITY),
        dangerous=True,
        weight=2,
    ),
    Command(
        "capacity.attributes",
        ("T",),
        "attributes",
        "Show the host's attributes and change them",
        of(Scope.CAPACITY),
        dangerous=True,
        weight=1,
    ),
    Command(
        "schedule.run", ("R",), "run now", "Run the schedule's tasks now", SCHEDULE, dangerous=True, weight=6
    ),
    Command(
        "schedule.update",
        ("U",),
        "change",
        "Change when it runs, what, and how",
        SCHEDULE,
        dangerous=True,
        weight=5,
    ),
    Command(
        "schedule.turn",
        ("E",),
        "enable/disable",
        "Let the schedule rest, or run again",
        SCHEDULE,
        dangerous=True,
        weight=5,
    ),
)
