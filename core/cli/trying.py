"""Commands tried on a copy of the state: what `--dry-run` and `what-if` share. The command is folded as the engine would fold it."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

from core.cli.effects import show_trial
from core.commands import Command, Verdict
from core.errors import Refused
from core.fold.commands import fold_command
from core.fold.context import TurnContext
from core.forecast import try_change
from core.model.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from core.cli.invocation import Invocation
    from core.commands import Action
    from core.model.state import State

Asked = tuple["Action", "Mapping[str, Any]"]


def try_commands(
    invocation: Invocation,
    state: State,
    cluster: str,
    commands: Sequence[Asked],
    change: Mapping[str, Any],
    *,
    as_json: bool,
    leaving: Collection[str] = (),
) -> None:
    """Print what commands would come to. Raises Refused as they would be refused."""
    now = invocation.dockyard().now()
    trial = try_change(state, cluster, folded(commands, now), now)
    show_trial(invocation, trial, cluster, change, as_json=as_json, leaving=leaving)


def folded(
    commands: Sequence[Asked], now: float, refused: Callable[[Refused], None] | None = None
) -> Callable[[State], None]:
    """A change of the state that folds commands. It raises Refused for the first that is refused, or fails in part.

    With `refused` that is told instead, and the next are folded all the same.
    """

    def fold(state: State) -> None:
        # Not by the engine: an instance that answers can be taken for lost in a trial.
        turn = TurnContext(now, Random(1), Settings(), by_engine=False)
        for asked in commands:
            try:
                _fold_one(state, asked, turn)
            except Refused as refusal:
                if refused is None:
                    raise
                refused(refusal)

    return fold


def _fold_one(state: State, asked: Asked, turn: TurnContext) -> None:
    action, given = asked
    fold_command(state, Command("trial", action.value, json.dumps(given)), turn)
    answer = state.answered("trial")
    assert answer is not None, "the fold answers"
    if answer.verdict is Verdict.REFUSED:
        raise Refused(answer.code, answer.message)
    for failure in json.loads(answer.output).get("failures", ()):
        raise Refused(failure["reason"], failure.get("detail") or failure["reason"])
