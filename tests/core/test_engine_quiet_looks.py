"""Stories about looks that show nothing new: they cost no plan, and nothing that is due is forgotten over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import core.engine
from core.actions import StopContainer
from core.record import replace
from core.reports import Outcome, Result, SeenState
from core.scheduler.sweep import sweep
from tests.core.stage import Stage

if TYPE_CHECKING:
    from core.actions import Action
    from core.scheduler.sweep import HostPlan, Sweep


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the hosts that were planned, as they are."""
    names: list[str] = []

    def counted(look: Sweep) -> HostPlan:
        names.append(look.instance.name)
        return sweep(look)

    monkeypatch.setattr(core.engine, "sweep", counted)
    return names


def test_only_what_a_look_shows_anew_has_its_host_planned(swept: list[str]) -> None:
    stage = Stage("a", "b")
    stage.serve(4)
    swept.clear()
    stage.pass_s(5.0)
    assert swept == []
    stage.exit("b")
    stage.look()
    assert set(swept) == {"b"}
    assert len(stage.hosts["b"].up) == 2, "the two that ended are replaced where they were"


def test_what_falls_due_while_the_engine_sleeps_is_done_after_a_look_that_shows_nothing_new() -> None:
    stage = Stage("a")
    stage.serve(1)
    stage.submit("StopTask", {"task": stage.wanted()[0].id})
    stage.pass_s(5.0)
    assert len(stage.hosts["a"].containers) == 2, "what the stopped task left is kept for a while"
    stage.now += stage.settings.container_cleanup_s + 10.0
    # Its moment rings while nobody knows how the host is.
    assert stage.turn() == ()
    stage.look()
    assert len(stage.hosts["a"].containers) == 1


def test_what_docker_refused_is_tried_again_though_looks_show_nothing_new() -> None:
    stage = Stage("a")
    stage.serve(1)
    refusals: list[Action] = []

    def refuse_once(action: Action) -> Outcome | None:
        if not isinstance(action, StopContainer) or refusals:
            return None
        refusals.append(action)
        return Outcome(stage.instance("a").id, action, Result.FAILED, stage.now, error="busy")

    stage.hosts["a"].refuse = refuse_once
    (task,) = stage.wanted()
    stage.submit("StopTask", {"task": task.id})
    stage.pass_s(20.0)
    assert len(refusals) == 1
    left = [c for c in stage.hosts["a"].containers.values() if c.task == task.id]
    assert [c.state for c in left] == [SeenState.EXITED]


def test_a_container_of_nobody_s_that_comes_back_is_stopped_again() -> None:
    stage = Stage("a")
    stage.serve(1)
    stage.submit("StopTask", {"task": stage.wanted()[0].id})
    stage.pass_s(10.0)
    (ended,) = (c for c in stage.hosts["a"].containers.values() if c.state is SeenState.EXITED)
    stage.pass_s(10.0)
    stage.hosts["a"].containers[ended.name] = replace(ended, state=SeenState.RUNNING, run="by somebody else")
    stage.look()
    assert stage.hosts["a"].containers[ended.name].state is SeenState.EXITED
