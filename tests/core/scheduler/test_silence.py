"""When silence is a lost host, and when it is our own network."""

from __future__ import annotations

from core.model.settings import Settings
from core.scheduler.silence import Listened, Silences, judge

SETTINGS = Settings(disconnect_after_s=15, lost_after_s=30)
START = Silences(0)


def heard(
    name: str, at: float | None, route: str = "", *, lost: bool = False, evidence: bool = True
) -> Listened:
    return Listened(name, at, route, lost=lost, evidence=evidence)


def test_a_silent_host_is_disconnected_and_then_lost() -> None:
    hosts = [heard("a", 100), heard("b", 128), heard("c", 129)]
    assert judge(hosts, START, 114.9, SETTINGS).disconnected == frozenset()
    found = judge(hosts, START, 115, SETTINGS)
    assert (found.disconnected, found.lost) == (frozenset({"a"}), frozenset())
    assert judge(hosts, START, 130, SETTINGS).lost == {"a"}


def test_silence_is_never_inherited_from_before_the_engine_awoke() -> None:
    found = judge([heard("a", 10), heard("b", None)], Silences(1000), 1010, SETTINGS)
    assert (found.disconnected, found.wake_at) == (frozenset(), 1015)


def test_most_remote_hosts_silent_at_once_is_taken_for_our_own_network() -> None:
    found = judge([heard("a", 100), heard("b", 101), heard("c", 150)], START, 150, SETTINGS)
    assert (found.disconnected, found.lost) == (frozenset({"a", "b"}), frozenset())
    assert found.isolated == "2 of 3 remote instances are silent at once"


def test_a_lone_remote_host_is_judged_normally_and_local_sockets_are_no_evidence() -> None:
    found = judge([heard("local", 150, evidence=False), heard("a", 100)], START, 150, SETTINGS)
    assert (found.lost, found.isolated) == (frozenset({"a"}), "")


def test_what_was_lost_before_is_no_evidence_and_stays_lost() -> None:
    found = judge([heard("a", 10, lost=True), heard("b", 100), heard("c", 150)], START, 150, SETTINGS)
    assert (found.lost, found.isolated) == (frozenset({"a", "b"}), "")


def test_all_hosts_behind_one_jump_host_fall_silent_together() -> None:
    hosts = [heard("a", 100, "bastion"), heard("b", 100, "bastion")]
    others = [heard(name, 150) for name in "cdefg"]
    found = judge(hosts + others, START, 150, SETTINGS)
    assert (found.lost, found.isolated) == (frozenset(), "all 2 instances behind bastion are silent at once")


def test_declaring_one_host_lost_says_nothing_about_the_others_while_isolated() -> None:
    cut_off = judge([heard("a", 100), heard("b", 100)], START, 150, SETTINGS)
    assert cut_off.suspects == {"a", "b"}
    found = judge([heard("a", 100, lost=True), heard("b", 100)], cut_off, 151, SETTINGS)
    assert (found.lost, bool(found.isolated)) == (frozenset({"a"}), True)
    settled = judge([heard("a", 100, lost=True), heard("b", 100, lost=True)], found, 152, SETTINGS)
    assert settled.isolated == ""


def test_when_isolation_ends_silence_starts_anew_for_links_that_come_back_later() -> None:
    cut_off = judge([heard("a", 100), heard("b", 100), heard("c", 100)], START, 160, SETTINGS)
    back = judge([heard("a", 161), heard("b", 161), heard("c", 100)], cut_off, 161, SETTINGS)
    assert (back.isolated, sorted(back.disconnected), sorted(back.lost)) == ("", ["c"], [])
    late = [heard("a", 190), heard("b", 190), heard("c", 100)]
    assert judge(late, back, 190, SETTINGS).lost == frozenset()
    assert judge(late, back, 191, SETTINGS).lost == {"c"}


def test_what_was_silent_before_isolation_ended_is_still_evidence_after_it() -> None:
    cut_off = judge([heard("a", 100), heard("b", 100), heard("c", 150)], START, 150, SETTINGS)
    back = judge([heard("a", 100), heard("b", 151), heard("c", 145)], cut_off, 151, SETTINGS)
    assert not back.isolated
    assert judge([heard("a", 100), heard("b", 160), heard("c", 145)], back, 160, SETTINGS).isolated
