"""`tag` of services, schedules, clusters, task definitions, tasks and capacity: the tags of one, shown and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.asking import ask, wait_for_engine
from core.cli.invocation import Invocation, invoked
from core.cli.options import Pair, cluster_option, json_option, wait_options
from core.cli.verbs import Verb
from core.client import names
from core.commands import Action
from core.ecs.parts import tags_shown
from core.errors import UsageError
from core.model.ids import SHORT, arn
from core.model.task import Task
from core.model.task_request import tags_of_task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.model.cluster import Cluster
    from core.model.instance import ContainerInstance
    from core.model.schedule import Schedule
    from core.model.service import Service
    from core.model.state import State
    from core.model.task_definition import TaskDefinition

    Row = Cluster | ContainerInstance | Schedule | Service | Task | TaskDefinition


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What all of them take beside the name."""
    for option in (
        invoked,
        json_option,
        wait_options("1m"),
        click.option("--remove", multiple=True, metavar="KEY", help="May be repeated."),
        click.argument("tags", nargs=-1, type=Pair(), metavar="[KEY=VALUE]…"),
    ):
        function = option(function)
    return function


@click.command(
    "tag",
    cls=Verb,
    examples=[
        "dockyard service tag web",
        "dockyard service tag web team=shop tier=1",
        "dockyard service tag web --remove dockyard:stack",
    ],
)
@click.argument("name", shell_complete=completing.services)
@cluster_option
@_options
def service(invocation: Invocation, /, name: str, cluster: str | None, **given: Any) -> None:
    """Give a service tags, take some from it, or show those it has. No task is touched."""
    row = names.find_service(invocation.state(), name, cluster)
    _tag(
        invocation,
        row,
        f"Service {row.name}",
        arn("service", row.cluster, row.name),
        lambda s: s.services.get(row.key),
        **given,
    )


@click.command(
    "tag",
    cls=Verb,
    examples=[
        "dockyard schedule tag backup",
        "dockyard schedule tag backup team=shop",
        "dockyard schedule tag backup --remove dockyard:stack",
    ],
)
@click.argument("name", shell_complete=completing.schedules)
@cluster_option
@_options
def schedule(invocation: Invocation, /, name: str, cluster: str | None, **given: Any) -> None:
    """Give a schedule tags, take some from it, or show those it has. Its tasks have those of its target."""
    row = names.find_schedule(invocation.state(), name, cluster)
    _tag(
        invocation,
        row,
        f"Schedule {row.name}",
        arn("schedule", row.cluster, row.name),
        lambda s: s.schedules.get(row.key),
        **given,
    )


@click.command(
    "tag",
    cls=Verb,
    examples=["dockyard cluster tag default", "dockyard cluster tag default team=shop --remove tier"],
)
@click.argument("name", shell_complete=completing.clusters)
@_options
def cluster(invocation: Invocation, /, name: str, **given: Any) -> None:
    """Give a cluster tags, take some from it, or show those it has."""
    row = names.find_cluster(invocation.state(), name)
    _tag(
        invocation,
        row,
        f"Cluster {row.name}",
        arn("cluster", row.name),
        lambda s: s.clusters.get(row.key),
        **given,
    )


@click.command(
    "tag",
    cls=Verb,
    examples=["dockyard taskdef tag web", "dockyard taskdef tag web:3 team=shop --remove tier"],
)
@click.argument("name", metavar="FAMILY[:REVISION]", shell_complete=completing.definitions)
@_options
def definition(invocation: Invocation, /, name: str, **given: Any) -> None:
    """Give one revision tags, take some from it, or show those it has; without a number the family's latest.

    Tasks that run keep theirs; new ones have them where a service or a run propagates the task definition's.
    """
    row = names.find_definition(invocation.state(), name)
    _tag(
        invocation,
        row,
        f"Task definition {row.name}",
        arn("task-definition", row.name),
        lambda s: s.definitions.get(row.key),
        **given,
    )


@click.command(
    "tag",
    cls=Verb,
    examples=["dockyard task tag 3f2a91c0", "dockyard task tag 3f2a team=shop --remove tier"],
)
@click.argument("name", metavar="ID", shell_complete=completing.tasks)
@cluster_option
@_options
def task(invocation: Invocation, /, name: str, cluster: str | None, **given: Any) -> None:
    """Give a task tags, take some from it, or show those it has. What takes its place is not tagged so."""
    row = names.find_task(invocation.state(), name, cluster)
    _tag(
        invocation,
        row,
        f"Task {row.id[:SHORT]}",
        arn("task", row.cluster, row.id),
        lambda s: s.tasks.get(row.key),
        **given,
    )


@click.command(
    "tag",
    cls=Verb,
    examples=["dockyard capacity tag edge-1", "dockyard capacity tag edge-1 rack=7 --remove owner"],
)
@click.argument("name", metavar="HOST", shell_complete=completing.hosts)
@cluster_option
@_options
def capacity(invocation: Invocation, /, name: str, cluster: str | None, **given: Any) -> None:
    """Give a host tags, take some from it, or show those it has. Attributes are what tasks are placed by."""
    row = names.find_instance(invocation.state(), name, cluster)
    of = arn("container-instance", row.cluster, row.id)
    _tag(invocation, row, f"Container instance {row.name}", of, lambda s: s.instances.get(row.key), **given)


def _tag(
    invocation: Invocation,
    row: Row,
    told: str,
    resource: str,
    again: Callable[[State], Row | None],
    *,
    tags: Sequence[tuple[str, str]],
    remove: Sequence[str],
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> None:
    if both := sorted({key for key, _ in tags} & set(remove)):
        raise UsageError(f"{', '.join(both)}: given and removed at once")
    of = {"resourceArn": resource}
    if tags:
        ask(invocation, Action.TAG_RESOURCE, {**of, "tags": tags_shown(tags)})
    if remove:
        ask(invocation, Action.UNTAG_RESOURCE, {**of, "tagKeys": list(remove)})
    if wait:
        wait_for_engine(invocation, timeout_s)
    has = _tags_of(again(invocation.state()) or row) if tags or remove else _tags_of(row)
    if as_json:
        invocation.printer.json({"tags": tags_shown(has.items())})
    elif has:
        invocation.printer.facts(dict(has))
    else:
        invocation.printer.note(f"{told} has no tags.")


def _tags_of(row: Row) -> Mapping[str, str]:
    return tags_of_task(row) if isinstance(row, Task) else dict(row.tags)
