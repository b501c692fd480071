"""What every changing verb does: submit a command, say what became of it, and wait for its end when asked to."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from core.cli.failures import REFUSED
from core.commands import Action
from core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.cli.invocation import Invocation
    from core.client.stage import Stage
    from core.config import Config
    from core.model.state import State

NO_ENGINE = "accepted; waits for an engine (start one: dockyard --no-ui)"


def ask(
    invocation: Invocation, action: Action, given: Mapping[str, Any], *, told: Sequence[str] = ()
) -> dict[str, Any]:
    """Submit a command and return its output. Raises Refused, or NotInTime with the command's id.

    Warnings, but for those that were told, go to stderr, and so does the word that nothing moves while no engine runs.
    """
    invocation.goes_on = "The command was submitted and may still happen; see `dockyard commands`."
    submitted = invocation.dockyard().submit(action, given)
    output = submitted.output()
    invocation.goes_on = ""
    # Those of a task definition are its own: `describe` shows them as well.
    warner = output["taskDefinition"] if action is Action.REGISTER_TASK_DEFINITION else output
    for warning in warner.get("warnings", ()):
        if warning not in told:
            invocation.printer.note(f"warning: {warning}")
    if not submitted.engine_running:
        invocation.note_once(NO_ENGINE)
    return output


def wait_for(
    invocation: Invocation, judge: Callable[[State], Stage], timeout_s: float, goes_on: str
) -> Stage:
    """Wait, telling each step on stderr. Raises NoEngine, NotInTime; a stage that failed is returned.

    `goes_on` is the sentence for Ctrl-C: what happens without this command.
    """
    invocation.goes_on = goes_on
    stage = invocation.dockyard().wait(judge, timeout_s, invocation.printer.note)
    invocation.goes_on = ""
    return stage


def wait_for_engine(invocation: Invocation, timeout_s: float) -> None:
    """`--wait` of a verb that is done with its answer: an engine must be there to have given it. Raises NoEngine."""
    from core.client.stage import Stage  # noqa: PLC0415  # as every wait

    wait_for(invocation, lambda _: Stage("", done=invocation.dockyard().engine().running), timeout_s, "")


def wait_for_all(
    invocation: Invocation, judges: Sequence[Callable[[State], Stage]], timeout_s: float, goes_on: str
) -> int | None:
    """Wait for one after the other, for all of them within the time. The exit code: a failed one ends it."""
    deadline = time.monotonic() + timeout_s
    for judge in judges:
        if wait_for(invocation, judge, max(0.0, deadline - time.monotonic()), goes_on).failed:
            return REFUSED
    return None


def confirmed(question: str, *, yes: bool, protected: str = "") -> None:
    """Ask, unless `--yes` was given. Where nobody can be asked that is wrong usage; a no ends the command.

    `protected` is the name of a cluster whose name is to be typed.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Nobody can be asked here: say --yes.")
    if not protected:
        click.confirm(question, abort=True, err=True)
        return
    typed = click.prompt(f"{question} {protected} is protected: type its name", err=True)
    if typed != protected:
        raise click.Abort


def note_other_file(invocation: Invocation, config: Config) -> None:
    """Say that an engine runs which does not read the file that was changed, or is applied."""
    engine = invocation.dockyard().engine()
    if engine.running and not engine.reads(config.path):
        invocation.note_once(
            f"warning: the engine runs by {engine.pulse.config_path}, not by {config.path.resolve()}"
        )


def protected(invocation: Invocation, cluster: str) -> str:
    """The cluster's name if the config protects it, or can't be read to say so; else nothing."""
    try:
        found = invocation.config().clusters.get(cluster)
    except ConfigError as problem:
        invocation.note_once(f"warning: {problem}; cluster {cluster} is taken as protected")
        return cluster
    return cluster if found is not None and found.protected else ""
