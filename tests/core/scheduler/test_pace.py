"""How much may be under way on all hosts together."""

from __future__ import annotations

from core.actions import Lane, PullImage, StartContainer, StopContainer
from core.scheduler.pace import LIVELY_S, Pace


def start(name: str) -> StartContainer:
    return StartContainer(name, "t")


def test_an_outcome_makes_room_and_may_be_told_twice() -> None:
    pace = Pace(most=3)
    for name in "abc":
        pace.sent("host", start(name), 10.0)
    assert pace.room(10.1) == 0
    for _ in range(2):
        pace.ended("host", start("b"), 10.1)
    pace.ended("host", start("never sent"), 10.1)
    pace.ended("other", start("a"), 10.1)
    assert pace.room(10.1) == 1


def test_what_queues_at_a_host_counts_no_more_than_what_runs_there() -> None:
    pace = Pace(most=10, widths={Lane.START: 4, Lane.PULL: 2, Lane.STOP: 64})
    for number in range(50):
        pace.sent("busy", start(f"{number}"), 10.0)
    assert pace.room(10.0) == 6
    assert pace.weight([start("a"), *(PullImage(f"web:{number}") for number in range(3))]) == 3
    for number in range(3):
        pace.sent("busy", PullImage(f"web:{number}"), 10.0)
    assert pace.room(10.0) == 4
    for number in range(47):
        pace.ended("busy", start(f"{number}"), 10.1)
    assert pace.room(10.1) == 5


def test_a_lane_that_ends_things_goes_on_counting_and_one_that_hangs_does_not() -> None:
    pace = Pace(most=10)
    for number in range(20):
        pace.sent("busy", start(f"{number}"), 10.0)
        pace.sent("hung", start(f"{number}"), 10.0)
    pace.sent("slow", StopContainer("a", "t"), 10.0)
    assert pace.room(10.0) == 1
    pace.ended("busy", start("0"), 11.0)
    assert pace.wake_at(11.0) == 10.0 + LIVELY_S
    assert pace.room(10.0 + LIVELY_S) == 6
    pace.ended("hung", start("0"), 14.0)
    assert pace.room(14.0) == 6, "it goes on, and the other one waits by now"
    assert Pace().wake_at(5.0) == 5.0 + LIVELY_S
