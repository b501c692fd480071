"""Clusters: created once, deleted when empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.cluster import ClusterStatus
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
