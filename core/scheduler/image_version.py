"""Which version of an image a container runs: ECS's version consistency. Pure.

A tag is resolved to a digest by the first task of a deployment that pulls it, and all others of the deployment run that digest,
also when the tag moves meanwhile; a standalone task has its own. Unlike ECS, tasks are not held back until the first one has
pulled: several hosts may pull the tag at once, and one that found another version pulls again, by the digest. What can't be resolved,
for it never was in a registry, runs by its name. A deployment that the service goes back to still knows its digests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.model.service import Deployment
    from core.model.task import Container, Task
    from core.model.task_definition import TaskDefinition


def pins(container: Container, definition: TaskDefinition) -> bool:
    """Whether a container is to run one version of its image: not where that is disabled, nor where a digest is asked for."""
    asked = definition.container(container.name)
    return asked is not None and asked.version_consistency and "@" not in container.image


def digest_for(container: Container, definition: TaskDefinition, deployment: Deployment | None) -> str:
    """The digest a container that is still to be created runs by; empty: what its image's name stands for."""
    if not pins(container, definition):
        return ""
    return container.image_digest if deployment is None else deployment.digest_of(container.image)


def pull_scope(task: Task) -> str:
    """What one pull of an image serves on a host: a deployment, or one standalone task."""
    return task.deployment or task.id
