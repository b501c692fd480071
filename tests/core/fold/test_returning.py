"""A lost instance comes back: what was decided about its loss is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.fold.returning import let_in
from core.model.instance import Connectivity
from core.observed import HostView

if TYPE_CHECKING:
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
