"""Which of the images that were pulled onto a host nothing there needs any more: ECS's image clean-up. Pure.

What containers of others use, and what has a name that others gave it, the host alone knows: it refuses to remove that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.model.instance import PulledImage
    from core.model.service import Deployment
    from core.model.task import Task
    from core.reports import ContainerSeen


def needed(
    pulled: Iterable[PulledImage],
    tasks: Sequence[Task],
    seen: Iterable[ContainerSeen],
    deployments: Mapping[str, Deployment],
) -> frozenset[PulledImage]:
    """The images that tasks which have not stopped, or containers of ours that are still there, run or are to run."""
    used: set[tuple[str, str]] = set()
    for task in tasks:
        deployment = deployments.get(task.deployment)
        for container in task.containers:
            of_deployment = deployment.digest_of(container.image) if deployment is not None else ""
            used |= {(container.image, container.image_digest), (container.image, of_deployment)}
            if not container.image_digest and not of_deployment:
                used |= {(each.image, each.digest) for each in pulled if each.image == container.image}
    for container_seen in seen:
        used |= {("", container_seen.image_digest), (container_seen.image, "")}
    return frozenset(
        each
        for each in pulled
        if (each.image, each.digest) in used or (each.digest and ("", each.digest) in used)
    )


def idle(
    pulled: Iterable[PulledImage], needed: frozenset[PulledImage], pulled_before: float
) -> list[PulledImage]:
    """What our pulls brought before a moment and is not needed, the one first that was not needed for the longest time."""
    found = [each for each in pulled if each.ours and each not in needed and each.pulled_at <= pulled_before]
    return sorted(found, key=lambda each: (each.used_at, each.image, each.digest))
