"""`dockyard capacity put-attributes` and `delete-attributes`: what operators say of hosts while they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from core.cli import completing
from core.cli.asking import ask, wait_for_engine
from core.cli.invocation import Invocation, invoked
from core.cli.options import Pair, cluster_option, json_option, wait_options
from core.cli.verbs import Verb
from core.client.names import find_instance
from core.commands import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOST = click.argument("host", metavar="HOST", shell_complete=completing.hosts)


@click.command(
    "put-attributes",
    cls=Verb,
    examples=[
        "dockyard capacity put-attributes edge-1 rack=7",
        "dockyard capacity put-attributes edge-1 zone=a disk=ssd --json",
    ],
)
@_HOST
@click.argument("pairs", nargs=-1, required=True, type=Pair(), metavar="NAME=VALUE…")
@cluster_option
@wait_options("1m")
@json_option
@invoked
def put(
    invocation: Invocation,
    host: str,
    pairs: Sequence[tuple[str, str]],
    cluster: str | None,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> None:
    """Set attributes of a host, for placement constraints and strategies; they win over what the host says of itself.

    Constraints are asked when tasks are placed: what runs stays, but for a DAEMON's. Attributes that the config file names for the
    host are the file's again when it is read next.
    """
    _change(
        invocation,
        Action.PUT_ATTRIBUTES,
        host,
        [{"name": name, "value": value} for name, value in pairs],
        cluster,
        wait=wait,
        timeout_s=timeout_s,
        as_json=as_json,
    )


@click.command(
    "delete-attributes", cls=Verb, examples=["dockyard capacity delete-attributes edge-1 rack disk"]
)
@_HOST
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@cluster_option
@wait_options("1m")
@json_option
@invoked
def delete(
    invocation: Invocation,
    host: str,
    names: Sequence[str],
    cluster: str | None,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> None:
    """Take attributes of a host away that were given to it; what it says of itself comes back with the next look at it."""
    _change(
        invocation,
        Action.DELETE_ATTRIBUTES,
        host,
        [{"name": name} for name in names],
        cluster,
        wait=wait,
        timeout_s=timeout_s,
        as_json=as_json,
    )


def _change(
    invocation: Invocation,
    action: Action,
    host: str,
    attributes: Sequence[dict[str, str]],
    cluster: str | None,
    *,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> None:
    instance = find_instance(invocation.state(), host, cluster)
    named = [{**attribute, "targetId": instance.id} for attribute in attributes]
    output = ask(invocation, action, {"cluster": instance.cluster, "attributes": named})
    if as_json:
        invocation.printer.json(output)
    else:
        now = find_instance(invocation.state(), instance.id, instance.cluster)
        told = ", ".join(f"{name}={value}" if value else name for name, value in now.own_attributes)
        invocation.printer.line(f"{instance.name}: {told or 'no attributes of its own'}.")
    if wait:
        wait_for_engine(invocation, timeout_s)
