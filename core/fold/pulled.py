"""What a pull came to: an image is there, and its digest is noted for those that are to run the same version; or it can't be had. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core import lifecycle
from core.fold.images import note_pulled
from core.model.task import Container, ContainerStatus, Task
from core.record import replace
from core.reports import Result
from core.scheduler.image_version import digest_for, pins, pull_scope

if TYPE_CHECKING:
    from core.actions import PullImage
    from core.model.state import State
    from core.model.task_definition import TaskDefinition
    from core.observed import HostView
    from core.reports import Outcome


def fold_pull(state: State, view: HostView, action: PullImage, outcome: Outcome, now: float) -> None:
    """An image is there, or can't be had: that concerns every task on the host that waits for this version of it."""
    view.progress.pop(action.target, None)
    if outcome.result not in {Result.DONE, Result.FAILED}:
        return  # another look says what became of it
    if outcome.result is Result.DONE:
        note_pulled(state, action, outcome, now)
    for task in state.tasks_on(outcome.instance):
        if not task.wanted:
            continue
        if outcome.result is Result.DONE:
            _present(state, view, task, action, outcome, now)
            continue
        refused = [c for c in _waiting(task, action) if _wants(state, task, c) == action.digest]
        if refused:
            reason = f"{outcome.error_name}: {outcome.error}"
            failed = with_containers(task, *(failed_container(c, reason) for c in refused))
            state.put(replace(failed, pull_stopped_at=now))


def failed_container(container: Container, reason: str) -> Container:
    """A container that could not be had, created or started; its policy starts it no more."""
    told = reason[: lifecycle.REASON_CHARACTERS]
    return replace(container, status=ContainerStatus.STOPPED, reason=told, ended_run="")


def with_containers(task: Task, *changed: Container) -> Task:
    """The task with some of its containers replaced by name."""
    by_name = {c.name: c for c in changed}
    return replace(task, containers=tuple(by_name.get(c.name, c) for c in task.containers))


def _present(
    state: State, view: HostView, task: Task, action: PullImage, outcome: Outcome, now: float
) -> None:
    """Whoever asked for a tag has what it stood for; the first of a deployment says what all of it run from now on."""
    definition = state.definitions[task.definition]
    for container in _waiting(task, action):
        wanted = _wants(state, task, container)
        if not wanted and not action.digest and outcome.digest and pins(container, definition):
            wanted = outcome.digest
            task = _pin(state, task, container, wanted)
        # Another host of the deployment may have found another version under the tag: then this one is not the one wanted.
        if wanted not in {action.digest, outcome.digest} or (not wanted and action.digest):
            continue
        view.pulled.add((pull_scope(task), action.image, wanted))
        task = replace(task, pull_stopped_at=now)
        state.put(task)


def _pin(state: State, task: Task, container: Container, digest: str) -> Task:
    """Note the version of an image: for the whole deployment, or for a task that belongs to none."""
    deployment = state.deployments.get(task.deployment)
    if deployment is None:
        return with_containers(task, replace(container, image_digest=digest))
    state.put(
        replace(
            deployment, image_digests=tuple(sorted({*deployment.image_digests, (container.image, digest)}))
        )
    )
    return task


def _wants(state: State, task: Task, container: Container) -> str:
    definition: TaskDefinition = state.definitions[task.definition]
    return digest_for(container, definition, state.deployments.get(task.deployment))


def _waiting(task: Task, action: PullImage) -> list[Container]:
    return [c for c in task.containers if c.image == action.image and c.status is ContainerStatus.PENDING]
