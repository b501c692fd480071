"""What each agent was told to probe, and what it is to be told next: a turn's part is given back when that is discarded. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.scheduler.probes import targets_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.probe import Probes, Target
    from core.model.state import State


class ToldProbes:
    """By instance. Nothing of it is stored: a new engine tells all of it again, with what is known of each target."""

    def __init__(self) -> None:
        """Nobody was told anything."""
        self._told: Final[dict[str, tuple[Target, ...]]] = {}
        self._planned: dict[str, Probes] = {}
        self._to_tell: dict[str, Probes] = {}

    def plan(self, state: State, instances: Iterable[str]) -> None:
        """Look at instances that changed; a turn's costs are those of the tasks on them."""
        self._planned = {}
        for key in instances:
            probes = tuple(targets_on(state, key))
            if tuple(target for target, _ in probes) != self._told.get(key, ()):
                self._planned[key] = probes

    def keep(self) -> None:
        """The turn is on disk."""
        for instance, probes in self._planned.items():
            self._told[instance] = tuple(target for target, _ in probes)
            if not probes:
                del self._told[instance]
        self._to_tell |= self._planned
        self._planned = {}

    def discard(self) -> None:
        """The turn could not be written."""
        self._planned = {}

    def take(self) -> dict[str, Probes]:
        """What agents are to probe from now on, where that has changed."""
        changed, self._to_tell = self._to_tell, {}
        return changed
