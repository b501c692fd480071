"""Stories about capacity providers: tasks are shared out among groups of hosts, and wait for theirs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from core.commands import Verdict
from core.ecs import ADDITIONS, describe_service
from core.fold.config import Declared, DeclaredInstance, DeclaredProvider
from core.model.capacity_provider import CapacityProvider
from tests.botocore_shapes import departures, ecs
from tests.core.stage import WEB, Stage
from tests.core.test_forecast import DRAIN, foretold, read, told

BOTH = [{"capacityProvider": "steady", "weight": 1, "base": 2}, {"capacityProvider": "spare", "weight": 3}]


def declare(stage: Stage, *providers: CapacityProvider) -> None:
    """The config names these groups of the stage's hosts."""
    names = sorted(stage.hosts)
    zones = {"c": (("pool", "spare"),), "d": (("pool", "spare"),)}
    capacity = tuple(
        DeclaredInstance(name, "default", f"ssh://{name}", attributes=zones.get(name, ())) for name in names
    )
    shares = tuple(DeclaredProvider("default", provider) for provider in providers)
    stage.rest(Declared(("default",), capacity, shares))


def shared(memory_mib: int = 4096) -> Stage:
    """Hosts a and b are `steady`, c and d by their attribute `spare`."""
    stage = Stage("a", "b", "c", "d", memory_mib=memory_mib)
    declare(
        stage,
        CapacityProvider("steady", ("a", "b")),
        CapacityProvider("spare", expression="attribute:pool == spare"),
    )
    return stage


def groups(stage: Stage) -> Counter[str]:
    """How many wanted tasks are on the hosts of each group, and how many wait for which."""
    names = {i.id: i.name for i in stage.state.instances.values()}
    of = {"a": "steady", "b": "steady", "c": "spare", "d": "spare"}
    return Counter(
        of[names[t.instance]] if t.instance else f"waits for {t.capacity_provider}" for t in stage.wanted()
    )


def refused(stage: Stage, action: str, given: dict[str, Any]) -> str:
    command = stage.command(action, given)
    stage.rest(command)
    answer = stage.answers[command.id]
    assert answer.verdict is Verdict.REFUSED
    return answer.message


def test_a_service_is_shared_out_by_base_and_weight_also_as_it_grows() -> None:
    stage = shared()
    stage.serve(6, capacityProviderStrategy=BOTH)
    assert groups(stage) == {"steady": 3, "spare": 3}
    stage.submit("UpdateService", {"service": "web", "desiredCount": 10})
    stage.pass_s(10.0)
    assert groups(stage) == {"steady": 4, "spare": 6}
    assert all(t.capacity_provider for t in stage.wanted())


def test_what_is_replaced_keeps_the_parts_as_they_were() -> None:
    stage = shared()
    stage.serve(6, capacityProviderStrategy=BOTH)
    trial = foretold(stage, "UpdateContainerInstancesState", DRAIN)
    moved = told(read(stage, trial, {stage.instance("a").id}))
    assert {(e[1], e[3]) for e in moved} == {("moves", "b")}
    stage.submit("UpdateContainerInstancesState", DRAIN)
    stage.pass_s(20.0)
    assert groups(stage) == {"steady": 3, "spare": 3}
    stage.submit("RegisterTaskDefinition", WEB)
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web"})
    stage.pass_s(60.0)
    assert {t.definition for t in stage.wanted()} == {"web:2"}
    assert groups(stage) == {"steady": 3, "spare": 3}


def test_what_finds_no_room_in_its_group_waits_though_others_have_room() -> None:
    stage = shared(memory_mib=128)
    only_spare = [{"capacityProvider": "spare", "weight": 1}]
    given = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 6}
    stage.submit("CreateService", given | {"capacityProviderStrategy": only_spare})
    stage.pass_s(10.0)
    assert groups(stage) == {"spare": 4, "waits for spare": 2}
    assert {t.why for t in stage.wanted()} - {""} == {
        "can't be placed: 2 instances are not of the capacity provider spare, 2 lack 64 MiB"
    }
    # The strategy is changed: what waits is shared out anew, what runs stays.
    stage.submit("UpdateService", {"service": "web", "capacityProviderStrategy": BOTH})
    stage.pass_s(10.0)
    assert groups(stage) == {"spare": 4, "steady": 2}
    assert stage.service().steady
    assert len(stage.state.deployments_of("default/web")) == 1


def test_a_run_waits_for_its_group_and_others_are_tried_once() -> None:
    stage = shared(memory_mib=64)
    run = {"taskDefinition": "web", "count": 4}
    output = stage.submit(
        "RunTask", run | {"capacityProviderStrategy": [{"capacityProvider": "spare", "weight": 1}]}
    )
    shape = ecs().operation_model("RunTask").output_shape
    assert list(departures(output, shape, ADDITIONS)) == []
    assert [t["capacityProviderName"] for t in output["tasks"]] == ["spare"] * 4
    assert output["failures"] == []
    assert groups(stage) == {"spare": 2, "waits for spare": 2}
    output = stage.submit("RunTask", run)
    assert (len(output["tasks"]), len(output["failures"])) == (2, 4)
    for task in stage.wanted("c"):
        stage.submit("StopTask", {"task": task.id})
    stage.pass_s(5.0)
    assert groups(stage)["waits for spare"] == 1


def test_a_group_that_the_config_no_longer_names_keeps_what_it_has_and_takes_nothing_new() -> None:
    stage = shared()
    stage.serve(4, capacityProviderStrategy=[{"capacityProvider": "spare", "weight": 1}])
    before = {t.id for t in stage.wanted()}
    declare(stage, CapacityProvider("steady", ("a", "b")))
    assert any(
        "is placed by capacity provider spare, which the config no longer names" in s for s in stage.said
    )
    stage.submit("UpdateService", {"service": "web", "desiredCount": 5})
    stage.pass_s(10.0)
    assert before <= {t.id for t in stage.wanted()}
    (waiting,) = [t for t in stage.wanted() if not t.instance]
    assert waiting.why == "can't be placed: 4 instances are not of the capacity provider spare"
    stage.restart()
    stage.look()
    declare(stage, CapacityProvider("spare", ("a",)))
    stage.pass_s(10.0)
    assert stage.service().steady
    assert [t.instance for t in stage.wanted() if t.id == waiting.id] == [stage.instance("a").id]


@pytest.mark.parametrize(
    ("strategy", "why"),
    [
        ([{"capacityProvider": "spar", "weight": 1}], "has no capacity provider spar; did you mean spare?"),
        ([{"capacityProvider": "spare"}], "at least one item must have a weight that is not 0"),
        (
            [{"capacityProvider": "spare", "weight": 1}, {"capacityProvider": "spare", "weight": 2}],
            "spare is named more than once",
        ),
        (
            [
                {"capacityProvider": "spare", "weight": 1, "base": 1},
                {"capacityProvider": "steady", "weight": 1, "base": 1},
            ],
            "one item alone may have a base",
        ),
        ([{"capacityProvider": "spare", "weight": 1001}], "capacityProviderStrategy"),
    ],
)
def test_a_strategy_that_leads_nowhere_is_refused(strategy: list[dict[str, Any]], why: str) -> None:
    stage = shared()
    given = {"taskDefinition": "web", "capacityProviderStrategy": strategy}
    assert why in refused(stage, "RunTask", given)
    assert why in refused(stage, "CreateService", given | {"serviceName": "x", "desiredCount": 1})
    stage.serve(1)
    assert why in refused(stage, "UpdateService", {"service": "web", "capacityProviderStrategy": strategy})


def test_a_daemon_has_none_and_fargate_s_own_are_passed_over_with_a_warning() -> None:
    stage = shared()
    daemon = {"serviceName": "logs", "taskDefinition": "web", "schedulingStrategy": "DAEMON"}
    assert "a DAEMON service has none" in refused(
        stage, "CreateService", daemon | {"capacityProviderStrategy": BOTH}
    )
    fargate = [
        {"capacityProvider": "FARGATE_SPOT", "weight": 1},
        {"capacityProvider": "FARGATE", "weight": 1},
    ]
    output = stage.submit(
        "CreateService",
        {"serviceName": "f", "taskDefinition": "web", "desiredCount": 1, "capacityProviderStrategy": fargate},
    )
    assert output["warnings"] == [
        "capacityProviderStrategy of AWS Fargate has no effect: there are no such hosts here."
    ]
    assert "capacityProviderStrategy" not in output["service"]


# -- the cluster's default ----------------------------------------------------------------------------------------------

SPARE = [{"capacityProvider": "spare", "weight": 1}]


def put_default(stage: Stage, strategy: list[dict[str, Any]]) -> dict[str, Any]:
    asked = {"cluster": "default", "capacityProviders": ["spare", "steady"]}
    return stage.submit("PutClusterCapacityProviders", asked | {"defaultCapacityProviderStrategy": strategy})


def shared_by_default() -> Stage:
    stage = shared()
    put_default(stage, BOTH)
    return stage


def test_who_says_nothing_is_shared_out_by_the_cluster_s_default() -> None:
    stage = shared_by_default()
    stage.serve(6)
    assert groups(stage) == {"steady": 3, "spare": 3}
    shown = describe_service(stage.state, stage.service())
    assert [s["capacityProvider"] for s in shown["capacityProviderStrategy"]] == ["steady", "spare"]
    assert "launchType" not in shown
    output = stage.submit("RunTask", {"taskDefinition": "web", "count": 4})
    assert Counter(t["capacityProviderName"] for t in output["tasks"]) == {"steady": 2, "spare": 2}
    # A service keeps what it was created with, in whatever its cluster's default becomes, and over a restart.
    put_default(stage, SPARE)
    stage.restart()
    stage.look()
    stage.submit("UpdateService", {"service": "web", "desiredCount": 10})
    stage.pass_s(20.0)
    served = Counter(t.capacity_provider for t in stage.wanted() if t.service)
    assert served == {"steady": 4, "spare": 6}
    output = stage.submit("RunTask", {"taskDefinition": "web"})
    assert [t["capacityProviderName"] for t in output["tasks"]] == ["spare"]


def test_who_says_a_launch_type_or_an_empty_strategy_goes_anywhere() -> None:
    stage = shared_by_default()
    fargate = [{"capacityProvider": "FARGATE", "weight": 1}]
    every: tuple[dict[str, Any], ...] = (
        {"launchType": "EC2"},
        {"capacityProviderStrategy": []},
        {"capacityProviderStrategy": fargate},
    )
    for said in every:
        output = stage.submit("RunTask", {"taskDefinition": "web", **said})
        assert "capacityProviderName" not in output["tasks"][0], said
        schedule = {"name": "now", "scheduleExpression": "rate(1 hour)"}
        stage.submit("CreateSchedule", {**schedule, "target": {"taskDefinition": "web", **said}})
        ran = stage.submit("RunSchedule", {"name": "now"})
        assert "capacityProviderName" not in ran["tasks"][0], said
        stage.submit("DeleteSchedule", {"name": "now"})
    stage.serve(1, launchType="EXTERNAL")
    assert describe_service(stage.state, stage.service())["launchType"] == "EXTERNAL"


def test_neither_a_daemon_nor_start_task_asks_for_the_default() -> None:
    stage = shared_by_default()
    put_default(stage, SPARE)
    stage.submit(
        "CreateService", {"serviceName": "logs", "taskDefinition": "web", "schedulingStrategy": "DAEMON"}
    )
    output = stage.submit("StartTask", {"taskDefinition": "web", "containerInstances": ["a"]})
    assert "capacityProviderName" not in output["tasks"][0]
    stage.pass_s(10.0)
    assert groups(stage) == {"steady": 3, "spare": 2}
    assert {t.capacity_provider for t in stage.wanted()} == {""}


def test_a_schedule_s_run_takes_the_default_of_when_it_begins() -> None:
    stage = shared_by_default()
    target = {"taskDefinition": "web", "count": 2}
    stage.submit("CreateSchedule", {"name": "n", "scheduleExpression": "rate(1 hour)", "target": target})
    put_default(stage, SPARE)
    ran = stage.submit("RunSchedule", {"name": "n"})
    assert [t["capacityProviderName"] for t in ran["tasks"]] == ["spare", "spare"]


def test_a_service_goes_back_to_no_strategy_and_to_the_default_by_saying_it() -> None:
    stage = shared(memory_mib=128)
    put_default(stage, SPARE)
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 6})
    stage.pass_s(10.0)
    assert groups(stage) == {"spare": 4, "waits for spare": 2}
    output = stage.submit("UpdateService", {"service": "web", "capacityProviderStrategy": []})
    assert output["service"]["launchType"] == "EXTERNAL"
    assert len(output["service"]["deployments"]) == 1, "no deployment begins (ECS)"
    stage.pass_s(10.0)
    assert groups(stage) == {"spare": 4, "steady": 2}
    stage.submit("UpdateService", {"service": "web", "desiredCount": 5})
    assert stage.service().capacity_provider_strategy == (), "the default is read at creation alone"


def test_the_same_request_is_the_same_service_whatever_the_default_has_become() -> None:
    stage = shared_by_default()
    given = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 2}
    first = stage.submit("CreateService", given)["service"]["capacityProviderStrategy"]
    put_default(stage, SPARE)
    assert stage.submit("CreateService", given)["service"]["capacityProviderStrategy"] == first
    assert "not idempotent" in refused(stage, "CreateService", given | {"launchType": "EC2"})
    run = {"taskDefinition": "web", "clientToken": "once"}
    task = stage.submit("RunTask", run)["tasks"][0]["taskArn"]
    put_default(stage, [])
    assert stage.submit("RunTask", run)["tasks"][0]["taskArn"] == task
    assert "clientToken was used" in refused(stage, "RunTask", run | {"launchType": "EC2"})


def test_what_the_config_takes_away_from_the_default_is_told_and_nothing_waits_in_vain() -> None:
    stage = shared_by_default()
    stage.serve(4)
    declare(stage, CapacityProvider("steady", ("a", "b")))
    assert any(
        "strategy of cluster default names spare, which the config no longer does" in s for s in stage.said
    )
    new = {"serviceName": "x", "taskDefinition": "web", "desiredCount": 1}
    for action, given in (("CreateService", new), ("RunTask", {"taskDefinition": "web"})):
        assert "names spare, which the config no longer does: give a" in refused(stage, action, given)
    stage.submit("CreateService", new | {"launchType": "EXTERNAL"})
    again = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 4}
    stage.submit("CreateService", again)
    declare(
        stage,
        CapacityProvider("steady", ("a", "b")),
        CapacityProvider("spare", expression="attribute:pool == spare"),
    )
    stage.submit("RunTask", {"taskDefinition": "web"})


def test_what_would_happen_goes_by_the_default() -> None:
    stage = shared_by_default()
    put_default(stage, SPARE)
    trial = foretold(
        stage, "CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 2}
    )
    assert {e[3] for e in told(read(stage, trial, set()))} == {"c", "d"}
