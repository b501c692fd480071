"""Deleting stacks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.printing import count_of
from core.client.stacks import active_services, schedules_of
from core.commands import Action
from tui.plans.plan import Plan, Request, listed, tasks_text, twin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.model.state import State


def delete(state: State, keys: Sequence[str]) -> Plan:
    """Delete all services and schedules of stacks, as `dockyard stack rm`."""
    lines: list[str] = []
    requests: list[Request] = []
    for key in keys:
        lines.append(_line(state, key))
        requests += _requests(state, key)
    return Plan(
        f"Delete {'stack' if len(keys) == 1 else 'stacks'} {listed([key.partition('/')[2] for key in keys])}",
        tuple(lines),
        tuple(requests),
        "Delete",
        destroys=True,
        moves_tasks=True,
    )


def _line(state: State, key: str) -> str:
    cluster, _, name = key.partition("/")
    services, schedules = active_services(state, cluster, name), schedules_of(state, cluster, name)
    counted = ((len(services), "service"), (len(schedules), "schedule"))
    what = " and ".join(count_of(number, word) for number, word in counted if number)
    if not what:
        return f"{key}: all of it is being deleted already"
    names = listed([*(s.name for s in services), *(s.name for s in schedules)])
    tasks = tasks_text(sum(len(state.tasks_of_service(service.key)) for service in services))
    return f"{key}: {what} ({names}); stops {tasks}; task definitions stay, and tasks of schedules run on"


def _requests(state: State, key: str) -> Iterator[Request]:
    cluster, _, name = key.partition("/")
    words = twin("stack", "rm", name, "--yes", cluster=cluster)
    done = f"Stack {name} is being deleted"
    for schedule in schedules_of(state, cluster, name):
        given = {"cluster": cluster, "name": schedule.name}
        yield Request(Action.DELETE_SCHEDULE, given, done, words)
    for service in active_services(state, cluster, name):
        asked = {"cluster": cluster, "service": service.name, "force": True}
        yield Request(Action.DELETE_SERVICE, asked, done, words)
