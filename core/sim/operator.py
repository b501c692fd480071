"""The operator of a story: registers definitions, keeps services, runs tasks, sees to hosts, all from the story's chance."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Final

from core.commands import Action
from core.model.ids import arn
from core.model.service import ServiceStatus
from core.model.tags import STACK_TAG
from core.model.task import TaskStatus
from core.sim.capacity import Capacity
from core.sim.config_file import CLUSTER
from core.sim.families import FAMILIES, more_gpus
from core.sim.groups import Sharing
from core.sim.revisions import Ending, propagation, tags
from core.sim.rollouts import ends
from core.sim.schedules import Planner

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.model.service import Service
    from core.sim.world import World

Json = dict[str, Any]

#: Between two commands, on the average.
GAP_S: Final = 15.0
#: Bounds that leave a rolling update somewhere to go.
BOUNDS: Final = ((100, 200), (50, 200), (50, 100), (0, 100), (100, 150), (75, 125))


class Operator:
    """Sits at the keyboard until the faults are over."""

    def __init__(self, world: World, chance: Random, until: float) -> None:
        """Nothing is asked yet."""
        self._world: Final = world
        self._chance: Final = chance
        self._until: Final = until
        self._capacity: Final = Capacity(world, Random(chance.getrandbits(64)))
        self._families: Final = chance.sample(sorted(FAMILIES), 5)
        # What runs again in its place has the longest life, and so the most to meet.
        if "again" not in self._families and chance.random() < 0.5:
            self._families[-1] = "again"
        #: Those that a service may keep: a job ends by itself.
        self._lasting: Final = [family for family in self._families if family != "job"]
        self._schedules: Final = Planner(world, Random(chance.getrandbits(64)), self._families)
        self._ends: Final = Random(f"{world.seed} ends")
        self._sharing: Final = Sharing(world, Random(f"{world.seed} sharing"))
        self._ending: Final = Ending(world, Random(chance.getrandbits(64)), self._register)
        self._runs = 0
        self._services = 0

    def start(self) -> None:
        """Register what the story is about, and create the first services."""
        for family in dict.fromkeys((*self._families, "job")):
            self._register(family)
        for _ in range(self._chance.randint(1, 3)):
            self._create()
        self._schedules.start()
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
            (self._reshape, 2),
            (self._roll_out, 4),
            (self._roll_back, 1),
            (self._stop_deployment, 2),
            (self._force, 1),
            (self._delete, 1),
            (self._tag, 2),
            (self._run_task, 4),
            (self._start_task, 2),
            (self._protect, 3),
            (self._probe_otherwise, 2),
            (self._rebalance, 2),
            (self._stop_task, 3),
            (self._confirm, 2),
            *self._capacity.habits(),
            *self._schedules.habits(),
            *self._ending.habits(),
            *self._sharing.habits(),
        ]

    def tidy_up(self) -> None:
        """What an operator does when the faults are over: put the capacity in order, confirm what is asked."""
        self._capacity.tidy_up()
        self._schedules.tidy_up()
        for service in self._active():
            for instance_id in service.replace_asked:
                self._confirm_one(service, instance_id)

    # -- definitions ------------------------------------------------------------------------------------------------

    def _register(self, family: str) -> None:
        made = FAMILIES[family](self._chance) | {"family": family, "tags": tags(self._chance)}
        self._world.submit(Action.REGISTER_TASK_DEFINITION, made)

    # -- services ---------------------------------------------------------------------------------------------------

    def _create(self) -> None:
        if len(self._active()) >= 4:
            return
        self._services += 1
        minimum, maximum = self._chance.choice(BOUNDS)
        is_daemon = self._chance.random() < 0.2
        bounds: Json = {"minimumHealthyPercent": minimum, "maximumPercent": 100 if is_daemon else maximum}
        if self._chance.random() < 0.4:
            bounds["deploymentCircuitBreaker"] = self._breaker()
        bounds |= ends(self._ends, minimum)
        given = _of(
            serviceName=f"svc-{self._services}",
            taskDefinition=self._chance.choice(self._lasting),
            deploymentConfiguration=bounds,
            replace=self._chance.choice(("yes", "yes", "yes", "yes", "no", "ask")),
            healthCheckGracePeriodSeconds=self._chance.choice((0, 0, 10)),
            **propagation(self._chance),
        )
        if self._chance.random() < 0.4:
            given["probe"] = self._probe()
        if self._chance.random() < 0.3:
            given["placementConstraints"] = self._chance.choice(CONSTRAINTS)
        if is_daemon:
            given["schedulingStrategy"] = "DAEMON"
        else:
            given["desiredCount"] = self._chance.randint(0, 6)
            if self._chance.random() < 0.5:
                given["placementStrategy"] = [self._chance.choice(STRATEGIES)]
        self._world.submit(Action.CREATE_SERVICE, given)

    def _probe(self) -> Json:
        """Patient enough to outlast what cuts the way for less than a look: else it is no task's fault and yet its failure."""
        protocol = self._chance.choice(("HTTP", "HTTP", "TCP", "EXEC"))
        return {
            "protocol": protocol,
            "containerName": "main",
            **({"command": ["true"]} if protocol == "EXEC" else {"containerPort": 80}),
            "intervalSeconds": self._chance.choice((6, 10, 20)),
            "timeoutSeconds": self._chance.choice((1, 2, 5)),
            "healthyThresholdCount": self._chance.choice((1, 2)),
            "unhealthyThresholdCount": self._chance.choice((2, 3)),
        }

    def _probe_otherwise(self) -> None:
        for service in self._any(self._active()):
            probe = self._probe() if service.probe is None or self._chance.random() < 0.5 else {}
            self._world.submit(Action.UPDATE_SERVICE, _of(service=service.name, probe=probe))

    def _breaker(self) -> Json:
        threshold = {"type": "COUNT", "value": self._chance.randint(1, 3)}
        return {
            "enable": True,
            "rollback": self._chance.random() < 0.7,
            "resetOnHealthyTask": self._chance.random() < 0.7,
            **({"thresholdConfiguration": threshold} if self._chance.random() < 0.7 else {}),
        }

    def _stop_deployment(self) -> None:
        under_way = [d for d in self._world.disk.deployments() if d.in_progress and d.desired_count]
        for deployment in self._any(sorted(under_way, key=lambda d: d.id)):
            kind = self._chance.choice(("ROLLBACK", "ROLLBACK", "ABORT"))
            given = {"serviceDeploymentArn": deployment.id, "stopType": kind}
            self._world.submit(Action.STOP_SERVICE_DEPLOYMENT, given)

    def _scale(self) -> None:
        for service in self._any([s for s in self._active() if not s.daemon]):
            given = _of(service=service.name, desiredCount=self._chance.randint(0, 7))
            self._world.submit(Action.UPDATE_SERVICE, given)

    def _reshape(self) -> None:
        """Other bounds, other places, another word on what is lost: whatever stands is judged by it at once."""
        for service in self._any(self._active()):
            minimum, maximum = self._chance.choice(BOUNDS)
            change: Json = self._chance.choice(
                (
                    {
                        "deploymentConfiguration": {
                            "minimumHealthyPercent": minimum,
                            "maximumPercent": 100 if service.daemon else maximum,
                            **ends(self._ends, minimum),
                        }
                    },
                    {"placementConstraints": self._chance.choice(CONSTRAINTS)},
                    {"placementStrategy": [] if service.daemon else [self._chance.choice(STRATEGIES)]},
                    {"replace": self._chance.choice(("yes", "no", "ask"))},
                    propagation(self._chance),
                )
            )
            self._world.submit(Action.UPDATE_SERVICE, _of(service=service.name, **change))

    def _roll_out(self) -> None:
        for service in self._any(self._active()):
            family = self._chance.choice([*self._lasting, service.definition.partition(":")[0]])
            if self._chance.random() < 0.6:
                self._register(family)
            given = _of(service=service.name, taskDefinition=family)
            if self._chance.random() < 0.3:
                given["probe"] = self._probe()
            self._world.submit(Action.UPDATE_SERVICE, given)

    def _roll_back(self) -> None:
        for service in self._any(self._active()):
            self._world.submit(Action.ROLLBACK_SERVICE, _of(service=service.name))

    def _force(self) -> None:
        for service in self._any(self._active()):
            self._world.submit(Action.UPDATE_SERVICE, _of(service=service.name, forceNewDeployment=True))

    def _rebalance(self) -> None:
        for service in self._any([s for s in self._active() if not s.daemon]):
            how: Json = (
                {"stop": True} if self._chance.random() < 0.2 else {"atOnce": self._chance.randint(1, 3)}
            )
            self._world.submit(Action.REBALANCE_SERVICE, _of(service=service.name, **how))

    def _delete(self) -> None:
        for service in self._any(self._active()):
            self._world.submit(Action.DELETE_SERVICE, _of(service=service.name, force=True))

    def _tag(self) -> None:
        """A service in and out of stacks, or something else of what has tags, beside a tag of another kind."""
        services = [arn("service", CLUSTER, service.name) for service in self._active()]
        disk = self._world.disk
        others = [
            arn("cluster", CLUSTER),
            *(arn("container-instance", CLUSTER, i.id) for i in disk.instances()),
            *(arn("task-definition", d.name) for d in disk.definitions()),
            *(arn("task", CLUSTER, t.id) for t in sorted(disk.tasks(), key=lambda t: t.id)),
        ]
        for tagged in self._any(services if self._chance.random() < 0.5 else others):
            of = {"resourceArn": tagged}
            key = self._chance.choice((STACK_TAG, "team"))
            if self._chance.random() < 0.4:
                self._world.submit(Action.UNTAG_RESOURCE, {**of, "tagKeys": [key]})
            else:
                tag = {"key": key, "value": self._chance.choice(("shop", "blog"))}
                self._world.submit(Action.TAG_RESOURCE, {**of, "tags": [tag]})

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
        if self._chance.random() < 0.3:
            given["overrides"] = more_gpus(self._chance)
        if self._chance.random() < 0.3:  # no answer in time: the same request comes once more
            given["clientToken"] = f"token-{self._runs}"
            again_after_s = self._chance.uniform(0.0, 20.0)
            self._world.timeline.after(again_after_s, lambda: self._world.submit(Action.RUN_TASK, given))
        self._world.submit(Action.RUN_TASK, given)

    def _start_task(self) -> None:
        self._runs += 1
        hosts = [instance.id for instance in self._world.disk.instances()]
        if hosts:
            given = _of(
                taskDefinition=self._chance.choice(self._families),
                containerInstances=self._chance.choices(hosts, k=self._chance.randint(1, 2)),
                startedBy=f"run-{self._runs}",
            )
            self._world.submit(Action.START_TASK, given)

    def _protect(self) -> None:
        tasks = [t for t in self._world.disk.tasks() if t.service and t.last_status is TaskStatus.RUNNING]
        for task in self._any(sorted(tasks, key=lambda t: t.id)):
            given = _of(tasks=[task.id], protectionEnabled=self._chance.random() < 0.8)
            if given["protectionEnabled"]:
                given["expiresInMinutes"] = self._chance.randint(1, 3)
            self._world.submit(Action.UPDATE_TASK_PROTECTION, given)

    def _stop_task(self) -> None:
        running = [t for t in self._world.disk.tasks() if t.last_status is not TaskStatus.STOPPED]
        for task in self._any(sorted(running, key=lambda t: t.id)):
            self._world.submit(Action.STOP_TASK, _of(task=task.id, reason="the operator said so"))

    # -- choosing ---------------------------------------------------------------------------------------------------

    def _any(self, rows: list[Any]) -> list[Any]:
        """One of them, or none where there are none."""
        return [self._chance.choice(rows)] if rows else []

    def _active(self) -> list[Service]:
        return [s for s in self._world.disk.services() if s.status is ServiceStatus.ACTIVE]


def _of(**given: object) -> Json:
    return {"cluster": CLUSTER, **given}


CONSTRAINTS: Final[tuple[list[Json], ...]] = (
    [],
    [{"type": "distinctInstance"}],
    [{"type": "memberOf", "expression": "attribute:zone in [1, 2, 3]"}],
    [{"type": "memberOf", "expression": "attribute:zone != 1"}],
)
STRATEGIES: Final = (
    {"type": "binpack", "field": "memory"},
    {"type": "spread", "field": "instanceId"},
    {"type": "spread", "field": "attribute:zone"},
    {"type": "random"},
)
