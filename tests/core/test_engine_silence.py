"""Stories about the engine when hosts fall silent: what it may conclude, and from whose silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.instance import Connectivity
from core.record import replace
from tests.core.stage import Stage

if TYPE_CHECKING:
    from core.reports import HostReport


def test_a_host_declared_lost_says_nothing_of_the_others_though_no_turn_before_could_be_written() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    stage.hosts["a"].silent = True
    stage.pass_s(16.0)
    assert stage.instance("a").connectivity is Connectivity.DISCONNECTED
    stage.hosts["b"].silent = True
    command = stage.command("DeclareContainerInstanceLost", {"containerInstance": "a"})
    for _ in range(9):
        stage.now += 4.0
        stage.discard(command)
    stage.turn(command)
    assert stage.instance("a").lost
    assert stage.engine.isolated.startswith("2 of 2")
    assert stage.instance("b").connectivity is Connectivity.DISCONNECTED
    stage.hosts["b"].silent = False
    stage.pass_s(2.0)
    assert not stage.engine.isolated
    assert stage.instance("b").connectivity is Connectivity.CONNECTED


def test_hosts_behind_a_jump_host_that_is_gone_are_not_given_up_by_an_engine_that_never_heard_them() -> None:
    stage = Stage("a", "b", "c", "d", "e")
    report = stage.report

    def by_way_of_the_bastion(name: str, began_at: float | None = None) -> HostReport:
        seen = report(name, began_at)
        assert seen.facts is not None
        return replace(seen, facts=replace(seen.facts, route="bastion" if name in "ab" else ""))

    stage.report = by_way_of_the_bastion  # type: ignore[method-assign]
    stage.look()
    stage.serve(5)
    for name in "ab":
        stage.hosts[name].silent = True
    stage.pass_s(3.0)
    stage.restart()
    stage.pass_s(45.0)
    assert stage.engine.isolated == "all 2 instances behind bastion are silent at once"
    assert [stage.instance(name).lost for name in "ab"] == [False, False]
    assert len(stage.wanted()) == 5
