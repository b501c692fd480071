"""Container instances: drained, deregistered, declared lost, accepted, given attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.model.instance import Connectivity, InstanceStatus
from core.model.task import StopCode, TaskStatus
from core.record import replace
from tests.core.fold.desk import ARN, declared

if TYPE_CHECKING:
    from tests.core.fold.desk import Desk


def test_an_answer_s_version_is_the_row_s_and_rises_with_every_change(desk: Desk) -> None:
    before = desk.instance("a").version
    for status, changes in (("DRAINING", 1), ("DRAINING", 1), ("ACTIVE", 2)):
        output = desk.do("UpdateContainerInstancesState", containerInstances=["a"], status=status)
        (shown,) = output["containerInstances"]
        assert shown["version"] == desk.instance("a").version == before + changes


def test_instances_drain_and_come_back(desk: Desk) -> None:
    a = desk.instance("a")
    given = ["a", f"{ARN}:container-instance/default/{a.id}", "nope", desk.instance("b").id]
    output = desk.do("UpdateContainerInstancesState", containerInstances=given, status="DRAINING")
    assert [shown["status"] for shown in output["containerInstances"]] == ["DRAINING"] * 3
    assert output["failures"] == [{"arn": f"{ARN}:container-instance/default/nope", "reason": "MISSING"}]
    assert desk.events.count("Container instance a is DRAINING.") == 1
    desk.do("UpdateContainerInstancesState", containerInstances=["a"], status="ACTIVE")
    assert desk.instance("a").status is InstanceStatus.ACTIVE


def test_what_can_t_change_its_status_is_a_failure_beside_the_rest(desk: Desk) -> None:
    desk.task(on="b")
    desk.config(declared("a", "new"))
    new = desk.do("UpdateContainerInstancesState", containerInstances=["new"], status="DRAINING")
    gone = desk.do("UpdateContainerInstancesState", containerInstances=["b", "a"], status="ACTIVE")
    assert [failure["reason"] for failure in (*new["failures"], *gone["failures"])] == [
        "REGISTERING",
        "INACTIVE",
    ]
    assert [shown["name"] for shown in gone["containerInstances"]] == ["a"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"containerInstances": []}, "InvalidParameterException: Container Instances cannot be empty."),
        (
            {"containerInstances": ["a"] * 11},
            "InvalidParameterException: containerInstances: has more than 10 entries.",
        ),
        (
            {"status": "INACTIVE"},
            "InvalidParameterException: Container instance status should be one of [ACTIVE, DRAINING]",
        ),
    ],
)
def test_such_a_change_of_status_is_refused(desk: Desk, given: dict[str, Any], expected: str) -> None:
    given = {"containerInstances": ["a"], "status": "DRAINING", **given}
    assert desk.refused("UpdateContainerInstancesState", **given) == expected


def test_an_instance_with_tasks_is_deregistered_by_force_alone(desk: Desk) -> None:
    task = desk.task(on="a")
    stopping = desk.task(on="a")
    desk.do("StopTask", task=stopping.id, reason="mine")
    assert desk.refused("DeregisterContainerInstance", containerInstance="a") == (
        "InvalidParameterException: Found running tasks on the instance. 2 are left; drain it, or use force."
    )
    output = desk.do("DeregisterContainerInstance", containerInstance="a", force=True)
    assert output["containerInstance"]["status"] == "INACTIVE"
    assert output["containerInstance"]["runningTasksCount"] == 0
    ended = [desk.state.tasks[key] for key in (task.id, stopping.id)]
    assert [one.last_status for one in ended] == [TaskStatus.STOPPED] * 2
    assert [one.stop_code for one in ended] == [StopCode.USER_INITIATED] * 2
    assert [one.stopped_reason for one in ended] == [
        "Container instance deregistration forced by user",
        "mine",
    ]
    assert desk.state.instance_named("default", "a") is None
    assert desk.refused("DeregisterContainerInstance", containerInstance="a").startswith(
        "InvalidParameterException: The referenced container instance was not found. "
    )


def test_an_empty_instance_is_deregistered(desk: Desk) -> None:
    desk.do("DeregisterContainerInstance", containerInstance="a")
    assert desk.events[-1] == "Container instance a was deregistered."


def test_what_may_be_left_on_a_deregistered_instance_is_told(desk: Desk) -> None:
    desk.state.put(replace(desk.instance("a"), marked=True))
    desk.task(on="a")
    desk.do("DeregisterContainerInstance", containerInstance="a", force=True)
    assert desk.events[-1] == (
        "Container instance a was deregistered by force; 1 task is left on it unattended; "
        "containers of ours that have stopped, and its marker, may be left there."
    )


def test_the_operator_declares_an_instance_lost(desk: Desk) -> None:
    assert desk.refused("DeclareContainerInstanceLost", containerInstance="a") == (
        "InvalidParameterException: Container instance a answers: drain it instead."
    )
    desk.connect("a", connectivity=Connectivity.DISCONNECTED)
    desk.now += 1
    for _ in range(2):
        output = desk.do("DeclareContainerInstanceLost", containerInstance="a")
    assert (desk.instance("a").connectivity, desk.instance("a").connectivity_at) == (
        Connectivity.LOST,
        desk.now,
    )
    assert output["containerInstance"]["agentConnected"] is False
    assert (
        desk.events.count(
            "Container instance a is lost: ada declared it. What its services held is replaced."
        )
        == 1
    )


def test_without_an_engine_nobody_knows_who_answers(desk: Desk) -> None:
    desk.by_engine = False
    desk.do("DeclareContainerInstanceLost", containerInstance="a")
    assert desk.instance("a").lost


@pytest.mark.parametrize(
    ("before", "after"),
    [(Connectivity.QUARANTINED, Connectivity.DISCONNECTED), (Connectivity.LOST, Connectivity.LOST)],
)
def test_a_stranger_is_accepted(desk: Desk, before: Connectivity, after: Connectivity) -> None:
    assert desk.refused("AcceptContainerInstance", containerInstance="a") == (
        "InvalidParameterException: Container instance a is not in quarantine: there is nothing to accept."
    )
    problem = "another Docker answers"
    desk.state.put(replace(desk.instance("a"), connectivity=before, problem=problem, marked=True))
    desk.do("AcceptContainerInstance", containerInstance="a")
    accepted = desk.instance("a")
    assert (accepted.connectivity, accepted.problem, accepted.marked) == (after, "", False)


def put(desk: Desk, *pairs: tuple[str, str], target: str = "a") -> dict[str, Any]:
    attributes = [{"name": name, "value": value, "targetId": target} for name, value in pairs]
    return desk.do("PutAttributes", attributes=attributes)


def test_attributes_are_put_over_what_the_host_says(desk: Desk) -> None:
    desk.state.put(replace(desk.instance("a"), attributes=(("ecs.os-type", "linux"), ("zone", "x"))))
    output = put(desk, ("zone", "a"), ("rack", "r1"))
    assert output["attributes"][0] == {
        "name": "zone",
        "value": "a",
        "targetType": "container-instance",
        "targetId": "a",
    }
    assert desk.instance("a").own_attributes == (("rack", "r1"), ("zone", "a"))
    assert desk.instance("a").attributes == (("ecs.os-type", "linux"), ("rack", "r1"), ("zone", "a"))
    gone = [{"name": name, "targetId": desk.instance("a").id} for name in ("rack", "ecs.os-type")]
    desk.do("DeleteAttributes", attributes=gone)
    assert desk.instance("a").own_attributes == (("zone", "a"),)
    assert desk.instance("a").attributes == (("ecs.os-type", "linux"), ("zone", "a"))


def test_all_attributes_are_put_or_none(desk: Desk) -> None:
    both = [{"name": "x", "value": "1", "targetId": "a"}, {"name": "x", "value": "1", "targetId": "nope"}]
    assert desk.refused("PutAttributes", attributes=both) == "TargetNotFoundException: Could not find ID nope"
    assert desk.instance("a").own_attributes == ()


def test_an_instance_has_ten_attributes_of_its_own(desk: Desk) -> None:
    put(desk, *((f"n{number}", "v") for number in range(10)))
    put(desk, ("n3", "w"))
    one_more = [{"name": "n10", "value": "v", "targetId": "a"}]
    assert desk.refused("PutAttributes", attributes=one_more) == (
        "AttributeLimitExceededException: Container instance a may have 10 attributes of its own, not 11."
    )
