"""How long a deployment waits before it tries again, and what is said of one that does, or that was given up. Pure.

ECS slows down only tasks that never reached RUNNING, and doesn't publish the steps; a container that dies a second after
its start loops there at full speed, and so does a task whose checks never pass. Here all kinds wait: 0 s after a first failure
of something that ran, then 1, 2, 4 …
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.record import replace

if TYPE_CHECKING:
    from core.model.probe import Probe
    from core.model.service import Deployment
    from core.model.task import Task
    from core.model.task_definition import TaskDefinition

#: Having been healthy for so long makes a failure the first one again.
FORGIVEN_AFTER_S: Final = 60.0
#: As much of a failure as a service's own line has room for; the task tells all of it.
_FAILURE_CHARACTERS: Final = 160


def delay_s(step: int, *, ran: bool, longest_s: float) -> float:
    """The pause after the `step`-th failure in a row (1 is the first); `ran` says whether the task had reached RUNNING."""
    if step <= 1 and ran:
        return 0.0
    exponent = min(step - 2 if ran else step - 1, 30)
    return float(min(longest_s, 2**exponent))


def patience_s(definition: TaskDefinition, probe: Probe | None, grace_s: float) -> float:
    """How long a task runs at the most whose checks never pass, until they have failed."""
    asked = [c.health_check for c in definition.containers if c.essential and c.health_check is not None]
    spans = [h.start_period_s + h.retries * (h.interval_s + h.timeout_s) for h in asked]
    if probe is not None:
        spans.append(probe.unhealthy_threshold * (probe.interval_s + probe.timeout_s))
    return grace_s + max(spans, default=0)


def after_failed_checks(
    deployment: Deployment, task: Task, now: float, longest_s: float, within_s: float
) -> Deployment:
    """The deployment after one of its tasks is replaced because its checks fail.

    How long it passed them stands nowhere: it is how much longer it ran than `within_s`, as long as they take to fail (patience_s).
    """
    well_since = (task.started_at if task.started_at is not None else now) + within_s
    return after_failure(deployment, replace(task, healthy_since=min(well_since, now)), now, longest_s)


def after_failure(deployment: Deployment, task: Task, now: float, longest_s: float) -> Deployment:
    """The deployment after one of its tasks failed by itself.

    Tasks that were started together fail together: only one that was created after the last slow-down slows down more.
    """
    healthy_s = now - task.healthy_since if task.healthy_since is not None else 0.0
    step = deployment.backoff_step
    at = deployment.backoff_at
    retry_at = deployment.retry_at
    if healthy_s >= FORGIVEN_AFTER_S or at is None or task.created_at >= at:
        step = 1 if healthy_s >= FORGIVEN_AFTER_S else step + 1
        at = now
        retry_at = now + delay_s(step, ran=task.started_at is not None, longest_s=longest_s)
    return replace(
        deployment,
        failed_tasks=deployment.failed_tasks + 1,
        backoff_step=step,
        backoff_at=at,
        retry_at=retry_at,
        updated_at=now,
    )


def held_until(deployment: Deployment, now: float) -> float | None:
    """Until when a deployment starts nothing; None when it may."""
    retry_at = deployment.retry_at
    return retry_at if retry_at is not None and retry_at > now else None


def back_off(deployment: Deployment) -> str:
    """What is said of a deployment that waits before it tries again."""
    if not deployment.failed_tasks:
        return "backing off before the next start"  # some are healthy by now, and the failures forgiven
    failures = "a failure" if deployment.failed_tasks == 1 else f"{deployment.failed_tasks} failures"
    return f"backing off after {failures}{_told(deployment.last_failure)}"


def _told(failure: str) -> str:
    if len(failure) > _FAILURE_CHARACTERS:
        failure = f"{failure[: _FAILURE_CHARACTERS - 1]}…"
    return f", the last: {failure}" if failure else ""


def given_up(deployment: Deployment) -> str:
    """What is said of a deployment that failed."""
    return f"the deployment failed, it starts nothing more{_told(deployment.last_failure)}"
