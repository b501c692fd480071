"""AWS's six cron fields, and which minutes of the calendar they name. Pure: a calendar without time zones.

    minutes hours day-of-month month day-of-week year            0 3 ? * MON-FRI *       15W, L, LW, 3#2, 6L

The syntax is that of EventBridge's cron expressions reference: weekdays are SUN-SAT or 1-7 with 1 = SUN, one of the two fields
for days must be `?`. Libraries for cron know Unix's five fields; none that is kept well has AWS's `W`, its years and its weekdays.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
#: AWS counts from SUN = 1.
WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

_FRIDAY: Final = 4
_ITEM: Final = re.compile(r"(?P<first>\*|[A-Z0-9]+)(-(?P<last>[A-Z0-9]+))?(/(?P<step>[0-9]{1,4}))?")
_NEAR: Final = re.compile(r"([0-9]{1,2})W")
_LAST_OF: Final = re.compile(r"([A-Z0-9]+)L")
_NTH: Final = re.compile(r"([A-Z0-9]+)#([0-9]+)")


class CronError(ValueError):
    """A field that can't be read: the sentence names it and what it takes."""


class _Field(NamedTuple):
    """What a field takes: its name, its bounds, names that stand for numbers, and a sentence's example."""

    name: str
    lowest: int
    highest: int
    words: Mapping[str, int]
    example: str


_MINUTES: Final = _Field("minutes", 0, 59, {}, "0, 0/15 or 0-30")
_HOURS: Final = _Field("hours", 0, 23, {}, "3, 8-17 or 0/6")
_MONTH_DAYS: Final = _Field("day-of-month", 1, 31, {}, "1, 1-15, L, 15W or ?")
_MONTHS: Final = _Field("month", 1, 12, {n: i for i, n in enumerate(MONTHS, 1)}, "*, 1-6 or JAN,JUL")
_WEEK_DAYS: Final = _Field(
    "day-of-week", 1, 7, {n: i for i, n in enumerate(WEEKDAYS, 1)}, "MON-FRI, 1 (SUN), 3#2, 6L or ?"
)
_YEARS: Final = _Field("year", 1970, 2199, {}, "* or 2027-2030")


class _Days(Record):
    """The days that one of the two fields for days names. Weekdays are Python's: 0 is Monday."""

    of_month: frozenset[int] = frozenset()
    last: bool = False
    last_weekday: bool = False
    near: tuple[int, ...] = ()
    of_week: frozenset[int] = frozenset()
    last_of_week: frozenset[int] = frozenset()
    nth: tuple[tuple[int, int], ...] = ()

    def within(self, year: int, month: int) -> list[int]:
        """The days of a month that it names, in order."""
        first_weekday, length = monthrange(year, month)

        def weekday(day: int) -> int:
            return (first_weekday + day - 1) % 7

        found = {day for day in self.of_month if day <= length}
        found |= {day for day in range(1, length + 1) if weekday(day) in self.of_week}
        found |= {day for day in range(length - 6, length + 1) if weekday(day) in self.last_of_week}
        found |= {_nearest_weekday(day, weekday(day), length) for day in self.near if day <= length}
        for wanted, number in self.nth:
            day = 1 + (wanted - first_weekday) % 7 + 7 * (number - 1)
            if day <= length:
                found.add(day)
        if self.last:
            found.add(length)
        if self.last_weekday:
            found.add(length - max(0, weekday(length) - _FRIDAY))
        return sorted(found)


class Cron(Record):
    """Read cron fields. All are sorted."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: _Days
    months: tuple[int, ...]
    years: tuple[int, ...]

    def next_after(self, moment: datetime) -> datetime | None:
        """The first minute later than a moment that the fields name; None where there is none up to the year 2199."""
        start = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for day in self._days_from(start.date()):
            earliest = start.time() if day == start.date() else time.min
            for hour in self.hours:
                for minute in self.minutes:
                    if (hour, minute) >= (earliest.hour, earliest.minute):
                        return datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001  # wall time; zones come later
        return None

    def _days_from(self, start: date) -> Iterator[date]:
        for year in self.years:
            if year < start.year:
                continue
            for month in self.months:
                if (year, month) < (start.year, start.month):
                    continue
                for number in self.days.within(year, month):
                    day = date(year, month, number)
                    if day >= start:
                        yield day


def read_fields(text: str) -> Cron:
    """The six fields. Raises CronError with a sentence; of Unix's five fields it says how AWS writes them."""
    fields = text.upper().split()
    if len(fields) == 5:
        raise CronError(_six_of_five(fields))
    if len(fields) != 6:
        raise CronError(
            f"cron() takes six fields (minutes hours day-of-month month day-of-week year), not {len(fields)}, "
            "such as cron(0 3 * * ? *)"
        )
    minutes, hours, month_days, months, week_days, years = fields
    if (month_days == "?") is (week_days == "?"):
        raise CronError(
            f"one of day-of-month and day-of-week must be ?, and the other not: {_with_question_mark(fields)}"
        )
    cron = Cron(
        _numbers(minutes, _MINUTES),
        _numbers(hours, _HOURS),
        _month_days(month_days) if week_days == "?" else _week_days(week_days),
        _numbers(months, _MONTHS),
        _numbers(years, _YEARS),
    )
    if cron.next_after(datetime(_YEARS.lowest - 1, 12, 31, 23, 59)) is None:  # noqa: DTZ001
        raise CronError(f"cron({text}) names a date that never comes: no such month has that day")
    return cron


def _month_days(text: str) -> _Days:
    numbers: set[int] = set()
    near: list[int] = []
    items = text.split(",")
    for item in items:
        if found := _NEAR.fullmatch(item):
            near.append(_number(found[1], _MONTH_DAYS, text))
        elif item not in {"L", "LW"}:
            numbers.update(_item(item, _MONTH_DAYS, text))
    return _Days(of_month=frozenset(numbers), last="L" in items, last_weekday="LW" in items, near=tuple(near))


def _week_days(text: str) -> _Days:
    numbers: set[int] = set()
    last_of: set[int] = set()
    nth: list[tuple[int, int]] = []
    items = text.split(",")
    for item in items:
        if item == "L":  # the last day of the week, which begins on SUN
            numbers.add(_WEEK_DAYS.highest)
        elif found := _LAST_OF.fullmatch(item):
            last_of.add(_python_weekday(_number(found[1], _WEEK_DAYS, text)))
        elif found := _NTH.fullmatch(item):
            number = int(found[2])
            if not 1 <= number <= 5:
                raise CronError(f"day-of-week {item}: a month has a weekday one to five times, as in 3#2")
            if len(items) > 1:
                raise CronError(f"day-of-week {text}: with # there may be one weekday only")
            nth.append((_python_weekday(_number(found[1], _WEEK_DAYS, text)), number))
        else:
            numbers.update(_item(item, _WEEK_DAYS, text))
    return _Days(
        of_week=frozenset(map(_python_weekday, numbers)), last_of_week=frozenset(last_of), nth=tuple(nth)
    )


def _python_weekday(number: int) -> int:
    return (number + 5) % 7


def _nearest_weekday(day: int, weekday: int, length: int) -> int:
    """The weekday nearest to a day within its month: Friday before a Saturday, Monday after a Sunday."""
    if weekday == _FRIDAY + 1:
        return day - 1 if day > 1 else day + 2
    if weekday == _FRIDAY + 2:
        return day + 1 if day < length else day - 2
    return day


def _numbers(text: str, field: _Field) -> tuple[int, ...]:
    return tuple(sorted({number for item in text.split(",") for number in _item(item, field, text)}))


def _item(item: str, field: _Field, text: str) -> range:
    """`*`, `3`, `3-5`, `0/15`, `8-17/2`."""
    found = _ITEM.fullmatch(item)
    if found is None or (found["first"] == "*" and found["last"]):
        raise _unreadable(field, text)
    step = int(found["step"]) if found["step"] else 1
    if step < 1:
        raise CronError(f"{field.name} {text}: a step is at least 1")
    if found["first"] == "*":
        return range(field.lowest, field.highest + 1, step)
    first = _number(found["first"], field, text)
    until_the_end = field.highest if found["step"] else first
    last = _number(found["last"], field, text) if found["last"] else until_the_end
    if last < first:
        raise CronError(f"{field.name} {text}: {item} runs backwards; write the two parts with a comma")
    return range(first, last + 1, step)


def _number(word: str, field: _Field, text: str) -> int:
    if word in field.words:
        return field.words[word]
    if not (word.isascii() and word.isdecimal()):
        raise _unreadable(field, text)
    number = int(word)
    if not field.lowest <= number <= field.highest:
        raise CronError(f"{field.name} {text}: {number} is not within {field.lowest}-{field.highest}")
    return number


def _unreadable(field: _Field, text: str) -> CronError:
    return CronError(f"{field.name} {text}: can't be read; it takes such as {field.example}")


# -- what was meant ------------------------------------------------------------------------------------------------------


def _with_question_mark(fields: list[str]) -> str:
    """The nearest valid form of fields that name both kinds of days, or neither."""
    month_days, week_days = fields[2], fields[4]
    if month_days == week_days == "?":
        return f"cron({' '.join([*fields[:2], '*', fields[3], '?', fields[5]])})"
    if week_days == "*":
        return f"cron({' '.join([*fields[:4], '?', fields[5]])})"
    if month_days == "*":
        return f"cron({' '.join([*fields[:2], '?', *fields[3:]])})"
    return "for a day of the month as well as a weekday make two schedules"


def _six_of_five(fields: list[str]) -> str:
    """Unix's five fields as AWS writes them, in a sentence."""
    minutes, hours, month_days, months, week_days = fields
    if "?" not in {month_days, week_days}:
        if week_days != "*" and month_days != "*":
            return "cron() takes six fields, and one of day-of-month and day-of-week must be ?: make two schedules"
        if week_days == "*":
            week_days = "?"
        else:
            month_days, week_days = "?", _unix_weekdays(week_days)
    six = f"{minutes} {hours} {month_days} {months} {week_days} *"
    return f"cron() takes AWS's six fields, the last is the year: did you mean cron({six})?"


def _unix_weekdays(text: str) -> str:
    """Unix's 0-7 with 0 and 7 = SUN, as names: `1-5` is MON-FRI."""
    return re.sub(r"(?<![/0-9#])[0-7](?![0-9])", lambda found: WEEKDAYS[int(found[0]) % len(WEEKDAYS)], text)
