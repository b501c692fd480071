"""What waits for the next turn: newer news takes the place of older, and a flood of outcomes holds up no report."""

from __future__ import annotations

from core.actions import StartContainer
from core.inbox import Inbox
from core.reports import HostFacts, HostReport, Marker, Outcome, Result, Utilisation


def report(number: int, began_at: float = 0.0) -> HostReport:
    return HostReport(f"i{number}", began_at, began_at, HostFacts(1024, 1024), Marker.OURS)


def outcome(number: int) -> Outcome:
    return Outcome("i0", StartContainer(f"c{number}", "t"), Result.DONE, float(number))


def filled(*, outcomes: int, reports: int) -> Inbox:
    inbox = Inbox()
    for number in range(reports):
        inbox.put(report(number))
    for number in range(outcomes):
        inbox.put(outcome(number))
    return inbox


def test_outcomes_come_in_their_order_and_before_reports() -> None:
    inbox = filled(outcomes=3, reports=2)
    assert inbox.take(10) == [outcome(0), outcome(1), outcome(2), report(0), report(1)]
    assert inbox.take(10) == []


def test_a_newer_report_takes_the_place_of_an_older_and_keeps_its_turn() -> None:
    inbox = filled(outcomes=0, reports=3)
    inbox.put(report(0, began_at=9.0))
    assert inbox.take(2) == [report(0, began_at=9.0), report(1)]


def test_a_flood_of_outcomes_leaves_half_of_the_places_to_reports() -> None:
    inbox = filled(outcomes=100, reports=8)
    taken = inbox.take(10)
    assert [item.instance for item in taken if isinstance(item, HostReport)] == ["i0", "i1", "i2", "i3", "i4"]
    assert taken[:5] == [outcome(number) for number in range(5)]
    assert sum(isinstance(item, HostReport) for item in inbox.take(10)) == 3


def test_many_reports_leave_the_places_that_outcomes_need() -> None:
    inbox = filled(outcomes=2, reports=50)
    assert sum(isinstance(item, Outcome) for item in inbox.take(10)) == 2


def test_of_a_host_s_measurements_only_the_newest_waits() -> None:
    inbox = Inbox()
    inbox.put(report(0))
    for moment in (1.0, 2.0):
        inbox.put(Utilisation("i0", moment))
    assert inbox.take(10) == [report(0), Utilisation("i0", 2.0)]
