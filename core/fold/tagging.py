"""TagResource and UntagResource: of everything that ECS tags, and of schedules. Pure.

Tags of a service or a task definition that are changed reach no task that there is (ECS): a task has its own since it was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.errors import Refused
from core.fold.find import find_cluster, registered
from core.fold.placement_input import check_tag_keys, tags_from
from core.model.cluster import ClusterStatus
from core.model.service import ServiceStatus
from core.model.tags import MOST_TAGS, is_managed
from core.model.task_request import tags_of_task
from core.record import Record, replace
from core.taskdef.shape import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from core.fold.context import TurnContext
    from core.fold.inputs import TagResource, UntagResource
    from core.model.cluster import Cluster
    from core.model.instance import ContainerInstance
    from core.model.schedule import Schedule
    from core.model.service import Service
    from core.model.state import State
    from core.model.task import Task
    from core.model.task_definition import TaskDefinition

    Row = Cluster | Service | Schedule | TaskDefinition | Task | ContainerInstance

Output = dict[str, Any]


class _Tagged(Record):
    """Something that has tags: what it is called, those it has, and the row that is to be when it has others."""

    kind: str
    name: str
    tags: Mapping[str, str]
    #: Named as the row's field is.
    row: Row
    field: str = "tags"

    def having(self, tags: Mapping[str, str]) -> Row:
        return replace(self.row, **{self.field: tuple(tags.items())})  # type: ignore[arg-type]  # a tuple of pairs in each of them


def tag_resource(state: State, given: TagResource, _turn: TurnContext) -> Output:
    """Give a resource tags; one whose key it has already gets the new value (ECS)."""
    tagged = _find(state, given.resource_arn)
    tags = {**tagged.tags, **dict(tags_from(given.tags))}
    count = sum(not is_managed(key) for key in tags)
    if count > MOST_TAGS:
        raise Refused(
            "LimitExceededException",
            f"tags: at most {MOST_TAGS} to a {tagged.kind}; {tagged.name} would have {count}.",
        )
    state.put(tagged.having(tags))
    return {}


def untag_resource(state: State, given: UntagResource, _turn: TurnContext) -> Output:
    """Take tags from a resource, by their keys. A key that it hasn't is no error (ECS)."""
    tagged = _find(state, given.resource_arn)
    check_tag_keys(given.tag_keys)
    state.put(tagged.having({key: value for key, value in tagged.tags.items() if key not in given.tag_keys}))
    return {}


def _find(state: State, resource: str) -> _Tagged:
    """What an ARN names, whatever its region and account are. Raises Refused."""
    kind, *names = resource.split(":", 5)[-1].split("/") if resource.startswith("arn:") else ("",)
    find = _FINDS.get(kind)
    if find is None or not 1 <= len(names) <= (1 if kind in _IN_NO_CLUSTER else 2):
        config_s = " The config names a capacity provider, and nothing else says anything of it."
        raise _invalid(
            f"resourceArn: {shown(resource)} is not the ARN of {_THOSE}."
            f"{config_s if kind == 'capacity-provider' else ''}"
        )
    return find(state, names)


def _cluster(state: State, names: list[str]) -> _Tagged:
    found = state.clusters.get(names[0])
    if found is not None and found.status is not ClusterStatus.ACTIVE:
        raise _invalid("The specified cluster is inactive. Specify an active cluster and try again.")
    cluster = find_cluster(state, names[0])
    return _Tagged("cluster", cluster.name, dict(cluster.tags), cluster)


def _definition(state: State, names: list[str]) -> _Tagged:
    name = names[0]
    if ":" not in name:
        raise _invalid(f"Revision is missing. Name one, as in {name}:1.")
    found = state.definitions.get(name)
    if found is None:
        family = name.partition(":")[0]
        alike = [d.name for d in state.definitions.values() if d.family == family]
        raise _not_found("task definition", name, "", alike or list(state.definitions))
    if not found.active:
        raise _invalid(
            "The specified task definition is inactive. Specify an active task definition and try again."
        )
    return _Tagged("task definition", name, dict(found.tags), found)


def _service(state: State, names: list[str]) -> _Tagged:
    cluster, name = _placed(state, names)
    found = state.services.get(f"{cluster.name}/{name}")
    if found is None or found.status is ServiceStatus.INACTIVE:
        there = (state.services[key] for key in state.index.services_of_cluster[cluster.name])
        active = [service.name for service in there if service.status is not ServiceStatus.INACTIVE]
        raise _not_found("service", name, cluster.name, active)
    return _Tagged("service", name, dict(found.tags), found)


def _schedule(state: State, names: list[str]) -> _Tagged:
    cluster, name = _placed(state, names)
    found = state.schedules.get(f"{cluster.name}/{name}")
    if found is None:
        there = [state.schedules[key].name for key in state.index.schedules_of_cluster[cluster.name]]
        raise _not_found("schedule", name, cluster.name, there)
    return _Tagged("schedule", name, dict(found.tags), found)


def _task(state: State, names: list[str]) -> _Tagged:
    cluster, name = _placed(state, names)
    found = state.tasks.get(name)
    if found is None or found.cluster != cluster.name:
        raise _not_found("task", name, cluster.name, ())
    if found.stopped:
        raise _invalid("The specified task is stopped. Specify a running task and try again.")
    return _Tagged("task", name, tags_of_task(found), found, "changed_tags")


def _instance(state: State, names: list[str]) -> _Tagged:
    cluster, name = _placed(state, names)
    found = registered(state, cluster, name)
    if found is None:
        there = [instance.name for instance in state.instances_of(cluster.name)]
        raise _not_found("container instance", name, cluster.name, there)
    return _Tagged("container instance", found.name, dict(found.tags), found)


def _placed(state: State, names: list[str]) -> tuple[Cluster, str]:
    """The cluster of what is named, and its name there. An ARN of the old form names no cluster, and means ECS's default one."""
    return find_cluster(state, names[0] if len(names) > 1 else "default"), names[-1]


_FINDS: Final[Mapping[str, Callable[[State, list[str]], _Tagged]]] = {
    "cluster": _cluster,
    "container-instance": _instance,
    "schedule": _schedule,
    "service": _service,
    "task": _task,
    "task-definition": _definition,
}
_IN_NO_CLUSTER: Final = frozenset({"cluster", "task-definition"})
_THOSE: Final = "a cluster, a service, a task definition, a task, a container instance or a schedule"


def _not_found(kind: str, name: str, cluster: str, there: Iterable[str]) -> Refused:
    where = f" in {cluster}" if cluster else ""
    guess = nearest(name, tuple(sorted(there)))
    hint = f"; did you mean {guess}?" if guess else "."
    return Refused(
        "ResourceNotFoundException",
        f"The specified resource could not be found. There is no {kind} {shown(name)}{where}{hint}",
    )


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)
