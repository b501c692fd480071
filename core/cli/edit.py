"""`dockyard service edit` and `dockyard taskdef edit`: in $VISUAL or $EDITOR, checked, shown as a diff, asked for."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from core.cli import completing
from core.cli.apply import planned, same_steps, show_steps
from core.cli.asking import confirmed
from core.cli.invocation import Invocation, invoked
from core.cli.options import cluster_option, wait_options
from core.cli.verbs import Verb
from core.client.names import find_definition, find_service
from core.errors import Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.client.editing import Draft
    from core.client.editor import Scratch
    from core.client.step import Step


@click.command(
    "edit",
    cls=Verb,
    examples=["dockyard service edit web --wait", "EDITOR=nano dockyard service edit staging/web"],
)
@click.argument("name", shell_complete=completing.services)
@cluster_option
@wait_options("10m")
@invoked
def service(
    invocation: Invocation, name: str, cluster: str | None, wait: bool, timeout_s: float
) -> int | None:
    """Edit a service in $VISUAL or $EDITOR, as the file that `apply` takes.

    What was saved is checked, and opened again with what is wrong at its top; what would change is shown before you are asked.
    """
    from core.client.editing import service_draft  # noqa: PLC0415  # the engine's rules are these verbs' alone

    state = invocation.state()
    return _edited(invocation, service_draft(state, find_service(state, name, cluster)), wait, timeout_s)


@click.command("edit", cls=Verb, examples=["dockyard taskdef edit web", "dockyard taskdef edit web:3"])
@click.argument("name", metavar="FAMILY[:REVISION]", shell_complete=completing.definitions)
@wait_options("1m")
@invoked
def definition(invocation: Invocation, name: str, wait: bool, timeout_s: float) -> int | None:
    """Edit a revision in $VISUAL or $EDITOR; saved, it becomes the next one of its family."""
    from core.client.editing import definition_draft  # noqa: PLC0415  # as above

    return _edited(invocation, definition_draft(find_definition(invocation.state(), name)), wait, timeout_s)


def has_terminal() -> bool:
    """Whether an editor can be used here."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _edited(invocation: Invocation, draft: Draft, wait: bool, timeout_s: float) -> int | None:
    from core.cli.applied import Applied  # noqa: PLC0415  # as above
    from core.client.editor import Scratch, find_editor  # noqa: PLC0415

    if not has_terminal():
        raise UsageError("An editor needs a terminal; dockyard apply takes files")
    editor, scratch = find_editor(), Scratch(draft.name, draft.text)
    is_kept = True
    try:
        steps = _saved(invocation, draft, editor, scratch)
        if not steps:
            invocation.printer.note("Nothing was changed.")
            is_kept = False
            return None
        show_steps(invocation, steps, beside=False)
        confirmed(f"Change {draft.what}?", yes=False)
        if not same_steps(_planned(invocation, draft, scratch), steps):
            raise Refused(
                "ConflictException",
                "Something else was changed while you were asked, and nothing was done: edit it again to see what it would do now.",
            )
        applied = Applied(invocation, steps, draft.scope, [draft.name])
        applied.carry_out()
        is_kept = False
        return applied.wait(timeout_s) if wait else None
    finally:
        if is_kept:
            invocation.printer.note(f"What you wrote is kept: {scratch.path}")
        else:
            scratch.drop()


def _saved(invocation: Invocation, draft: Draft, editor: list[str], scratch: Scratch) -> Sequence[Step]:
    """What a saved text comes to, once it can be applied. Raises UsageError when it is given up."""
    from core.client.editing import judge  # noqa: PLC0415  # as above
    from core.client.editor import run_editor  # noqa: PLC0415

    refused = ""
    while True:
        run_editor(editor, scratch.path)
        plan = partial(planned, invocation.dockyard())
        saved = judge(draft, refused, scratch.read(), plan, invocation.state())
        if saved.is_given_up:
            raise UsageError(f"It stands as it was refused, and is given up: {draft.what} stays as it is")
        if not saved.text:
            return saved.steps
        refused = saved.text
        scratch.write(saved.text)


def _planned(invocation: Invocation, draft: Draft, scratch: Scratch) -> Sequence[Step]:
    from core.client.editing import judge  # noqa: PLC0415  # as above

    plan = partial(planned, invocation.dockyard())
    return judge(draft, "", scratch.read(), plan, invocation.state()).steps
