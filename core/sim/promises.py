"""What the operator was promised: the effect of every command that was answered "accepted", for the checker to hold against."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from core.commands import Action, Verdict
from core.model.cluster import Cluster
from core.model.instance import ContainerInstance
from core.model.service import Service, ServiceStatus
from core.model.state import Kind
from core.model.task import Task
from core.model.task_definition import TaskDefinition
from core.model.task_request import tags_of_task

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from core.commands import Answer
    from core.model.schedule import Schedule
    from core.sim.disk import Disk


#: Which table an ARN leads to.
_KINDS: Final = {
    "cluster": Kind.CLUSTER,
    "container-instance": Kind.INSTANCE,
    "service": Kind.SERVICE,
    "task": Kind.TASK,
    "task-definition": Kind.DEFINITION,
}


class Promises:
    """Desired counts of services, tags of everything, and how many tasks each RunTask was granted."""

    def __init__(self) -> None:
        """None yet."""
        self._desired: Final[dict[str, int | None]] = {}
        self._bounds: Final[dict[str, tuple[int, int] | None]] = {}
        #: By ARN, those that were given since, and with None those that were taken.
        self._tags: Final[defaultdict[str, dict[str, str | None]]] = defaultdict(dict)
        self._granted: Final[dict[str, int]] = {}
        self._schedules: Final[set[str]] = set()
        self._answered: Final[set[str]] = set()
        self._twice = ""

    def take(self, disk: Disk, answers: Iterable[Answer]) -> frozenset[str]:
        """Note what a commit's answers promise. Returns the instances that the operator declared lost."""
        lost: set[str] = set()
        for answer in answers:
            if answer.command_id in self._answered:
                self._twice = f"command {answer.command_id} was answered twice"
            self._answered.add(answer.command_id)
            if answer.verdict is not Verdict.ACCEPTED:
                continue
            command = disk.commands[answer.command_id]
            given, output = json.loads(command.input), json.loads(answer.output)
            match Action(command.action):
                case Action.CREATE_SERVICE:
                    self._desired[given["serviceName"]] = given.get("desiredCount")
                case Action.UPDATE_SERVICE:
                    self._update(given)
                case Action.DELETE_SERVICE:
                    self._desired[given["service"]] = 0
                case Action.TAG_RESOURCE | Action.UNTAG_RESOURCE:
                    self._tag(given)
                case Action.RUN_TASK | Action.START_TASK:
                    self._granted[given["startedBy"]] = len(output["tasks"])
                case Action.CREATE_SCHEDULE:
                    self._schedules.add(given["name"])
                case Action.DELETE_SCHEDULE:
                    self._schedules.discard(given["name"])
                case Action.DECLARE_INSTANCE_LOST:
                    lost.add(output["containerInstance"]["containerInstanceArn"].rpartition("/")[2])
                case _:
                    pass
        return frozenset(lost)

    def _tag(self, given: Mapping[str, Any]) -> None:
        tags = self._tags[given["resourceArn"]]
        tags |= {tag["key"]: tag["value"] for tag in given.get("tags", ())}
        tags |= dict.fromkeys(given.get("tagKeys", ()))

    def _update(self, given: Mapping[str, Any]) -> None:
        """A count that was asked for, and bounds: within those that are new it is brought at once."""
        name, scaling = given["service"], given.get("autoScaling")
        count = given.get("desiredCount", self._desired.get(name))
        if scaling is not None:
            bounds = (scaling["minCapacity"], scaling["maxCapacity"]) if scaling else None
            if bounds is not None and bounds != self._bounds.get(name) and count is not None:
                count = max(bounds[0], min(bounds[1], count))
            self._bounds[name] = bounds
        self._desired[name] = count

    def moved(self, service: Service) -> None:
        """Auto scaling moved a count, within the rules."""
        self._desired[service.name] = service.desired_count

    def over(self, schedule: Schedule) -> None:
        """A schedule deleted itself, within the rules."""
        self._schedules.discard(schedule.name)

    def broken(self, disk: Disk) -> str:
        """A promise that the disk doesn't keep; empty when it keeps all."""
        for row in disk.services():
            if row.status is not ServiceStatus.INACTIVE:
                promised = self._desired.get(row.name, 0)
                if promised is not None and promised != row.desired_count:
                    return f"service {row.name} wants {row.desired_count} tasks, promised were {promised}"
        for name, tags in self._tags.items():
            has = _tags_of(disk, name)
            if has is not None and not _kept(has, tags, whole=":service/" in name):
                return f"{name} has the tags {has}, promised were {tags}"
        if gone := self._schedules - {schedule.name for schedule in disk.schedules()}:
            return f"schedules {sorted(gone)} were promised and are gone"
        started = Counter(task.started_by for task in disk.tasks())
        for name, count in sorted(self._granted.items()):
            if started[name] > count:
                return f"RunTask {name} made {started[name]} tasks, granted were {count}"
        return self._twice


def _tags_of(disk: Disk, name: str) -> Mapping[str, str] | None:
    """The tags of what an ARN names; None where it is gone."""
    kind, _, path = name.split(":", 5)[-1].partition("/")
    key = path if kind == "service" else path.rpartition("/")[2]
    match disk.rows.get((_KINDS[kind], key)):
        case Task() as task:
            return tags_of_task(task)
        case Cluster() | ContainerInstance() | Service() | TaskDefinition() as row:
            return dict(row.tags)
        case _:
            return None


def _kept(has: Mapping[str, str], promised: Mapping[str, str | None], *, whole: bool) -> bool:
    """Whether tags are as they were changed; stories make a service without any, so that those are the `whole`."""
    wanted = {key: value for key, value in promised.items() if value is not None}
    return has == wanted if whole else all(has.get(key) == value for key, value in promised.items())
