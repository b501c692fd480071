"""`dockyard capacity`: what the engine knows of the hosts, and what is asked of it about them.

What connects to a host itself (doctor, trust) and what writes the config file (add, rm) is in capacity_setup.py.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.asking import ask, confirmed, wait_for_all
from core.cli.capacity_use import pulses_of, use_facts, used_cells
from core.cli.invocation import Invocation, invoked
from core.cli.listing import answered, named_cluster, show_list
from core.cli.options import cluster_option, json_option, quiet_option, wait_options, yes_option
from core.cli.printing import Cell, Column, Tone, age, count_of
from core.cli.rows import connectivity_cell, status_cell
from core.cli.verbs import Verbs
from core.client.names import find_instance
from core.client.progress import instance_joined, service_stable
from core.commands import Action
from core.errors import ConfigError
from core.model.counts import counts
from core.model.instance import Connectivity
from core.model.service import Replace
from core.model.tags import tags_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cli.printing import Row
    from core.config import CapacityConfig
    from core.model.instance import ContainerInstance
    from core.model.state import State
    from core.vitals import InstancePulse

_COLUMNS = (
    Column("NAME"),
    Column("CLUSTER", spare=True),
    Column("STATUS"),
    Column("CONNECTIVITY"),
    Column("SINCE", right=True, spare=True),
    Column("TASKS", right=True),
    Column("CPU", right=True, spare=True),
    Column("MEMORY", right=True, spare=True),
    Column("CPU USED", right=True, spare=True),
    Column("MEM USED", right=True, spare=True),
    Column("DOCKER", spare=True),
    Column("URL", spare=True),
    Column("PROBLEM"),
)
_SETUP = "core.cli.capacity_setup"


@click.group(
    "capacity",
    cls=Verbs,
    lazy={
        "add": (f"{_SETUP}:add", "Write a host into the config file."),
        "trust": (f"{_SETUP}:trust", "Trust an SSH host's key after seeing its fingerprint."),
        "doctor": (f"{_SETUP}:doctor", "Try every step on the way to a host's Docker."),
        "ssh": ("core.cli.capacity_ssh:verb", "Open an SSH session on a host."),
        "rm": (f"{_SETUP}:rm", "Take a host out of the config file."),
        "drain": ("core.cli.capacity_drain:drain", "Move a host's service tasks elsewhere."),
        "put-attributes": ("core.cli.capacity_attributes:put", "Set attributes of a host while it runs."),
        "delete-attributes": ("core.cli.capacity_attributes:delete", "Take attributes of a host away."),
        "tag": ("core.cli.tag:capacity", "Show and change its tags."),
    },
)
def verb() -> None:
    """Capacity: the Docker hosts (container instances) that tasks run on."""


@verb.command("ls", examples=["dockyard capacity ls", "dockyard capacity ls --cluster staging --json"])
@cluster_option
@json_option
@quiet_option
@invoked
def ls(invocation: Invocation, cluster: str | None, as_json: bool, quiet: bool) -> None:
    """List the hosts, those too that the config names and no engine has looked at yet."""
    state = invocation.shown_state()
    cluster = named_cluster(state, cluster)
    instances = sorted(
        (i for i in state.instances.values() if cluster in {None, i.cluster}),
        key=lambda i: (i.cluster, i.name),
    )
    show_list(
        invocation.printer,
        document=lambda: _described(invocation, state, instances),
        names=(i.name for i in instances),
        table=lambda: _print_hosts(invocation, state, instances, cluster),
        as_json=as_json,
        quiet=quiet,
    )


@verb.command("describe", examples=["dockyard capacity describe edge-1"])
@click.argument("name", shell_complete=completing.hosts)
@cluster_option
@json_option
@invoked
def describe(invocation: Invocation, name: str, cluster: str | None, as_json: bool) -> None:
    """Show one host: what it has, what is free, what is wrong."""
    from core.scheduler.room import room_on  # noqa: PLC0415  # only this verb needs the planner's sums

    state = invocation.shown_state()
    instance = find_instance(state, name, cluster)
    if as_json:
        invocation.printer.json(_described(invocation, state, [instance]))
        return
    now = invocation.dockyard().now()
    room = room_on(state, instance)
    invocation.printer.facts(
        {
            "Name": instance.name,
            "Id": instance.id,
            "Cluster": instance.cluster,
            "URL": instance.url,
            "Status": status_cell(instance.status),
            "Connectivity": connectivity_cell(instance),
            "Since": f"{age(now - instance.connectivity_at)} ago" if instance.connectivity_at else "",
            "Problem": Cell(instance.problem, Tone.BAD),
            "Cpu units": f"{room.cpu_units} of {instance.cpu_units} free",
            "Memory": f"{room.memory_mib} of {instance.memory_mib} MiB free",
            "GPUs": room.gpus_told,
            **use_facts(instance, pulses_of(invocation, [instance])[instance.id]),
            "Ports taken": ", ".join(f"{p.port}/{p.protocol}" for p in sorted(room.ports)),
            "Docker": instance.docker_version,
            "Tags": tags_told(instance.tags),
            "Platform": f"{instance.os}/{instance.architecture}" if instance.os else "",
            "Drain ends": _drain_end(instance, now),
            "Removed from config": "yes, draining" if instance.removed_from_config else "",
        }
    )
    printer = invocation.printer
    tasks = state.tasks_on(instance.id)
    if instance.attributes:
        printer.line()
        printer.table((Column("ATTRIBUTE"), Column("VALUE")), instance.attributes)
    if tasks:
        printer.line()
        columns = (Column("TASK"), Column("GROUP"), Column("TASK DEFINITION"), Column("STATUS"))
        printer.table(columns, [(t.id[:8], t.group, t.definition, status_cell(t.last_status)) for t in tasks])


@verb.command("activate", examples=["dockyard capacity activate edge-1"])
@click.argument("names", nargs=-1, required=True, metavar="NAME…", shell_complete=completing.hosts)
@cluster_option
@wait_options("1m")
@invoked
def activate(
    invocation: Invocation, names: Sequence[str], cluster: str | None, wait: bool, timeout_s: float
) -> int | None:
    """Let a draining host take tasks again."""
    from core.cli.capacity_drain import set_status  # noqa: PLC0415  # beside the other verb that sets a status

    state = invocation.state()
    instances = [find_instance(state, name, cluster) for name in names]
    set_status(invocation, instances, "ACTIVE")
    for instance in instances:
        invocation.printer.line(f"{instance.name} is ACTIVE.")
    if not wait:
        return None
    judges = [partial(instance_joined, cluster=i.cluster, name=i.name) for i in instances]
    return wait_for_all(invocation, judges, timeout_s, "")


@verb.command(
    "lost", examples=["dockyard capacity lost edge-1", "dockyard capacity lost edge-1 --yes --wait"]
)
@click.argument("name", shell_complete=completing.hosts)
@cluster_option
@yes_option
@wait_options("10m")
@invoked
def lost(
    invocation: Invocation, name: str, cluster: str | None, yes: bool, wait: bool, timeout_s: float
) -> int | None:
    """Declare a silent host lost: what its services held is started elsewhere.

    Use it while the engine is ISOLATED and declares nothing lost by itself, or when you know better than its patience. A host
    that was only cut off runs its copies until it is back: for a while there are two of each.
    """
    state = invocation.state()
    instance = find_instance(state, name, cluster)
    tasks = [t for t in state.tasks_on(instance.id) if t.service and t.wanted]
    confirmed(
        f"Declare {instance.name} ({instance.connectivity.value}) lost and start "
        f"{count_of(len(tasks), 'service task')} elsewhere?",
        yes=yes,
    )
    ask(
        invocation,
        Action.DECLARE_INSTANCE_LOST,
        {"cluster": instance.cluster, "containerInstance": instance.id},
    )
    invocation.printer.line(f"{instance.name} is LOST.")
    if not wait:
        return None
    # Those that wait for the host, or for an answer, can't be waited for.
    services = {t.service_key for t in tasks if state.services[t.service_key].replace is Replace.YES}
    judges = [partial(service_stable, key=key, now=invocation.dockyard().now) for key in sorted(services)]
    return wait_for_all(invocation, judges, timeout_s, "Its tasks are started elsewhere all the same.")


@verb.command("accept", examples=["dockyard capacity accept edge-1 --wait"])
@click.argument("name", shell_complete=completing.hosts)
@cluster_option
@yes_option
@wait_options("1m")
@invoked
def accept(
    invocation: Invocation, name: str, cluster: str | None, yes: bool, wait: bool, timeout_s: float
) -> int | None:
    """Accept the Docker that answers at a quarantined host's address as this host.

    Another Docker answered there than the one that was registered: the host was made anew, or the address is wrong. What ran
    on the old one is then known to be gone.
    """
    instance = find_instance(invocation.state(), name, cluster)
    if instance.connectivity is Connectivity.QUARANTINED:
        confirmed(f"{instance.problem} Accept it as {instance.name}?", yes=yes)
    ask(invocation, Action.ACCEPT_INSTANCE, {"cluster": instance.cluster, "containerInstance": instance.id})
    invocation.printer.line(f"{instance.name} is accepted.")
    if not wait:
        return None
    judge = partial(instance_joined, cluster=instance.cluster, name=instance.name)
    return wait_for_all(invocation, [judge], timeout_s, f"The engine goes on with {instance.name}.")


def _drain_end(instance: ContainerInstance, now: float) -> str:
    """When what is left on a draining host is stopped; empty where its drain has no end."""
    if instance.drain_deadline is None:
        return ""
    left_s = instance.drain_deadline - now
    return f"in {age(left_s)}: what is left is stopped" if left_s > 0 else f"{age(-left_s)} ago"


def _print_hosts(
    invocation: Invocation, state: State, instances: Sequence[ContainerInstance], cluster: str | None
) -> None:
    """A table of hosts, and of those beside them that only the config knows yet."""
    now = invocation.dockyard().now()
    pulses = pulses_of(invocation, instances)
    known = {i.name for i in instances}
    waiting = [c for c in _in_config(invocation) if c.name not in known and cluster in {None, c.cluster}]
    watched = invocation.watched()
    known_rows = (_row(state, i, now, pulses[i.id], watched=watched) for i in instances)
    rows = [*known_rows, *map(_row_in_config, waiting)]
    invocation.printer.table(_COLUMNS, rows)
    if not rows:
        invocation.printer.note("There is no capacity yet: dockyard capacity add NAME URL")


def _described(
    invocation: Invocation, state: State, instances: Sequence[ContainerInstance]
) -> dict[str, Any]:
    from core.ecs import describe_container_instance  # noqa: PLC0415  # only JSON needs ECS's shapes

    pulses = pulses_of(invocation, instances)
    return answered(
        invocation,
        lambda watched: {
            "containerInstances": [
                describe_container_instance(state, i, pulses[i.id], watched=watched) for i in instances
            ]
        },
    )


def _row(
    state: State, instance: ContainerInstance, now: float, pulse: InstancePulse, *, watched: bool
) -> Row:
    tasks = state.tasks_on(instance.id)
    found = counts(state, tasks, watched=watched)
    cpu, memory = sum(t.cpu_units for t in tasks), sum(t.memory_mib for t in tasks)
    return (
        instance.name,
        instance.cluster,
        status_cell(instance.status),
        connectivity_cell(instance),
        age(now - instance.connectivity_at) if instance.connectivity_at else None,
        f"{found.running} ({found.unknown} unknown)" if found.unknown else found.running,
        f"{cpu}/{instance.cpu_units}" if instance.cpu_units else None,
        f"{memory}/{instance.memory_mib} MiB" if instance.memory_mib else None,
        *used_cells(instance, pulse),
        instance.docker_version or None,
        instance.url,
        instance.problem or None,
    )


def _in_config(invocation: Invocation) -> list[CapacityConfig]:
    """The hosts that the config names; none where it can't be read, which does not hide those that are known."""
    try:
        return [capacity for _, capacity in sorted(invocation.config().capacity.items())]
    except ConfigError as error:
        invocation.printer.note(f"The config file can't be read: {error}")
        return []


def _row_in_config(capacity: CapacityConfig) -> Row:
    blank = (None,) * 8
    return (
        capacity.name,
        capacity.cluster,
        Cell("in config", Tone.DIM),
        *blank,
        capacity.url,
        "no engine has read it yet",
    )
