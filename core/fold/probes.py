"""What a service's probe came to say of a task, folded into its row. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.fold.judge import about_task, probed
from core.fold.service_events import complain
from core.model.probe import TargetReason
from core.record import replace
from core.scheduler.probes import probe_of, target_of

if TYPE_CHECKING:
    from core.model.probe import Probe, TargetHealth
    from core.model.state import State
    from core.model.task import Task
    from core.reports import ProbeVerdict

#: ECS's sentence about an unhealthy target (Developer Guide, service event messages), with the probe for the target group.
UNHEALTHY: Final = "(task {}) (instance {}) ({}) is unhealthy in (probe {}) due to (reason {})."
NO_WAY: Final = "has tasks that can't be probed; they are neither healthy nor unhealthy by it."


def fold_verdict(state: State, verdict: ProbeVerdict, now: float) -> None:
    """Fold a verdict, unless it is about another run of the task, or by another probe, than there is now.

    It is folded also while its host counts as silent, for it is told once: what it says has no effect before the host answers.
    """
    task = state.tasks.get(verdict.target.task)
    if task is None or task.instance != verdict.instance:
        return
    definition = state.definitions[task.definition]
    probe = probe_of(state, task)
    if probe is None or target_of(task, probe, definition) != verdict.target:
        return
    after = probed(task, definition, probe, _dated(verdict.health, task.target_health, now), now)
    if after == task:
        return
    state.put(after)
    if after.probe_fails and not task.probe_fails:
        state.say(about_task(after, now, _unhealthy(state, after, probe)))
    if verdict.health.reason is TargetReason.NO_WAY:
        host = state.instances[task.instance].name
        complain(state, task.service_key, now, NO_WAY, f" On {host}: {verdict.health.description}")


def _dated(said: TargetHealth, before: TargetHealth | None, now: float) -> TargetHealth:
    """What a probe says, with the moment since which it fails: counting may have begun anew meanwhile."""
    if not said.failed:
        return said
    since = before.failing_since if before is not None else None
    return replace(said, failing_since=now if since is None else since)


def _unhealthy(state: State, task: Task, probe: Probe) -> str:
    assert task.target_health is not None
    what = f"port {probe.port}" if probe.port else f"container {probe.container}"
    reason = task.target_health.description
    return UNHEALTHY.format(task.id, state.instances[task.instance].name, what, probe, reason)
