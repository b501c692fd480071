"""What is said of services, in ECS's words: what is wrong once until it is resolved, and what still holds every six hours."""

from __future__ import annotations

from core.actions import Action, StartContainer
from core.fold.service_events import REPEATED_AFTER_S
from core.reports import Outcome, Result
from tests.core.stage import WEB, Stage

STEADY = "(service web) has reached a steady state."
UNPLACED = (
    "(service web) was unable to place a task because no container instance met all of its requirements."
)
IMPAIRED = "(service web) is unable to consistently start tasks successfully."
#: As long as a look may take without making the engine believe that it was asleep.
STEP_S = 9.0


def test_a_steady_state_is_said_again_every_six_hours_whoever_is_the_engine() -> None:
    stage = Stage("a")
    stage.serve(1)
    assert stage.said.count(STEADY) == 1
    stage.pass_s(REPEATED_AFTER_S - 60.0, STEP_S)
    assert stage.said.count(STEADY) == 1
    stage.restart()
    stage.pass_s(120.0)
    assert stage.said.count(STEADY) == 2
    stage.pass_s(REPEATED_AFTER_S - 120.0, STEP_S)
    assert stage.said.count(STEADY) == 2
    stage.pass_s(120.0)
    assert stage.said.count(STEADY) == 3


def test_what_finds_no_place_names_the_nearest_host_and_is_said_again_after_six_hours() -> None:
    stage = Stage("a", "b", memory_mib=100)
    stage.submit("UpdateContainerInstancesState", {"containerInstances": ["b"], "status": "DRAINING"})
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 2})
    stage.pass_s(60.0)
    told = (
        f"{UNPLACED} The closest matching container-instance a has insufficient memory available. "
        "Reason: 1 instance is DRAINING, 1 lacks 64 MiB."
    )
    assert [text for text in stage.said if text.startswith(UNPLACED)] == [told]
    stage.pass_s(REPEATED_AFTER_S, STEP_S)
    assert [text for text in stage.said if text.startswith(UNPLACED)] == [told, told]


def test_a_cluster_without_instances_is_told_in_ecs_s_words() -> None:
    stage = Stage()
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 1})
    stage.pass_s(5.0)
    assert f"{UNPLACED} Reason: No Container Instances were found in your cluster." in stage.said


def test_tasks_that_fail_again_and_again_are_told_once_until_another_definition_is_tried() -> None:
    stage = Stage("a")

    def refuse(action: Action) -> Outcome | None:
        if not isinstance(action, StartContainer):
            return None
        return Outcome(
            stage.instance("a").id,
            action,
            Result.FAILED,
            stage.now,
            error_name="CannotStartContainerError",
            error="no such program",
        )

    stage.hosts["a"].refuse = refuse
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 1})
    stage.pass_s(120.0)
    told = [text for text in stage.said if text.startswith(IMPAIRED)]
    assert len(told) == 1
    assert told[0].endswith("The last: on a, CannotStartContainerError: no such program")
    stage.submit("RegisterTaskDefinition", WEB)
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web"})
    stage.pass_s(120.0)
    assert sum(text.startswith(IMPAIRED) for text in stage.said) == 2
    stage.hosts["a"].refuse = lambda _: None
    stage.pass_s(300.0)
    assert stage.service().steady
