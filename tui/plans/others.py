"""Stopping tasks, ending revisions, deleting clusters. Pure."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from core.cli.printing import count_of
from core.client.holding import held_by
from core.commands import Action
from core.config.edit import names_cluster, remove_cluster
from core.model.ids import SHORT
from core.model.service import ServiceStatus
from tui.plans.plan import Plan, Request, listed, tasks_text, twin
from tui.views.definitions import users

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.config import Config
    from core.model.state import State
    from core.model.task_definition import TaskDefinition


def stop_tasks(state: State, ids: Iterable[str]) -> Plan:
    """Stop tasks; those of services are replaced."""
    tasks = [state.tasks[key] for key in ids if key in state.tasks and state.tasks[key].wanted]
    kept = Counter(task.service for task in tasks if task.service)
    alone = sum(not task.service for task in tasks)
    lines = [
        f"{service}: {tasks_text(count)} stopped, and replaced by the service"
        for service, count in sorted(kept.items())
    ]
    lines += [f"{tasks_text(alone)} of no service: stopped, and not replaced"] if alone else []
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
        moves_tasks=bool(kept),
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


def delete_clusters(state: State, names: Iterable[str], config: Config | None) -> Plan:
    """Delete clusters that are empty, also from the config file; the engine refuses the others, and so it is said here already."""
    lines: list[str] = []
    requests: list[Request] = []
    named: list[str] = []
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
        is_named = name in state.clusters and state.clusters[name].declared
        named += [name] if is_named else []
        where = (
            f", also from {config.path}"
            if config is not None
            else ": the config file names it, and brings it back"
        )
        lines.append(f"{name} is empty and goes{where if is_named else ''}")
        given = {"cluster": name}
        requests.append(
            Request(
                Action.DELETE_CLUSTER,
                given,
                f"Cluster {name} is deleted",
                twin("cluster", "rm", name, "--yes"),
            )
        )
    after = None
    if config is not None and named:
        after = (partial(_taken_out, config, named), f"{listed(named)} no longer in {config.path}")
    return Plan("Delete clusters", tuple(lines), tuple(requests), "Delete", destroys=True, after=after)


def _taken_out(config: Config, names: Iterable[str]) -> None:
    """Else the engine would make them again when it next reads the file."""
    for name in names:
        if names_cluster(config, name):
            config = remove_cluster(config, name)
