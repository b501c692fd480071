"""What a body for Docker needs beside the task definition: whose it is, and the values that are never stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.labels import Ownership

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.model.nfs import NfsExport
    from core.model.task_definition import TaskDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What a body needs beside the definition.

    `host_ranges` has the first host port of each containerPortRange, by the range as it is written and its protocol.
    `secrets` maps each `valueFrom` of the container to its value, `env_files` each environment file to its pairs;
    neither is ever shown in a representation.
    """

    installation: str
    instance: str
    cluster: str
    task: str
    service: str = ""
    deployment: str = ""
    generation: int = 0
    #: Which version of the container's image; empty: what its name stands for.
    image_digest: str = ""
    #: The GPUs of the instance that the container is given.
    gpus: tuple[str, ...] = ()
    #: The cgroup that limits the task's containers together, as Docker wants its name; empty: each is limited by itself.
    task_cgroup: str = ""
    #: The exports of the definition's file systems, by their ids.
    exports: Mapping[str, NfsExport] = field(default_factory=dict)
    host_ranges: Mapping[tuple[str, str], int] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    env_files: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict, repr=False)


def owner(definition: TaskDefinition, container: str, context: RunContext) -> Ownership:
    """Whose a container of the task is; a volume is nobody's but the task's, so its container is empty."""
    return Ownership(
        installation=context.installation,
        instance=context.instance,
        cluster=context.cluster,
        task=context.task,
        container=container,
        family=definition.family,
        revision=definition.revision,
        definition_digest=definition.digest,
        service=context.service,
        deployment=context.deployment,
        generation=context.generation,
    )
