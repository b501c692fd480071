"""`dockyard service tag` and `dockyard schedule tag`: the tags of one, shown and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.asking import ask, wait_for_engine
from core.cli.invocation import Invocation, invoked
from core.cli.options import Pair, cluster_option, json_option, wait_options
from core.cli.verbs import Verb
from core.client.names import find_schedule, find_service
from core.commands import Action
from core.ecs.parts import tags_shown
from core.errors import UsageError
from core.model.ids import arn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.model.schedule import Schedule
    from core.model.service import Service
    from core.model.state import State

    Find = Callable[[State, str, str | None], Service | Schedule]


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What both verbs take beside the name."""
    for option in (
        invoked,
        json_option,
        wait_options("1m"),
        cluster_option,
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
@_options
def service(invocation: Invocation, /, **given: Any) -> None:
    """Give a service tags, take some from it, or show those it has. No task is touched."""
    _tag(invocation, "service", find_service, **given)


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
@_options
def schedule(invocation: Invocation, /, **given: Any) -> None:
    """Give a schedule tags, take some from it, or show those it has. Its tasks have those of its target."""
    _tag(invocation, "schedule", find_schedule, **given)


def _tag(
    invocation: Invocation,
    kind: str,
    find: Find,
    *,
    name: str,
    tags: Sequence[tuple[str, str]],
    remove: Sequence[str],
    cluster: str | None,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> None:
    if both := sorted({key for key, _ in tags} & set(remove)):
        raise UsageError(f"{', '.join(both)}: given and removed at once")
    row = find(invocation.state(), name, cluster)
    of = {"resourceArn": arn(kind, row.cluster, row.name)}
    if tags:
        ask(invocation, Action.TAG_RESOURCE, {**of, "tags": tags_shown(tags)})
    if remove:
        ask(invocation, Action.UNTAG_RESOURCE, {**of, "tagKeys": list(remove)})
    if wait:
        wait_for_engine(invocation, timeout_s)
    row = find(invocation.state(), row.key, None)
    if as_json:
        invocation.printer.json({"tags": tags_shown(row.tags)})
    elif row.tags:
        invocation.printer.facts(dict(row.tags))
    else:
        invocation.printer.note(f"{kind.capitalize()} {row.name} has no tags.")
