"""Stories about the engine when hosts fall silent: what it may conclude, and from whose silence."""

from __future__ import annotations

from core.model.instance import Connectivity
from tests.core.stage import Stage


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
