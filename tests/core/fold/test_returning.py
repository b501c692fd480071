"""A lost instance comes back: what was decided about its loss is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.actions import StopContainer
from core.fold.returning import let_in
from core.model.instance import Connectivity
from core.observed import HostView
from core.reports import Outcome, Result
from tests.core.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.actions import Action
    from tests.core.fold.desk import Desk


def test_a_yes_to_one_loss_is_no_yes_to_the_next(desk: Desk) -> None:
    desk.do("CreateService", serviceName="api", taskDefinition="web", desiredCount=1, replace="ask")
    for name in ("a", "b"):
        desk.connect(name, connectivity=Connectivity.LOST)
        desk.do("ConfirmReplacement", service="api", containerInstance=name)
    desk.connect("a", connectivity=Connectivity.RETURNING)
    a = desk.instance("a")
    assert not let_in(desk.state, a, HostView(), desk.now)
    assert let_in(desk.state, a, HostView(report_began_at=a.connectivity_at), desk.now)
    assert desk.instance("a").connectivity is Connectivity.CONNECTED
    assert desk.state.services["default/api"].replace_confirmed == (desk.instance("b").id,)


def never_told(stage: Stage, name: str) -> Callable[[Action], Outcome | None]:
    """Stops are not carried out, and nothing comes back."""

    def refuse(action: Action) -> Outcome | None:
        stops = isinstance(action, StopContainer)
        return Outcome(stage.instance(name).id, action, Result.UNKNOWN, stage.now) if stops else None

    return refuse


def test_a_host_behind_which_a_stranger_answered_while_it_came_back_is_still_to_be_cleared() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    a, marker = stage.hosts["a"], stage.hosts["a"].marker
    (copy,) = stage.tasks(on="a")
    a.silent = True
    stage.pass_s(45.0)
    a.silent = False
    a.refuse = never_told(stage, "a")
    stage.pass_s(2.0)
    assert stage.instance("a").connectivity is Connectivity.RETURNING
    a.marker = "another"
    stage.pass_s(5.0)
    assert stage.instance("a").connectivity is Connectivity.QUARANTINED
    a.marker = marker
    stage.pass_s(5.0)
    assert copy.id in a.up
    assert stage.instance("a").connectivity is Connectivity.RETURNING, "its old copy still runs there"
    a.refuse = lambda _: None
    stage.pass_s(5.0)
    assert copy.id not in a.up
    assert stage.instance("a").connectivity is Connectivity.CONNECTED


def test_a_host_that_is_cut_off_with_copies_of_nobody_s_is_cleared_when_it_is_back() -> None:
    stage = Stage("a", "b", "c")
    stage.serve(3)
    (copy,) = stage.tasks(on="a")
    a = stage.hosts["a"]
    stage.submit("DeregisterContainerInstance", {"containerInstance": "a", "force": True})
    stage.declare("a", "b", "c")
    a.refuse = never_told(stage, "a")
    stage.pass_s(2.0)
    assert stage.instance("a").connectivity is Connectivity.RETURNING
    for host in stage.hosts.values():
        host.silent = True
    stage.pass_s(20.0)
    assert stage.instance("a").connectivity is Connectivity.DISCONNECTED, "the engine is cut off"
    for host in stage.hosts.values():
        host.silent = False
    stage.pass_s(2.0)
    assert copy.id in a.up
    assert stage.instance("a").connectivity is Connectivity.RETURNING, "what runs there is no task of it"
    a.refuse = lambda _: None
    stage.pass_s(5.0)
    assert copy.id not in a.up
    assert stage.instance("a").connectivity is Connectivity.CONNECTED
