"""`dockyard task` run and stop."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.asking import ask, confirmed, protected, wait_for
from core.cli.failures import REFUSED
from core.cli.invocation import Invocation, invoked
from core.cli.options import Pair, Whole, cluster_option, json_option, quiet_option, wait_options, yes_option
from core.cli.placement import launch_type_option, placement_options
from core.cli.printing import count_of
from core.cli.requests import run_task
from core.cli.verbs import Verb
from core.client.names import find_instance, find_task
from core.client.progress import exit_code, tasks_running, tasks_stopped
from core.client.stopped import why_stopped
from core.commands import Action
from core.model.ids import SHORT, last_part

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.model.state import State


until_option = click.option(
    "--until",
    type=click.Choice(["running", "stopped"]),
    default="running",
    show_default=True,
    help="What --wait waits for. Until stopped: the exit code is 1 if a container's is not 0.",
)


def asked_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What `run` and `start` share."""
    return target_options(
        click.option("--started-by", metavar="TEXT", help="Who or what started it.")(function)
    )


def target_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What may be asked beside the task definition, by whatever runs it."""
    for option in (
        click.option(
            "--enable-ecs-managed-tags/--no-enable-ecs-managed-tags",
            "managed_tags",
            default=None,
            help="Whether its tasks have the tag aws:ecs:clusterName.",
        ),
        click.option(
            "--propagate-tags",
            type=click.Choice(["TASK_DEFINITION", "NONE"], case_sensitive=False),
            help="Whether its tasks have the task definition's tags as well; else NONE.",
        ),
        click.option("--tag", "tags", type=Pair(), multiple=True, help="May be repeated."),
        click.option(
            "--overrides",
            metavar="FILE",
            help="ECS's overrides as JSON, in a file or as such.",
            shell_complete=completing.files,
        ),
        click.option(
            "--command", metavar="TEXT", help="Instead of the container's command; split as a shell would."
        ),
        click.option("--env", "environment", type=Pair(), multiple=True, help="A variable; may be repeated."),
        click.option(
            "--container", metavar="NAME", help="Which container --env and --command are for; else the first."
        ),
        click.option("--group", metavar="NAME", help="Else family:NAME."),
    ):
        function = option(function)
    return function


@click.command(
    "run",
    cls=Verb,
    examples=[
        "dockyard task run migrate --wait --until stopped",
        "dockyard task run web:3 --count 2 --env MODE=canary",
        "dockyard task run tools --command 'sh -c \"df -h\"' --wait --until stopped",
        "dockyard task run web --overrides overrides.json",
    ],
)
@click.argument("definition", metavar="FAMILY[:REVISION]", shell_complete=completing.definitions)
@click.option("--count", type=Whole(1, 10), default=1, show_default=True, metavar="N")
@asked_options
@placement_options
@launch_type_option
@cluster_option
@wait_options("10m")
@until_option
@json_option
@quiet_option
@invoked
def run(
    invocation: Invocation,
    /,
    definition: str,
    count: int,
    cluster: str | None,
    wait: bool,
    timeout_s: float,
    until: str,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> int | None:
    """Run tasks once: they are placed, started, and not replaced when they end."""
    said = {"definition": definition, "count": count, "cluster": cluster}
    asked = run_task(invocation.state(), said | given)
    output = ask(invocation, Action.RUN_TASK, asked)
    ids = [last_part(task["taskArn"]) for task in output["tasks"]]
    if as_json:
        invocation.printer.json(output)
    for task in ids if not as_json else ():
        invocation.printer.line(task if quiet else f"Task {task} of {asked['taskDefinition']}.")
    for failure in output.get("failures", ()):
        invocation.printer.note(f"not placed: {failure_told(invocation.state(), failure)}")
    if not ids or len(ids) < count:
        return REFUSED
    return ended(invocation, ids, until, timeout_s) if wait else None


@click.command(
    "stop",
    cls=Verb,
    examples=["dockyard task stop 3f2a91c0 --reason 'stuck' --wait", "dockyard task stop 3f2a b71c"],
)
@click.argument("names", nargs=-1, required=True, metavar="ID…", shell_complete=completing.tasks)
@click.option("--reason", metavar="TEXT", help="Kept with the task.")
@cluster_option
@yes_option
@wait_options("5m")
@invoked
def stop(
    invocation: Invocation,
    names: Sequence[str],
    reason: str | None,
    cluster: str | None,
    yes: bool,
    wait: bool,
    timeout_s: float,
) -> int | None:
    """Stop tasks. A service's task is replaced by its service."""
    state = invocation.state()
    tasks = [find_task(state, name, cluster) for name in names]
    for guarded in sorted({protected(invocation, task.cluster) for task in tasks} - {""}):
        confirmed(f"Stop {count_of(len(tasks), 'task')}?", yes=yes, protected=guarded)
    for task in tasks:
        given = {"cluster": task.cluster, "task": task.id} | ({"reason": reason} if reason else {})
        ask(invocation, Action.STOP_TASK, given)
        invocation.printer.line(f"Task {task.id[:SHORT]} is told to stop.")
    if not wait:
        return None
    judge = partial(tasks_stopped, ids=[task.id for task in tasks])
    return REFUSED if wait_for(invocation, judge, timeout_s, "They go on stopping.").failed else None


def ended(invocation: Invocation, ids: Sequence[str], until: str, timeout_s: float) -> int | None:
    """Wait until tasks run, or have stopped. The exit code."""
    goes_on = "The tasks go on; see `dockyard task ls`."
    if until == "running":
        return (
            REFUSED
            if wait_for(invocation, partial(tasks_running, ids=ids), timeout_s, goes_on).failed
            else None
        )
    wait_for(invocation, partial(tasks_stopped, ids=ids), timeout_s, goes_on)
    state = invocation.state()
    failed = [state.tasks[i] for i in ids if i in state.tasks and exit_code(state.tasks[i]) != 0]
    for task in failed:
        invocation.printer.note(f"{task.id[:SHORT]}: {why_stopped(task)}")
    return REFUSED if failed else None


def failure_told(state: State, failure: dict[str, Any]) -> str:
    """A failed placement by the name of its host, where it has one, in our words beside ECS's."""
    reason, detail = str(failure.get("reason", "")), str(failure.get("detail", ""))
    if not failure.get("arn"):
        return reason
    name = find_instance(state, failure["arn"]).name
    return f"{name} {detail} ({reason})" if detail else f"{name}: {reason}"
