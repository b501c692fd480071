"""What would follow from what a form asks for: folded as the engine folds it, then played by its own planning. No form is known here."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any, Final, TypeVar

from core.client.what_if import consequences
from core.commands import Command
from core.declare import declared
from core.errors import ConfigError
from core.fold.commands import carried_out
from core.fold.config import fold_config
from core.fold.context import TurnContext
from core.forecast import try_change
from core.model.settings import Settings
from tui.plans.foresight import told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.client.step import Step
    from core.client.yard import Yard
    from core.commands import Action
    from core.fold.config import Declared
    from core.model.state import State

Json = dict[str, Any]
Made = TypeVar("Made")


class Trial:
    """An installation as it is at one moment, and by which rules commands are tried on it."""

    def __init__(self, yard: Yard) -> None:
        """Look. Raises ConfigError where no engine runs and the config can't say what there is."""
        self.state: Final = yard.state()
        self.now: Final = yard.now()
        settings = Settings()
        self._unread: Declared | None = None
        is_running = yard.engine().running
        try:
            config = yard.config()
            settings = config.engine.settings
            self._unread = None if is_running else declared(config, additive=True)
        except ConfigError:
            # The engine goes on by what it read before.
            if not is_running:
                raise
        # Not by the engine: in a trial it can't be known what answers.
        self.turn: Final = TurnContext(self.now, Random(1), settings, by_engine=False)

    def answer(self, action: Action, given: Mapping[str, Any]) -> Json:
        """What the engine would answer. Raises Refused as it would."""
        try:
            return self._fold(self.state, action, given)
        finally:
            self.state.undo()

    def made(self, action: Action, given: Mapping[str, Any], look: Callable[[State], Made]) -> Made:
        """What a look at the state shows once it is as asked. Raises Refused."""
        try:
            self._fold(self.state, action, given)
            return look(self.state)
        finally:
            self.state.undo()

    def lines(self, action: Action, given: Mapping[str, Any], group: str) -> list[str]:
        """What would become of a group's tasks, in numbers; of others only that a floor breaks."""
        trial = try_change(
            self.state, str(given["cluster"]), lambda state: self._change(state, action, given), self.now
        )
        return list(told(consequences(trial, self.now), group))

    def lines_after(self, steps: Sequence[Step], cluster: str, group: str) -> list[str]:
        """The same of steps, of which a later one may use the revision that an earlier one makes."""

        def carry_out(state: State) -> None:
            registered: dict[str, str] = {}
            for step in steps:
                assert step.action is not None
                registered |= step.made(self._fold(state, step.action, step.asked(registered)))

        trial = try_change(self.state, cluster, carry_out, self.now)
        return list(told(consequences(trial, self.now), group))

    def _change(self, state: State, action: Action, given: Mapping[str, Any]) -> None:
        self._fold(state, action, given)

    def _fold(self, state: State, action: Action, given: Mapping[str, Any]) -> Json:
        if self._unread is not None:
            fold_config(state, self._unread, self.turn)
        return carried_out(state, Command("trial", action.value, json.dumps(given)), self.turn)
