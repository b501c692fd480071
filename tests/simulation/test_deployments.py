"""The story of each kind of deployment, by name: the real engine in virtual time, the checker watching every commit.

The random stories have all of this as well, by chance and with every fault; here each is told once, to its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from core.commands import Action
from core.hosts.simulated_docker import Script
from core.model.service import DeploymentStatus, RolloutState
from core.model.settings import Settings
from core.model.task import DesiredStatus, TaskStatus
from core.sim import scripts
from core.sim.check import Checker
from core.sim.config_file import CLUSTER
from core.sim.faults import missing_only
from core.sim.rest import unrest
from core.sim.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from core.model.service import Deployment, Service
    from core.model.task import Task

DESIRED: Final = 6
WELL, MISSING, NEVER, ENDS = "demo/good:1", "demo/missing:1", "demo/never:1", "demo/ends:1"
#: Long enough for whatever is to happen to have happened, back-off included.
LONG_S: Final = 300.0


@pytest.fixture(autouse=True)
def images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images whose containers do the same whatever the seed: they serve, never pass their check, or end at once."""
    made = {
        "good": Script(healthy_after_s=3.0),
        "never": Script(healthy_after_s=None),
        "ends": Script(exits_after_s=1.0, exit_code=1),
    }
    for name, script in made.items():
        monkeypatch.setitem(scripts._SCRIPTS, name, always(script))


def always(script: Script) -> Callable[[Random], Script]:
    return lambda _: script


@pytest.fixture
def story() -> Story:
    return Story()


class Story:
    """Five hosts and a service of six tasks at rest."""

    def __init__(self) -> None:
        self.world = World("deployments", Settings(backoff_max_s=20.0), 5)
        self.world.watcher = Checker(self.world)
        for machine in self.world.machines:
            machine.docker.pull_error = missing_only
        #: How many tasks served, each second since the last change.
        self.served: list[int] = []
        self.world.start_engine()
        self.pass_s(10.0)
        self.register(WELL)
        self.create: dict[str, Any] = {
            "serviceName": "web",
            "taskDefinition": "web",
            "desiredCount": DESIRED,
            "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 150},
        }
        self.submit(Action.CREATE_SERVICE, **self.create)
        self.pass_s(60.0)
        assert self.at_rest() == (DESIRED, "web:1")

    @property
    def service(self) -> Service:
        found = self.world.disk.service(f"{CLUSTER}/web")
        assert found is not None
        return found

    @property
    def deployments(self) -> list[Deployment]:
        """The newest first."""
        return sorted(self.world.disk.deployments(), key=lambda d: -d.created_at)

    def serving(self, definition: str = "") -> list[Task]:
        return [
            task
            for task in self.world.disk.tasks()
            if task.last_status is TaskStatus.RUNNING
            and task.desired_status is DesiredStatus.RUNNING
            and task.healthy_since is not None
            and self.world.disk.answers_now(task.instance)
            and definition in {"", task.definition}
        ]

    def at_rest(self) -> tuple[int, str]:
        """How many tasks serve, and of which definition, when nothing is left to do."""
        assert unrest(self.world) == []
        (primary,) = [d for d in self.deployments if d.status is DeploymentStatus.PRIMARY]
        assert primary.rollout_state is RolloutState.COMPLETED
        assert len(self.serving()) == len(self.serving(self.service.definition))
        return len(self.serving()), self.service.definition

    def submit(self, action: Action, **given: object) -> None:
        self.world.submit(action, {"cluster": CLUSTER, **given})

    def register(self, image: str) -> None:
        check = {"command": ["CMD", "true"]}
        main = {"name": "main", "image": image, "memory": 128, "healthCheck": check}
        self.world.submit(Action.REGISTER_TASK_DEFINITION, {"family": "web", "containerDefinitions": [main]})
        self.pass_s(1.0)

    def deploy(self, image: str, **more: object) -> None:
        """Begin a rolling update, and let it come half of its way."""
        self.register(image)
        self.served.clear()
        self.submit(Action.UPDATE_SERVICE, service="web", taskDefinition="web", **more)
        self.pass_s(6.0)
        assert self.serving("web:1"), "it is over before anything could happen in the middle of it"

    def pass_s(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.world.timeline.run(self.world.timeline.now + 1.0)
            self.served.append(len(self.serving()))


def breaker(*, rollback: bool) -> dict[str, Any]:
    return {"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": rollback}}}


def test_good(story: Story) -> None:
    story.deploy(WELL)
    story.pass_s(LONG_S)
    assert story.at_rest() == (DESIRED, "web:2")
    assert min(story.served) >= DESIRED


@pytest.mark.parametrize("image", [MISSING, NEVER, ENDS])
def test_bad_without_a_breaker_goes_on_for_ever_and_costs_nothing(story: Story, image: str) -> None:
    """An image that is not there, health that never comes, a command that ends at once."""
    story.deploy(image)
    story.pass_s(LONG_S)
    assert story.deployments[0].rollout_state is RolloutState.IN_PROGRESS
    assert len(story.serving("web:1")) == DESIRED
    assert min(story.served) >= DESIRED
    story.submit(Action.ROLLBACK_SERVICE, service="web")
    story.pass_s(LONG_S)
    assert story.at_rest() == (DESIRED, "web:1")


@pytest.mark.parametrize("image", [MISSING, ENDS])
def test_bad_with_a_breaker_that_rolls_back(story: Story, image: str) -> None:
    story.deploy(image, **breaker(rollback=True))
    story.pass_s(LONG_S)
    assert story.at_rest() == (DESIRED, "web:1")
    assert "circuit breaker: rolling back" in story.deployments[0].rollout_reason
    assert min(story.served) >= DESIRED


@pytest.mark.parametrize("image", [MISSING, ENDS])
def test_bad_with_a_breaker_that_only_stops(story: Story, image: str) -> None:
    story.deploy(image, **breaker(rollback=False))
    story.pass_s(LONG_S)
    assert story.deployments[0].rollout_state is RolloutState.FAILED
    assert len(story.serving("web:1")) == DESIRED
    assert min(story.served) >= DESIRED


def test_two_hosts_lost_in_the_middle(story: Story) -> None:
    story.deploy(WELL)
    for machine in story.world.machines[:2]:
        machine.power_off()
    story.pass_s(LONG_S)
    assert story.at_rest() == (DESIRED, "web:2")
    for machine in story.world.machines[:2]:
        machine.power_on()
    story.pass_s(LONG_S)
    assert story.at_rest() == (DESIRED, "web:2")


@pytest.mark.parametrize("desired", [DESIRED + 4, DESIRED - 4])
def test_scaled_in_the_middle(story: Story, desired: int) -> None:
    story.deploy(WELL)
    story.submit(Action.UPDATE_SERVICE, service="web", desiredCount=desired)
    story.pass_s(LONG_S)
    assert story.at_rest() == (desired, "web:2")
    assert min(story.served) >= min(desired, DESIRED)


def test_a_drain_in_the_middle(story: Story) -> None:
    story.deploy(WELL)
    held = max(story.world.machines, key=lambda machine: len(machine.running_tasks()))
    instance = story.world.instance_of(held)
    assert instance is not None
    drained = {"containerInstances": [instance.id], "status": "DRAINING"}
    story.submit(Action.UPDATE_CONTAINER_INSTANCES_STATE, **drained)
    story.pass_s(LONG_S)
    assert story.at_rest() == (DESIRED, "web:2")
    assert held.running_tasks() == []
    assert min(story.served) >= DESIRED
