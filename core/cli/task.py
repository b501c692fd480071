"""`dockyard task`: ls, describe; what runs and stops tasks is in task_run.py, what connects to them in task_streams.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.invocation import Invocation, invoked
from core.cli.listing import answered, named_cluster, show_list
from core.cli.options import cluster_option, json_option, quiet_option
from core.cli.printing import Cell, Column, Tone, age, count_of
from core.cli.rows import status_cell
from core.cli.verbs import Verbs
from core.client.names import find_instance, find_schedule, find_service, find_task
from core.client.stopped import why_stopped
from core.model.counts import known
from core.model.ids import SHORT
from core.model.ports import ports_shown
from core.model.tags import tags_told
from core.model.task import TaskStatus
from core.model.task_definition import PAUSE_CONTAINER
from core.model.task_request import tags_of_task
from core.scheduler.probes import held_by_probe, told_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.api import Dockyard
    from core.cli.printing import Printer, Row
    from core.model.state import State
    from core.model.task import Container, Task

_RUN = "core.cli.task_run"
_STREAMS = "core.cli.task_streams"
_COLUMNS = (
    Column("TASK"),
    Column("GROUP"),
    Column("STATUS"),
    Column("DESIRED", spare=True),
    Column("HEALTH"),
    Column("HOST"),
    Column("TASK DEFINITION", spare=True),
    Column("PORTS"),
    Column("AGE", right=True, spare=True),
    Column("WHY"),
)


@click.group(
    "task",
    cls=Verbs,
    lazy={
        "run": (f"{_RUN}:run", "Run tasks of a task definition, once."),
        "stop": (f"{_RUN}:stop", "Stop tasks."),
        "logs": (f"{_STREAMS}:logs", "Print the logs of tasks, or of a service's."),
        "start": ("core.cli.task_start:start", "Start a task on each of the hosts named, once."),
        "protect": ("core.cli.task_protection:protect", "Let scale-in and deployments leave tasks alone."),
        "unprotect": ("core.cli.task_protection:unprotect", "Take the protection of tasks back."),
        "protection": ("core.cli.task_protection:protection", "Show which tasks are protected."),
        "tag": ("core.cli.tag:task", "Show and change its tags."),
        "explain": ("core.cli.explain:task", "Say why a task is as it is, why here and why not there."),
        "exec": (f"{_STREAMS}:execute", "Run a command, or a shell, in a task's container."),
        "exec-all": (
            "core.cli.task_exec_all:verb",
            "Run one command in many tasks and compare what it prints.",
        ),
        "attach": (f"{_STREAMS}:attach", "Attach to what a task's container runs."),
        "port-forward": ("core.cli.task_forward:verb", "Reach a container's ports from this machine."),
        "cp": ("core.cli.task_copy:verb", "Copy files to and from a task's container."),
    },
)
def verb() -> None:
    """Tasks: runs of task definitions on the hosts."""


@verb.command(
    "ls",
    examples=[
        "dockyard task ls",
        "dockyard task ls --service web",
        "dockyard task ls --host edge-1 --all --json",
    ],
)
@cluster_option
@click.option("--service", metavar="NAME", help="Only this service's.", shell_complete=completing.services)
@click.option("--schedule", metavar="NAME", help="Only this schedule's.", shell_complete=completing.schedules)
@click.option("--host", metavar="NAME", help="Only those on this host.", shell_complete=completing.hosts)
@click.option("--all", "with_stopped", is_flag=True, help="Also tasks that have stopped.")
@json_option
@quiet_option
@invoked
def ls(
    invocation: Invocation,
    cluster: str | None,
    service: str | None,
    schedule: str | None,
    host: str | None,
    with_stopped: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """List the tasks of all clusters, or some of them."""
    state = invocation.shown_state()
    cluster = named_cluster(state, cluster)
    of_service = find_service(state, service, cluster).key if service else None
    of_schedule = find_schedule(state, schedule, cluster).key if schedule else None
    on = find_instance(state, host, cluster).id if host else None
    asked = [
        t
        for t in state.tasks.values()
        if cluster in {None, t.cluster}
        and of_service in {None, t.service_key}
        and of_schedule in {None, t.schedule_key}
        and on in {None, t.instance}
    ]
    tasks = sorted(
        (t for t in asked if with_stopped or not t.stopped),
        key=lambda t: (t.cluster, t.group, t.created_at, t.id),
    )
    if asked and not tasks and not as_json and not quiet:
        invocation.printer.note(
            f"All that is there has stopped ({count_of(len(asked), 'task')}): --all shows it."
        )
    show_list(
        invocation.printer,
        document=lambda: _described(invocation, state, tasks),
        names=(t.id for t in tasks),
        table=lambda: print_tasks(invocation.printer, invocation.dockyard(), state, tasks),
        as_json=as_json,
        quiet=quiet,
    )


@verb.command("describe", examples=["dockyard task describe 3f2a91c0", "dockyard task describe 3f2a --json"])
@click.argument("name", metavar="ID", shell_complete=completing.tasks)
@cluster_option
@json_option
@invoked
def describe(invocation: Invocation, name: str, cluster: str | None, as_json: bool) -> None:
    """Show one task and its containers. At least four characters of its id will do."""
    state = invocation.shown_state()
    task = find_task(state, name, cluster)
    if as_json:
        invocation.printer.json(_described(invocation, state, [task]))
        return
    now = invocation.dockyard().now()
    instance = state.instances.get(task.instance)
    printer = invocation.printer
    printer.facts(
        {
            "Task": task.id,
            "Cluster": task.cluster,
            "Group": task.group,
            "Task definition": task.definition,
            "Started by": task.started_by,
            "Status": _status(state, task, watched=invocation.watched()),
            "Desired": task.desired_status.value,
            "Health": status_cell(task.overall_health),
            "Probe": told_target(state, task, now),
            "Host": instance.name if instance is not None else "",
            "Why": task.why,
            "Protected": _protected_for(task, now),
            "Tags": tags_told(tags_of_task(task).items()),
            "Created": f"{age(now - task.created_at)} ago",
            "Started": f"{age(now - task.started_at)} ago" if task.started_at else "",
            "Stopped": f"{age(now - task.stopped_at)} ago" if task.stopped_at else "",
            "Stop code": task.stop_code.value if task.stop_code else "",
            "Reason": task.stopped_reason,
        }
    )
    printer.line()
    printer.table(
        (
            Column("CONTAINER"),
            Column("STATUS"),
            Column("HEALTH"),
            Column("IMAGE"),
            Column("PORTS"),
            Column("EXIT", right=True),
            Column("REASON", whole=True),
        ),
        [
            (
                c.name,
                status_cell(c.status),
                status_cell(c.health),
                c.image,
                _ports([c]),
                c.exit_code,
                c.reason,
            )
            for c in task.containers
            if c.name != PAUSE_CONTAINER
        ],
    )


def print_tasks(printer: Printer, dockyard: Dockyard, state: State, tasks: Sequence[Task]) -> None:
    """A table of tasks."""
    now, watched = dockyard.now(), dockyard.engine().watches
    printer.table(_COLUMNS, [_row(state, task, now, watched=watched) for task in tasks])


def _described(invocation: Invocation, state: State, tasks: Sequence[Task]) -> dict[str, Any]:
    from core.ecs import describe_task  # noqa: PLC0415  # only JSON needs ECS's shapes

    return answered(
        invocation,
        lambda watched: {"tasks": [describe_task(state, task, watched=watched) for task in tasks]},
    )


def _row(state: State, task: Task, now: float, *, watched: bool) -> Row:
    instance = state.instances.get(task.instance)
    return (
        task.id[:SHORT],
        task.group,
        _status(state, task, watched=watched),
        task.desired_status.value,
        status_cell(task.overall_health),
        instance.name if instance is not None else None,
        task.definition,
        _ports(task.containers),
        age(now - task.created_at),
        (why_stopped(task) if task.stopped else task.why or held_by_probe(task)) or None,
    )


def _status(state: State, task: Task, *, watched: bool) -> Cell:
    """The last status, or that it is not known."""
    if known(state, task, watched=watched):
        return status_cell(task.last_status)
    return Cell(f"unknown (was {task.last_status.value})", Tone.WARN)


def _protected_for(task: Task, now: float) -> str:
    """How long its protection from scale-in lasts; empty where there is none."""
    left_s = (task.protected_until or 0.0) - now
    return f"for another {age(left_s)}" if left_s > 0 and not task.stopped else ""


def _ports(containers: Sequence[Container]) -> str | None:
    """Where published ports are bound, each once."""
    bound = {
        (b.host_port, b.container_port, b.protocol)
        for c in containers
        if c.status.value == TaskStatus.RUNNING
        for b in c.network_bindings
    }
    return ", ".join(ports_shown(sorted(bound))) or None
