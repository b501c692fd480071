"""`dockyard service rebalance`: a service's tasks evened out, previewed, so many at once as its bounds and the operator allow."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from core.cli import completing
from core.cli.asking import ask, wait_for
from core.cli.failures import REFUSED
from core.cli.invocation import Invocation, invoked
from core.cli.options import Whole, cluster_option, json_option, wait_options
from core.cli.verbs import Verb
from core.client.names import find_service
from core.client.progress import service_stable
from core.commands import Action
from core.errors import UsageError


@click.command(
    "rebalance",
    cls=Verb,
    examples=[
        "dockyard service rebalance web --dry-run",
        "dockyard service rebalance web --at-once 2 --wait",
        "dockyard service rebalance web --stop",
    ],
)
@click.argument("name", shell_complete=completing.services)
@click.option("--dry-run", is_flag=True, help="Show what would move where.")
@click.option(
    "--at-once",
    type=Whole(1, 50),
    metavar="N",
    help="So many on their way at the most; else a tenth of its tasks.",
)
@click.option("--stop", is_flag=True, help="Move nothing more.")
@cluster_option
@wait_options("30m")
@json_option
@invoked
def rebalance(
    invocation: Invocation,
    name: str,
    dry_run: bool,
    at_once: int | None,
    stop: bool,
    cluster: str | None,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> int | None:
    """Move tasks to where the service's placement strategy would put them now: over zones first, then over hosts.

    Each move starts the new task before it stops the old one, wherever maximumPercent has room for it. It ends when no move would
    be an improvement, and also when a task finds no place or fails in its new one.
    """
    if dry_run and (wait or stop):
        raise UsageError("--dry-run changes nothing: it goes with neither --wait nor --stop")
    if stop and at_once is not None:
        raise UsageError("--stop moves nothing more, so --at-once says nothing")
    state = invocation.shown_state() if dry_run else invocation.state()
    service = find_service(state, name, cluster)
    given: dict[str, Any] = {"cluster": service.cluster, "service": service.name}
    given |= ({"atOnce": at_once} if at_once is not None else {}) | ({"stop": True} if stop else {})
    if dry_run:
        from core.cli.trying import try_commands  # noqa: PLC0415  # the planner's weight

        asked = [(Action.REBALANCE_SERVICE, given)]
        try_commands(invocation, state, service.cluster, asked, {"rebalance": service.name}, as_json=as_json)
        return None
    output = ask(invocation, Action.REBALANCE_SERVICE, given)
    if as_json:
        invocation.printer.json(output)
    else:
        invocation.printer.line(f"Service {service.name} is {'left as it is' if stop else 'evened out'}.")
    if not wait:
        return None
    stage = wait_for(
        invocation,
        partial(service_stable, key=service.key, now=invocation.dockyard().now),
        timeout_s,
        "It goes on being evened out.",
    )
    return REFUSED if stage.failed else None
