"""What is said of when a schedule runs: read, checked, and made its next occasion when it is made or changed. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from core.errors import Refusals, Refused
from core.flexible_window import planned, with_next
from core.model.schedule import AfterCompletion, ScheduleState, WindowMode
from core.record import replace
from core.schedule_expression import At, Timing, read_expression, read_moment, timing_of, zone_of
from core.taskdef.shape import shown

if TYPE_CHECKING:
    from core.fold.inputs import CreateSchedule
    from core.fold.members import FlexibleTimeWindow, Moment
    from core.model.schedule import Schedule

#: A clock that went back by more than so much was wrong before: what it had seen to holds nothing up.
_BACK_S: Final = 3600.0
_LENGTH: Final = "flexibleTimeWindow.maximumWindowInMinutes"


def check_times(given: CreateSchedule) -> None:
    """Raise Refused for all that can't be read of when a schedule is to run, wherever else it is wrong."""
    refusals = Refusals()
    with refusals.kept():
        read_expression(one_spaced(given.schedule_expression))
    with refusals.kept():
        zone_of(given.schedule_expression_timezone)
    for member, moment in (("startDate", given.start_date), ("endDate", given.end_date)):
        with refusals.kept():
            date_of(member, moment)
    with refusals.kept():
        window_of(given.flexible_time_window)
    refusals.conclude()


def one_spaced(expression: str) -> str:
    """One form for the same expression, as it is shown."""
    return " ".join(expression.split())


def date_of(member: str, given: Moment) -> float | None:
    """A date in seconds since the epoch; None for none. Raises Refused."""
    if isinstance(given, str) and not given.strip():
        return None
    try:
        return read_moment(given)
    except ValueError:
        raise _invalid(
            f"{member}: {shown(given)} is no date; it takes such as 2027-01-31T03:00:00Z."
        ) from None


def window_of(given: FlexibleTimeWindow | None) -> int:
    """A flexible time window's length in minutes, 0 where it is OFF or not said. Raises Refused."""
    if given is None:
        return 0
    minutes = given.maximum_window_in_minutes
    if given.mode is WindowMode.FLEXIBLE and minutes is None:
        raise _invalid(f"{_LENGTH}: is missing; with mode FLEXIBLE it is 1 to 1440.")
    if given.mode is WindowMode.OFF and minutes is not None:
        raise _invalid(f"{_LENGTH}: has no place beside mode OFF; did you mean mode FLEXIBLE?")
    return minutes or 0


def timed(schedule: Schedule, now: float, before: Schedule | None = None) -> Schedule:
    """The schedule with its next occasion, from now on.

    `before` is what it was until now: an occasion in whose window we are stays the next one, if it still is an occasion.
    Raises Refused for an expression that can't be read, or that is over.
    """
    timing = timing_of(schedule)
    if schedule.start_at is not None and schedule.end_at is not None and schedule.end_at <= schedule.start_at:
        raise _invalid("endDate: must be later than startDate.")
    if not schedule.enabled:
        return replace(schedule, next_at=None, planned_at=None)
    if before is not None and _is_open(before, timing, now):
        return rewindowed(replace(schedule, next_at=before.next_at, planned_at=before.planned_at), now)
    next_at = timing.first_from(now)
    if next_at is not None and next_at <= schedule.done_at < now + _BACK_S:
        next_at = timing.next_after(schedule.done_at)
    if next_at is None:
        raise _invalid(_over(schedule, timing, now))
    return with_next(schedule, timing, next_at)


def rewindowed(schedule: Schedule, now: float) -> Schedule:
    """The schedule with its next occasion's moment in another window.

    If that moment has passed it is now: who turns a window off while an occasion waits in it wants it run, and it is not late.
    One that was due already keeps its moment: how late it is does not change. Raises Refused.
    """
    if schedule.next_at is None or schedule.planned_at is None or schedule.planned_at <= now:
        return schedule
    moment = planned(schedule, timing_of(schedule), schedule.next_at)
    return replace(schedule, planned_at=moment if schedule.next_at > now else max(now, moment))


def deleted_itself(given: CreateSchedule, now: float) -> bool:
    """Whether a schedule that is asked for is over and would have deleted itself. Raises Refused for times that can't be read."""
    if given.action_after_completion is not AfterCompletion.DELETE or given.state is ScheduleState.DISABLED:
        return False
    ends_at = date_of("endDate", given.end_date)
    expression = read_expression(one_spaced(given.schedule_expression))
    if not isinstance(expression, At):
        return ends_at is not None and ends_at <= now
    timing = Timing(expression, zone_of(given.schedule_expression_timezone), now)
    return timing.next_after(-math.inf) is not None and timing.first_from(now) is None


def _is_open(before: Schedule, timing: Timing, now: float) -> bool:
    """Whether an occasion waits in its window, and would by other times too."""
    if before.next_at is None or before.planned_at is None or not before.next_at <= now < before.planned_at:
        return False
    ended = timing.ends_at is not None and timing.ends_at < now and not isinstance(timing.expression, At)
    return not ended and timing.next_after(before.next_at - 1) == before.next_at


def _over(schedule: Schedule, timing: Timing, now: float) -> str:
    """Why a schedule without a next occasion has none."""
    never = "it would never run."
    if isinstance(timing.expression, At):
        if timing.next_after(-math.inf) is None:
            return f"scheduleExpression: {schedule.expression} names a time that daylight saving skips in {schedule.timezone}."
        return f"scheduleExpression: {schedule.expression} is over: {never}"
    if schedule.end_at is not None and schedule.end_at <= now:
        return f"endDate: has passed: {never}"
    if schedule.end_at is not None:
        return f"scheduleExpression: {schedule.expression} has no occasion before the endDate: {never}"
    return f"scheduleExpression: {schedule.expression} is over: {never}"


def _invalid(message: str) -> Refused:
    return Refused("ValidationException", message)
