"""`dockyard apply`: show what a file changes, ask, do it, wait."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.asking import ask, confirmed, wait_for_all
from core.cli.files import called, read_bytes
from core.cli.invocation import Invocation, invoked
from core.cli.options import cluster_option, json_option, wait_options, yes_option
from core.cli.printing import count_of
from core.cli.verbs import Verb
from core.client.progress import service_stable
from core.commands import Action
from core.config import DEFAULT_CLUSTER
from core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.client.applying import Step


@click.command(
    "apply",
    cls=Verb,
    examples=[
        "dockyard apply stack.toml --dry-run",
        "dockyard apply stack.toml --yes --wait",
        "dockyard apply service.json",
        "sed s/TAG/$TAG/ stack.toml | dockyard apply - --yes",
    ],
)
@click.argument("files", nargs=-1, required=True, metavar="FILE…", shell_complete=completing.files)
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@cluster_option
@yes_option
@wait_options("10m")
@json_option
@invoked
def verb(
    invocation: Invocation,
    files: Sequence[str],
    dry_run: bool,
    cluster: str | None,
    yes: bool,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> int | None:
    """Bring task definitions, services and schedules to what files say. What a file doesn't name stays as it is.

    A file is TOML with [task_definitions.NAME], [services.NAME] and [schedules.NAME] in snake_case, or ECS's JSON: a task
    definition, an input of CreateService or CreateSchedule, or an object with lists taskDefinitions, services and schedules.
    """
    from core.client.applying import plan  # noqa: PLC0415  # the definition schema's weight is this verb's alone
    from core.client.applying_schedules import schedule_steps  # noqa: PLC0415  # as above
    from core.client.manifest import Manifest, read_manifest  # noqa: PLC0415

    read = [read_manifest(file, read_bytes(file)) for file in files]
    manifest = Manifest(
        tuple(d for one in read for d in one.definitions),
        tuple(s for one in read for s in one.services),
        tuple(s for one in read for s in one.schedules),
    )
    if manifest == Manifest():
        named = ", ".join(called(file) for file in files)
        raise UsageError(f"{named}: no task definition, no service and no schedule is named there")
    state, home = invocation.state(), cluster or DEFAULT_CLUSTER
    steps = [*plan(state, manifest, home), *schedule_steps(state, manifest, home)]
    due = [step for step in steps if step.action is not None]
    _show(invocation, steps, as_json=as_json)
    if dry_run:
        return None
    if due:
        confirmed(f"Make {count_of(len(due), 'change')}?", yes=yes)
        _carry_out(invocation, due)
    if not wait:
        return None
    # Also where nothing was due: what was asked for before may still be on its way.
    judges = [partial(service_stable, key=step.service) for step in steps if step.service]
    return wait_for_all(invocation, judges, timeout_s, "The deployments go on; see `dockyard service ls`.")


def _show(invocation: Invocation, steps: Sequence[Step], *, as_json: bool) -> None:
    printer = invocation.printer
    for warning in dict.fromkeys(warning for step in steps for warning in step.warnings):
        printer.note(f"warning: {warning}")
    if as_json:
        printer.json(
            {
                "steps": [
                    {
                        "what": step.what,
                        "action": step.action.value if step.action is not None else None,
                        "differences": list(step.differences),
                        "warnings": list(step.warnings),
                    }
                    for step in steps
                ]
            }
        )
        return
    for step in steps:
        printer.changed(f"{step.sign} {step.what}")
        for line in step.differences:
            printer.changed(f"    {line}")


def _carry_out(invocation: Invocation, steps: Sequence[Step]) -> None:
    """Ask for each step, whose warnings were shown with it; a service gets the revision that was registered before it."""
    registered: dict[str, str] = {}
    for step in steps:
        assert step.action is not None
        given: dict[str, Any] = step.given
        if step.action is not Action.REGISTER_TASK_DEFINITION and given.get("taskDefinition") == "":
            given = {**given, "taskDefinition": registered[step.family]}
        output = ask(invocation, step.action, given, told=step.warnings)
        if step.action is Action.REGISTER_TASK_DEFINITION:
            made = output["taskDefinition"]
            registered[step.family] = f"{made['family']}:{made['revision']}"
        invocation.printer.note(f"done: {step.what}")
