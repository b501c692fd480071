"""Where the operator is: a view, the cluster it is narrowed to, and what it is about. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.record import Record


class About(StrEnum):
    """Kinds of things that a view can be narrowed to, and that a row can stand for."""

    CLUSTER = "cluster"
    SERVICE = "service"
    TASK = "task"
    CONTAINER = "container"
    INSTANCE = "host"
    FAMILY = "family"
    REVISION = "revision"
    DEPLOYMENT = "deployment"
    SCHEDULE = "schedule"
    STACK = "stack"
    EVENT = "event"
    COMMAND = "command"
    ENGINE = "engine"
    FORWARD = "port forward"
    #: A command that was run in containers.
    RUN = "of"
    SCREEN = "of this screen"


class Thing(Record):
    """One thing: `key` is that of its row in the state; `TASK/NAME` for a container, a number for an event."""

    about: About
    key: str


class Place(Record):
    """A view, by its name. Without a cluster it shows all of them; `of` narrows it to what belongs to one thing."""

    view: str
    cluster: str = ""
    of: Thing | None = None

    def is_of(self, about: About, key: str) -> bool:
        """Whether a row whose owner of this kind is `key` belongs here; a place that isn't narrowed so takes all."""
        return self.of is None or self.of.about is not about or self.of.key == key
