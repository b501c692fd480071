"""Services: created once, changed, rolled back, deleted; which change begins a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.model.instance import Connectivity
from core.model.service import DeploymentStatus, EarlySuccess, RolloutState, ServiceStatus, SourceCleanup
from core.record import replace
from tests.core.fold.desk import ARN, Desk, definition

if TYPE_CHECKING:
    from core.model.service import Deployment, Service

WEB: dict[str, Any] = {"serviceName": "api", "taskDefinition": "web", "desiredCount": 2}


EARLY: dict[str, Any] = {
    "enable": True,
    "healthyPercent": 100,
    "sourceServiceRevisionCleanup": "DEFERRED",
}


def service(desk: Desk) -> Service:
    return desk.state.services["default/api"]


def deployments(desk: Desk) -> list[Deployment]:
    return desk.state.deployments_of("default/api")


def complete(desk: Desk) -> None:
    """Let the newest deployment be complete, and older ones without tasks."""
    for index, deployment in enumerate(deployments(desk)):
        if index:
            desk.state.put(replace(deployment, status=DeploymentStatus.INACTIVE))
        else:
            desk.state.put(replace(deployment, rollout_state=RolloutState.COMPLETED))
    desk.close()


def test_a_service_begins_with_a_deployment_of_the_latest_revision(desk: Desk) -> None:
    desk.do("RegisterTaskDefinition", **definition())
    shown = desk.do("CreateService", **WEB)["service"]
    (deployment,) = deployments(desk)
    assert service(desk).definition == "web:2"
    assert service(desk).created_by == "ada"
    assert (deployment.status, deployment.rollout_state) == (
        DeploymentStatus.PRIMARY,
        RolloutState.IN_PROGRESS,
    )
    assert deployment.rollout_reason == f"ECS deployment {deployment.id} in progress."
    assert [d["id"] for d in shown["deployments"]] == [deployment.id]
    assert desk.events[-1] == f"(service api) (deployment {deployment.id}) deployment in progress."


@pytest.mark.parametrize(
    "name",
    [
        "web",
        "web:1",
        f"{ARN}:task-definition/web:1",
        "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1",
    ],
)
def test_a_task_definition_is_named_in_any_of_ecs_s_ways(desk: Desk, name: str) -> None:
    desk.do("CreateService", **WEB | {"taskDefinition": name})
    assert service(desk).definition == "web:1"


def test_the_same_request_again_is_the_same_service(desk: Desk) -> None:
    first = desk.do("CreateService", **WEB, clientToken="a")
    assert desk.do("CreateService", **WEB, clientToken="b") == first
    assert len(deployments(desk)) == 1


CREATING: list[tuple[dict[str, Any], str]] = [
    ({"cluster": "defualt"}, 'ClusterNotFoundException: Cluster not found. There is no cluster "defualt"; did you mean default?'),
    ({"taskDefinition": "wbe"}, 'ClientException: TaskDefinition not found. There is no task definition "wbe"; did you mean web?'),
    ({"taskDefinition": "web:9"}, "ClientException: TaskDefinition not found. There is no revision web:9."),
    ({"taskDefinition": "web:x"}, "ClientException: Invalid revision number. Number: x"),
    ({"taskDefinition": "old:1"}, "ClientException: TaskDefinition is inactive"),
    ({"taskDefinition": "old"}, "ClientException: TaskDefinition not found. There is no ACTIVE revision of old."),
    ({"desiredCount": None}, "InvalidParameterException: desiredCount: is missing; a REPLICA service keeps so many tasks."),
    ({"schedulingStrategy": "DAEMON"}, "InvalidParameterException: desiredCount: a DAEMON service runs one task on each"),
    (
        {"schedulingStrategy": "DAEMON", "desiredCount": None, "placementStrategy": [{"type": "random"}]},
        "InvalidParameterException: placementStrategy: a DAEMON service has none, it runs on every instance that suits it.",
    ),
    (
        {"schedulingStrategy": "DAEMON", "desiredCount": None, "deploymentConfiguration": {"maximumPercent": 200}},
        "InvalidParameterException: deploymentConfiguration.maximumPercent: must be 100 for a DAEMON service.",
    ),
    (
        {"deploymentConfiguration": {"earlySuccessCriteria": {"enable": True}}},
        "InvalidParameterException: deploymentConfiguration.earlySuccessCriteria.healthyPercent: is missing",
    ),
    (
        {"deploymentConfiguration": {"earlySuccessCriteria": {"enable": True, "healthyPercent": 100}}},
        "InvalidParameterException: deploymentConfiguration.earlySuccessCriteria.sourceServiceRevisionCleanup: is missing",
    ),
    (
        {"deploymentConfiguration": {"earlySuccessCriteria": EARLY | {"healthyPercent": 99}}},
        "InvalidParameterException: deploymentConfiguration.earlySuccessCriteria.healthyPercent: 99 is less than",
    ),
    (
        {"deploymentConfiguration": {"bakeTimeInMinutes": 1441}},
        "InvalidParameterException: deploymentConfiguration.bakeTimeInMinutes: ",
    ),
    ({"serviceName": "live"}, "InvalidParameterException: Creation of service was not idempotent."),
    ({"serviceName": "leaving"}, "InvalidParameterException: Unable to Start a service that is still Draining."),
    ({"tags": [{"key": "aws:x", "value": "y"}]}, "InvalidParameterException: aws: prefixed tag key names are not allowed"),
    ({"tags": [{"key": "x"}, {"key": "x"}]}, "InvalidParameterException: tags: a key may be given once."),
    (
        {"placementConstraints": [{"type": "memberOf"}]},
        "InvalidParameterException: placementConstraints[0].expression: is missing; memberOf needs one",
    ),
    (
        {"placementConstraints": [{"type": "distinctInstance", "expression": "attribute:a exists"}]},
        "InvalidParameterException: placementConstraints[0].expression: distinctInstance takes none.",
    ),
    ({"placementConstraints": [{"type": "memberOf", "expression": "attribute:a =="}]}, "InvalidParameterException: "),
    (
        {"placementConstraints": [{"type": "distinctInstance"}] * 10, "taskDefinition": "picky"},
        "InvalidParameterException: placementConstraints: there may be 10, those of task definition picky:1 included.",
    ),
    (
        {"placementStrategy": [{"type": "spread", "field": "zone"}]},
        'InvalidParameterException: placementStrategy[0].field: spread goes by instanceId or attribute:NAME, not "zone".',
    ),
    (
        {"placementStrategy": [{"type": "binpack"}]},
        'InvalidParameterException: placementStrategy[0].field: binpack goes by cpu or memory, not "".',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), CREATING)
def test_a_service_that_can_t_be_created_is_refused(
    desk: Desk, change: dict[str, Any], expected: str
) -> None:
    desk.do("RegisterTaskDefinition", **definition("old"))
    desk.do("DeregisterTaskDefinition", taskDefinition="old:1")
    anywhere = [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}]
    desk.do("RegisterTaskDefinition", **definition("picky", placementConstraints=anywhere))
    desk.do("CreateService", **WEB | {"serviceName": "live", "desiredCount": 1})
    desk.do("CreateService", **WEB | {"serviceName": "leaving"})
    desk.do("DeleteService", service="leaving", force=True)
    assert desk.refused("CreateService", **WEB | change).startswith(expected)


def test_what_was_asked_is_kept_in_ecs_s_words(desk: Desk) -> None:
    shown = desk.do(
        "CreateService",
        **WEB,
        deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 150},
        placementConstraints=[{"type": "memberOf", "expression": "attribute:zone == a"}],
        placementStrategy=[{"type": "spread", "field": "host"}, {"type": "binpack", "field": "MEMORY"}],
        healthCheckGracePeriodSeconds=7,
        healthyAfterSeconds=2.5,
        replace="ask",
        tags=[{"key": "team", "value": "red"}],
    )["service"]
    assert shown["deploymentConfiguration"]["minimumHealthyPercent"] == 0
    assert shown["deploymentConfiguration"]["maximumPercent"] == 150
    assert shown["placementConstraints"] == [{"type": "memberOf", "expression": "attribute:zone == a"}]
    assert shown["placementStrategy"] == [
        {"type": "spread", "field": "instanceId"},
        {"type": "binpack", "field": "memory"},
    ]
    assert (shown["healthCheckGracePeriodSeconds"], shown["healthyAfterSeconds"]) == (7, 2.5)
    assert (shown["replace"], shown["tags"]) == ("ask", [{"key": "team", "value": "red"}])


NO_DEPLOYMENT: list[dict[str, Any]] = [
    {"desiredCount": 5},
    {"taskDefinition": "web:1"},
    {"deploymentConfiguration": {"maximumPercent": 100}},
    {"deploymentConfiguration": {"bakeTimeInMinutes": 5, "earlySuccessCriteria": EARLY}},
    {"placementConstraints": [{"type": "distinctInstance"}]},
    {"placementStrategy": []},
    {"healthCheckGracePeriodSeconds": 9},
    {"replace": "no"},
    {"healthyAfterSeconds": 1},
    {"probe": {"protocol": "TCP", "containerName": "main", "containerPort": 80}},
]
#: What is so already.
SAME: list[dict[str, Any]] = [{"taskDefinition": "web:1"}, {"placementStrategy": []}]


@pytest.mark.parametrize("change", NO_DEPLOYMENT)
def test_such_a_change_begins_no_deployment(desk: Desk, change: dict[str, Any]) -> None:
    desk.do("CreateService", **WEB)
    before = service(desk)
    desk.do("UpdateService", service="api", **change)
    (deployment,) = deployments(desk)
    assert deployment.desired_count == service(desk).desired_count
    assert (service(desk) == before) is (change in SAME)


def test_what_an_update_does_not_name_stays(desk: Desk) -> None:
    desk.do("CreateService", **WEB, replace="no", deploymentConfiguration={"minimumHealthyPercent": 50})
    ends = {"bakeTimeInMinutes": 5, "earlySuccessCriteria": EARLY}
    desk.do("UpdateService", service="api", deploymentConfiguration=ends)
    before = service(desk)
    assert (before.bake_time_minutes, before.early_success) == (5, EarlySuccess(100, SourceCleanup.DEFERRED))
    desk.do("UpdateService", service="api", desiredCount=3)
    assert service(desk) == replace(before, desired_count=3)


@pytest.mark.parametrize("change", [{"taskDefinition": "web"}, {"forceNewDeployment": True}])
def test_such_a_change_begins_one(desk: Desk, change: dict[str, Any]) -> None:
    desk.do("CreateService", **WEB)
    desk.do("RegisterTaskDefinition", **definition())
    desk.do("UpdateService", service=f"{ARN}:service/default/api", **change)
    newest, older = deployments(desk)
    assert newest.definition == ("web:2" if "taskDefinition" in change else "web:1")
    assert (newest.status, newest.desired_count) == (DeploymentStatus.PRIMARY, 2)
    assert (older.status, older.desired_count) == (DeploymentStatus.ACTIVE, 0)


def test_deployments_of_one_moment_keep_their_order(desk: Desk) -> None:
    desk.do("CreateService", **WEB)
    for _ in range(20):
        desk.do("UpdateService", service="api", forceNewDeployment=True)
        statuses = [deployment.status for deployment in deployments(desk)]
        assert statuses == [DeploymentStatus.PRIMARY] + [DeploymentStatus.ACTIVE] * (len(statuses) - 1)


def test_updates_of_what_is_not_there_are_refused(desk: Desk) -> None:
    assert desk.refused("UpdateService", service="api") == (
        'ServiceNotFoundException: Service not found. There is no service "api"; there is none.'
    )
    desk.do("CreateService", **WEB)
    assert desk.refused("UpdateService", service="spi") == (
        'ServiceNotFoundException: Service not found. There is no service "spi"; did you mean api?'
    )
    desk.do("DeleteService", service="api", force=True)
    assert (
        desk.refused("UpdateService", service="api") == "ServiceNotActiveException: Service was not ACTIVE."
    )


def test_a_service_above_zero_is_deleted_by_force_alone(desk: Desk) -> None:
    desk.do("CreateService", **WEB)
    assert desk.refused("DeleteService", service="api") == (
        "InvalidParameterException: The service cannot be stopped while it is scaled above 0. "
        "Scale it to 0 first, or delete it by force."
    )
    desk.do("DeleteService", service="api", force=True)
    assert (service(desk).status, service(desk).desired_count) == (ServiceStatus.DRAINING, 0)
    desk.do("DeleteService", service="api")


def test_the_name_of_an_inactive_service_is_free_and_its_past_forgotten(desk: Desk) -> None:
    desk.do("CreateService", **WEB)
    complete(desk)
    desk.state.put(replace(service(desk), status=ServiceStatus.INACTIVE))
    desk.close()
    assert desk.refused("DeleteService", service="api").startswith(
        "ServiceNotFoundException: Service not found."
    )
    desk.do("CreateService", **WEB | {"desiredCount": 1})
    assert [deployment.rollout_state for deployment in deployments(desk)] == [RolloutState.IN_PROGRESS]


def test_a_rollback_goes_to_what_was_completed_last_with_another_revision(desk: Desk) -> None:
    desk.do("CreateService", **WEB)
    assert desk.refused("RollbackService", service="api") == (
        "InvalidParameterException: Service api has no earlier completed deployment of another task definition than "
        "web:1, or of other versions of its images: name the task definition to go back to."
    )
    complete(desk)
    for _ in range(2):
        desk.do("RegisterTaskDefinition", **definition())
        desk.do("UpdateService", service="api", taskDefinition="web")
    desk.do("DeregisterTaskDefinition", taskDefinition="web:1")
    desk.do("RollbackService", service="api")
    assert service(desk).definition == deployments(desk)[0].definition == "web:1"
    assert desk.events[-1] == f"(service api) (deployment {deployments(desk)[0].id}) rolling back to web:1."
    desk.do("RollbackService", service="api", taskDefinition="web:2")
    assert service(desk).definition == "web:2"


def test_only_a_deployment_in_progress_can_be_stopped(desk: Desk) -> None:
    desk.do("CreateService", **WEB)
    (first,) = deployments(desk)
    assert desk.refused("StopServiceDeployment", serviceDeploymentArn="ecs-svc/7") == (
        'ServiceDeploymentNotFoundException: The service deployment "ecs-svc/7" was not found.'
    )
    assert desk.refused("StopServiceDeployment", serviceDeploymentArn=first.id) == (
        "ConflictException: Service api has no earlier completed deployment to go back to: stop it with stopType ABORT."
    )
    complete(desk)
    digits = first.id.partition("/")[2]
    assert desk.refused("StopServiceDeployment", serviceDeploymentArn=digits) == (
        f"ConflictException: The service deployment {first.id} has ended (COMPLETED): there is nothing to stop."
    )
    desk.do("UpdateService", service="api", forceNewDeployment=True)
    shown = desk.do("StopServiceDeployment", serviceDeploymentArn=deployments(desk)[0].id)
    assert shown["serviceDeploymentArn"].startswith(
        "arn:aws:ecs:local:000000000000:service-deployment/default/api/"
    )
    assert deployments(desk)[0].id == first.id


def test_a_rollback_makes_the_deployment_itself_primary_again_also_of_a_deregistered_revision(
    desk: Desk,
) -> None:
    desk.do("CreateService", **WEB)
    complete(desk)
    (first,) = deployments(desk)
    desk.do("RegisterTaskDefinition", **definition())
    desk.do("UpdateService", service="api", taskDefinition="web")
    second = deployments(desk)[0]
    desk.state.put(replace(second, failed_tasks=3, backoff_step=2, retry_at=1e9))
    desk.do("DeregisterTaskDefinition", taskDefinition="web:1")
    shown = desk.do("RollbackService", service="api", taskDefinition="web:1")["service"]["deployments"]
    assert [(d["id"], d["status"], d["rolloutState"], d["desiredCount"]) for d in shown] == [
        (first.id, "PRIMARY", "IN_PROGRESS", 2),
        (second.id, "ACTIVE", "IN_PROGRESS", 0),
    ]
    assert shown[0]["createdAt"] == first.created_at
    assert desk.refused("RollbackService", service="api") == (
        "InvalidParameterException: Service api is rolling back to web:1 already: name the task definition to go "
        "to another one."
    )
    complete(desk)
    assert desk.refused("RollbackService", service="api").startswith(
        "InvalidParameterException: Service api has no"
    )
    desk.do("RollbackService", service="api", taskDefinition="web:2")
    again = deployments(desk)[0]
    assert again.id not in {first.id, second.id}, "a deployment that never was complete is none to go back to"
    assert (again.failed_tasks, again.retry_at) == (0, None)


def test_a_service_that_asks_is_answered(desk: Desk) -> None:
    desk.do("CreateService", **WEB, replace="ask")
    yes = {"service": "api", "containerInstance": "a"}
    assert desk.refused("ConfirmReplacement", **yes) == (
        "InvalidParameterException: Container instance a is not lost: there is nothing to replace."
    )
    desk.connect("a", connectivity=Connectivity.LOST)
    lost = desk.instance("a").id
    desk.do("ConfirmReplacement", **yes)
    assert (service(desk).replace_confirmed, service(desk).replace_asked) == ((lost,), ())
    desk.do("ConfirmReplacement", **yes, replace=False)
    assert (service(desk).replace_confirmed, service(desk).replace_asked) == ((), (lost,))
    desk.do("ConfirmReplacement", **yes)
    desk.do("UpdateService", service="api", replace="yes")
    assert service(desk).replace_confirmed == ()
    assert desk.refused("ConfirmReplacement", **yes) == (
        "InvalidParameterException: Service api does not ask before it replaces tasks: its replace is yes."
    )
