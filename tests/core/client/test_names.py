from __future__ import annotations

import pytest

from core.client.names import find_cluster, find_definition, find_instance, find_service, find_task
from core.errors import Refused
from core.model.cluster import Cluster
from core.model.service import ServiceStatus
from core.model.state import State
from core.model.task_definition import TaskDefinitionStatus
from core.record import replace
from tests.core.builders import definition, instance, service, task

WEB = "3f2a91c0" + "0" * 24
TWIN = "3f2a91c0" + "1" * 24
OTHER = "b71c" + "2" * 28


@pytest.fixture
def state() -> State:
    made = State()
    for row in (
        Cluster("default"),
        Cluster("staging"),
        service(1),
        replace(service(1), cluster="staging"),
        replace(service(1), name="worker"),
        replace(service(1), name="old", status=ServiceStatus.INACTIVE),
        task(WEB),
        task(TWIN),
        replace(task(OTHER), cluster="staging"),
        replace(instance("edge-1"), id="ab12" + "3" * 28),
        replace(instance("edge-2"), id="ab12" + "4" * 28),
        # Named like the beginning of another one's id: the name wins.
        replace(instance("ab12"), id="f" * 32),
        definition("web:1"),
        definition("web:2"),
        replace(definition("web:3"), status=TaskDefinitionStatus.INACTIVE),
    ):
        made.put(row)
    return made


@pytest.mark.parametrize(
    ("text", "cluster", "key"),
    [
        ("worker", None, "default/worker"),
        ("web", "staging", "staging/web"),
        ("staging/web", None, "staging/web"),
        ("arn:aws:ecs:local:000000000000:service/default/web", None, "default/web"),
    ],
)
def test_a_service_is_found_by_its_name_and_cluster(
    state: State, text: str, cluster: str | None, key: str
) -> None:
    assert find_service(state, text, cluster).key == key


@pytest.mark.parametrize(("text", "cluster"), [("stagging/web", None), ("web", "stagging")])
def test_a_cluster_that_is_not_there_is_told_before_what_is_sought_in_it(
    state: State, text: str, cluster: str | None
) -> None:
    for find in (find_service, find_task, find_instance):
        with pytest.raises(Refused, match=r"There is no cluster stagging; did you mean staging\?") as refused:
            find(state, text, cluster)
        assert refused.value.code == "ClusterNotFoundException"


def test_a_name_in_two_clusters_is_refused_with_both(state: State) -> None:
    with pytest.raises(Refused) as refused:
        find_service(state, "web")
    assert refused.value.message == "web names more than one service: default/web, staging/web."


@pytest.mark.parametrize("text", ["wroker", "old"])
def test_a_service_that_is_not_there_is_refused_in_ecs_s_name(state: State, text: str) -> None:
    with pytest.raises(Refused) as refused:
        find_service(state, text)
    assert refused.value.code == "ServiceNotFoundException"


def test_a_slip_is_told_its_nearest(state: State) -> None:
    with pytest.raises(Refused, match="did you mean worker"):
        find_service(state, "wroker")


def test_a_task_is_found_by_at_least_four_characters(state: State) -> None:
    assert find_task(state, "b71c").id == OTHER
    assert find_task(state, "B71C").id == OTHER
    assert find_task(state, f"arn:aws:ecs:local:000000000000:task/staging/{OTHER}").id == OTHER
    with pytest.raises(Refused, match="at least 4 characters"):
        find_task(state, "b71")


def test_an_ambiguous_prefix_names_the_candidates(state: State) -> None:
    with pytest.raises(Refused, match=r"more than one task: 3f2a91c0 .*, 3f2a91c0"):
        find_task(state, "3f2a")
    assert find_task(state, WEB).id == WEB


def test_an_exact_name_wins_over_a_prefix(state: State) -> None:
    assert find_instance(state, "ab12").id == "f" * 32
    assert find_instance(state, "ab123").name == "edge-1"
    with pytest.raises(Refused, match="no container instance ab1"):
        find_instance(state, "ab1")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("web", "web:2"),
        ("web:1", "web:1"),
        ("web:3", "web:3"),
        ("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1", "web:1"),
    ],
)
def test_a_family_is_its_latest_active_revision(state: State, text: str, name: str) -> None:
    assert find_definition(state, text).name == name


def test_a_missing_revision_names_those_that_are_active(state: State) -> None:
    with pytest.raises(Refused, match="no task definition web:9; ACTIVE: 1, 2"):
        find_definition(state, "web:9")


def test_a_cluster_is_found_by_name_or_arn(state: State) -> None:
    assert find_cluster(state, "arn:aws:ecs:local:000000000000:cluster/staging").name == "staging"
    with pytest.raises(Refused) as refused:
        find_cluster(state, "prod")
    assert refused.value.code == "ClusterNotFoundException"
