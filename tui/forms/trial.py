"""What would follow from what a form asks for: folded as the engine folds it, then played by its own planning. No form is known here."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any, Final, TypeVar

from core.cli.printing import count_of
from core.client.what_if import Fate, consequences
from core.commands import Command
from core.declare import declared
from core.errors import ConfigError
from core.fold.commands import carried_out
from core.fold.config import fold_config
from core.fold.context import TurnContext
from core.forecast import try_change
from core.model.settings import Settings
from tui.listing.row import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from core.client.what_if import Consequences, Effect
    from core.client.yard import Yard
    from core.commands import Action
    from core.fold.config import Declared
    from core.model.state import State

Json = dict[str, Any]
Made = TypeVar("Made")
#: How many reasons and services are named.
_MOST_TOLD: Final = 4
_MOST_HOSTS: Final = 8


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

    def _change(self, state: State, action: Action, given: Mapping[str, Any]) -> None:
        self._fold(state, action, given)

    def _fold(self, state: State, action: Action, given: Mapping[str, Any]) -> Json:
        if self._unread is not None:
            fold_config(state, self._unread, self.turn)
        return carried_out(state, Command("trial", action.value, json.dumps(given)), self.turn)


def told(found: Consequences, group: str) -> Iterator[str]:
    """`starts 3 tasks: 2 on edge-1, 1 on edge-2`, a line for each fate; and services whose floor breaks."""
    for fate in Fate:
        effects = [effect for effect in found.effects if effect.fate is fate and effect.group == group]
        if effects:
            yield _what(fate, effects)
    waits = any(effect.fate is Fate.WAITS and effect.group == group for effect in found.effects)
    for served in found.served:
        if served.why and not waits and group == f"service:{served.name}":
            yield f"warning: at the end it waits: {served.why}"
    for served in [served for served in found.served if served.broken][:_MOST_TOLD]:
        yield (
            f"warning: {served.name}: {served.lowest} of {count_of(served.before, 'healthy task')} for a while,"
            f" and its floor is {served.floor}"
        )


def _what(fate: Fate, effects: Sequence[Effect]) -> str:
    tasks = count_of(len(effects), "task")
    match fate:
        case Fate.MOVES:
            return f"replaces {tasks}: {_places(effect.target for effect in effects)}"
        case Fate.STARTS:
            return f"starts {tasks}: {_places(effect.target for effect in effects)}"
        case Fate.STOPS:
            return f"stops {tasks}: {_places(effect.source for effect in effects)}"
        case Fate.STAYS:
            return f"leaves {tasks} where they are: {_reasons(effects)}"
        case Fate.WAITS:
            return f"{tasks} can't be placed now: {_reasons(effects)}"
        case Fate.IS_LOST:
            return f"loses {tasks}: {_reasons(effects)}"


def _places(names: Iterable[str]) -> str:
    counts = sorted(Counter(names).items(), key=lambda each: natural(each[0]))
    told = ", ".join(f"{count} on {name or 'no host'}" for name, count in counts[:_MOST_HOSTS])
    more = counts[_MOST_HOSTS:]
    return f"{told} and {sum(count for _, count in more)} on {len(more)} more" if more else told


def _reasons(effects: Sequence[Effect]) -> str:
    counts = Counter(effect.why for effect in effects if effect.why)
    return "; ".join(why for why, _ in counts.most_common(_MOST_TOLD)) or "no reason known"
