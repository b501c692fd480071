"""`dockyard capacity drain`: previewed, with an end if one is wanted, and waited for with what holds it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.asking import ask, wait_for_all
from core.cli.invocation import Invocation, invoked
from core.cli.options import Duration, cluster_option, json_option, wait_options
from core.cli.verbs import Verb
from core.client.names import find_instance
from core.client.progress import instance_empty
from core.commands import Action
from core.errors import Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.model.instance import ContainerInstance
    from core.model.state import State


@click.command(
    "drain",
    cls=Verb,
    examples=[
        "dockyard capacity drain edge-1 --dry-run",
        "dockyard capacity drain edge-1 --wait --timeout 10m",
        "dockyard capacity drain edge-1 edge-2 --deadline 30m",
    ],
)
@click.argument("names", nargs=-1, required=True, metavar="NAME…", shell_complete=completing.hosts)
@click.option("--dry-run", is_flag=True, help="Show what would move where, and what would not and why.")
@click.option(
    "--deadline",
    "deadline_s",
    type=Duration(),
    metavar="DURATION",
    help="Stop what is left after so long, standalone tasks too; else they stay.",
)
@cluster_option
@wait_options("10m")
@json_option
@invoked
def drain(
    invocation: Invocation,
    names: Sequence[str],
    dry_run: bool,
    deadline_s: float | None,
    cluster: str | None,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> int | None:
    """Move a host's service tasks elsewhere, and place nothing new on it.

    Tasks that belong to no service stay until they end, protected ones until their protection does; with a deadline all that
    is left is stopped then. Draining again keeps a deadline or moves it; `dockyard capacity activate` takes it back.
    """
    if dry_run and wait:
        raise UsageError("--dry-run changes nothing, so there is nothing to wait for")
    state = invocation.shown_state() if dry_run else invocation.state()
    instances = list({i.id: i for i in (find_instance(state, name, cluster) for name in names)}.values())
    if dry_run:
        _preview(invocation, state, instances, deadline_s, as_json=as_json)
        return None
    output = set_status(invocation, instances, "DRAINING", deadline_s)
    if as_json:
        invocation.printer.json(output)
    else:
        for instance in instances:
            invocation.printer.line(f"{instance.name} is DRAINING.")
    if not wait:
        return None
    now = invocation.dockyard().now
    judges = [partial(instance_empty, key=instance.id, now=now) for instance in instances]
    goes_on = "Draining goes on; `dockyard capacity activate NAME` ends it."
    return wait_for_all(invocation, judges, timeout_s, goes_on)


def set_status(
    invocation: Invocation,
    instances: Sequence[ContainerInstance],
    status: str,
    deadline_s: float | None = None,
) -> dict[str, Any]:
    """Give instances a status, one command each. Raises Refused for the first that can't have it; else ECS's output for all."""
    every: dict[str, Any] = {"containerInstances": [], "failures": []}
    for instance in instances:
        output = ask(
            invocation, Action.UPDATE_CONTAINER_INSTANCES_STATE, _given([instance], status, deadline_s)
        )
        for failure in output.get("failures", ()):
            raise Refused(failure["reason"], f"{instance.name}: {failure.get('detail') or failure['reason']}")
        every["containerInstances"] += output["containerInstances"]
    return every


def _given(instances: Sequence[ContainerInstance], status: str, deadline_s: float | None) -> dict[str, Any]:
    given = {
        "cluster": instances[0].cluster,
        "containerInstances": [instance.id for instance in instances],
        "status": status,
    }
    return given if deadline_s is None else given | {"drainDeadlineSeconds": deadline_s}


def _preview(
    invocation: Invocation,
    state: State,
    instances: Sequence[ContainerInstance],
    deadline_s: float | None,
    *,
    as_json: bool,
) -> None:
    """Drain the hosts on a copy. Hosts of several clusters are shown one cluster after the other."""
    from core.cli.trying import try_commands  # noqa: PLC0415  # the planner's weight

    for cluster in dict.fromkeys(instance.cluster for instance in instances):
        mine = [instance for instance in instances if instance.cluster == cluster]
        # A drain names ten instances at the most (ECS).
        commands = [
            (Action.UPDATE_CONTAINER_INSTANCES_STATE, _given([i], "DRAINING", deadline_s)) for i in mine
        ]
        change = {"drain": [instance.name for instance in mine]}
        leaving = {instance.id for instance in mine}
        try_commands(invocation, state, cluster, commands, change, as_json=as_json, leaving=leaving)
