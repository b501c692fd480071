"""When schedules of stories have their occasions, counted by arithmetic of its own, in the few forms that stories use.

They come every so many minutes, of which an hour is a whole number, or once.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.model.schedule import Schedule


def is_occasion(schedule: Schedule, at: float) -> bool:
    """Whether it is one by the schedule's expression, counted by hand."""
    period, phase = period_s(schedule), phase_s(schedule)
    return at == phase if period is None else (at - phase) % period == 0


def period_s(schedule: Schedule) -> int | None:
    """The distance of its occasions in seconds; None of one that has one alone."""
    kind, _, inner = schedule.expression.partition("(")
    match kind:
        case "at":
            return None
        case "rate":
            return int(inner.split()[0]) * 60
        case _:
            return int(inner.split()[0].partition("/")[2] or 60) * 60


def phase_s(schedule: Schedule) -> float:
    """An occasion of it, or a moment that would be one but for its begin and end."""
    kind, _, inner = schedule.expression.partition("(")
    match kind:
        case "at":
            return datetime.fromisoformat(inner.rstrip(")")).replace(tzinfo=UTC).timestamp()
        case "rate":
            return math.ceil(schedule.created_at)
        case _:
            return int(inner.split()[0].partition("/")[0]) * 60


def following(schedule: Schedule, at: float) -> float | None:
    """The occasion after one; the hour is a whole number of the periods that stories use."""
    period = period_s(schedule)
    if period is None or (schedule.end_at is not None and at + period > schedule.end_at):
        return None
    return at + period


def last_occasion(schedule: Schedule) -> float | None:
    """The last one there is; None where there is no end to them."""
    period, phase = period_s(schedule), phase_s(schedule)
    if period is None:
        return phase
    return None if schedule.end_at is None else phase + (schedule.end_at - phase) // period * period


def in_window(schedule: Schedule, at: float, moment: float) -> bool:
    """Whether an occasion may be run at a moment: in its window, before the next one; or when its window was cut short."""
    room_s = schedule.window_minutes * 60.0
    if (period := period_s(schedule)) is not None:
        room_s = min(room_s, period, math.inf if schedule.end_at is None else schedule.end_at - at)
    return at <= moment < at + max(room_s, 1.0) or moment == schedule.updated_at


def is_over(schedule: Schedule, now: float) -> bool:
    """Whether it has no occasion any more and, if it is a recurring one, its end has come."""
    if period_s(schedule) is None:
        return phase_s(schedule) <= now
    return schedule.end_at is not None and schedule.end_at <= now
