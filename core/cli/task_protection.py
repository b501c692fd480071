"""`dockyard task protect`, `unprotect` and `protection`: what scale-in and deployments leave alone for a while."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.asking import ask, wait_for_engine
from core.cli.failures import REFUSED
from core.cli.invocation import Invocation, invoked
from core.cli.options import Duration, cluster_option, json_option, wait_options
from core.cli.printing import Cell, Column, Tone, age
from core.cli.verbs import Verb
from core.client.names import find_task
from core.commands import Action
from core.errors import UsageError
from core.model.ids import SHORT, arn, last_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.model.task import Task

_IDS = click.argument("names", nargs=-1, required=True, metavar="ID…", shell_complete=completing.tasks)


@click.command(
    "protect",
    cls=Verb,
    examples=["dockyard task protect 3f2a91c0", "dockyard task protect 3f2a b71c --for 8h"],
)
@_IDS
@click.option(
    "--for", "for_s", type=Duration(), default="2h", show_default=True, help="Up to 48h; again extends it."
)
@cluster_option
@wait_options("1m")
@json_option
@invoked
def protect(
    invocation: Invocation,
    names: Sequence[str],
    for_s: float,
    cluster: str | None,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> int | None:
    """Let scale-in, deployments and draining leave a service's tasks alone until it expires.

    StopTask, failed health checks, a lost host and a drain's deadline end them all the same. A deployment waits for them.
    """
    minutes = ceil(for_s / 60)
    return _update(
        invocation,
        names,
        cluster,
        {"expiresInMinutes": minutes},
        wait=wait,
        timeout_s=timeout_s,
        as_json=as_json,
    )


@click.command("unprotect", cls=Verb, examples=["dockyard task unprotect 3f2a91c0"])
@_IDS
@cluster_option
@wait_options("1m")
@json_option
@invoked
def unprotect(
    invocation: Invocation,
    names: Sequence[str],
    cluster: str | None,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> int | None:
    """Take the protection of tasks back."""
    return _update(invocation, names, cluster, {}, wait=wait, timeout_s=timeout_s, as_json=as_json)


@click.command(
    "protection", cls=Verb, examples=["dockyard task protection", "dockyard task protection 3f2a91c0 --json"]
)
@click.argument("names", nargs=-1, metavar="[ID…]", shell_complete=completing.tasks)
@cluster_option
@json_option
@invoked
def protection(invocation: Invocation, names: Sequence[str], cluster: str | None, as_json: bool) -> None:
    """Show which tasks are protected, and until when; of the tasks named, or all that are (ECS's GetTaskProtection)."""
    from core.ecs import describe_protection  # noqa: PLC0415  # ECS's shapes, for one verb
    from core.scheduler.standing import protected  # noqa: PLC0415  # as above

    state = invocation.shown_state()
    now = invocation.dockyard().now()
    tasks = [find_task(state, name, cluster) for name in names]
    if not names:
        every = (t for t in state.tasks.values() if not t.stopped and cluster in {None, t.cluster})
        tasks = sorted((t for t in every if protected(t, now)), key=lambda t: (t.group, t.id))
    if as_json:
        invocation.printer.json(_document(tasks, [describe_protection(t, now) for t in tasks if t.service]))
        return
    columns = (Column("TASK"), Column("GROUP"), Column("PROTECTED"), Column("EXPIRES IN", right=True))
    rows = []
    for task in tasks:
        left_s = (task.protected_until or now) - now
        shown = Cell("yes", Tone.GOOD) if left_s > 0 else Cell("no", Tone.DIM)
        rows.append((task.id[:SHORT], task.group, shown, age(left_s) if left_s > 0 else None))
    invocation.printer.table(columns, rows)


def _document(tasks: Sequence[Task], shown: list[dict[str, Any]]) -> dict[str, Any]:
    alone = [t for t in tasks if not t.service]
    failures = [{"arn": arn("task", t.cluster, t.id), "reason": "TASK_NOT_VALID"} for t in alone]
    return {"protectedTasks": shown, "failures": failures}


def _update(
    invocation: Invocation,
    names: Sequence[str],
    cluster: str | None,
    more: dict[str, Any],
    *,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> int | None:
    state = invocation.state()
    tasks = [find_task(state, name, cluster) for name in names]
    clusters = {task.cluster for task in tasks}
    if len(clusters) > 1:
        raise UsageError(f"These tasks are of several clusters: {', '.join(sorted(clusters))}")
    given = {
        "cluster": tasks[0].cluster,
        "tasks": [task.id for task in tasks],
        "protectionEnabled": bool(more),
        **more,
    }
    output = ask(invocation, Action.UPDATE_TASK_PROTECTION, given)
    if as_json:
        invocation.printer.json(output)
    for task in output["protectedTasks"] if not as_json else ():
        left_s = task.get("expirationDate", 0.0) - invocation.dockyard().now()
        words = f"is protected for {age(left_s + 1)}" if task["protectionEnabled"] else "is not protected"
        invocation.printer.line(f"Task {last_part(task['taskArn'])[:SHORT]} {words}.")
    for failure in output["failures"]:
        said = failure.get("detail") or failure["reason"]
        invocation.printer.note(f"{last_part(failure['arn'])[:SHORT]}: {failure['reason']}: {said}")
    if output["failures"]:
        return REFUSED
    if wait:
        wait_for_engine(invocation, timeout_s)
    return None
