"""Draining hosts and activating them again, declaring them lost, accepting another Docker, giving them up. Pure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from core.client.progress import instance_empty
from core.commands import Action
from core.config.durations import format_duration
from core.config.edit import remove_capacity
from core.declare import apply_input
from core.model.instance import Connectivity, InstanceStatus
from core.record import replace
from tui.plans.plan import Plan, Request, duration_of, listed, tasks_text, twin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.config import Config
    from core.model.instance import ContainerInstance
    from core.model.state import State

#: What the field of a drain is for.
_DRAIN_LABEL = "empty: no deadline; or 30m, 2h …"
_ACTIVATE_LABEL = "empty: takes tasks again; or 30m, 2h …: drains with that deadline"


def hosts_of(state: State, ids: Iterable[str]) -> list[ContainerInstance]:
    """The hosts that still are there."""
    return [state.instances[key] for key in ids if key in state.instances]


def drain_label(state: State, ids: Iterable[str]) -> str:
    """What may be typed where hosts are drained, or activated again."""
    return _ACTIVATE_LABEL if _all_drain(hosts_of(state, ids)) else _DRAIN_LABEL


def _all_drain(hosts: Sequence[ContainerInstance]) -> bool:
    return bool(hosts) and all(host.status is InstanceStatus.DRAINING for host in hosts)


def drain(state: State, ids: Iterable[str], typed: str, now: float) -> Plan:
    """Drain hosts, with a deadline if one was typed. Hosts that are DRAINING are activated again, or get that deadline."""
    hosts = hosts_of(state, ids)
    try:
        deadline_s = duration_of(typed) if typed.strip() else None
    except ValueError as problem:
        return Plan(f"Drain {names_of(hosts)}", (str(problem),), (), "Drain")
    if _all_drain(hosts):
        return _activate(state, hosts, now) if deadline_s is None else _drain(state, hosts, deadline_s, now)
    hosts = [host for host in hosts if host.status is not InstanceStatus.DRAINING]
    return _drain(state, hosts, deadline_s, now)


def _drain(state: State, hosts: Sequence[ContainerInstance], deadline_s: float | None, now: float) -> Plan:
    lines = []
    for host in hosts:
        count = sum(task.wanted for task in state.tasks_on(host.id))
        drains = host.status is InstanceStatus.DRAINING
        lines.append(
            instance_empty(state, host.id, lambda: now).text
            if drains
            else f"{host.name}: takes no new tasks; {tasks_text(count)} to leave"
        )
    options = []
    if deadline_s is not None:
        options = ["--deadline", format_duration(deadline_s)]
        lines.append(f"what is left after {format_duration(deadline_s)} is stopped, standalone tasks too")
    return Plan(
        f"Drain {names_of(hosts)}",
        tuple(lines),
        tuple(
            _status(
                host,
                "DRAINING",
                f"Host {host.name} is draining",
                ("drain", host.name, *options),
                {} if deadline_s is None else {"drainDeadlineSeconds": deadline_s},
            )
            for host in hosts
        ),
        "Drain",
        moves_tasks=True,
        leaving=frozenset(host.id for host in hosts),
    )


def _activate(state: State, hosts: Sequence[ContainerInstance], now: float) -> Plan:
    lines = [instance_empty(state, host.id, lambda: now).text for host in hosts]
    lines += [f"{host.name} takes tasks again" for host in hosts]
    return Plan(
        f"Activate {names_of(hosts)}",
        (*lines, "Type a duration to go on draining, with another deadline"),
        tuple(
            _status(host, "ACTIVE", f"Host {host.name} takes tasks again", ("activate", host.name), {})
            for host in hosts
        ),
        "Activate",
        moves_tasks=True,
    )


def _status(
    host: ContainerInstance, status: str, done: str, words: Sequence[str], more: dict[str, float]
) -> Request:
    given = {"cluster": host.cluster, "containerInstances": [host.id], "status": status, **more}
    return Request(
        Action.UPDATE_CONTAINER_INSTANCES_STATE, given, done, twin("capacity", *words, cluster=host.cluster)
    )


def declare_lost(state: State, ids: Iterable[str]) -> Plan:
    """Declare silent hosts lost, so that their services' tasks are started elsewhere."""
    hosts = hosts_of(state, ids)
    silent = [host for host in hosts if not host.connected and not host.lost]
    lines = [f"{host.name} answers: drain it instead" for host in hosts if host.connected]
    lines += [f"{host.name} is LOST already" for host in hosts if host.lost]
    for host in silent:
        count = sum(task.wanted and bool(task.service) for task in state.tasks_on(host.id))
        lines.append(
            f"{host.name}: {tasks_text(count)} of services started elsewhere; if the host only is cut off,"
            " there are two of each until it is back"
        )
    return Plan(
        f"Declare {names_of(silent or hosts)} lost",
        tuple(lines),
        tuple(
            Request(
                Action.DECLARE_INSTANCE_LOST,
                _one(host),
                f"Host {host.name} is LOST",
                twin("capacity", "lost", host.name, "--yes", cluster=host.cluster),
            )
            for host in silent
        ),
        "Declare lost",
        destroys=True,
        moves_tasks=True,
        leaving=frozenset(host.id for host in silent),
    )


def accept(state: State, ids: Iterable[str]) -> Plan:
    """Take the Docker that answers at a host's address for the host."""
    hosts = hosts_of(state, ids)
    held = [
        host
        for host in hosts
        if host.connectivity is Connectivity.QUARANTINED or (host.lost and host.problem)
    ]
    lines = [
        f"{host.name} is not in quarantine: there is nothing to accept" for host in hosts if host not in held
    ]
    for host in held:
        count = len(state.tasks_on(host.id))
        lines.append(
            f"{host.name}: {host.problem or 'another Docker answers at its address'}. What answers there becomes"
            f" {host.name}; {tasks_text(count)} of the old one are gone for good"
        )
    return Plan(
        f"Accept {names_of(held or hosts)}",
        tuple(lines),
        tuple(
            Request(
                Action.ACCEPT_INSTANCE,
                _one(host),
                f"Host {host.name} is accepted",
                twin("capacity", "accept", host.name, "--yes", cluster=host.cluster),
            )
            for host in held
        ),
        "Accept",
        destroys=True,
    )


def remove(state: State, ids: Iterable[str], config: Config | None) -> Plan:
    """Take a host out of the config file, so that it drains and goes; or give hosts up unseen, those that never come back."""
    hosts = hosts_of(state, ids)
    if len(hosts) == 1 and config is not None and hosts[0].name in config.capacity:
        return _take_out(state, hosts[0], config)
    return Plan(
        f"Deregister {names_of(hosts)}",
        tuple(
            f"{host.name}: gives up {tasks_text(len(state.tasks_on(host.id)))} unseen, services start them elsewhere"
            + ("" if host.removed_from_config else "; the config file still names it, so that it joins again")
            for host in hosts
        ),
        tuple(map(_given_up, hosts)),
        "Deregister",
        destroys=True,
        moves_tasks=True,
    )


def _take_out(state: State, host: ContainerInstance, config: Config) -> Plan:
    """As `dockyard capacity rm`. The config file is edited, and taken over at once, even if this was its last host."""
    title = f"Remove {host.name}"
    kept = replace(config, capacity={name: c for name, c in config.capacity.items() if name != host.name})
    standing = {each.name for each in state.instances.values() if not each.removed_from_config}
    if others := sorted(standing - config.capacity.keys()):
        problem = f"{config.path} drops {listed(others)} as well, which the engine holds back: dockyard config apply"
        return Plan(title, (problem,), (), "Remove")
    words = ("capacity", "rm", host.name)
    taken_over = Request(
        Action.APPLY_CONFIG,
        apply_input(kept) | {"force": True},
        f"Host {host.name} is no longer in {config.path}",
        twin(*words, "--yes"),
        host.cluster,
    )
    forced = replace(taken_over, twin=twin(*words, "--force", "--yes"))
    return Plan(
        title,
        (
            f"{host.name} is taken out of {config.path}: it drains, and goes when it is empty",
            f"Give up: its {tasks_text(len(state.tasks_on(host.id)))} are given up unseen, for a host that never comes back",
        ),
        (taken_over,),
        "Remove",
        destroys=True,
        moves_tasks=True,
        leaving=frozenset({host.id}),
        edit=partial(remove_capacity, config, host.name),
        otherwise={"Give up": (forced, _given_up(host))},
    )


def _given_up(host: ContainerInstance) -> Request:
    return Request(
        Action.DEREGISTER_CONTAINER_INSTANCE,
        _one(host) | {"force": True},
        f"Host {host.name} is deregistered",
        twin("capacity", "rm", host.name, "--force", "--yes"),
    )


def _one(host: ContainerInstance) -> dict[str, object]:
    return {"cluster": host.cluster, "containerInstance": host.id}


def names_of(hosts: Sequence[ContainerInstance]) -> str:
    """Hosts, for a title."""
    return listed([host.name for host in hosts]) or "hosts that are gone"
