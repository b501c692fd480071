"""`dockyard stack`: the services and schedules that `apply --stack` holds together."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import click

from core.cli import completing
from core.cli.asking import ask, confirmed, protected, wait_for
from core.cli.failures import REFUSED
from core.cli.invocation import Invocation, invoked
from core.cli.listing import answered, named_cluster, show_list
from core.cli.options import cluster_option, json_option, quiet_option, wait_options, yes_option
from core.cli.printing import Column, count_of
from core.cli.rows import part_of
from core.cli.schedule import print_schedules
from core.cli.service import described_services, print_services
from core.cli.verbs import Verbs
from core.client.names import find_stack
from core.client.progress import service_gone
from core.client.stacks import active_services, describe_stack, stacks
from core.commands import Action
from core.model.counts import counts

if TYPE_CHECKING:
    from core.cli.printing import Row
    from core.client.stacks import Stack
    from core.model.state import State

_COLUMNS = (
    Column("NAME"),
    Column("CLUSTER"),
    Column("SERVICES", right=True),
    Column("STEADY", right=True),
    Column("RUNNING", right=True),
    Column("SCHEDULES", right=True),
)


@click.group("stack", cls=Verbs)
def verb() -> None:
    """Stacks: services and schedules that `apply --stack NAME` made or took in, by their tag dockyard:stack."""


@verb.command("ls", examples=["dockyard stack ls", "dockyard stack ls --cluster staging -q"])
@cluster_option
@json_option
@quiet_option
@invoked
def ls(invocation: Invocation, cluster: str | None, as_json: bool, quiet: bool) -> None:
    """List the stacks of all clusters, or of one."""
    state = invocation.shown_state()
    found = stacks(state, named_cluster(state, cluster))
    watched = invocation.watched()
    show_list(
        invocation.printer,
        document=lambda: {"stacks": [describe_stack(stack) for stack in found]},
        names=(stack.name for stack in found),
        table=lambda: invocation.printer.table(
            _COLUMNS, [_row(state, stack, watched=watched) for stack in found]
        ),
        as_json=as_json,
        quiet=quiet,
    )


@verb.command(
    "describe", examples=["dockyard stack describe shop", "dockyard stack describe staging/shop --json"]
)
@click.argument("name", shell_complete=completing.stacks)
@cluster_option
@json_option
@invoked
def describe(invocation: Invocation, name: str, cluster: str | None, as_json: bool) -> None:
    """Show a stack's services and schedules."""
    state = invocation.shown_state()
    stack = find_stack(state, name, cluster)
    if not as_json:
        _show(invocation, state, stack)
        return
    from core.ecs import describe_schedule  # noqa: PLC0415  # only JSON needs ECS's shapes

    dockyard = invocation.dockyard()
    document = answered(
        invocation,
        lambda watched: {
            "stack": describe_stack(stack),
            "services": described_services(dockyard, state, stack.services, watched=watched),
            "schedules": [describe_schedule(state, schedule) for schedule in stack.schedules],
        },
    )
    invocation.printer.json(document)


@verb.command("rm", examples=["dockyard stack rm shop --wait", "dockyard stack rm staging/shop --yes"])
@click.argument("name", shell_complete=completing.stacks)
@cluster_option
@yes_option
@wait_options("10m")
@invoked
def rm(
    invocation: Invocation, name: str, cluster: str | None, yes: bool, wait: bool, timeout_s: float
) -> int | None:
    """Delete a stack's services and stop their tasks, and delete its schedules, whose tasks run on. Task definitions stay."""
    state = invocation.state()
    stack = find_stack(state, name, cluster)
    due = active_services(state, stack.cluster, stack.name)
    tasks = sum(len(state.tasks_of_service(service.key)) for service in due)
    counted = ((len(due), "service"), (len(stack.schedules), "schedule"))
    what = " and ".join(count_of(number, word) for number, word in counted if number)
    names = ", ".join([*(service.name for service in due), *(s.name for s in stack.schedules)])
    if what:
        confirmed(
            f"Delete {what} of the stack {stack.key} ({names}) and stop {count_of(tasks, 'task')}?",
            yes=yes,
            protected=protected(invocation, stack.cluster),
        )
    for schedule in stack.schedules:
        ask(invocation, Action.DELETE_SCHEDULE, {"cluster": schedule.cluster, "name": schedule.name})
        invocation.printer.line(f"Schedule {schedule.name} is deleted.")
    for service in due:
        ask(
            invocation,
            Action.DELETE_SERVICE,
            {"cluster": service.cluster, "service": service.name, "force": True},
        )
        invocation.printer.line(f"Service {service.name} is deleted.")
    return _gone(invocation, stack, timeout_s) if wait else None


def _gone(invocation: Invocation, stack: Stack, timeout_s: float) -> int | None:
    """Wait until all of its services are gone, also those whose deletion was asked for before."""
    deadline = time.monotonic() + timeout_s
    failed = False
    for service in stack.services:
        judge = partial(service_gone, key=service.key)
        left_s = max(0.0, deadline - time.monotonic())
        failed |= wait_for(invocation, judge, left_s, "Their tasks go on stopping.").failed
    return REFUSED if failed else None


def _show(invocation: Invocation, state: State, stack: Stack) -> None:
    printer, dockyard = invocation.printer, invocation.dockyard()
    if stack.services:
        print_services(printer, dockyard, state, stack.services)
    if stack.services and stack.schedules:
        printer.line()
    if stack.schedules:
        print_schedules(printer, state, stack.schedules, dockyard.now())


def _row(state: State, stack: Stack, *, watched: bool) -> Row:
    found = [counts(state, state.tasks_of_service(s.key), watched=watched) for s in stack.services]
    return (
        stack.name,
        stack.cluster,
        str(len(stack.services)),
        part_of(sum(service.steady for service in stack.services), len(stack.services)),
        part_of(sum(c.running for c in found), sum(s.desired_count for s in stack.services)),
        str(len(stack.schedules)),
    )
