"""`dockyard apply`: show what files change, ask, do it, wait."""

from __future__ import annotations

from random import SystemRandom
from typing import TYPE_CHECKING

import click

from core.cli import completing
from core.cli.asking import confirmed, protected
from core.cli.files import called
from core.cli.invocation import Invocation, invoked
from core.cli.options import cluster_option, json_option, wait_options, yes_option
from core.cli.printing import count_of
from core.cli.verbs import Verb
from core.config import DEFAULT_CLUSTER
from core.errors import ConfigError, Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.client.manifest import Manifest
    from core.client.step import Scope, Step
    from core.client.yard import Yard


@click.command(
    "apply",
    cls=Verb,
    examples=[
        "dockyard apply stack.toml --dry-run",
        "dockyard apply shop/ --stack shop --prune",
        "dockyard apply web.json service.json --yes --wait",
        "sed s/TAG/$TAG/ stack.toml | dockyard apply - --yes",
    ],
)
@click.argument("places", nargs=-1, required=True, metavar="FILE|DIR…", shell_complete=completing.files)
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option(
    "--stack",
    metavar="NAME",
    help='The stack that all of it is of; else `stack = "NAME"` at the top of a TOML file.',
    shell_complete=completing.stacks,
)
@click.option(
    "--prune", is_flag=True, help="Delete the stack's services and schedules that the files don't name."
)
@click.option("--take-in", is_flag=True, help="With --yes: also take in what exists and is of no stack.")
@cluster_option
@yes_option
@wait_options("10m")
@json_option
@invoked
def verb(
    invocation: Invocation,
    places: Sequence[str],
    dry_run: bool,
    stack: str | None,
    prune: bool,
    take_in: bool,
    cluster: str | None,
    yes: bool,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> int | None:
    """Bring task definitions, services and schedules to what files say. What they don't name stays as it is.

    A file is TOML with [task_definitions.NAME], [services.NAME] and [schedules.NAME] in snake_case, or ECS's JSON: a task
    definition, an input of CreateService or CreateSchedule, or an object with lists taskDefinitions, services and schedules.
    Of a folder all .toml and .json files are read. With a stack, services and schedules carry its name as the tag
    dockyard:stack, and --prune deletes those of it that are no longer named: never another one. Task definitions stay, for
    revisions are for going back to.
    """
    from core.cli.applied import Applied  # noqa: PLC0415  # the definition schema's weight is this verb's alone
    from core.cli.places import read_places  # noqa: PLC0415
    from core.client.step import Scope  # noqa: PLC0415

    cluster = cluster or DEFAULT_CLUSTER
    found = read_places(places, stack)
    for name in found.left:
        invocation.printer.note(f"{name}: its tables belong into the config; it is not read")
    if found.is_searched:
        invocation.printer.note(f"read: {', '.join(map(called, found.read)) or 'nothing'}")
    found.check(prune=prune)
    manifest, scope = found.manifest, Scope(cluster, found.manifest.stack, prune)
    steps = planned(invocation.dockyard(), manifest, scope)
    applied = Applied(invocation, steps, scope, found.read)
    due = applied.carrying.due
    asks = bool(due) and not dry_run
    # What is to be decided on has to be seen, also where the output is for a program.
    if not as_json or (asks and not yes):
        show_steps(invocation, steps, beside=as_json)
    with applied.document(as_json=as_json):
        if dry_run:
            return None
        if asks:
            _confirm(invocation, due, scope, yes=yes, take_in=take_in)
            if not yes and not same_steps(planned(invocation.dockyard(), manifest, scope), steps):
                raise Refused(
                    "ConflictException",
                    "Something else was changed while you were asked, and nothing was done: run it again to see what it would do now.",
                )
            applied.carry_out()
        # Also where nothing was due: what was asked for before may still be on its way.
        return applied.wait(timeout_s) if wait else None


def planned(dockyard: Yard, manifest: Manifest, scope: Scope) -> list[Step]:
    """The plan as of now, tried as the engine would, or as this client does where none runs: with what the config says."""
    from core.client.applying import plan  # noqa: PLC0415  # as above
    from core.declare import declared  # noqa: PLC0415
    from core.fold.context import TurnContext  # noqa: PLC0415
    from core.model.settings import Settings  # noqa: PLC0415

    settings, unread = Settings(), None
    running = dockyard.engine().running
    try:
        config = dockyard.config()
        settings = config.engine.settings
        unread = None if running else declared(config, additive=True)
    except ConfigError:
        # The engine goes on by what it read before; where none runs, there is nothing to go by.
        if not running:
            raise
    return plan(
        dockyard.state(), manifest, scope, TurnContext(dockyard.now(), SystemRandom(), settings), unread
    )


def same_steps(steps: Sequence[Step], shown: Sequence[Step]) -> bool:
    """Whether what is to be asked for is what was shown; how many tasks run meanwhile is no matter."""
    return [(s.action, s.given, s.takes_in) for s in steps] == [
        (s.action, s.given, s.takes_in) for s in shown
    ]


def show_steps(invocation: Invocation, steps: Sequence[Step], *, beside: bool) -> None:
    """Print the plan; on stderr where the output is a document."""
    printer = invocation.printer
    for warning in dict.fromkeys(warning for step in steps for warning in step.warnings):
        printer.note(f"warning: {warning}")
    tell = printer.note if beside else printer.changed
    for step in steps:
        tell(f"{step.sign} {step.what}")
        for line in step.differences:
            tell(f"    {line}")


def _confirm(invocation: Invocation, due: Sequence[Step], scope: Scope, *, yes: bool, take_in: bool) -> None:
    """Ask for what was shown: deletions and what is taken in are named beside the changes."""
    deleted = [step for step in due if step.deletes]
    taken = [step for step in due if step.takes_in]
    if taken and yes and not take_in:
        names = ", ".join(step.key for step in taken)
        raise UsageError(
            f"{names}: not part of stack {scope.stack} yet. --yes alone takes nothing into a stack, from which "
            "--prune may delete it later: say --take-in as well"
        )
    parts = [f"make {count_of(number, 'change')}"] if (number := len(due) - len(deleted) - len(taken)) else []
    parts += [f"take {_counted(taken)} in"] if taken else []
    parts += [f"delete {_counted(deleted)}"] if deleted else []
    asked = ", ".join(parts)
    question = f"Stack {scope.stack}: {asked}?" if scope.stack else f"{asked.capitalize()}?"
    cluster = deleted[0].key.partition("/")[0] if deleted else ""
    confirmed(question, yes=yes, protected=protected(invocation, cluster) if cluster else "")


def _counted(steps: Sequence[Step]) -> str:
    """`2 services and 1 schedule`."""
    services = sum(bool(step.service) for step in steps)
    counts = ((services, "service"), (len(steps) - services, "schedule"))
    return " and ".join(count_of(number, word) for number, word in counts if number)
