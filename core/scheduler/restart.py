"""Whether a container that ended is started again in place, in its task and on its host: ECS's container restart policy. Pure.

The decision is in the container's row before anything is done: its run that ended, and how often it was restarted. So whatever
is lost after it, the run that follows is started once, and a run that is over is never judged twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.task import ContainerStatus, Health
from core.record import replace
from core.reports import SeenState

if TYPE_CHECKING:
    from core.model.task import Container, Task
    from core.model.task_definition import RestartPolicy
    from core.reports import ContainerSeen


def restarts(policy: RestartPolicy | None, task: Task, container: Container, seen: ContainerSeen) -> bool:
    """Whether the policy begins another run of a container as it is seen.

    ECS's agent: the task is wanted, the exit code is known and not ignored, and the container ran for at least the attempt
    period since it was last started. How long it ran is taken from Docker's own times, so that an engine that was away
    decides as one that was there. A task whose place another has taken meanwhile, on a host that was lost, ends instead.
    """
    if policy is None or not task.wanted or task.superseded_by:
        return False
    if seen.state is not SeenState.EXITED or container.status is ContainerStatus.STOPPED or not seen.run:
        return False
    ran = ran_s(seen)
    known = seen.exit_code is not None and seen.exit_code not in policy.ignored_exit_codes
    return known and ran is not None and ran >= policy.attempt_period_s


def restarted(container: Container, seen: ContainerSeen) -> Container:
    """The row of a container of which another run is to begin: nothing of its last one is true any more."""
    return replace(
        container,
        status=ContainerStatus.CREATED,
        runtime_id=seen.runtime_id,
        image_digest=seen.image_digest or container.image_digest,
        health=Health.UNKNOWN,
        exit_code=None,
        reason="",
        oom_killed=False,
        network_bindings=(),
        started_at=seen.started_at,
        finished_at=None,
        restart_count=container.restart_count + 1,
        ended_run=seen.run,
    )


def is_over(container: Container, seen: ContainerSeen) -> bool:
    """Whether what is seen is the end of a run that another one was decided to follow: it says nothing new."""
    return bool(container.ended_run) and seen.state is SeenState.EXITED and seen.run == container.ended_run


def ran_s(seen: ContainerSeen) -> float | None:
    """How long a container's last run took; None where that isn't known."""
    if seen.started_at is None or seen.finished_at is None:
        return None
    return seen.finished_at - seen.started_at
