"""`dockyard what-if`: what would follow from a loss, from scaling, from another host. It reads, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from core.cli import completing
from core.cli.effects import show_trial
from core.cli.invocation import Invocation, invoked
from core.cli.options import Pair, Whole, cluster_option, json_option
from core.cli.trying import try_commands
from core.cli.verbs import Verbs
from core.client.names import find_cluster, find_instance, find_service
from core.commands import Action
from core.config import DEFAULT_CLUSTER
from core.connectivity import Sign, move
from core.errors import UsageError
from core.forecast import try_change
from core.model.instance import ContainerInstance, InstanceStatus
from core.record import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.model.state import State

#: The name of the host that `add-host` imagines.
NEW_HOST: Final = "new-host"


@click.group("what-if", cls=Verbs)
def verb() -> None:
    """What would be placed where, what would wait and why, and which floors would break. Nothing is changed.

    The engine's own planner is run on a copy of the state. What it places is taken to start and to become healthy.
    """


@verb.command(
    "host-lost",
    examples=["dockyard what-if host-lost edge-1", "dockyard what-if host-lost edge-1 edge-2 --json"],
)
@click.argument("names", nargs=-1, required=True, metavar="NAME…", shell_complete=completing.hosts)
@cluster_option
@json_option
@invoked
def host_lost(invocation: Invocation, names: Sequence[str], cluster: str | None, as_json: bool) -> None:
    """Lose hosts, all at once: what their services held would be started elsewhere."""
    state = invocation.shown_state()
    instances = [find_instance(state, name, cluster) for name in names]
    clusters = {instance.cluster for instance in instances}
    if len(clusters) > 1:
        raise UsageError(
            f"These hosts are of several clusters ({', '.join(sorted(clusters))}): try one at a time"
        )
    keys = {instance.id for instance in instances}
    commands = [
        (Action.DECLARE_INSTANCE_LOST, {"cluster": i.cluster, "containerInstance": i.id}) for i in instances
    ]
    change = {"hostLost": [instance.name for instance in instances]}
    try_commands(invocation, state, instances[0].cluster, commands, change, as_json=as_json, leaving=keys)


@verb.command(
    "scale", examples=["dockyard what-if scale web 12", "dockyard what-if scale staging/web 0 --json"]
)
@click.argument("name", shell_complete=completing.services)
@click.argument("number", type=Whole(0), metavar="N")
@cluster_option
@json_option
@invoked
def scale(invocation: Invocation, name: str, number: int, cluster: str | None, as_json: bool) -> None:
    """Set a service's desired count."""
    state = invocation.shown_state()
    service = find_service(state, name, cluster)
    given = {"cluster": service.cluster, "service": service.name, "desiredCount": number}
    change = {"scale": service.name, "desiredCount": number}
    try_commands(
        invocation, state, service.cluster, [(Action.UPDATE_SERVICE, given)], change, as_json=as_json
    )


@verb.command(
    "add-host",
    examples=[
        "dockyard what-if add-host --cpu 4096 --memory 8192",
        "dockyard what-if add-host --cpu 8192 --memory 32768 --attribute zone=b --count 2",
    ],
)
@click.option("--cpu", "cpu_units", type=Whole(1), required=True, metavar="UNITS", help="1024 for each core.")
@click.option("--memory", "memory_mib", type=Whole(1), required=True, metavar="MIB")
@click.option("--attribute", "attributes", type=Pair(), multiple=True, help="May be repeated.")
@click.option(
    "--like", metavar="NAME", help="With all attributes of this host.", shell_complete=completing.hosts
)
@click.option("--count", type=Whole(1, 100), default=1, show_default=True, metavar="N")
@cluster_option
@json_option
@invoked
def add_host(
    invocation: Invocation,
    cpu_units: int,
    memory_mib: int,
    attributes: Sequence[tuple[str, str]],
    like: str | None,
    count: int,
    cluster: str | None,
    as_json: bool,
) -> None:
    """Add hosts: what waits for room, and a DAEMON's tasks, would be placed on them.

    They have the attributes that all hosts of the cluster share, such as what their Docker can do, and those that are given. What
    runs already stays where it is: see `dockyard service rebalance NAME --dry-run`.
    """
    state = invocation.shown_state()
    cluster = find_cluster(state, cluster or DEFAULT_CLUSTER).name
    models = [find_instance(state, like, cluster)] if like else state.instances_of(cluster)
    given = dict(_shared(models)) | dict(attributes)
    registered = ContainerInstance(
        id="",
        name=NEW_HOST,
        cluster=cluster,
        url="",
        status=InstanceStatus.ACTIVE,
        cpu_units=cpu_units,
        memory_mib=memory_mib,
        attributes=tuple(sorted(given.items())),
        marked=True,
    )
    made = move(registered, Sign.ANSWERED, invocation.dockyard().now())
    names = [NEW_HOST if count == 1 else f"{NEW_HOST}-{number}" for number in range(1, count + 1)]

    def add(trial: State) -> None:
        for name in names:
            trial.put(replace(made, id=name, name=name))

    now = invocation.dockyard().now()
    trial = try_change(state, cluster, add, now)
    change = {"addHost": {"cpu": cpu_units, "memory": memory_mib, "attributes": given, "count": count}}
    show_trial(invocation, trial, cluster, change, as_json=as_json)


def _shared(instances: Sequence[ContainerInstance]) -> set[tuple[str, str]]:
    """The attributes that all of them have, with one value."""
    every = [set(instance.attributes) for instance in instances if instance.attributes]
    return set.intersection(*every) if every else set()
