"""`dockyard commands`: who asked for what, when, and the answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from core.cli.events import moment
from core.cli.invocation import Invocation, invoked
from core.cli.options import Whole, json_option
from core.cli.printing import Cell, Column, Tone
from core.cli.verbs import Verb
from core.commands import Verdict
from core.errors import Refused
from core.model.ids import SHORT

if TYPE_CHECKING:
    from core.cli.printing import Row
    from core.store import Submitted

#: Members of inputs that say what a command is about, the most telling first.
_SUBJECTS = (
    "service",
    "serviceName",
    "task",
    "containerInstance",
    "containerInstances",
    "taskDefinition",
    "family",
    "clusterName",
    "resourceArn",
)


@click.command(
    "commands",
    cls=Verb,
    examples=["dockyard commands", "dockyard commands --limit 10 --json", "dockyard commands --id 4f3a"],
)
@click.option("--limit", type=Whole(1), default=50, show_default=True, help="The newest so many.")
@click.option("--id", "command_id", metavar="ID", help="One command by its id, or the beginning of it.")
@json_option
@invoked
def verb(invocation: Invocation, limit: int, command_id: str | None, as_json: bool) -> None:
    """Show the commands and their answers, the newest last: the audit log."""
    found = invocation.dockyard().commands(limit=limit if command_id is None else 10_000)
    if command_id is not None:
        found = [one for one in found if one.command.id.startswith(command_id)]
        if not found:
            raise Refused("InvalidParameterException", f"There is no command {command_id}.")
    if as_json:
        invocation.printer.json({"commands": [_described(one) for one in found]})
        return
    invocation.printer.table(
        (
            Column("TIME"),
            Column("ID"),
            Column("BY", spare=True),
            Column("ACTION"),
            Column("ON"),
            Column("ANSWER", whole=True),
        ),
        [_row(one) for one in found],
    )


def _row(submitted: Submitted) -> Row:
    command, answer = submitted.command, submitted.answer
    if answer is None:
        said = Cell("none yet", Tone.WARN)
    elif answer.verdict is Verdict.REFUSED:
        said = Cell(f"refused: {answer.message} ({answer.code})", Tone.BAD)
    else:
        said = Cell("accepted", Tone.GOOD)
    return (
        Cell(moment(command.submitted_at), Tone.DIM),
        command.id[:SHORT],
        command.submitted_by,
        command.action,
        _subject(command.input),
        said,
    )


def _subject(text: str) -> str | None:
    given = _read(text)
    for member in _SUBJECTS:
        value = given.get(member)
        if value and member == "resourceArn":
            return str(value).partition("/")[2]
        if value:
            return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return str(given["cluster"]) if given.get("cluster") else None


def _described(submitted: Submitted) -> dict[str, Any]:
    command, answer = submitted.command, submitted.answer
    shown = {
        "id": command.id,
        "action": command.action,
        "input": _read(command.input),
        "submittedBy": command.submitted_by,
        "submittedAt": command.submitted_at,
    }
    if answer is not None:
        shown |= {
            "verdict": answer.verdict.value,
            "answeredAt": answer.answered_at,
            "code": answer.code,
            "message": answer.message,
            "output": _read(answer.output),
        }
    return shown


def _read(text: str) -> dict[str, Any]:
    """A command's JSON; a client may have sent what is none."""
    try:
        given = json.loads(text or "{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}
