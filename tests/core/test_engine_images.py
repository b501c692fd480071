"""Stories about the images on hosts: how they come, and how those that nobody needs any more go."""

from __future__ import annotations

import pytest

from core.actions import Action, CreateContainer, PullImage, RemoveImage
from core.fold.config import Declared, DeclaredInstance
from core.model.settings import Settings
from core.model.task import TaskStatus
from core.record import replace
from core.reports import Outcome, Result
from tests.core.stage import Stage

IMAGE = "demo/web:1"
QUICK = Settings(
    image_cleanup_interval_s=100.0,
    image_minimum_age_s=50.0,
    container_cleanup_s=5.0,
    stopped_retention_s=5.0,
)


def roll_out(stage: Stage, digest: str) -> None:
    """The tag moves, and the service is deployed anew."""
    stage.registry[IMAGE] = digest
    stage.submit("UpdateService", {"service": "web", "forceNewDeployment": True})
    stage.pass_s(15.0)
    assert stage.service().steady


def removed(stage: Stage) -> list[str]:
    """The digests of the images that were to go."""
    return [action.digest for action in stage.hosts["a"].done if isinstance(action, RemoveImage)]


def known(stage: Stage) -> list[str]:
    """The digests that the host's row tells of."""
    return [image.digest for image in stage.instance("a").pulled_images]


def pulls_as(stage: Stage, behaviour: str) -> None:
    """The config says of host `a` how it pulls."""
    host = DeclaredInstance(name="a", cluster="default", url="ssh://a", image_pull=behaviour)
    stage.rest(Declared(clusters=("default",), capacity=(host,), force=True))


@pytest.mark.parametrize(
    ("behaviour", "use_cached", "check_first"),
    [("", False, False), ("default", True, False), ("prefer-cached", False, True)],
)
def test_a_host_pulls_as_its_config_says_or_else_as_the_engine_s(
    behaviour: str, use_cached: bool, check_first: bool
) -> None:
    stage = Stage("a", settings=Settings(image_pull="always"))
    pulls_as(stage, behaviour)
    stage.submit("RunTask", {"taskDefinition": "web"})
    (pull,) = [action for action in stage.hosts["a"].done if isinstance(action, PullImage)]
    assert (pull.use_cached, pull.check_first) == (use_cached, check_first)


def test_a_version_that_no_container_runs_any_more_goes_when_it_is_old_enough() -> None:
    stage = Stage("a", settings=QUICK)
    stage.registry[IMAGE] = "old"
    stage.serve(1)
    roll_out(stage, "new")
    stage.pass_s(200.0)
    assert removed(stage) == ["old"]
    assert known(stage) == ["new"]
    assert stage.hosts["a"].images == {(IMAGE, "new")}
    assert [text for text in stage.said if "was needed no more and is removed" in text]


def test_it_is_known_to_the_next_engine() -> None:
    stage = Stage("a", settings=QUICK)
    stage.registry[IMAGE] = "old"
    stage.serve(1)
    roll_out(stage, "new")
    stage.restart()
    stage.look()
    stage.pass_s(200.0)
    assert removed(stage) == ["old"]


def test_what_was_on_the_host_before_is_never_removed() -> None:
    stage = Stage("a", settings=QUICK)
    stage.hosts["a"].images.add((IMAGE, "old"))
    stage.registry[IMAGE] = "old"
    stage.serve(1)
    roll_out(stage, "new")
    roll_out(stage, "newest")
    stage.pass_s(300.0)
    assert removed(stage) == ["new"]
    assert (IMAGE, "old") in stage.hosts["a"].images


@pytest.mark.parametrize(
    "settings",
    [{"images_deleted_per_cycle": 0}, {"image_pull": "prefer-cached"}, {"image_minimum_age_s": 9999.0}],
    ids=["off", "local copies are preferred", "too young"],
)
def test_nothing_goes(settings: dict[str, object]) -> None:
    stage = Stage("a", settings=replace(QUICK, **settings))  # type: ignore[arg-type]
    stage.registry[IMAGE] = "old"
    stage.serve(1)
    roll_out(stage, "new")
    stage.pass_s(300.0)
    assert removed(stage) == []


def test_those_that_were_not_needed_for_the_longest_time_go_first_and_few_at_a_time() -> None:
    stage = Stage("a", settings=replace(QUICK, images_deleted_per_cycle=1, image_minimum_age_s=0.0))
    stage.registry[IMAGE] = "1"
    stage.serve(1)
    for digest in "2345":
        roll_out(stage, digest)
    before = len(removed(stage))
    stage.pass_s(110.0)
    assert len(removed(stage)) == before + 1
    stage.pass_s(500.0)
    assert removed(stage) == ["1", "2", "3", "4"]


def test_what_a_stopped_task_s_containers_are_made_of_stays_as_long_as_they_do() -> None:
    stage = Stage("a", settings=replace(QUICK, container_cleanup_s=400.0, stopped_retention_s=400.0))
    stage.registry[IMAGE] = "old"
    stage.serve(1)
    # A container that is seen tells which version it runs.
    roll_out(stage, "new")
    for name, seen in stage.hosts["a"].containers.items():
        digest = "new" if seen.task in stage.hosts["a"].up else "old"
        stage.hosts["a"].containers[name] = replace(seen, image_digest=digest)
    stage.pass_s(300.0)
    assert removed(stage) == []
    stage.pass_s(300.0)
    assert removed(stage) == ["old"]


def test_a_host_that_refuses_is_asked_again_only_in_a_later_cycle() -> None:
    """A container that is not ours uses it, or it has another name: only the host knows."""
    stage = Stage("a", settings=QUICK)
    stage.registry[IMAGE] = "old"
    stage.serve(1)
    roll_out(stage, "new")
    stage.hosts["a"].refuse = lambda action: (
        Outcome(stage.instance("a").id, action, Result.FAILED, stage.now, error="in use")
        if isinstance(action, RemoveImage)
        else None
    )
    stage.pass_s(150.0)
    assert removed(stage) == ["old"]
    assert known(stage) == ["new", "old"]
    stage.hosts["a"].refuse = lambda _: None
    stage.pass_s(100.0)
    assert removed(stage) == ["old", "old"]
    assert known(stage) == ["new"]


def test_a_task_that_comes_while_its_image_goes_waits_and_pulls_it_again() -> None:
    stage = Stage("a", settings=QUICK)
    stage.registry[IMAGE] = "old"
    stage.serve(1)
    roll_out(stage, "new")
    stage.submit("UpdateService", {"service": "web", "desiredCount": 0})
    held: list[Action] = []

    def hold(action: Action) -> Outcome | None:
        """It takes its time: nobody hears of its end."""
        if not isinstance(action, RemoveImage) or action.digest != "new":
            return None
        held.append(action)
        return Outcome(stage.instance("a").id, action, Result.UNKNOWN, stage.now)

    stage.hosts["a"].refuse = hold
    stage.pass_s(250.0)
    assert held
    before = len(stage.hosts["a"].done)
    stage.submit("UpdateService", {"service": "web", "desiredCount": 1})
    stage.pass_s(10.0)
    done = [type(action) for action in stage.hosts["a"].done[before:]]
    assert done[:2] == [PullImage, CreateContainer]
    assert [task.last_status for task in stage.tasks()] == [TaskStatus.RUNNING]


def test_once_pulls_what_this_installation_never_pulled_here_and_then_no_more() -> None:
    stage = Stage("a", settings=Settings(image_pull="once"))
    for _ in range(2):
        stage.submit("RunTask", {"taskDefinition": "web"})
        stage.pass_s(2.0)
    pulls = [action for action in stage.hosts["a"].done if isinstance(action, PullImage)]
    assert [pull.check_first for pull in pulls] == [False, True]
