"""When a schedule has its occasions: `cron(…)`, `rate(…)` and `at(…)` in a time zone, between two dates. Pure.

Words and rules are EventBridge Scheduler's (its User Guide, "Schedule types"): a wall-clock time that daylight saving skips is
passed over, one that comes twice counts once, the first time; a rate counts elapsed time, a day of it is 24 hours. Moments are
seconds since the epoch, occasions whole ones. The rules of time zones are data: read once for each zone, from the system or
from the tzdata package.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from core.cron import Cron, CronError, read_fields
from core.errors import Refused
from core.record import Record
from core.taskdef.shape import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.schedule import Schedule

_CALL: Final = re.compile(r"\s*(cron|rate|at)\s*\((.*)\)\s*", re.DOTALL)
_RATE: Final = re.compile(r"\s*([0-9]{1,6})\s+(minute|hour|day)s?\s*")
_AT: Final = re.compile(r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\s*")
_UNIT_S: Final = {"minute": 60, "hour": 3600, "day": 86_400}
#: What people of Unix write instead.
_NICKNAMES: Final = {
    "@hourly": "cron(0 * * * ? *)",
    "@daily": "cron(0 0 * * ? *)",
    "@midnight": "cron(0 0 * * ? *)",
    "@weekly": "cron(0 0 ? * SUN *)",
    "@monthly": "cron(0 0 1 * ? *)",
    "@yearly": "cron(0 0 1 1 ? *)",
    "@annually": "cron(0 0 1 1 ? *)",
}
_FORMS: Final = "cron(0 3 * * ? *), rate(5 minutes) or at(2027-01-31T03:00:00)"


class Rate(Record):
    """Every so many seconds."""

    period_s: int


class At(Record):
    """Once, at a wall-clock time."""

    wall: datetime


Expression = Cron | Rate | At


@lru_cache(maxsize=4096)
def read_expression(text: str) -> Expression:
    """The expression in a text. Raises Refused with the nearest valid form."""
    found = _CALL.fullmatch(text)
    if found is None:
        raise _invalid(_meant(text))
    kind, inner = found[1], found[2]
    if kind == "cron":
        try:
            return read_fields(inner)
        except CronError as error:
            raise _invalid(str(error)) from None
    if kind == "rate":
        return _rate(inner)
    return _at(inner)


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises Refused with the nearest name there is."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        guess = nearest(name, tuple(sorted(available_timezones())))
        hint = f"did you mean {guess}?" if guess else "it takes an IANA name, such as UTC or Europe/Berlin."
        raise Refused(
            "ValidationException", f"scheduleExpressionTimezone: there is no time zone {shown(name)}; {hint}"
        ) from None


class Timing(Record):
    """The occasions of a schedule.

    `begins_at` is its startDate, or else when it was made: a rate's first occasion. One-time schedules know neither begin nor end.
    """

    expression: Expression
    zone: ZoneInfo
    begins_at: float
    ends_at: float | None = None

    def next_after(self, moment: float) -> float | None:
        """The first occasion later than a moment; None when there is none any more."""
        if isinstance(self.expression, At):
            return _later(_instant(self.expression.wall, self.zone), moment)
        begins_at = math.ceil(self.begins_at)
        moment = max(moment, begins_at - 1.0)
        if isinstance(self.expression, Rate):
            passed = math.floor((moment - begins_at) / self.expression.period_s) + 1
            found: float | None = begins_at + float(max(0, passed) * self.expression.period_s)
        else:
            found = _next_of_cron(self.expression, self.zone, moment)
        return None if found is None or (self.ends_at is not None and found > self.ends_at) else found

    def first_from(self, moment: float) -> float | None:
        """The first occasion at a moment or later."""
        return self.next_after(math.ceil(moment) - 1.0)

    def last_within(self, first: float, until: float) -> float:
        """The latest occasion up to a moment, where `first` is an earlier one: found in steps that halve, not one by one."""
        low, high = first, until
        while (following := self.next_after(low)) is not None and following <= until:
            middle = (following + high) / 2
            further = self.next_after(middle)
            if further is not None and further <= until:
                low = further
            else:
                low, high = following, middle
        return low

    def upcoming(self, moment: float) -> Iterator[float]:
        """The occasions after a moment, one after the other."""
        found = self.next_after(moment)
        while found is not None:
            yield found
            found = self.next_after(found)


def timing_of(schedule: Schedule) -> Timing:
    """When a schedule's occasions are. Raises Refused for an expression or a time zone that can't be read."""
    return Timing(
        read_expression(schedule.expression),
        zone_of(schedule.timezone),
        schedule.created_at if schedule.start_at is None else schedule.start_at,
        schedule.end_at,
    )


def moment_shown(at: float) -> str:
    """A moment in a sentence: UTC, to the second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def read_moment(given: float | str) -> float:
    """A date in seconds since the epoch, or in ISO 8601, UTC where it names no offset. Raises ValueError for what is no date."""
    if isinstance(given, str):
        read = datetime.fromisoformat(given.strip())
        given = (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp()
    try:
        datetime.fromtimestamp(given, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(given) from error
    return float(given)


def _rate(text: str) -> Rate:
    found = _RATE.fullmatch(text)
    if found is None or not int(found[1]):
        raise _invalid(
            f"rate({text}) takes a positive whole number and minutes, hours or days, such as rate(5 minutes)."
        )
    return Rate(int(found[1]) * _UNIT_S[found[2]])


def _at(text: str) -> At:
    found = _AT.fullmatch(text)
    wanted = "at() takes a date and a time of the schedule's time zone, such as at(2027-01-31T03:00:00)"
    if found is None:
        raise _invalid(f"at({text}) can't be read: {wanted}.")
    try:
        return At(datetime.fromisoformat(found[1]))
    except ValueError as error:
        raise _invalid(f"at({text}) is no date: {error}; {wanted}.") from None


def _next_of_cron(cron: Cron, zone: ZoneInfo, moment: float) -> float | None:
    wall: datetime | None = datetime.fromtimestamp(moment, zone).replace(tzinfo=None)
    while wall is not None:
        wall = cron.next_after(wall)
        if wall is not None and (found := _later(_instant(wall, zone), moment)) is not None:
            return found
    return None


def _instant(wall: datetime, zone: ZoneInfo) -> float | None:
    """When a wall-clock time comes, the first time if it comes twice; None where daylight saving skips it."""
    moment = wall.replace(tzinfo=zone, fold=0).timestamp()
    shown_then = datetime.fromtimestamp(moment, UTC).astimezone(zone).replace(tzinfo=None)
    return moment if shown_then == wall.replace(fold=0) else None


def _later(found: float | None, moment: float) -> float | None:
    return found if found is not None and found > moment else None


def _meant(text: str) -> str:
    """What was meant by a text that is none of the three forms."""
    plain = text.strip()
    if plain.lower() in _NICKNAMES:
        return f"{shown(text)} is not an expression; did you mean {_NICKNAMES[plain.lower()]}?"
    if len(plain.split()) in {5, 6}:
        try:
            read_fields(plain)
        except CronError as error:
            return f"{shown(text)} must stand in cron(…), and {error}"
        return f"{shown(text)} must stand in cron(…): did you mean cron({plain})?"
    return f"{shown(text)} is not an expression; it is one such as {_FORMS}."


def _invalid(message: str) -> Refused:
    end = "" if message.endswith(("?", ".")) else "."
    return Refused("ValidationException", f"scheduleExpression: {message}{end}")
