"""What RunTask, StartTask and services say of tags that go to tasks: what is refused, and what is the same request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.core.fold.desk import definition

if TYPE_CHECKING:
    from tests.core.fold.desk import Desk


def many(prefix: str, count: int) -> list[dict[str, str]]:
    return [{"key": f"{prefix}{number}", "value": ""} for number in range(count)]


@pytest.mark.parametrize("action", ["RunTask", "StartTask"])
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"propagateTags": "SERVICE"}, 'propagateTags: "SERVICE" is not one of TASK_DEFINITION'),
        (
            {"propagateTags": "TASK_DEFINITION", "tags": many("own", 11)},
            "tags: at most 50 to a task; with those of web:2 it would have 51.",
        ),
        ({"enableEcsManagedTags": True}, "enableEcsManagedTags: unknown member; did you mean enableECSManagedTags?"),
    ],
)  # fmt: skip
def test_such_tags_are_refused(desk: Desk, action: str, given: dict[str, Any], sentence: str) -> None:
    desk.do("RegisterTaskDefinition", **definition(tags=many("k", 40)))
    on = {"containerInstances": ["a"]} if action == "StartTask" else {}
    assert sentence in desk.refused(action, taskDefinition="web", **on, **given)


def test_a_schedule_whose_tasks_would_have_too_many_tags_is_refused(desk: Desk) -> None:
    desk.do("RegisterTaskDefinition", **definition(tags=many("k", 40)))
    target = {"taskDefinition": "web", "propagateTags": "TASK_DEFINITION", "tags": many("own", 11)}
    told = desk.refused("CreateSchedule", name="n", scheduleExpression="rate(1 hour)", target=target)
    assert told.endswith("with those of web:2 it would have 51.")


def test_the_same_token_with_other_propagation_is_another_request(desk: Desk) -> None:
    given: dict[str, Any] = {"taskDefinition": "web", "clientToken": "t", "propagateTags": "TASK_DEFINITION"}
    first = desk.do("RunTask", **given)["tasks"]
    assert desk.do("RunTask", **given)["tasks"] == first
    for other in ({"propagateTags": "NONE"}, {"enableECSManagedTags": True}):
        assert desk.refused("RunTask", **given | other).startswith("ConflictException")


def test_a_service_that_propagates_otherwise_is_not_the_same(desk: Desk) -> None:
    given: dict[str, Any] = {"serviceName": "api", "taskDefinition": "web", "desiredCount": 1}
    desk.do("CreateService", **given)
    for member, value in {"propagateTags": "SERVICE", "enableECSManagedTags": True}.items():
        refused = desk.refused("CreateService", **given | {member: value})
        assert refused.endswith(
            f"Service api is there already with another {member}; UpdateService changes it."
        )
    desk.do("UpdateService", service="api", propagateTags="SERVICE", enableECSManagedTags=True)
    desk.do("CreateService", **given, propagateTags="SERVICE", enableECSManagedTags=True)
