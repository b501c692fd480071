"""A family of task definitions, as far as it outlives its revisions."""

from __future__ import annotations

from core.record import Record


class Family(Record):
    """Written when a revision is deleted for good, so that its number never comes twice (ECS), also when it was the last one."""

    name: str
    #: The highest number that a revision of it, deleted or not, had by then.
    last_revision: int

    @property
    def key(self) -> str:
        """What identifies this row."""
        return self.name
