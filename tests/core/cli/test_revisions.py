"""Deleting revisions of task definitions on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.ecs import ADDITIONS
from tests.botocore_shapes import departures, ecs

if TYPE_CHECKING:
    from tests.core.cli.conftest import Shell


def test_revisions_are_deleted_when_they_were_deregistered(with_web: Shell, web_json: str) -> None:
    with_web.ok("taskdef", "register", web_json)
    ran = with_web("taskdef", "delete", "web:2", "--yes")
    assert ran.exit_code == 1
    assert "web:2 is ACTIVE; deregister it first: dockyard taskdef deregister web:2" in ran.err
    assert "Revision is missing: name one, like web:2." in with_web("taskdef", "delete", "web").err
    with_web.ok("taskdef", "deregister", "web:1", "web:2", "--yes")
    asked = with_web("taskdef", "delete", "web:1", "web:2").err
    assert "Delete web:1 (used by service default/web, " in asked
    assert "web:2 for good? Nobody can be asked" in asked
    ran = with_web.ok("taskdef", "delete", "web:1", "web:2", "--yes")
    assert (
        "web:1 is DELETE_IN_PROGRESS; it goes when it is no longer used by service default/web, " in ran.out
    )
    assert "web:2 is DELETE_IN_PROGRESS.\n" in ran.out
    ran = with_web.ok("taskdef", "delete", "web:2", "--yes", "--json")
    shape = ecs().operation_model("DeleteTaskDefinitions").output_shape
    assert list(departures(ran.json(), shape, ADDITIONS)) == []
    assert "DELETE_IN_PROGRESS" in with_web.ok("taskdef", "ls", "--family", "web", "--all").out
    assert "Goes after" in with_web.ok("taskdef", "describe", "web:1").out
    assert "TaskDefinition is inactive" in with_web("task", "run", "web:2").err
