"""What keeps a deleted revision of a task definition from going. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.service import ServiceStatus

if TYPE_CHECKING:
    from core.model.state import State


def held_by(state: State, name: str) -> list[str]:
    """What uses a revision, as `core.fold.definitions.forget_deleted` sees it, in words: services, schedules, tasks.

    A service that runs another one now may still go back to it.
    """
    services = {key for key, service in state.services.items() if service.definition == name}
    earlier = {d.service_key for d in state.deployments.values() if d.definition == name} - services
    schedules = (s.key for s in state.schedules.values() if s.definition == name)
    tasks = [
        t for t in state.tasks.values() if t.definition == name and t.service_key not in services | earlier
    ]
    stopped = sum(task.stopped for task in tasks)
    counts = ((len(tasks) - stopped, "task"), (stopped, "stopped task"))
    return [
        *(f"{_deleted(state, key)}service {key}" for key in sorted(services)),
        *(f"an earlier deployment of service {key}" for key in sorted(earlier)),
        *(f"schedule {key}" for key in sorted(schedules)),
        *(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count),
    ]


def _deleted(state: State, key: str) -> str:
    return "" if state.services[key].status is ServiceStatus.ACTIVE else "the deleted "
