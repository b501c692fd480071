"""`dockyard service tag`: a service's tags, shown and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from core.cli import completing
from core.cli.asking import ask, wait_for_engine
from core.cli.invocation import Invocation, invoked
from core.cli.options import Pair, cluster_option, json_option, wait_options
from core.cli.verbs import Verb
from core.client.names import find_service
from core.commands import Action
from core.ecs.parts import tags_shown
from core.errors import UsageError
from core.model.ids import arn

if TYPE_CHECKING:
    from collections.abc import Sequence


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
@click.argument("tags", nargs=-1, type=Pair(), metavar="[KEY=VALUE]…")
@click.option("--remove", multiple=True, metavar="KEY", help="May be repeated.")
@cluster_option
@wait_options("1m")
@json_option
@invoked
def tag(
    invocation: Invocation,
    name: str,
    tags: Sequence[tuple[str, str]],
    remove: Sequence[str],
    cluster: str | None,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> None:
    """Give a service tags, take some from it, or show those it has. No task is touched."""
    if both := sorted({key for key, _ in tags} & set(remove)):
        raise UsageError(f"{', '.join(both)}: given and removed at once")
    service = find_service(invocation.state(), name, cluster)
    of = {"resourceArn": arn("service", service.cluster, service.name)}
    if tags:
        ask(invocation, Action.TAG_RESOURCE, {**of, "tags": tags_shown(tags)})
    if remove:
        ask(invocation, Action.UNTAG_RESOURCE, {**of, "tagKeys": list(remove)})
    if wait:
        wait_for_engine(invocation, timeout_s)
    service = find_service(invocation.state(), service.key)
    if as_json:
        invocation.printer.json({"tags": tags_shown(service.tags)})
    elif service.tags:
        invocation.printer.facts(dict(service.tags))
    else:
        invocation.printer.note(f"Service {service.name} has no tags.")
