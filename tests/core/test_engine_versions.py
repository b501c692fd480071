"""Stories about tags that move: all tasks of a deployment run what its first one found (ECS's versionConsistency)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.actions import Action, CreateContainer, PullImage
from core.ecs import describe_service
from core.model.task import TaskStatus
from core.record import replace
from core.reports import Outcome, Result
from tests.core.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGE = "demo/web:1"
SPREAD: dict[str, Any] = {"placementStrategy": [{"type": "spread", "field": "instanceId"}]}


def pulls(stage: Stage, name: str) -> list[str]:
    """The digests that pulls on a host asked for; empty for the tag."""
    return [action.digest for action in stage.hosts[name].done if isinstance(action, PullImage)]


def made(stage: Stage, name: str) -> list[str]:
    """The digests that containers on a host were created by."""
    return [action.image_digest for action in stage.hosts[name].done if isinstance(action, CreateContainer)]


def images(stage: Stage) -> list[dict[str, Any]]:
    """What DescribeServices says of the images of the PRIMARY deployment."""
    shown: list[dict[str, Any]] = describe_service(stage.state, stage.service())["deployments"][0][
        "containerImages"
    ]
    return shown


def test_later_tasks_run_what_the_first_one_found_and_describe_says_so() -> None:
    stage = Stage("a", "b")
    stage.registry[IMAGE] = "sha256:old"
    stage.serve(1)
    stage.registry[IMAGE] = "sha256:new"
    stage.submit("UpdateService", {"service": "web", "desiredCount": 4})
    stage.pass_s(10.0)
    assert {*made(stage, "a"), *made(stage, "b")} == {"sha256:old"}
    assert sorted([*pulls(stage, "a"), *pulls(stage, "b")]) == ["", "sha256:old"]
    assert images(stage) == [{"containerName": "main", "image": IMAGE, "imageDigest": "sha256:old"}]


def test_the_digest_survives_the_engine() -> None:
    stage = Stage("a")
    stage.registry[IMAGE] = "sha256:old"
    stage.serve(1)
    stage.registry[IMAGE] = "sha256:new"
    stage.restart()
    stage.look()
    stage.submit("UpdateService", {"service": "web", "desiredCount": 3})
    stage.pass_s(10.0)
    assert set(made(stage, "a")) == {"sha256:old"}
    assert pulls(stage, "a") == ["", "sha256:old"]


def test_hosts_that_pull_at_once_and_find_two_versions_agree_on_the_first() -> None:
    stage = Stage("a", "b")
    digests = {"a": "sha256:one", "b": "sha256:two"}

    def finding(instance: str, digest: str) -> Callable[[Action], Outcome | None]:
        def pull(action: Action) -> Outcome | None:
            asks = isinstance(action, PullImage) and not action.digest
            return Outcome(instance, action, Result.DONE, stage.now, digest=digest) if asks else None

        return pull

    for name, digest in digests.items():
        stage.hosts[name].refuse = finding(stage.instance(name).id, digest)
    stage.serve(2, **SPREAD)
    (found,) = images(stage)
    other = next(name for name, digest in digests.items() if digest != found["imageDigest"])
    assert {*made(stage, "a"), *made(stage, "b")} == {found["imageDigest"]}
    assert pulls(stage, other) == ["", found["imageDigest"]]


def test_a_new_deployment_resolves_again_and_a_rollback_goes_back_to_the_old_version() -> None:
    stage = Stage("a")
    stage.registry[IMAGE] = "sha256:old"
    stage.serve(1)
    stage.registry[IMAGE] = "sha256:new"
    stage.submit("UpdateService", {"service": "web", "forceNewDeployment": True})
    stage.pass_s(20.0)
    assert (stage.service().steady, images(stage)[0]["imageDigest"]) == (True, "sha256:new")
    stage.registry[IMAGE] = "sha256:newest"
    stage.submit("RollbackService", {"service": "web"})
    stage.pass_s(20.0)
    assert (stage.service().steady, images(stage)[0]["imageDigest"]) == (True, "sha256:old")
    assert made(stage, "a") == ["sha256:old", "sha256:new", "sha256:old"]


def test_a_rollback_from_a_version_that_nobody_could_pull_goes_back_to_the_one_before() -> None:
    """The same definition both times: what is told apart are the images."""
    stage = Stage("a")
    container = {"name": "main", "image": "demo/older:1", "memory": 64}
    stage.submit("RegisterTaskDefinition", {"family": "web", "containerDefinitions": [container]})
    stage.serve(1)
    stage.registry[IMAGE] = "sha256:old"
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web:1"})
    stage.pass_s(20.0)
    before = stage.service()
    gone = Outcome(stage.instance("a").id, PullImage(IMAGE), Result.FAILED, stage.now, error="unknown")
    stage.hosts["a"].refuse = lambda action: (
        replace(gone, action=action) if isinstance(action, PullImage) and not action.digest else None
    )
    stage.submit("UpdateService", {"service": "web", "forceNewDeployment": True})
    stage.pass_s(10.0)
    assert not stage.service().steady
    stage.submit("RollbackService", {"service": "web"})
    stage.pass_s(20.0)
    assert (stage.service().steady, stage.service().definition) == (True, before.definition)
    assert images(stage)[0]["imageDigest"] == "sha256:old"


def test_where_it_is_disabled_each_task_runs_what_the_tag_stands_for() -> None:
    stage = Stage("a", "b")
    container = {"name": "main", "image": IMAGE, "memory": 64, "versionConsistency": "disabled"}
    stage.submit("RegisterTaskDefinition", {"family": "web", "containerDefinitions": [container]})
    stage.registry[IMAGE] = "sha256:old"
    stage.serve(2, **SPREAD)
    assert [*pulls(stage, "a"), *pulls(stage, "b")] == ["", ""]
    assert {*made(stage, "a"), *made(stage, "b")} == {""}
    assert images(stage) == []


def test_an_image_without_a_digest_runs_by_its_name() -> None:
    stage = Stage("a", "b")
    stage.serve(2, **SPREAD)
    assert {*made(stage, "a"), *made(stage, "b")} == {""}
    assert images(stage) == []


def test_a_host_that_had_no_digest_pulls_the_version_that_another_found() -> None:
    """It is not enough that the name is there: the container is created by the digest."""
    stage = Stage("a", "b")
    stage.serve(1)
    stage.registry[IMAGE] = "sha256:found"
    stage.submit("UpdateService", {"service": "web", "desiredCount": 2})
    stage.pass_s(5.0)
    stage.submit("UpdateService", {"service": "web", "desiredCount": 6})
    stage.pass_s(10.0)
    first = "a" if pulls(stage, "a")[-1:] == ["sha256:found"] else "b"
    assert pulls(stage, first) == ["", "sha256:found"]
    assert made(stage, first)[0] == ""
    assert set(made(stage, first)[1:]) == {"sha256:found"}


def test_a_standalone_task_has_its_own() -> None:
    stage = Stage("a")
    stage.registry[IMAGE] = "sha256:old"
    stage.submit("RunTask", {"taskDefinition": "web"})
    stage.pass_s(3.0)
    stage.registry[IMAGE] = "sha256:new"
    stage.submit("RunTask", {"taskDefinition": "web"})
    stage.pass_s(3.0)
    assert made(stage, "a") == ["sha256:old", "sha256:new"]


def test_a_digest_in_the_image_s_own_name_is_taken_as_it_is() -> None:
    stage = Stage("a")
    image = f"demo/web@sha256:{'0' * 64}"
    container = {"name": "main", "image": image, "memory": 64}
    stage.submit("RegisterTaskDefinition", {"family": "web", "containerDefinitions": [container]})
    stage.registry[image] = f"sha256:{'0' * 64}"
    stage.serve(1)
    assert (pulls(stage, "a"), made(stage, "a")) == ([""], [""])


@pytest.mark.parametrize("digest", ["", "sha256:old"])
def test_a_pull_that_fails_fails_those_that_asked_for_that_version(digest: str) -> None:
    stage = Stage("a")
    if digest:
        stage.registry[IMAGE] = digest
        stage.serve(1)
        stage.restart()
        stage.look()

    def refuse(action: Action) -> Outcome | None:
        if not isinstance(action, PullImage):
            return None
        assert action.digest == digest
        name, error = "CannotPullContainerError", "no such host"
        return Outcome(stage.instance("a").id, action, Result.FAILED, stage.now, error_name=name, error=error)

    stage.hosts["a"].refuse = refuse
    if digest:
        stage.submit("UpdateService", {"service": "web", "desiredCount": 2})
    else:
        stage.submit("RunTask", {"taskDefinition": "web"})
    stage.pass_s(2.0)
    failed = stage.tasks(stopped=True)[0]
    assert (failed.last_status, "no such host" in failed.containers[0].reason) == (TaskStatus.STOPPED, True)
