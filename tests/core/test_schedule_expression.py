"""Expressions of schedules: AWS's own examples, the calendar's corners, daylight saving, and what is refused and how."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cron import MONTHS, WEEKDAYS, CronError, read_fields
from core.errors import Refused
from core.schedule_expression import Timing, read_expression, zone_of

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def timing(expression: str, zone: str = "UTC", begins: float = 0.0, ends: float | None = None) -> Timing:
    return Timing(read_expression(expression), zone_of(zone), begins, ends)


def runs(expression: str, after: str, count: int = 3, zone: str = "UTC") -> list[str]:
    """The next occasions after a moment, as the zone's wall clocks show them."""
    found = islice(timing(expression, zone).upcoming(at(after, zone)), count)
    return [datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M") for moment in found]


# -- AWS's examples (EventBridge: cron expressions reference; Scheduler: schedule types) -----------------------------------


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 10 * * ? *)", ["Thu 2026-11-26 10:00", "Fri 2026-11-27 10:00"]),
        ("cron(15 12 * * ? *)", ["Thu 2026-11-26 12:15", "Fri 2026-11-27 12:15"]),
        ("cron(0 18 ? * MON-FRI *)", ["Thu 2026-11-26 18:00", "Fri 2026-11-27 18:00", "Mon 2026-11-30 18:00"]),
        ("cron(0 8 1 * ? *)", ["Tue 2026-12-01 08:00", "Fri 2027-01-01 08:00"]),
        ("cron(0/15 * * * ? *)", ["Thu 2026-11-26 03:15", "Thu 2026-11-26 03:30", "Thu 2026-11-26 03:45"]),
        ("cron(0/10 * ? * MON-FRI *)", ["Thu 2026-11-26 03:10", "Thu 2026-11-26 03:20"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", ["Thu 2026-11-26 08:00", "Thu 2026-11-26 08:05"]),
        ("cron(0/30 20-2 ? * MON-FRI *)", None),
        ("cron(15 10 ? * 6L 2026-2027)", ["Fri 2026-11-27 10:15", "Fri 2026-12-25 10:15", "Fri 2027-01-29 10:15"]),
        ("cron(1/10 * * * ? *)", ["Thu 2026-11-26 03:01", "Thu 2026-11-26 03:11", "Thu 2026-11-26 03:21"]),
        ("cron(0 0 3W * ? *)", ["Thu 2026-12-03 00:00", "Mon 2027-01-04 00:00", "Wed 2027-02-03 00:00"]),
        ("cron(0 0 ? * 3#2 *)", ["Tue 2026-12-08 00:00", "Tue 2027-01-12 00:00"]),
    ],
)  # fmt: skip
def test_aws_s_examples_come_when_aws_says(expression: str, expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(
            Refused, match=r"hours 20-2: 20-2 runs backwards; write the two parts with a comma"
        ):
            read_expression(expression)
    else:
        assert runs(expression, "2026-11-26T03:00:00", len(expected)) == expected


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("cron(0 0 L * ? *)", "2027-12-31T00:00:00", ["Mon 2028-01-31 00:00", "Tue 2028-02-29 00:00"]),
        ("cron(0 0 29 2 ? *)", "2026-01-01T00:00:00", ["Tue 2028-02-29 00:00", "Sun 2032-02-29 00:00"]),
        ("cron(0 0 29 2 ? *)", "2096-03-01T00:00:00", ["Fri 2104-02-29 00:00"]),  # 2100 is no leap year
        ("cron(0 0 31 * ? *)", "2026-01-31T00:00:00", ["Tue 2026-03-31 00:00", "Sun 2026-05-31 00:00"]),
        ("cron(0 0 LW * ? *)", "2026-01-01T00:00:00", ["Fri 2026-01-30 00:00", "Fri 2026-02-27 00:00"]),
        ("cron(0 0 1W * ? *)", "2026-07-02T00:00:00", ["Mon 2026-08-03 00:00"]),  # never into another month
        ("cron(0 0 31W * ? *)", "2026-05-02T00:00:00", ["Fri 2026-05-29 00:00", "Fri 2026-07-31 00:00"]),
        ("cron(0 0 15W * ? *)", "2026-02-01T00:00:00", ["Mon 2026-02-16 00:00"]),
        ("cron(0 0 ? * L *)", "2026-11-26T00:00:00", ["Sat 2026-11-28 00:00", "Sat 2026-12-05 00:00"]),
        ("cron(0 0 ? * 1 *)", "2026-11-26T00:00:00", ["Sun 2026-11-29 00:00"]),
        ("cron(0 0 ? * SUN,WED *)", "2026-11-26T00:00:00", ["Sun 2026-11-29 00:00", "Wed 2026-12-02 00:00"]),
        ("cron(0 0 ? * FRI#5 *)", "2026-11-26T00:00:00", ["Fri 2027-01-29 00:00"]),
        ("cron(0 0 1,15W,L 6 ? *)", "2030-01-01T00:00:00", ["Sat 2030-06-01 00:00", "Fri 2030-06-14 00:00", "Sun 2030-06-30 00:00"]),
        ("cron(59 23 31 12 ? 2026)", "2026-01-01T00:00:00", ["Thu 2026-12-31 23:59"]),
        ("cron(0 0 1 jan-mar/2 ? 2027)", "2026-01-01T00:00:00", ["Fri 2027-01-01 00:00", "Mon 2027-03-01 00:00"]),
    ],
)  # fmt: skip
def test_the_corners_of_the_calendar(expression: str, after: str, expected: list[str]) -> None:
    assert runs(expression, after, len(expected)) == expected


# -- daylight saving (EventBridge Scheduler: what is skipped in spring is skipped, in autumn it runs once) ------------------


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        # 02:30 does not exist on 28 March 2027 in Berlin
        ("cron(30 2 * * ? *)", "2027-03-26T12:00:00", ["Sat 2027-03-27 02:30", "Mon 2027-03-29 02:30"]),
        # 02:30 comes twice on 31 October 2027
        ("cron(30 2 * * ? *)", "2027-10-30T12:00:00", ["Sun 2027-10-31 02:30", "Mon 2027-11-01 02:30"]),
        ("cron(0 0/1 * * ? *)", "2027-03-28T00:30:00", ["Sun 2027-03-28 01:00", "Sun 2027-03-28 03:00"]),
        ("cron(0/30 2,3 31 10 ? 2027)", "2027-10-31T01:00:00", ["Sun 2027-10-31 02:00", "Sun 2027-10-31 02:30", "Sun 2027-10-31 03:00"]),
    ],
)  # fmt: skip
def test_daylight_saving(expression: str, after: str, expected: list[str]) -> None:
    assert runs(expression, after, len(expected), BERLIN) == expected


def test_the_hour_that_comes_twice_runs_the_first_time() -> None:
    first = next(timing("cron(30 2 * * ? *)", BERLIN).upcoming(at("2027-10-31T00:00:00", BERLIN)))
    assert datetime.fromtimestamp(first, UTC).hour == 0  # 02:30 of summer time


def test_a_day_of_a_rate_is_24_hours_whatever_the_clocks_do() -> None:
    begins = at("2027-03-27T12:00:00", BERLIN)
    found = list(islice(timing("rate(1 day)", BERLIN, begins).upcoming(begins), 2))
    assert found == [begins + 86_400, begins + 2 * 86_400]
    assert datetime.fromtimestamp(found[0], ZoneInfo(BERLIN)).hour == 13


def test_a_rate_counts_from_its_beginning_and_comes_first_then() -> None:
    found = timing("rate(5 minutes)", begins=1000.4, ends=2000.0)
    assert found.first_from(1000.4) == 1001.0
    assert list(found.upcoming(1000.4)) == [1001.0, 1301.0, 1601.0, 1901.0]


def test_between_its_dates_and_not_outside() -> None:
    found = timing("cron(0 0 * * ? *)", begins=at("2026-12-01T00:00:00"), ends=at("2026-12-03T00:00:00"))
    days = [datetime.fromtimestamp(m, UTC).day for m in found.upcoming(0.0)]
    assert days == [1, 2, 3]


def test_at_comes_once_and_knows_no_dates() -> None:
    found = timing("at(2026-12-01T03:00:00)", BERLIN, begins=at("2030-01-01T00:00:00"), ends=0.0)
    assert list(found.upcoming(0.0)) == [at("2026-12-01T02:00:00")]
    assert list(timing("at(2027-03-28T02:30:00)", BERLIN).upcoming(0.0)) == []


# -- refusals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("cron(0 3 * * *)", "did you mean cron(0 3 * * ? *)?"),
        ("0 3 * * *", "did you mean cron(0 3 * * ? *)?"),
        ("0 3 * * 1-5", "did you mean cron(0 3 ? * MON-FRI *)?"),
        ("0 3 * * 0,6", "did you mean cron(0 3 ? * SUN,SAT *)?"),
        ("*/5 * * * *", "did you mean cron(*/5 * * * ? *)?"),
        ("0 3 1 * 1", "make two schedules"),
        ("0 3 * * ? *", "must stand in cron(…): did you mean cron(0 3 * * ? *)?"),
        ("@daily", "did you mean cron(0 0 * * ? *)?"),
        ("cron(0 3 * * * *)", "one of day-of-month and day-of-week must be ?, and the other not: cron(0 3 * * ? *)"),
        ("cron(0 3 * * MON *)", "cron(0 3 ? * MON *)"),
        ("cron(0 3 ? * ? *)", "cron(0 3 * * ? *)"),
        ("cron(0 3 1 * MON *)", "make two schedules"),
        ("cron(0 3 30 2 ? *)", "names a date that never comes"),
        ("cron(60 3 * * ? *)", "minutes 60: 60 is not within 0-59"),
        ("cron(0 3 ? * 0 *)", "day-of-week 0: 0 is not within 1-7"),
        ("cron(0 3 ? * MOO *)", "day-of-week MOO: can't be read; it takes such as MON-FRI"),
        ("cron(0 3 ? * 3#6 *)", "a month has a weekday one to five times"),
        ("cron(0 3 ? * 3#1,6#3 *)", "with # there may be one weekday only"),
        ("cron(0/0 3 * * ? *)", "a step is at least 1"),
        ("cron(0 3 * * ? 1969)", "year 1969: 1969 is not within 1970-2199"),
        ("cron(*-5 3 * * ? *)", "minutes *-5: can't be read"),
        ("cron(0 3)", "takes six fields"),
        ("cron()", "takes six fields"),
        ("rate(0 minutes)", "takes a positive whole number"),
        ("rate(5 seconds)", "takes a positive whole number and minutes, hours or days, such as rate(5 minutes)"),
        ("rate(-5 minutes)", "takes a positive whole number"),
        ("at(2026-02-30T03:00:00)", "is no date"),
        ("at(tomorrow)", "can't be read: at() takes a date and a time"),
        ("every 5 minutes", "it is one such as cron(0 3 * * ? *), rate(5 minutes) or at(2027-01-31T03:00:00)"),
        ("", "is not an expression"),
    ],
)  # fmt: skip
def test_what_can_t_be_read_is_refused_with_the_nearest_valid_form(expression: str, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_expression(expression)
    assert refusal.value.code == "ValidationException"
    assert refusal.value.message.startswith("scheduleExpression: ")
    assert sentence in refusal.value.message


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Europe/Berlni", "did you mean Europe/Berlin?"),
        ("", "it takes an IANA name"),
        ("Europe", "there is no time zone"),
        ("../etc/passwd", "there is no time zone"),
        ("\0", "there is no time zone"),
    ],
)
def test_a_time_zone_that_isn_t_there_is_refused(name: str, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        zone_of(name)
    assert refusal.value.message.startswith("scheduleExpressionTimezone: ")
    assert sentence in refusal.value.message


def test_a_server_without_zoneinfo_has_the_zones_of_the_package() -> None:
    zoneinfo.reset_tzpath(to=())
    try:
        assert ZoneInfo.no_cache(BERLIN).utcoffset(datetime(2027, 7, 1)) == timedelta(hours=2)  # noqa: DTZ001
    finally:
        zoneinfo.reset_tzpath()


@given(st.text(max_size=30) | st.text("0123456789*/-,?LW# ", max_size=30).map("cron({})".format))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = timing(text)
    except Refused:
        return
    first = read.next_after(0.0)
    assert first is None or first > 0.0


# -- properties ---------------------------------------------------------------------------------------------------------

_ZONES = st.sampled_from(["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
_MOMENTS = st.integers(int(at("2020-01-01T00:00:00")), int(at("2040-01-01T00:00:00"))).map(float)


def _items(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    pair = st.tuples(number, number).map(sorted)
    item = st.one_of(
        st.just("*"),
        number.map(str),
        pair.map(lambda p: f"{p[0]}-{p[1]}"),
        st.tuples(number, st.integers(1, high)).map(lambda p: f"{p[0]}/{p[1]}"),
    )
    return st.lists(item, min_size=1, max_size=3).map(",".join)


_MONTH_DAYS = _items(1, 31) | st.sampled_from(["L", "LW", "15W", "1W", "31W", "1,L"])
_WEEK_DAYS = _items(1, 7) | st.sampled_from(["L", "6L", "2#1", "3#5", "MON-FRI", "SAT,SUN"])
_CRONS = st.builds(
    lambda minutes, hours, days, months: f"cron({minutes} {hours} {days[0]} {months} {days[1]} *)",
    _items(0, 59),
    _items(0, 23),
    _MONTH_DAYS.map(lambda d: (d, "?")) | _WEEK_DAYS.map(lambda d: ("?", d)),
    _items(1, 12),
)
_RATES = st.integers(1, 5000).flatmap(
    lambda n: st.sampled_from([f"rate({n} minutes)", f"rate({n} hours)", f"rate({n} days)"])
)


def readable(text: str) -> bool:
    try:
        read_expression(text)
    except Refused:
        return False  # no month of those has that day
    return True


_EXPRESSIONS = _CRONS.filter(readable) | _RATES


@given(_EXPRESSIONS, _ZONES, _MOMENTS, st.floats(0, 5e6))
def test_the_next_is_later_and_grows_with_the_moment(
    expression: str, zone: str, moment: float, by: float
) -> None:
    found = timing(expression, zone, at("2021-06-01T00:00:00"))
    first, second = found.next_after(moment), found.next_after(moment + by)
    assert first is not None
    assert second is not None
    assert first > moment
    assert first.is_integer()
    assert first <= second
    assert found.first_from(first) == first
    assert found.next_after(first - 0.001) == first


@given(_EXPRESSIONS, _ZONES, _MOMENTS, st.integers(0, 100_000))
def test_the_last_within_a_time_is_the_one_before_the_next(
    expression: str, zone: str, moment: float, length: int
) -> None:
    found = timing(expression, zone, at("2021-06-01T00:00:00"))
    first = found.next_after(moment)
    assert first is not None
    until = first + length
    last = found.last_within(first, until)
    following = found.next_after(last)
    assert first <= last <= until
    assert following is not None
    assert following > until
    assert found.first_from(last) == last


@given(_EXPRESSIONS, _MOMENTS, st.integers(0, 10_000_000))
def test_none_comes_after_the_end(expression: str, moment: float, length: int) -> None:
    found = timing(expression, begins=moment, ends=moment + length)
    last = found.next_after(moment + length)
    assert last is None
    assert all(moment <= m <= moment + length for m in islice(found.upcoming(0.0), 3))


@given(_CRONS.filter(readable), _MOMENTS)
def test_what_comes_is_what_the_fields_name_minute_by_minute(expression: str, moment: float) -> None:
    """A second reading of the plain items of the fields, minute by minute for two days."""
    fields = expression[5:-1].split()
    if any(letter in fields[2] + fields[4] for letter in "LW#"):
        return
    start = datetime.fromtimestamp(moment, UTC).replace(second=0, microsecond=0)
    expected = next(
        (m for m in (start + timedelta(minutes=n) for n in range(1, 2880)) if _names(fields, m)), None
    )
    found = timing(expression).next_after(start.timestamp())
    assert found is not None
    if expected is None:
        assert found >= (start + timedelta(minutes=2880)).timestamp()
    else:
        assert datetime.fromtimestamp(found, UTC) == expected


def _names(fields: list[str], moment: datetime) -> bool:
    parts = (moment.minute, moment.hour, moment.day, moment.month, moment.isoweekday() % 7 + 1)
    highest = (59, 23, 31, 12, 7)
    return all(
        text == "?" or any(_within(item, part, high) for item in text.split(","))
        for text, part, high in zip(fields, parts, highest, strict=False)
    )


def _within(item: str, part: int, high: int) -> bool:
    for number, name in (*enumerate(MONTHS, 1), *enumerate(WEEKDAYS, 1)):
        item = item.replace(name, str(number))
    if item == "*":
        return True
    bounds, _, step = item.partition("/")
    first, _, last = bounds.partition("-")
    low = int(first)
    upper = int(last) if last else (high if step else low)
    return low <= part <= upper and (part - low) % int(step or 1) == 0


def test_lord_howe_s_half_hour_is_skipped_and_comes_twice_too() -> None:
    zone = "Australia/Lord_Howe"
    assert runs("cron(15 2 * * ? *)", "2027-10-02T12:00:00", 2, zone) == [
        "Mon 2027-10-04 02:15",
        "Tue 2027-10-05 02:15",
    ]


def test_a_cron_error_is_a_sentence_of_its_own() -> None:
    with pytest.raises(CronError, match="takes AWS's six fields, the last is the year"):
        read_fields("0 3 * * *")
