"""`dockyard taskdef`: register, ls, describe, diff, deregister, delete; from-compose is in compose.py."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.asking import ask, confirmed, wait_for_engine
from core.cli.compose import from_compose
from core.cli.failures import REFUSED
from core.cli.files import called, read_bytes
from core.cli.invocation import Invocation, invoked
from core.cli.options import json_option, quiet_option, wait_options, yes_option
from core.cli.printing import Column, age
from core.cli.verbs import Verbs
from core.client.holding import held_by
from core.client.names import find_definition
from core.commands import Action
from core.errors import Refused, about
from core.model.ids import arn, last_part
from core.model.ports import ports_shown
from core.model.service import ServiceStatus
from core.model.tags import tags_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.model.state import State
    from core.model.task_definition import TaskDefinition


#: How many revisions one DeleteTaskDefinitions takes (ECS).
_MOST_AT_ONCE = 10


@click.group(
    "taskdef",
    cls=Verbs,
    lazy={
        "edit": ("core.cli.edit:definition", "Make the next revision of one in your editor."),
        "tag": ("core.cli.tag:definition", "Show and change its tags."),
    },
)
def verb() -> None:
    """Task definitions, in ECS's own JSON."""


@verb.command(
    "register",
    examples=[
        "dockyard taskdef register web.json",
        "dockyard taskdef register web.json worker.json",
        "dockyard taskdef register --dry-run web.json",
        "aws ecs describe-task-definition --task-definition web | dockyard taskdef register -",
    ],
)
@click.argument("files", nargs=-1, required=True, metavar="FILE…", shell_complete=completing.files)
@click.option(
    "--dry-run", is_flag=True, help="Check the files and say what would be adapted; register nothing."
)
@json_option
@quiet_option
@wait_options("1m")
@invoked
def register(
    invocation: Invocation,
    files: Sequence[str],
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    wait: bool,
    timeout_s: float,
) -> int | None:
    """Register task definition files: each makes a new revision of its family.

    A file is what `aws ecs register-task-definition --cli-input-json` takes, or what describe-task-definition prints; `-` is
    standard input. What can't be served on plain Docker is refused, what is adapted is a warning.
    """
    from core.fold.definitions import check_file_systems, definition_from  # noqa: PLC0415  # the schema's weight is this verb's alone
    from core.taskdef.parse import decode  # noqa: PLC0415

    exit_code = None
    for file in files:
        try:
            with about(called(file)):
                document = decode(read_bytes(file))
                if dry_run:
                    definition = definition_from(document)
                    check_file_systems(definition, invocation.config().efs)
                    _show_registrable(invocation, file, definition, as_json=as_json)
                    continue
                output = ask(invocation, Action.REGISTER_TASK_DEFINITION, document)
        except Refused as refused:
            if len(files) == 1:
                raise
            # The other files are not to blame for this one.
            invocation.printer.note(f"{refused.message} ({refused.code})")
            exit_code = REFUSED
            continue
        made = output["taskDefinition"]
        name = f"{made['family']}:{made['revision']}"
        if as_json:
            invocation.printer.json(output)
        else:
            invocation.printer.line(name if quiet else f"{name} is registered.")
    if wait and not dry_run:
        wait_for_engine(invocation, timeout_s)
    return exit_code


@verb.command("ls", examples=["dockyard taskdef ls", "dockyard taskdef ls --family web --all"])
@click.option(
    "--family", metavar="NAME", help="The revisions of one family.", shell_complete=completing.definitions
)
@click.option(
    "--all", "with_inactive", is_flag=True, help="Also INACTIVE revisions, and those that are being deleted."
)
@json_option
@quiet_option
@invoked
def ls(invocation: Invocation, family: str | None, with_inactive: bool, as_json: bool, quiet: bool) -> None:
    """List the families with their latest revision, or a family's revisions."""
    state = invocation.state()
    definitions = sorted(
        (d for d in state.definitions.values() if family in {None, d.family} and (d.active or with_inactive)),
        key=lambda d: (d.family, d.revision),
    )
    if as_json:
        arns = [arn("task-definition", d.name) for d in definitions]
        invocation.printer.json({"taskDefinitionArns": arns})
        return
    if family is None:
        definitions = list({d.family: d for d in definitions}.values())
    if quiet:
        for definition in definitions:
            invocation.printer.line(definition.name)
        return
    used = _users(state)
    now = invocation.dockyard().now()
    invocation.printer.table(
        (
            Column("TASK DEFINITION"),
            Column("STATUS"),
            Column("CONTAINERS"),
            Column("USED BY"),
            Column("REGISTERED", right=True),
        ),
        [
            (
                d.name,
                d.status.value,
                ", ".join(c.name for c in d.containers),
                ", ".join(used[d.name if family else d.family]) or None,
                age(now - d.registered_at),
            )
            for d in definitions
        ],
    )


@verb.command(
    "describe", examples=["dockyard taskdef describe web", "dockyard taskdef describe web:3 --json"]
)
@click.argument("name", metavar="FAMILY[:REVISION]", shell_complete=completing.definitions)
@json_option
@invoked
def describe(invocation: Invocation, name: str, as_json: bool) -> None:
    """Show one revision; without a number the family's latest."""
    state = invocation.state()
    definition = find_definition(state, name)
    if as_json:
        from core.ecs import describe_task_definition  # noqa: PLC0415  # only JSON needs ECS's shapes

        invocation.printer.json(describe_task_definition(definition))
        return
    printer = invocation.printer
    now = invocation.dockyard().now()
    printer.facts(
        {
            "Task definition": definition.name,
            "Status": definition.status.value,
            "Registered": f"{age(now - definition.registered_at)} ago by {definition.registered_by or 'unknown'}",
            "Network mode": definition.network_mode.value,
            "Charged": definition.charged_told,
            "Host ports": ", ".join(f"{p.port}/{p.protocol}" for p in definition.static_ports),
            "Tags": tags_told(definition.tags),
            "Goes after": ", ".join(held_by(state, definition.name)) if definition.leaving else "",
        }
    )
    printer.line()
    printer.table(
        (Column("CONTAINER"), Column("IMAGE"), Column("ESSENTIAL"), Column("PORTS"), Column("HEALTH CHECK")),
        [
            (
                c.name,
                c.image,
                "yes" if c.essential else "no",
                ", ".join(
                    ports_shown(((p.host_port, p.container_port, p.protocol) for p in c.port_mappings), ":")
                )
                or None,
                " ".join(c.health_check.command) if c.health_check else None,
            )
            for c in definition.containers
        ],
    )
    for warning in definition.warnings:
        printer.line(f"adapted: {warning}")


@verb.command("diff", examples=["dockyard taskdef diff web:3 web:4", "dockyard taskdef diff web:3 web.json"])
@click.argument("old", metavar="A", shell_complete=completing.definitions_or_files)
@click.argument("new", metavar="B", shell_complete=completing.definitions_or_files)
@json_option
@invoked
def diff(invocation: Invocation, old: str, new: str, as_json: bool) -> None:
    """Show what differs between two revisions, or a revision and a file."""
    from core.taskdef.describe import diff as differences  # noqa: PLC0415  # only this verb compares

    state = invocation.state()
    lines = differences(_revision_or_file(state, old), _revision_or_file(state, new))
    if as_json:
        invocation.printer.json({"differences": lines})
        return
    for line in lines or ["no difference"]:
        invocation.printer.changed(line)


@verb.command("deregister", examples=["dockyard taskdef deregister web:3"])
@click.argument(
    "names", nargs=-1, required=True, metavar="FAMILY:REVISION…", shell_complete=completing.definitions
)
@yes_option
@wait_options("1m")
@invoked
def deregister(invocation: Invocation, names: Sequence[str], yes: bool, wait: bool, timeout_s: float) -> None:
    """Make revisions INACTIVE: nothing new starts on them, what runs goes on."""
    state = invocation.state()
    definitions = _revisions(state, names)
    used = _users(state)
    told = ", ".join(
        d.name + (f" (used by {', '.join(used[d.name])})" if used[d.name] else "") for d in definitions
    )
    confirmed(f"Deregister {told}?", yes=yes)
    for definition in definitions:
        ask(invocation, Action.DEREGISTER_TASK_DEFINITION, {"taskDefinition": definition.name})
        invocation.printer.line(f"{definition.name} is INACTIVE.")
    if wait:
        wait_for_engine(invocation, timeout_s)


@verb.command(
    "delete",
    examples=["dockyard taskdef delete web:3", "dockyard taskdef delete web:1 web:2 --yes --json"],
)
@click.argument(
    "names",
    nargs=-1,
    required=True,
    metavar="FAMILY:REVISION…",
    shell_complete=completing.inactive_revisions,
)
@yes_option
@wait_options("1m")
@json_option
@invoked
def delete(
    invocation: Invocation, names: Sequence[str], yes: bool, wait: bool, timeout_s: float, as_json: bool
) -> int | None:
    """Delete INACTIVE revisions for good. One that is used goes when it no longer is; no number comes again."""
    state = invocation.state()
    definitions = _revisions(state, names)
    for definition in definitions:
        if definition.active:
            how = f"deregister it first: dockyard taskdef deregister {definition.name}"
            raise Refused("ClientException", f"{definition.name} is ACTIVE; {how}")
    held = {definition.name: held_by(state, definition.name) for definition in definitions}
    told = ", ".join(
        name + (f" (used by {', '.join(users)})" if users else "") for name, users in held.items()
    )
    confirmed(f"Delete {told} for good?", yes=yes)
    output: dict[str, Any] = {"taskDefinitions": [], "failures": []}
    due = list(held)
    for begin in range(0, len(due), _MOST_AT_ONCE):
        given = {"taskDefinitions": due[begin : begin + _MOST_AT_ONCE]}
        answer = ask(invocation, Action.DELETE_TASK_DEFINITIONS, given)
        output = {member: output[member] + answer[member] for member in output}
    if as_json:
        invocation.printer.json(output)
    for made in output["taskDefinitions"] if not as_json else ():
        name = f"{made['family']}:{made['revision']}"
        goes = f"; it goes when it is no longer used by {', '.join(held[name])}" if held[name] else ""
        invocation.printer.line(f"{name} is {made['status']}{goes}.")
    for failure in output["failures"]:
        invocation.printer.note(f"{last_part(failure['arn'])}: {failure['reason']}")
    if wait:
        wait_for_engine(invocation, timeout_s)
    return REFUSED if output["failures"] else None


verb.add_command(from_compose)


def _show_registrable(
    invocation: Invocation, file: str, definition: TaskDefinition, *, as_json: bool
) -> None:
    for warning in definition.warnings:
        invocation.printer.note(f"warning: {warning}")
    if not as_json:
        invocation.printer.line(f"{file}: {definition.family} can be registered.")
        return
    from core.ecs import describe_task_definition  # noqa: PLC0415  # only JSON needs ECS's shapes

    shown = describe_task_definition(definition)
    for given_by_registering in ("taskDefinitionArn", "revision", "status", "registeredAt", "registeredBy"):
        del shown["taskDefinition"][given_by_registering]
    invocation.printer.json(shown)


def _revisions(state: State, names: Sequence[str]) -> list[TaskDefinition]:
    """The revisions of these names, each by its number. Raises Refused."""
    definitions = [find_definition(state, name) for name in names]
    for definition in definitions:
        if definition.family in names:
            raise Refused(
                "InvalidParameterException", f"Revision is missing: name one, like {definition.name}."
            )
    return definitions


def _users(state: State) -> dict[str, list[str]]:
    """The services that use a revision, and those that use any of a family."""
    used: defaultdict[str, list[str]] = defaultdict(list)
    for key, service in sorted(state.services.items()):
        if service.status is ServiceStatus.ACTIVE:
            used[service.definition].append(key)
            used[service.definition.rpartition(":")[0]].append(key)
    return used


def _revision_or_file(state: State, text: str) -> TaskDefinition:
    if text == "-" or text.endswith(".json"):
        from core.taskdef.parse import parse  # noqa: PLC0415  # only for files

        with about(called(text)):
            return parse(read_bytes(text))
    return find_definition(state, text)
