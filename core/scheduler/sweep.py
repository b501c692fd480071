"""What one host should be asked to do: the next step of every task placed there, and the removal of what is not wanted. Pure.

It starts from what is seen, not from what is remembered: stops and removals are planned again for as long as the container
is reported, so nothing depends on an order having arrived. A target with an action under way, or in doubt, is left alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.actions import (
    MARKER,
    Action,
    CreateContainer,
    MarkHost,
    PullImage,
    RemoveContainer,
    RemoveImage,
    StartContainer,
    StopContainer,
    UnmarkHost,
)
from core.model.instance import Connectivity
from core.model.names import container_name
from core.model.task import ContainerStatus, TaskStatus
from core.model.task_definition import PAUSE_CONTAINER
from core.model.task_request import overrides_of
from core.record import Record
from core.reports import SeenState
from core.scheduler.image_cleanup import idle, needed
from core.scheduler.image_version import digest_for, pull_scope
from core.scheduler.restart import is_over
from core.taskdef.order import Ready, Waits, may_create, stop_order, views
from core.taskdef.overrides import overridden

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.model.instance import ContainerInstance, PulledImage
    from core.model.service import Deployment
    from core.model.settings import Settings
    from core.model.task import Container, Task
    from core.model.task_definition import TaskDefinition
    from core.observed import HostView
    from core.reports import ContainerSeen

#: The pause process ignores the stop signal, and nothing is lost by killing it.
PAUSE_STOP_TIMEOUT_S: Final = 0
#: What a container is given whose definition is no longer known (ECS's default).
ORPHAN_STOP_TIMEOUT_S: Final = 30
#: ECS's grace on top of the stop timeout.
STOP_GRACE_S: Final = 120.0


@dataclass(slots=True)
class HostPlan:
    """What to ask of one host now, what each waiting task waits for, and when to look again even if nothing happens."""

    actions: list[Action] = field(default_factory=list)
    #: Task id -> what it waits for; tasks that wait for nothing are not named.
    whys: dict[str, str] = field(default_factory=dict)
    #: Ids of the tasks that wait for an image.
    pulling: set[str] = field(default_factory=set)
    #: The pulled images that are needed, where it was looked which are; None where it was not.
    images_needed: frozenset[PulledImage] | None = None
    wakes: list[float] = field(default_factory=list)

    @property
    def wake_at(self) -> float | None:
        """The earliest moment at which time alone changes this plan."""
        return min(self.wakes, default=None)


class Sweep(Record):
    """One look at one host's work. `tasks` have not stopped; `stopped` have, and left containers. Both are placed here."""

    instance: ContainerInstance
    tasks: Sequence[Task]
    stopped: Sequence[Task]
    definitions: Mapping[str, TaskDefinition]
    deployments: Mapping[str, Deployment]
    view: HostView
    now: float
    settings: Settings

    @property
    def pull_behaviour(self) -> str:
        """When images are pulled here: default, always, once or prefer-cached."""
        return self.instance.image_pull or self.settings.image_pull


def sweep(look: Sweep) -> HostPlan:
    """Plan one host that answers and was observed since the engine awoke."""
    plan = HostPlan()
    leaves = look.instance.removed_from_config and not look.tasks
    if not look.instance.marked:
        if leaves:
            return plan
        if _may_act(look, plan, MARKER):
            plan.actions.append(MarkHost(look.instance.id, instead_of=look.view.former_marker))
        return plan
    for task in look.tasks:
        if task.wanted:
            if task.last_status is TaskStatus.RUNNING and not task.restarting:
                continue
            # A host that was given up takes nothing new until what was superseded there is seen gone.
            if look.instance.connectivity is Connectivity.CONNECTED:
                _bring_up(look, task, plan)
        else:
            _bring_down(look, task, plan)
    _clean_up(look, plan)
    _clean_images(look, plan)
    if leaves and not look.view.containers and _may_act(look, plan, MARKER):
        plan.actions.append(UnmarkHost(look.instance.id))
    return plan


# -- up -----------------------------------------------------------------------------------------------------------------


def _bring_up(look: Sweep, task: Task, plan: HostPlan) -> None:
    definition = look.definitions[task.definition]
    holder = task.container(PAUSE_CONTAINER)
    #: What containers wait for in others: told only when nothing is done for any of them, for that is what they wait for.
    waits: list[str] = []
    for container in task.containers:
        name = container_name(task, container.name)
        if not look.view.settled(name):
            plan.whys.setdefault(task.id, _under_way(look, name, container))
            continue
        match container.status:
            case ContainerStatus.CREATED:
                plan.actions.append(StartContainer(name, task.id, after_run=container.ended_run))
                plan.whys.setdefault(task.id, _starting(container))
            case ContainerStatus.PENDING:
                if (
                    holder is not None
                    and container is not holder
                    and holder.status is not ContainerStatus.RUNNING
                ):
                    continue
                awaited = _awaited(look, task, definition, container, plan)
                if awaited:
                    waits.append(awaited)
                else:
                    plan.whys.setdefault(task.id, _create(look, task, definition, container, plan))
            case _:
                pass
    for reason in waits[:1]:
        plan.whys.setdefault(task.id, reason)


def _under_way(look: Sweep, name: str, container: Container) -> str:
    match look.view.in_flight.get(name):
        case StartContainer():
            return _starting(container)
        case None:
            return f"looking what became of {container.name}"
        case _:
            return f"creating {_called(container)}"


def _starting(container: Container) -> str:
    return f"{'restarting' if container.restarting else 'starting'} {_called(container)}"


def _called(container: Container) -> str:
    """A container's name; the one that nobody asked for by what it is there for."""
    return "what its containers share" if container.name == PAUSE_CONTAINER else container.name


def _awaited(
    look: Sweep, task: Task, definition: TaskDefinition, container: Container, plan: HostPlan
) -> str:
    """What a container waits for in another one of its task; empty when it may be created."""
    if container.name == PAUSE_CONTAINER:
        return ""
    verdict = may_create(definition, container.name, views(task), look.now)
    if isinstance(verdict, Ready):
        return ""
    if isinstance(verdict, Waits) and verdict.until is not None:
        plan.wakes.append(verdict.until)
    return f"{container.name} {verdict.reason}"


def _create(look: Sweep, task: Task, definition: TaskDefinition, container: Container, plan: HostPlan) -> str:
    """Take a container's next step towards being created; says which."""
    deployment = look.deployments.get(task.deployment)
    digest = digest_for(container, definition, deployment)
    pull = _pull(look, definition, container, digest)
    is_there = (pull_scope(task), container.image, digest) in look.view.pulled
    if not is_there or isinstance(look.view.in_flight.get(pull.target), RemoveImage):
        if look.view.settled(pull.target) and all(a.target != pull.target for a in plan.actions):
            plan.actions.append(pull)
        plan.pulling.add(task.id)
        progress = look.view.progress.get(pull.target, "")
        if container.name == PAUSE_CONTAINER:
            return f"making {_called(container)}"
        return f"pulling {container.image} {progress}".rstrip()
    as_run = overridden(definition, overrides_of(task.request)) if task.gpus else definition
    plan.actions.append(
        CreateContainer(
            name=container_name(task, container.name),
            task=task.id,
            container=container.name,
            definition=definition.name,
            definition_digest=definition.digest,
            cluster=task.cluster,
            service=task.service,
            deployment=task.deployment,
            image_digest=digest,
            gpus=as_run.gpus_of(container.name, task.gpus),
            request=task.request,
        )
    )
    return f"creating {_called(container)}"


def _pull(look: Sweep, definition: TaskDefinition, container: Container, digest: str) -> PullImage:
    behaviour = look.pull_behaviour
    known = any(pulled.image == container.image for pulled in look.instance.pulled_images)
    cached = behaviour == "prefer-cached" or (behaviour == "once" and known)
    return PullImage(
        container.image,
        digest=digest,
        platform=definition.cpu_architecture,
        use_cached=behaviour == "default",
        check_first=cached or container.name == PAUSE_CONTAINER,
    )


# -- down ---------------------------------------------------------------------------------------------------------------


def _bring_down(look: Sweep, task: Task, plan: HostPlan) -> None:
    """Stop in reverse dependsOn order: a wave of containers only when the wave before is down.

    What was not started yet is removed: an order that hangs in the daemon may start it else.
    """
    definition = look.definitions[task.definition]
    waves = [*stop_order(definition), (PAUSE_CONTAINER,)]
    for wave in waves:
        up = [name for name in wave if _up(look, task, name)]
        for container in up:
            _stop(look, plan, container_name(task, container), task, _stop_timeout_s(definition, container))
        if up:
            plan.whys.setdefault(task.id, f"stopping {', '.join(up)}")
            return
    for each in task.containers:
        name = container_name(task, each.name)
        seen = look.view.containers.get(name)
        if seen is None:
            continue
        again = is_over(each, seen)
        if seen.state is SeenState.CREATED or again:
            words = "was not started again" if again else "was never started"
            plan.whys.setdefault(task.id, f"removing {each.name}, which {words}")
            if _may_act(look, plan, name):
                plan.actions.append(RemoveContainer(name, task.id))


def _up(look: Sweep, task: Task, container: str) -> bool:
    seen = look.view.containers.get(container_name(task, container))
    return seen is not None and seen.state is SeenState.RUNNING


def _stop_timeout_s(definition: TaskDefinition, container: str) -> int:
    found = definition.container(container)
    return PAUSE_STOP_TIMEOUT_S if found is None else found.stop_timeout_s


def _stop(look: Sweep, plan: HostPlan, name: str, task: Task | None, timeout_s: int) -> None:
    if _may_act(look, plan, name):
        owner = task.id if task is not None else look.view.containers[name].task
        plan.actions.append(StopContainer(name, owner, timeout_s, deadline_s=timeout_s + STOP_GRACE_S))


def _may_act(look: Sweep, plan: HostPlan, name: str) -> bool:
    """Whether a target is free, and not waiting after a refusal."""
    retry_at = look.view.retry_at.get(name)
    if retry_at is not None and retry_at > look.now:
        plan.wakes.append(retry_at)
        return False
    return look.view.settled(name)


# -- away ---------------------------------------------------------------------------------------------------------------


def _clean_up(look: Sweep, plan: HostPlan) -> None:
    """Stop and remove what no task wants, and remove what stopped tasks left when it was kept for long enough."""
    placed = {task.id for task in look.tasks}
    ended = {task.id: task for task in look.stopped}
    expired = _expired(look, plan)
    for name in sorted(look.view.containers):
        seen = look.view.containers[name]
        if seen.task in placed or seen.state is SeenState.REMOVING:
            continue
        owner = ended.get(seen.task)
        if seen.state is SeenState.RUNNING:
            _stop(look, plan, name, owner, _orphan_timeout_s(look, owner, seen))
        elif (owner is None or owner.id in expired or seen.state is SeenState.CREATED) and _may_act(
            look, plan, name
        ):
            plan.actions.append(RemoveContainer(name, seen.task))


def _clean_images(look: Sweep, plan: HostPlan) -> None:
    """Remove what our pulls brought and nothing needs any more, now and then; not where local copies are preferred (ECS)."""
    most = look.settings.images_deleted_per_cycle
    pulled = look.instance.pulled_images
    if not most or look.pull_behaviour == "prefer-cached" or not any(image.ours for image in pulled):
        return
    due_at = look.instance.images_cleaned_at + look.settings.image_cleanup_interval_s
    if look.now < due_at:
        plan.wakes.append(due_at)
        return
    plan.images_needed = needed(pulled, look.tasks, look.view.containers.values(), look.deployments)
    oldest_at = look.now - look.settings.image_minimum_age_s
    for image in idle(pulled, plan.images_needed, oldest_at)[:most]:
        names = tuple(sorted(each.image for each in pulled if each.ours and each.digest == image.digest))
        removal = RemoveImage(image.image, image.digest, names)
        if look.view.settled(removal.target) and all(a.target != removal.target for a in plan.actions):
            plan.actions.append(removal)


def _orphan_timeout_s(look: Sweep, owner: Task | None, seen: ContainerSeen) -> int:
    definition = look.definitions.get(owner.definition) if owner is not None else None
    return ORPHAN_STOP_TIMEOUT_S if definition is None else _stop_timeout_s(definition, seen.container)


def _expired(look: Sweep, plan: HostPlan) -> frozenset[str]:
    """Stopped tasks whose containers were kept for long enough, or of which their service has newer ones here.

    On a host that the config no longer names nothing is kept: nobody would ever come back for it.
    """
    if look.instance.removed_from_config:
        return frozenset(task.id for task in look.stopped)
    found: set[str] = set()
    for tasks in _by_group(look.stopped):
        newest_first = sorted(tasks, key=lambda t: (-(t.stopped_at or 0.0), t.id))
        found.update(task.id for task in newest_first[look.settings.containers_kept :])
        for task in newest_first[: look.settings.containers_kept]:
            ends_at = (task.stopped_at or 0.0) + look.settings.container_cleanup_s
            if ends_at <= look.now:
                found.add(task.id)
            else:
                plan.wakes.append(ends_at)
    return frozenset(found)


def _by_group(tasks: Sequence[Task]) -> Iterator[list[Task]]:
    groups: defaultdict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        groups[task.group].append(task)
    yield from groups.values()
