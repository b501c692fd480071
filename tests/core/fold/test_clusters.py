"""Clusters: created once, deleted when empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.ecs import ADDITIONS, describe_cluster
from core.fold.config import DeclaredProvider
from core.model.capacity_provider import CapacityProvider
from core.model.cluster import ClusterStatus
from core.record import replace
from tests.botocore_shapes import departures, ecs
from tests.core.fold.desk import ARN, declared

if TYPE_CHECKING:
    from tests.core.fold.desk import Desk


def test_creating_twice_is_creating_once(desk: Desk) -> None:
    first = desk.do("CreateCluster", clusterName="edge")
    desk.now += 10
    assert desk.do("CreateCluster", clusterName="edge") == first
    assert desk.events.count("Cluster edge was created.") == 1


def test_a_cluster_goes_when_nothing_is_left_in_it(desk: Desk) -> None:
    desk.do("CreateService", serviceName="api", taskDefinition="web", desiredCount=0)
    task = desk.task()
    assert desk.refused("DeleteCluster", cluster="default") == (
        "ClusterContainsContainerInstancesException: "
        "The Cluster cannot be deleted while Container Instances are active or draining."
    )
    desk.config(declared(force=True))
    assert desk.refused("DeleteCluster", cluster="default") == (
        "ClusterContainsServicesException: The Cluster cannot be deleted while Services are active."
    )
    desk.state.delete(desk.state.services["default/api"])
    desk.close()
    assert desk.refused("DeleteCluster", cluster="default") == (
        "ClusterContainsTasksException: The Cluster cannot be deleted while Tasks are active."
    )
    desk.do("StopTask", task=task.id)
    output = desk.do("DeleteCluster", cluster=f"{ARN}:cluster/default")
    assert output["cluster"]["status"] == "INACTIVE"
    assert (
        desk.refused("RunTask", taskDefinition="web")
        == "ClientException: The referenced cluster was inactive."
    )


def test_a_deleted_cluster_can_be_created_again(desk: Desk) -> None:
    desk.do("CreateCluster", clusterName="edge")
    desk.do("DeleteCluster", cluster="edge")
    desk.do("CreateCluster", clusterName="edge")
    assert desk.state.clusters["edge"].status is ClusterStatus.ACTIVE


def shares(*items: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"capacityProvider": name, "weight": weight, "base": 0} for name, weight in items]


def test_a_cluster_that_is_there_stays_as_it_is_and_what_is_asked_otherwise_is_told(desk: Desk) -> None:
    tags = [{"key": "team", "value": "a"}]
    desk.do("CreateCluster", clusterName="edge", tags=tags)
    again = desk.do("CreateCluster", clusterName="edge", tags=tags)
    assert (again["cluster"]["tags"], again.get("warnings")) == (tags, None)
    other = desk.do("CreateCluster", clusterName="edge", tags=[{"key": "team", "value": "b"}])
    assert other["cluster"]["tags"] == tags
    assert other["warnings"] == ["tags has no effect: cluster edge is there already, and stays as it is."]
    grouped(desk)
    default = shares(("steady", 1))
    settings = {"capacityProviders": ["steady", "spare"], "defaultCapacityProviderStrategy": default}
    told = desk.do("CreateCluster", **settings)
    assert told["cluster"]["defaultCapacityProviderStrategy"] == []
    assert told["warnings"] == [
        "defaultCapacityProviderStrategy has no effect: cluster default is there already, and stays as it is."
    ]


def grouped(desk: Desk) -> None:
    """The config names two capacity providers of the cluster."""
    names = ("steady", "spare")
    providers = tuple(DeclaredProvider("default", CapacityProvider(name, ("a",))) for name in names)
    desk.config(replace(declared("a", "b"), capacity_providers=providers))


def test_a_cluster_that_was_deleted_begins_anew_with_the_providers_that_the_config_names(desk: Desk) -> None:
    edge = DeclaredProvider("edge", CapacityProvider("spare", expression="attribute:pool == spare"))
    desk.config(replace(declared("a", "b"), clusters=("default", "edge"), capacity_providers=(edge,)))
    given = {"capacityProviders": ["spare"], "defaultCapacityProviderStrategy": shares(("spare", 1))}
    desk.do("PutClusterCapacityProviders", cluster="edge", **given)
    desk.do("DeleteCluster", cluster="edge")
    made = desk.do("CreateCluster", clusterName="edge")["cluster"]
    assert (made["capacityProviders"], made["defaultCapacityProviderStrategy"]) == (["spare"], [])
    desk.do("DeleteCluster", cluster="edge")
    made = desk.do("CreateCluster", clusterName="edge", **given)["cluster"]
    assert made["defaultCapacityProviderStrategy"] == shares(("spare", 1))


def test_the_default_strategy_is_put_taken_away_and_outlives_the_config(desk: Desk) -> None:
    grouped(desk)
    both = ["steady", "arn:aws:ecs:local:000000000000:capacity-provider/spare"]
    default = shares(("spare", 3), ("steady", 1))
    put = {"cluster": "default", "capacityProviders": both}
    output = desk.do("PutClusterCapacityProviders", **put, defaultCapacityProviderStrategy=default)
    assert output["cluster"]["defaultCapacityProviderStrategy"] == default
    shape = ecs().operation_model("PutClusterCapacityProviders").output_shape
    assert list(departures(output, shape, ADDITIONS)) == []
    desk.do("PutClusterCapacityProviders", **put, defaultCapacityProviderStrategy=default)
    told = "Cluster default has the default capacity provider strategy spare=3, steady=1."
    assert desk.events.count(told) == 1
    grouped(desk)
    assert describe_cluster(desk.state, desk.state.clusters["default"]) == output["cluster"]
    fargate = [*default, {"capacityProvider": "FARGATE", "weight": 1}]
    warned = desk.do(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=[*both, "FARGATE"],
        defaultCapacityProviderStrategy=fargate,
    )
    assert warned["warnings"] == [
        f"{member} of AWS Fargate has no effect: there are no such hosts here."
        for member in ("capacityProviders", "defaultCapacityProviderStrategy")
    ]
    assert warned["cluster"]["defaultCapacityProviderStrategy"] == default
    desk.do("PutClusterCapacityProviders", **put, defaultCapacityProviderStrategy=[])
    assert desk.events[-1] == "Cluster default has no default capacity provider strategy any more."


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"capacityProviders": ["steady"]}, "capacityProviders: leaves out spare, which the config names for cluster default: name them all here, or take it out of [capacity_providers] there."),
        ({"capacityProviders": ["steady", "spar"]}, "capacityProviders[1]: cluster default has no capacity provider spar; did you mean spare?"),
        ({"defaultCapacityProviderStrategy": shares(("stedy", 1))}, "defaultCapacityProviderStrategy[0].capacityProvider: cluster default has no capacity provider stedy; did you mean steady?"),
        ({"defaultCapacityProviderStrategy": shares(("spare", 0))}, "defaultCapacityProviderStrategy: at least one item must have a weight that is not 0."),
    ],
)  # fmt: skip
def test_only_what_the_config_names_is_taken(desk: Desk, given: dict[str, Any], sentence: str) -> None:
    grouped(desk)
    whole = {"cluster": "default", "capacityProviders": ["steady", "spare"]}
    asked = whole | {"defaultCapacityProviderStrategy": shares(("spare", 1))} | given
    told = desk.refused("PutClusterCapacityProviders", **asked)
    assert told == f"InvalidParameterException: {sentence}"
    asked["clusterName"] = asked.pop("cluster")
    assert desk.refused("CreateCluster", **asked) == told
