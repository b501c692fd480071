"""How much may be under way on all hosts together."""

from __future__ import annotations

from core.scheduler.pace import YOUNG_S, Pace


def test_an_outcome_makes_room() -> None:
    pace = Pace(most=3)
    for target in "abc":
        pace.sent("host", target, 10.0)
    assert pace.room(10.1) == 0
    pace.ended("host", "b")
    pace.ended("host", "never sent")
    assert pace.room(10.1) == 1


def test_what_takes_long_waits_for_its_host_and_holds_up_no_other() -> None:
    pace = Pace(most=3)
    pace.sent("host", "a", 10.0)
    pace.sent("host", "b", 11.0)
    assert pace.wake_at == 10.0 + YOUNG_S
    assert pace.room(10.0 + YOUNG_S) == 2
    assert pace.wake_at == 11.0 + YOUNG_S
    assert pace.room(11.0 + YOUNG_S) == 3
    assert pace.wake_at is None


def test_what_is_sent_again_is_young_again() -> None:
    pace = Pace(most=3)
    pace.sent("host", "a", 10.0)
    pace.sent("host", "b", 10.5)
    pace.sent("host", "a", 11.0)
    assert pace.room(11.0) == 1
    assert pace.wake_at == 10.5 + YOUNG_S
