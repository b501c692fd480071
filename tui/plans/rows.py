"""All rows of a moment, taken where the state is changed and read elsewhere: rows are frozen, so that only references are copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.state import State
from core.record import Record

if TYPE_CHECKING:
    from core.model.state import Row


class Rows(Record):
    """All rows of a moment that a trial needs, by table."""

    tables: tuple[list[Row], ...]

    @classmethod
    def of(cls, state: State) -> Rows:
        """Those of the state as it is now."""
        return cls(
            (
                list(state.clusters.values()),
                list(state.definitions.values()),
                list(state.instances.values()),
                list(state.services.values()),
                list(state.deployments.values()),
                list(state.tasks.values()),
                list(state.schedules.values()),
            )
        )

    def state_of(self, cluster: str) -> State:
        """A state of its own with one cluster's rows."""
        made = State(
            row
            for table in self.tables
            for row in table
            if getattr(row, "cluster", cluster) == cluster  # definitions and clusters are of no cluster
        )
        made.keep()
        return made
