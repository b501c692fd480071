"""The operator of a story: registers definitions, keeps services, runs tasks, drains hosts, all from the story's chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.commands import Action
from core.model.service import ServiceStatus
from core.model.task import TaskStatus
from core.sim.scripts import MISSING
from core.sim.world import CLUSTER

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from core.model.instance import ContainerInstance
    from core.model.service import Service
    from core.sim.world import World

Json = dict[str, Any]

#: Between two commands, on the average.
GAP_S: Final = 15.0
#: Bounds that leave a rolling update somewhere to go.
BOUNDS: Final = ((100, 200), (50, 200), (50, 100), (0, 100), (100, 150), (75, 125))
_CHECK: Final = {"command": ["CMD", "true"]}


class Operator:
    """Sits at the keyboard until the faults are over."""

    def __init__(self, world: World, chance: Random, until: float) -> None:
        """Nothing is asked yet."""
        self._world: Final = world
        self._chance: Final = chance
        self._until: Final = until
        self._families: Final = chance.sample(sorted(FAMILIES), 5)
        #: Those that a service may keep: a job ends by itself.
        self._lasting: Final = [family for family in self._families if family != "job"]
        self._runs = 0
        self._services = 0

    def start(self) -> None:
        """Register what the story is about, and create the first services."""
        for family in self._families:
            self._register(family)
        for _ in range(self._chance.randint(1, 3)):
            self._create()
        self._world.timeline.after(self._chance.expovariate(1 / GAP_S), self._go_on)

    def _go_on(self) -> None:
        if self._world.now < self._until:
            self._chance.choices(
                [do for do, _ in self._habits()], weights=[weight for _, weight in self._habits()]
            )[0]()
            self._world.timeline.after(self._chance.expovariate(1 / GAP_S), self._go_on)

    def _habits(self) -> list[tuple[Callable[[], None], int]]:
        return [
            (self._create, 2),
            (self._scale, 5),
            (self._roll_out, 4),
            (self._roll_back, 1),
            (self._force, 1),
            (self._delete, 1),
            (self._run_task, 4),
            (self._stop_task, 3),
            (self._drain, 2),
            (self._activate, 3),
            (self._declare_lost, 1),
            (self._accept, 3),
            (self._confirm, 2),
        ]

    def tidy_up(self) -> None:
        """What an operator does when the faults are over: accept, confirm, take drained hosts back."""
        for instance in self._reinstalled():
            self._world.submit(Action.ACCEPT_INSTANCE, _of(containerInstance=instance.id))
        for instance in self._world.disk.instances():
            if self._chance.random() < 0.8:
                self._set_status(instance, "ACTIVE")
        for service in self._active():
            for instance_id in service.replace_asked:
                self._confirm_one(service, instance_id)

    # -- definitions ------------------------------------------------------------------------------------------------

    def _register(self, family: str) -> None:
        self._world.submit(
            Action.REGISTER_TASK_DEFINITION, FAMILIES[family](self._chance) | {"family": family}
        )

    # -- services ---------------------------------------------------------------------------------------------------

    def _create(self) -> None:
        if len(self._active()) >= 4:
            return
        self._services += 1
        minimum, maximum = self._chance.choice(BOUNDS)
        given = _of(
            serviceName=f"svc-{self._services}",
            taskDefinition=self._chance.choice(self._lasting),
            desiredCount=self._chance.randint(0, 6),
            deploymentConfiguration={"minimumHealthyPercent": minimum, "maximumPercent": maximum},
            replace=self._chance.choice(("yes", "yes", "yes", "yes", "no", "ask")),
            healthCheckGracePeriodSeconds=self._chance.choice((0, 0, 10)),
        )
        if self._chance.random() < 0.2:
            given["placementConstraints"] = [{"type": "distinctInstance"}]
        if self._chance.random() < 0.5:
            given["placementStrategy"] = [self._chance.choice(STRATEGIES)]
        self._world.submit(Action.CREATE_SERVICE, given)

    def _scale(self) -> None:
        for service in self._any(self._active()):
            given = _of(service=service.name, desiredCount=self._chance.randint(0, 7))
            self._world.submit(Action.UPDATE_SERVICE, given)

    def _roll_out(self) -> None:
        for service in self._any(self._active()):
            family = self._chance.choice([*self._lasting, service.definition.partition(":")[0]])
            if self._chance.random() < 0.6:
                self._register(family)
            self._world.submit(Action.UPDATE_SERVICE, _of(service=service.name, taskDefinition=family))

    def _roll_back(self) -> None:
        for service in self._any(self._active()):
            self._world.submit(Action.ROLLBACK_SERVICE, _of(service=service.name))

    def _force(self) -> None:
        for service in self._any(self._active()):
            self._world.submit(Action.UPDATE_SERVICE, _of(service=service.name, forceNewDeployment=True))

    def _delete(self) -> None:
        for service in self._any(self._active()):
            self._world.submit(Action.DELETE_SERVICE, _of(service=service.name, force=True))

    def _confirm(self) -> None:
        for service in self._any([s for s in self._active() if s.replace_asked]):
            self._confirm_one(service, service.replace_asked[0])

    def _confirm_one(self, service: Service, instance: str) -> None:
        given = _of(service=service.name, containerInstance=instance, replace=True)
        self._world.submit(Action.CONFIRM_REPLACEMENT, given)

    # -- tasks ------------------------------------------------------------------------------------------------------

    def _run_task(self) -> None:
        self._runs += 1
        given = _of(
            taskDefinition=self._chance.choice(self._families),
            count=self._chance.randint(1, 4),
            startedBy=f"run-{self._runs}",
        )
        self._world.submit(Action.RUN_TASK, given)

    def _stop_task(self) -> None:
        running = [t for t in self._world.disk.tasks() if t.last_status is not TaskStatus.STOPPED]
        for task in self._any(sorted(running, key=lambda t: t.id)):
            self._world.submit(Action.STOP_TASK, _of(task=task.id, reason="the operator said so"))

    # -- instances --------------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        for instance in self._any(self._world.disk.instances()):
            self._set_status(instance, "DRAINING")

    def _activate(self) -> None:
        for instance in self._any(self._world.disk.instances()):
            self._set_status(instance, "ACTIVE")

    def _set_status(self, instance: ContainerInstance, status: str) -> None:
        given = _of(containerInstances=[instance.id], status=status)
        self._world.submit(Action.UPDATE_CONTAINER_INSTANCES_STATE, given)

    def _declare_lost(self) -> None:
        for instance in self._any([i for i in self._world.disk.instances() if not i.connected]):
            self._world.submit(Action.DECLARE_INSTANCE_LOST, _of(containerInstance=instance.id))

    def _accept(self) -> None:
        for instance in self._any(self._reinstalled()):
            self._world.submit(Action.ACCEPT_INSTANCE, _of(containerInstance=instance.id))

    def _reinstalled(self) -> list[ContainerInstance]:
        """Those in quarantine of which the operator knows that they were installed anew."""
        return [i for i in self._world.disk.instances() if i.problem and i.marked and not self._is_itself(i)]

    def _is_itself(self, instance: ContainerInstance) -> bool:
        machine = self._world.machine_at(instance.url)
        return machine is None or machine.stranger is not None or bool(machine.docker.markers)

    # -- choosing ---------------------------------------------------------------------------------------------------

    def _any(self, rows: list[Any]) -> list[Any]:
        """One of them, or none where there are none."""
        return [self._chance.choice(rows)] if rows else []

    def _active(self) -> list[Service]:
        return [s for s in self._world.disk.services() if s.status is ServiceStatus.ACTIVE]


def _of(**given: object) -> Json:
    return {"cluster": CLUSTER, **given}


STRATEGIES: Final = (
    {"type": "binpack", "field": "memory"},
    {"type": "spread", "field": "instanceId"},
    {"type": "spread", "field": "attribute:zone"},
    {"type": "random"},
)


# -- task definitions -----------------------------------------------------------------------------------------------


def _one(image: str, chance: Random, **more: object) -> Json:
    container: Json = {
        "name": "main",
        "image": image,
        "cpu": chance.choice((0, 128, 512)),
        "memory": chance.choice((64, 256, 512)),
        **({"versionConsistency": "disabled"} if chance.random() < 0.1 else {}),
        **more,
    }
    return {"containerDefinitions": [container]}


def _checked(image: str, chance: Random) -> Json:
    return _one(image, chance, healthCheck=_CHECK)


def _published(chance: Random) -> Json:
    port = chance.choice((8080, 8081))
    return _one("demo/web:1", chance, portMappings=[{"containerPort": 80, "hostPort": port}])


def _sidecar(chance: Random) -> Json:
    condition = chance.choice(("START", "HEALTHY"))
    main = _one("demo/web:1", chance, dependsOn=[{"containerName": "side", "condition": condition}])
    side = {"name": "side", "image": "demo/slow:1", "memory": 64, "essential": False, "healthCheck": _CHECK}
    return {"containerDefinitions": [*main["containerDefinitions"], side]}


def _again(chance: Random) -> Json:
    """A container with a restart policy, on its own or beside one that stays."""
    policy = {
        "enabled": True,
        "restartAttemptPeriod": 60,
        "ignoredExitCodes": chance.choice(([], [0])),
    }
    check = chance.choice(({}, {"healthCheck": _CHECK}))
    alone = _one("demo/again:1", chance, restartPolicy=policy, **check)
    if chance.random() < 0.5:
        return alone
    beside = {"name": "side", "image": "demo/again:1", "memory": 64, "essential": False}
    main = _one("demo/web:1", chance)["containerDefinitions"]
    return {"containerDefinitions": [*main, beside | {"restartPolicy": policy} | check]}


def _after_job(chance: Random) -> Json:
    main = _one("demo/web:1", chance, dependsOn=[{"containerName": "init", "condition": "SUCCESS"}])
    init = {"name": "init", "image": "demo/job:1", "memory": 64, "essential": False}
    return {"containerDefinitions": [*main["containerDefinitions"], init]}


def _shared_namespace(chance: Random) -> Json:
    return _one("demo/web:1", chance) | {"networkMode": "awsvpc"}


FAMILIES: Final[dict[str, Callable[[Random], Json]]] = {
    "web": lambda chance: _one("demo/web:1", chance),
    "api": lambda chance: _checked("demo/web:1", chance),
    "slow": lambda chance: _checked("demo/slow:1", chance),
    "deaf": lambda chance: _one("demo/deaf:1", chance, stopTimeout=chance.choice((2, 10, 30))),
    "sick": lambda chance: _checked("demo/sick:1", chance),
    "crash": lambda chance: _one("demo/crash:1", chance),
    "job": lambda chance: _one("demo/job:1", chance),
    "missing": lambda chance: _one(MISSING, chance),
    "published": _published,
    "sidecar": _sidecar,
    "after-job": _after_job,
    "again": _again,
    "vpc": _shared_namespace,
}
