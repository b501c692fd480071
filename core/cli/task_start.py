"""`dockyard task start`: on the hosts that are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.asking import ask
from core.cli.failures import REFUSED
from core.cli.invocation import Invocation, invoked
from core.cli.options import cluster_option, json_option, quiet_option, wait_options
from core.cli.requests import start_task
from core.cli.task_run import asked_options, ended, failure_told, until_option
from core.cli.verbs import Verb
from core.commands import Action
from core.model.ids import last_part

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command(
    "start",
    cls=Verb,
    examples=[
        "dockyard task start disk-check --on edge-1 --on edge-2 --wait --until stopped",
        "dockyard task start web:3 --on edge-1 --env MODE=canary",
    ],
)
@click.argument("definition", metavar="FAMILY[:REVISION]", shell_complete=completing.definitions)
@click.option(
    "--on",
    "hosts",
    metavar="HOST",
    multiple=True,
    required=True,
    help="May be repeated, up to ten times.",
    shell_complete=completing.hosts,
)
@asked_options
@cluster_option
@wait_options("10m")
@until_option
@json_option
@quiet_option
@invoked
def start(
    invocation: Invocation,
    /,
    definition: str,
    hosts: Sequence[str],
    cluster: str | None,
    wait: bool,
    timeout_s: float,
    until: str,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> int | None:
    """Start a task on each of the hosts named, once. No placement constraint is asked; room is."""
    said = {"definition": definition, "hosts": hosts, "cluster": cluster}
    asked = start_task(invocation.state(), said | given)
    output = ask(invocation, Action.START_TASK, asked)
    ids = [last_part(task["taskArn"]) for task in output["tasks"]]
    if as_json:
        invocation.printer.json(output)
    for task in ids if not as_json else ():
        invocation.printer.line(task if quiet else f"Task {task} of {asked['taskDefinition']}.")
    for failure in output.get("failures", ()):
        invocation.printer.note(f"not started: {failure_told(invocation.state(), failure)}")
    if len(ids) < len(asked["containerInstances"]):
        return REFUSED
    return ended(invocation, ids, until, timeout_s) if wait else None
