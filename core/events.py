"""What happened, in dated sentences; service events are worded as ECS words them. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.record import Record


class Subject(StrEnum):
    """What an event is about."""

    ENGINE = "engine"
    CLUSTER = "cluster"
    INSTANCE = "instance"
    DEFINITION = "definition"
    SERVICE = "service"
    TASK = "task"
    SCHEDULE = "schedule"


class Level(StrEnum):
    """How much an operator should care (EventBridge's words for ECS service actions)."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


class Event(Record):
    """A dated sentence. `name` is the subject's own name or id; `event_name` ECS's (SERVICE_STEADY_STATE, …) where it has one."""

    at: float
    subject: Subject
    name: str
    message: str
    cluster: str = ""
    level: Level = Level.INFO
    event_name: str = ""
