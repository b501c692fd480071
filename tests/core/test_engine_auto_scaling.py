"""Stories about auto-scaled services: their desired count follows what their tasks use, never on what nobody knows."""

from __future__ import annotations

from typing import Any, Final

import pytest

from core.commands import Verdict
from core.model.settings import Settings
from core.model.task import Task, TaskStatus
from core.record import replace
from core.reports import Utilisation
from core.usage import concerns
from tests.core.stage import Stage

PERIOD_S: Final = 60.0
SETTINGS: Final = Settings(auto_scaling_period_s=PERIOD_S)
#: A task that reserves half of what WEB may: 256 cpu units and 128 MiB.
API: Final = {
    "family": "api",
    "containerDefinitions": [{"name": "main", "image": "demo/api:1", "cpu": 256, "memory": 128}],
}
CPU: Final = {"predefinedMetricType": "ECSServiceAverageCPUUtilization", "targetValue": 60}
MEMORY: Final = {"predefinedMetricType": "ECSServiceAverageMemoryUtilization", "targetValue": 70}


def scaling(least: int = 1, most: int = 6, *policies: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"minCapacity": least, "maxCapacity": most, "policies": list(policies or [CPU]), **more}


def staged(*hosts: str, desired: int = 2, **asked: Any) -> Stage:
    """A stage with a service that is auto-scaled."""
    stage = Stage(*(hosts or ("a", "b")), settings=SETTINGS)
    stage.submit("RegisterTaskDefinition", API)
    stage.serve(desired, taskDefinition="api", autoScaling=asked.pop("autoScaling", scaling()), **asked)
    return stage


def running(stage: Stage) -> list[Task]:
    return [t for t in stage.wanted() if t.last_status is TaskStatus.RUNNING]


def measured(stage: Stage, name: str, cpu_percent: float, memory_percent: float) -> Utilisation:
    """A host's measurement, in which each of its tasks uses so much of what it reserves."""
    instance = stage.instance(name)
    units = cpu_percent / 100 * 256 / 4096 * 100
    figures = {
        (t.id, "main"): (units, memory_percent / 100 * 128)
        for t in running(stage)
        if t.instance == instance.id
    }
    return Utilisation(instance.id, stage.now, containers=figures)


def use(
    stage: Stage,
    periods: float,
    *,
    load: float = 0.0,
    each: float | None = None,
    memory: float = 10.0,
    without: tuple[str, ...] = (),
) -> None:
    """So many periods pass, in which the service's tasks share a load (1.0 is all that one task reserves), or use so much each."""
    ends_at = stage.now + periods * PERIOD_S
    while stage.now < ends_at:
        tasks = running(stage)
        percent = each if each is not None else 100 * load / max(1, len(tasks))
        hosts = [name for name, host in stage.hosts.items() if not host.silent and name not in without]
        stage.rest(*(measured(stage, name, percent, memory) for name in hosts))
        stage.pass_s(15.0, 5.0)


def moves(stage: Stage) -> list[str]:
    return [text.removeprefix("(service web) ") for text in stage.said if "auto scaling" in text]


def refused(stage: Stage, action: str, given: dict[str, Any]) -> str:
    command = stage.command(action, given)
    stage.rest(command)
    answer = stage.answers[command.id]
    assert answer.verdict is Verdict.REFUSED
    return answer.message


def test_a_load_that_lasts_three_periods_brings_as_many_tasks_as_share_it() -> None:
    stage = staged()
    use(stage, 2, load=2.0)
    assert stage.service().desired_count == 2
    use(stage, 2, load=2.0)
    assert stage.service().desired_count == 4
    assert moves(stage) == [
        "auto scaling set the desired count from 2 to 4: average CPU 100 % over 3 minutes is above the target of 60 %."
    ]
    primary = stage.state.primary_of("default/web")
    assert primary is not None
    assert primary.desired_count == 4
    use(stage, 5, load=2.0)
    assert len(running(stage)) == 4
    assert len(moves(stage)) == 1


def test_a_load_that_went_is_followed_after_fifteen_periods_as_far_as_the_minimum() -> None:
    stage = staged(desired=6, autoScaling=scaling(2, 6))
    use(stage, 14, load=0.1)
    assert stage.service().desired_count == 6
    use(stage, 2.5, load=0.1)
    assert stage.service().desired_count == 2
    assert "from 6 to 2: average CPU at most 2 % over 15 minutes is below 54 %" in moves(stage)[0]
    use(stage, 20, load=0.1)
    assert len(moves(stage)) == 1


def test_an_even_load_moves_nothing() -> None:
    stage = staged()
    use(stage, 20, each=57.0)
    assert moves(stage) == []
    assert "nothing is to be done" in stage.engine.scalings.told["default/web"].why


def test_what_nobody_measured_is_not_low() -> None:
    stage = staged("a", "b", desired=4)
    use(stage, 20, load=0.1, without=("b",))
    assert moves(stage) == []
    told = stage.engine.scalings.told["default/web"]
    assert (told.tasks, told.measured) == (4, 2)
    assert "2 of 4 tasks were not measured" in told.why
    use(stage, 14, load=0.1)
    assert moves(stage) == []


def test_what_is_measured_of_some_may_be_enough_to_scale_out() -> None:
    stage = staged("a", "b", desired=2)
    use(stage, 4, each=200.0, without=("b",))
    assert moves(stage) == [
        "auto scaling set the desired count from 2 to 4: average CPU at least 100 % over 3 minutes is above the target of 60 %."
    ]


def test_a_silent_host_s_tasks_are_unknown_and_hold_a_scale_in() -> None:
    stage = staged("a", "b", desired=4, replace="no")
    use(stage, 10, load=0.1)
    stage.hosts["b"].silent = True
    use(stage, 20, load=0.1)
    assert moves(stage) == []


def test_after_a_restart_the_window_fills_anew_while_the_cooldown_goes_on() -> None:
    stage = staged(desired=6)
    use(stage, 14, load=0.1)
    stage.restart()
    stage.look()
    use(stage, 14, load=0.1)
    assert moves(stage) == []
    use(stage, 2.5, load=0.1)
    assert stage.service().desired_count == 1

    busy = staged()
    use(busy, 4, load=2.0)
    assert busy.service().desired_count == 4
    busy.restart()
    busy.look()
    scaled = busy.service().scaled
    assert scaled.out_at is not None
    use(busy, 3, each=70.0)
    assert busy.now < scaled.out_at + 300
    assert busy.service().desired_count == 4
    use(busy, 3, each=70.0)
    assert busy.service().desired_count == 5


def test_while_a_scale_out_cools_down_only_a_larger_step_goes_on() -> None:
    stage = staged(autoScaling=scaling(1, 20))
    use(stage, 4, load=2.0)
    assert stage.service().desired_count == 4
    use(stage, 3.5, each=100.0)  # three more for four: from the two there were that is five
    assert stage.service().desired_count == 5
    assert stage.service().scaled.out_from == 2


def test_a_scale_in_cools_down_and_a_scale_out_ends_that() -> None:
    policy = CPU | {"scaleInCooldown": 1200}
    stage = staged(desired=6, autoScaling=scaling(1, 6, policy))
    use(stage, 16.5, load=1.5)
    assert stage.service().desired_count == 3
    use(stage, 17, load=0.1)
    assert stage.service().desired_count == 3
    assert "the last scale-in cools down for another" in stage.engine.scalings.told["default/web"].why
    use(stage, 4, load=3.0)
    assert stage.service().desired_count == 5
    assert stage.service().scaled.in_at is None
    use(stage, 16.5, load=0.1)
    assert stage.service().desired_count < 5


def test_nothing_is_scaled_in_during_a_deployment_but_out() -> None:
    stage = staged("a", "b", desired=4)
    use(stage, 14, load=0.1)
    for host in stage.hosts.values():
        host.refuse = lambda _: None
    bounds = {"minimumHealthyPercent": 100, "maximumPercent": 100}
    stage.submit("UpdateService", {"service": "web", "deploymentConfiguration": bounds})
    stage.submit("UpdateService", {"service": "web", "forceNewDeployment": True})
    use(stage, 3, load=0.1)
    assert moves(stage) == []
    assert "nothing is scaled in during a deployment" in stage.engine.scalings.told["default/web"].why
    use(stage, 4, load=4.0)
    assert stage.service().desired_count == 6


def test_of_several_policies_one_scales_out_and_all_scale_in() -> None:
    stage = staged(desired=4, autoScaling=scaling(1, 6, CPU, MEMORY))
    use(stage, 17, each=1.0, memory=68.0)
    assert moves(stage) == []
    use(stage, 4, each=1.0, memory=80.0)
    assert "from 4 to 5: average memory" in moves(stage)[0]
    assert moves(stage)[0].endswith("over 3 minutes is above the target of 70 %.")
    use(stage, 17, each=1.0, memory=20.0)
    assert stage.service().desired_count < 5


def test_where_scaling_in_is_disabled_or_suspended_it_only_scales_out() -> None:
    for asked in (
        scaling(1, 6, CPU | {"disableScaleIn": True}),
        scaling(suspendedState={"dynamicScalingInSuspended": True}),
    ):
        stage = staged(desired=4, autoScaling=asked)
        use(stage, 17, load=0.1)
        assert moves(stage) == []
        use(stage, 4, load=3.5)
        assert stage.service().desired_count == 6


def test_suspended_it_does_not_scale_out() -> None:
    stage = staged(autoScaling=scaling(suspendedState={"dynamicScalingOutSuspended": True}))
    use(stage, 5, load=2.0)
    assert moves(stage) == []
    assert stage.engine.scalings.told["default/web"].why.endswith("but scaling out is suspended")


def test_that_the_maximum_is_not_enough_is_told_once_until_the_load_is_low() -> None:
    stage = staged(autoScaling=scaling(1, 3))
    use(stage, 10, load=4.0)
    use(stage, 3, each=56.0)
    use(stage, 10, load=4.0)
    assert [text.partition(":")[0] for text in moves(stage)] == [
        "auto scaling set the desired count from 2 to 3",
        "auto scaling can't add tasks",
    ]
    assert moves(stage)[1].endswith("but 3 tasks are its maximum.")


def test_a_task_with_a_container_that_was_missed_is_not_measured() -> None:
    two = [{"name": n, "image": "demo/api:1", "cpu": 128, "memory": 64} for n in ("main", "side")]
    stage = Stage("a", settings=SETTINGS)
    stage.submit("RegisterTaskDefinition", {"family": "api", "containerDefinitions": two})
    stage.serve(2, taskDefinition="api", autoScaling=scaling())
    use(stage, 20, load=0.1)
    assert moves(stage) == []
    assert stage.engine.scalings.told["default/web"].measured == 0


def test_the_desired_count_is_brought_within_bounds_when_they_are_given() -> None:
    stage = Stage("a", settings=SETTINGS)
    stage.submit("RegisterTaskDefinition", API)
    stage.serve(1, taskDefinition="api")
    stage.submit("UpdateService", {"service": "web", "autoScaling": scaling(2, 4)})
    assert stage.service().desired_count == 2
    assert moves(stage) == ["auto scaling set the desired count from 1 to 2: its minimum capacity is 2."]
    # By hand it may be more (ECS); what auto scaling decides next brings it back.
    stage.submit("UpdateService", {"service": "web", "desiredCount": 7})
    assert stage.service().desired_count == 7
    stage.pass_s(10.0)
    use(stage, 17, each=50.0)
    assert stage.service().desired_count == 4
    shown = stage.submit("UpdateService", {"service": "web", "autoScaling": {}})["service"]
    assert "autoScaling" not in shown
    use(stage, 20, load=0.1)
    assert stage.service().desired_count == 4
    assert stage.engine.scalings.told == {}


def test_what_was_scaled_by_hand_beyond_the_bounds_stays_when_other_than_the_bounds_is_changed() -> None:
    stage = staged(desired=2, autoScaling=scaling(2, 4))
    stage.submit("UpdateService", {"service": "web", "desiredCount": 0})
    held = {"dynamicScalingOutSuspended": True}
    stage.submit("UpdateService", {"service": "web", "autoScaling": scaling(2, 4, suspendedState=held)})
    assert stage.service().desired_count == 0, "who holds auto scaling in an incident starts nothing by it"
    stage.submit("UpdateService", {"service": "web", "autoScaling": scaling(1, 4)})
    assert stage.service().desired_count == 1
    kept = stage.service().auto_scaling
    assert kept is not None
    assert kept.scale_out_suspended, (
        "what is held is held until its end is said (AWS: RegisterScalableTarget)"
    )
    ended = {"dynamicScalingOutSuspended": False}
    stage.submit("UpdateService", {"service": "web", "autoScaling": scaling(1, 4, suspendedState=ended)})
    assert stage.service().auto_scaling == replace(kept, scale_out_suspended=False)


def test_without_a_desired_count_it_begins_with_the_minimum_and_the_same_request_is_the_same() -> None:
    stage = Stage("a", settings=SETTINGS)
    stage.submit("RegisterTaskDefinition", API)
    asked = {"serviceName": "web", "taskDefinition": "api", "autoScaling": scaling(2, 4)}
    assert stage.submit("CreateService", asked)["service"]["desiredCount"] == 2
    stage.submit("UpdateService", {"service": "web", "desiredCount": 3})
    shown = stage.submit("CreateService", asked)["service"]
    assert shown["desiredCount"] == 3
    assert shown["autoScaling"] == {
        "minCapacity": 2,
        "maxCapacity": 4,
        "suspendedState": {"dynamicScalingInSuspended": False, "dynamicScalingOutSuspended": False},
        "policies": [
            {
                "predefinedMetricType": "ECSServiceAverageCPUUtilization",
                "targetValue": 60,
                "scaleOutCooldown": 300,
                "scaleInCooldown": 300,
                "disableScaleIn": False,
            }
        ],
    }


def test_a_turn_that_can_t_be_written_changes_nothing_and_comes_again() -> None:
    stage = staged()
    use(stage, 2.75, load=2.0)
    before = stage.service()
    ends_at = stage.now + 2 * PERIOD_S
    while stage.now < ends_at and "auto scaling set" not in str(stage.said):
        stage.now += 5.0
        words = [measured(stage, name, 100.0, 10.0) for name in stage.hosts]
        reports = [stage.report(name) for name in stage.hosts]
        lost = stage.discard(*reports, *words)
        assert stage.service().scaled == before.scaled
        stage.rest(*reports, *words)
        if any("auto scaling" in event.message for event in lost.changes.events):
            break
    assert len(moves(stage)) == 1
    assert stage.service().desired_count == 4


def test_only_what_concerns_auto_scaled_services_reaches_the_engine() -> None:
    stage = staged()
    stage.serve(1, "other", taskDefinition="api")
    instance = stage.instance("a")
    figures = {(t.id, "main"): (1.0, 1.0) for t in stage.wanted()} | {("of nobody", "main"): (1.0, 1.0)}
    everything = Utilisation(instance.id, stage.now, 5.0, 6.0, 0.1, figures)
    told = concerns(stage.state, everything)
    assert told is not None
    assert {task for task, _ in told.containers} == {t.id for t in stage.wanted() if t.service == "web"}
    rest = {key: value for key, value in figures.items() if key not in told.containers}
    assert concerns(stage.state, replace(everything, containers=rest)) is None


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"minCapacity": 2, "policies": [CPU]},
            "autoScaling.maxCapacity: is missing; the desired count is kept within both.",
        ),
        (scaling(5, 4), "autoScaling.minCapacity: 5 is more than maxCapacity, 4."),
        (
            {"minCapacity": 1, "maxCapacity": 4},
            "autoScaling.policies: is missing; give one with predefinedMetricType and targetValue, or an empty autoScaling for none.",
        ),
        (scaling(1, 4, CPU, CPU), "autoScaling.policies: ECSServiceAverageCPUUtilization is given twice."),
        (
            scaling(1, 4, {"predefinedMetricType": "cpu", "targetValue": 5}),
            'autoScaling.policies[0].predefinedMetricType: "cpu" is not one of ECSServiceAverageCPUUtilization or ECSServiceAverageMemoryUtilization.',
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_member(asked: dict[str, Any], sentence: str) -> None:
    stage = staged()
    assert refused(stage, "UpdateService", {"service": "web", "autoScaling": asked}) == sentence


def test_what_reserves_no_cpu_can_t_be_tracked_by_it() -> None:
    stage = staged()
    assert "task definition web:1 reserves no cpu" in refused(
        stage, "UpdateService", {"service": "web", "taskDefinition": "web"}
    )
    stage.submit("UpdateService", {"service": "web", "autoScaling": scaling(1, 4, MEMORY)})
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web"})


def test_a_daemon_has_no_auto_scaling() -> None:
    stage = Stage("a", settings=SETTINGS)
    asked = {
        "serviceName": "d",
        "taskDefinition": "web",
        "schedulingStrategy": "DAEMON",
        "autoScaling": scaling(),
    }
    assert (
        refused(stage, "CreateService", asked)
        == "autoScaling: a DAEMON service has none, its hosts are its count."
    )
