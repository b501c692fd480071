"""`dockyard task explain` and `dockyard service explain`: the reasons, with the numbers they turn on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.invocation import Invocation, invoked
from core.cli.options import cluster_option, json_option
from core.cli.verbs import Verb
from core.client.explained_service import explain_service
from core.client.explanation import explanation
from core.client.names import find_service, find_task
from core.client.suitability import hosts_asked
from core.model.ids import arn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.client.suitability import HostWord


@click.command(
    "explain", cls=Verb, examples=["dockyard task explain 3f2a91c0", "dockyard task explain 3f2a --json"]
)
@click.argument("name", metavar="ID", shell_complete=completing.tasks)
@cluster_option
@json_option
@invoked
def task(invocation: Invocation, name: str, cluster: str | None, as_json: bool) -> None:
    """Say why a task is as it is: what it waits for, why it is here and not there, what was before it, or why it stopped."""
    state = invocation.shown_state()
    found = find_task(state, name, cluster)
    reasons = list(explanation(state, found, invocation.dockyard().now()))
    hosts = [_host(word) for word in hosts_asked(state, found)] if found.wanted else []
    _show(
        invocation,
        {"taskArn": arn("task", found.cluster, found.id), "hosts": hosts},
        reasons,
        as_json=as_json,
    )


@click.command(
    "explain",
    cls=Verb,
    examples=["dockyard service explain web", "dockyard service explain staging/web --json"],
)
@click.argument("name", shell_complete=completing.services)
@cluster_option
@json_option
@invoked
def service(invocation: Invocation, name: str, cluster: str | None, as_json: bool) -> None:
    """Say why a service is as it is: what it waits for, which tasks go and why, and why tasks were restarted."""
    state = invocation.shown_state()
    found = find_service(state, name, cluster)
    dockyard = invocation.dockyard()
    engine = dockyard.engine()
    scaling = engine.scaling.get(found.key) if engine.watches else None
    reasons = list(explain_service(state, found, dockyard.now(), scaling))
    _show(invocation, {"serviceArn": arn("service", found.cluster, found.name)}, reasons, as_json=as_json)


def _show(invocation: Invocation, document: dict[str, Any], reasons: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        invocation.printer.json(document | {"reasons": list(reasons)})
        return
    for sentence in reasons:
        invocation.printer.text(sentence)


def _host(word: HostWord) -> dict[str, Any]:
    """A host's answer to a task as JSON; the reason is ECS's word for a failed placement."""
    shown = {
        "containerInstanceName": word.name,
        "hasTask": word.has_it,
        "accepts": word.refusal is None,
        "remainingCpu": word.free_cpu_units,
        "remainingMemory": word.free_memory_mib,
        "tasksOfGroup": word.alike,
    }
    refused = word.refusal
    return shown if refused is None else shown | {"reason": refused.code, "detail": refused.one}
