"""Stopping tasks, draining and removing hosts, ending revisions, deleting clusters. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from core.cli.printing import count_of
from core.client.holding import held_by
from core.commands import Action
from core.model.ids import SHORT
from core.model.instance import InstanceStatus
from core.model.service import ServiceStatus
from tui.plans.plan import Plan, Request, listed, tasks_text, twin
from tui.plans.room import rooms_of, try_placing
from tui.views.definitions import users

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.model.instance import ContainerInstance
    from core.model.state import State
    from core.model.task_definition import TaskDefinition
    from core.scheduler.room import Room

#: Services whose moves are tried out before a dialog opens: it must not wait for hundreds.
_MOST_TRIED: Final = 20


def stop_tasks(state: State, ids: Iterable[str]) -> Plan:
    """Stop tasks; those of services are replaced."""
    tasks = [state.tasks[key] for key in ids if key in state.tasks and state.tasks[key].wanted]
    kept = Counter(task.service for task in tasks if task.service)
    alone = sum(not task.service for task in tasks)
    lines = [
        f"{service}: {tasks_text(count)} stopped, and replaced by the service"
        for service, count in sorted(kept.items())
    ]
    lines += [f"{tasks_text(alone)} of no service: stopped, and nothing replaces them"] if alone else []
    unreachable = [
        t for t in tasks if t.instance in state.instances and not state.instances[t.instance].connected
    ]
    if unreachable:
        lines.append(f"{tasks_text(len(unreachable))} on hosts that don't answer: stopped when they are back")
    return Plan(
        f"Stop {listed([task.id[:SHORT] for task in tasks]) or 'tasks that have stopped already'}",
        tuple(lines),
        tuple(
            Request(
                Action.STOP_TASK,
                {"cluster": task.cluster, "task": task.id},
                f"Task {task.id[:SHORT]} is told to stop",
                twin("task", "stop", task.id[:SHORT], cluster=task.cluster),
            )
            for task in tasks
        ),
        "Stop",
        destroys=True,
    )


def drain(state: State, ids: Iterable[str], now: float) -> Plan:
    """Drain hosts, with where their tasks would go; hosts that are DRAINING are activated again."""
    hosts = [state.instances[key] for key in ids if key in state.instances]
    if hosts and all(host.status is InstanceStatus.DRAINING for host in hosts):
        return _activate(hosts)
    hosts = [host for host in hosts if host.status is not InstanceStatus.DRAINING]
    return Plan(
        f"Drain {_names(hosts)}",
        tuple(_what_moves(state, hosts, now)),
        tuple(_status(host, "DRAINING", f"Host {host.name} is draining", "drain") for host in hosts),
        "Drain",
    )


def _activate(hosts: list[ContainerInstance]) -> Plan:
    return Plan(
        f"Activate {_names(hosts)}",
        tuple(f"{host.name} takes tasks again" for host in hosts),
        tuple(_status(host, "ACTIVE", f"Host {host.name} takes tasks again", "activate") for host in hosts),
        "Activate",
    )


def _status(host: ContainerInstance, status: str, done: str, verb: str) -> Request:
    return Request(
        Action.UPDATE_CONTAINER_INSTANCES_STATE,
        {"cluster": host.cluster, "containerInstances": [host.id], "status": status},
        done,
        twin("capacity", verb, host.name, cluster=host.cluster),
    )


def _what_moves(state: State, hosts: Sequence[ContainerInstance], now: float) -> Iterator[str]:
    """For each service how many tasks would go where, all hosts drained; then what does not move."""
    rooms: dict[str, list[Room]] = {}
    leaving: dict[str, Counter[str]] = {}
    alone: Counter[str] = Counter()
    for host in hosts:
        tasks = [task for task in state.tasks_on(host.id) if task.wanted]
        if not tasks:
            yield f"{host.name} has no tasks"
        for task in tasks:
            if task.service_key in state.services:
                leaving.setdefault(task.service_key, Counter())[host.name] += 1
            elif not task.service:
                alone[host.name] += 1
    for key in sorted(leaving)[:_MOST_TRIED]:
        service, counts = state.services[key], leaving[key]
        if service.cluster not in rooms:
            rooms[service.cluster] = rooms_of(state, service.cluster, without={host.id for host in hosts})
        moves = try_placing(state, service, counts.total(), rooms[service.cluster], now)
        yield (
            f"{service.name}: moves {tasks_text(counts.total())} from {listed(sorted(counts))}:"
            f" {moves.text() or 'elsewhere'}"
        )
    if len(leaving) > _MOST_TRIED:
        yield f"and tasks of {len(leaving) - _MOST_TRIED} more services"
    for name, count in sorted(alone.items()):
        yield f"{tasks_text(count)} of no service stay on {name} until they end"


def deregister_hosts(state: State, ids: Iterable[str]) -> Plan:
    """Give hosts up, unseen: for those that never come back."""
    hosts = [state.instances[key] for key in ids if key in state.instances]
    return Plan(
        f"Deregister {_names(hosts)}",
        tuple(
            f"{host.name}: gives up {tasks_text(len(state.tasks_on(host.id)))} unseen, services start them elsewhere"
            + ("" if host.removed_from_config else "; the config file still names it, so that it joins again")
            for host in hosts
        ),
        tuple(
            Request(
                Action.DEREGISTER_CONTAINER_INSTANCE,
                {"cluster": host.cluster, "containerInstance": host.id, "force": True},
                f"Host {host.name} is deregistered",
                twin("capacity", "rm", host.name, "--force", "--yes"),
            )
            for host in hosts
        ),
        "Deregister",
        destroys=True,
    )


def end_revisions(state: State, names: Iterable[str]) -> Plan:
    """Make ACTIVE revisions INACTIVE, and delete INACTIVE ones."""
    definitions = [state.definitions[name] for name in names if name in state.definitions]
    active = [d for d in definitions if d.active]
    inactive = [d for d in definitions if not d.active and not d.leaving]
    parts = [
        *([f"deregister {listed([d.name for d in active])}"] if active else []),
        *([f"delete {listed([d.name for d in inactive])} for good"] if inactive else []),
    ]
    title = " and ".join(parts) or "deregister revisions that are gone already"
    return Plan(
        f"{title[0].upper()}{title[1:]}",
        (
            *(
                _line(d, "nothing new starts on it", users(state, name=d.name), "run on with it")
                for d in active
            ),
            *(
                _line(d, "its number never comes again", held_by(state, d.name), "keep it so long")
                for d in inactive
            ),
        ),
        (
            *(
                Request(
                    Action.DEREGISTER_TASK_DEFINITION,
                    {"taskDefinition": definition.name},
                    f"Task definition {definition.name} is INACTIVE",
                    twin("taskdef", "deregister", definition.name, "--yes"),
                )
                for definition in active
            ),
            *(
                Request(
                    Action.DELETE_TASK_DEFINITIONS,
                    {"taskDefinitions": [definition.name]},
                    f"Task definition {definition.name} is being deleted",
                    twin("taskdef", "delete", definition.name, "--yes"),
                )
                for definition in inactive
            ),
        ),
        "Delete" if inactive and not active else "Deregister",
        destroys=True,
    )


def _line(definition: TaskDefinition, what: str, used: list[str], and_so: str) -> str:
    return f"{definition.name}: {what}" + (f"; {listed(used)} {and_so}" if used else "; nobody uses it")


def delete_clusters(state: State, names: Iterable[str]) -> Plan:
    """Delete clusters that are empty; the engine refuses the others, and so it is said here already."""
    lines: list[str] = []
    requests: list[Request] = []
    for name in names:
        hosts = len(state.index.instances_of_cluster[name])
        services = sum(
            state.services[key].status is ServiceStatus.ACTIVE
            for key in state.index.services_of_cluster[name]
        )
        if hosts or services:
            lines.append(
                f"{name} still has {count_of(services, 'service')} and {count_of(hosts, 'host')}:"
                " delete and remove these first"
            )
            continue
        lines.append(f"{name} is empty and goes")
        given = {"cluster": name}
        requests.append(
            Request(
                Action.DELETE_CLUSTER,
                given,
                f"Cluster {name} is deleted",
                twin("cluster", "rm", name, "--yes"),
            )
        )
    return Plan("Delete clusters", tuple(lines), tuple(requests), "Delete", destroys=True)


def _names(hosts: list[ContainerInstance]) -> str:
    return listed([host.name for host in hosts]) or "hosts that are gone"
