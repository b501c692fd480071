"""A container instance: one Docker host registered to a cluster."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from core.model.ports import HostPort
from core.model.tags import Tag
from core.record import Record

#: The attribute that tells the version of an instance's Docker. ECS has none for it: its agents have a version of their own.
DOCKER_VERSION: Final = "dockyard.docker-version"


class InstanceStatus(StrEnum):
    """What the operator wants of an instance, and whether it ever answered (ECS's names)."""

    REGISTERING = "REGISTERING"
    ACTIVE = "ACTIVE"
    DRAINING = "DRAINING"
    INACTIVE = "INACTIVE"


class Connectivity(StrEnum):
    """What is known of an instance now. ECS-shaped output says `agentConnected` for CONNECTED and RETURNING only."""

    CONNECTED = "CONNECTED"
    #: Silent for longer than `disconnect_after`: its tasks read as unknown, nothing is replaced.
    DISCONNECTED = "DISCONNECTED"
    #: Silent for longer than `lost_after`: what its services held is replaced.
    LOST = "LOST"
    #: It was LOST and answers again: what was superseded is stopped, and seen gone, before it takes new work.
    RETURNING = "RETURNING"
    #: Another Docker answers at its address, or its marker belongs to another instance.
    QUARANTINED = "QUARANTINED"


class PulledImage(Record):
    """A version of an image that a pull of ours found, or made, present on a host."""

    image: str
    digest: str = ""
    #: Whether our pull brought it. What was on the host before is somebody's, and is never removed.
    ours: bool = False
    pulled_at: float = 0.0
    #: When something of ours was last known to need it.
    used_at: float = 0.0


class ContainerInstance(Record):
    """A Docker host as the scheduler sees it. `cpu_units` (1024 a core) and `memory_mib` are what tasks may reserve."""

    id: str
    name: str
    cluster: str
    url: str
    #: How the config says that it is reached beside its address: keys of its table (`identity_file`, `tls.ca`) and paths, sorted.
    way: tuple[tuple[str, str], ...] = ()
    #: The last jump host on the way, as the host was last heard by: those behind the same one fall silent together.
    route: str = ""
    status: InstanceStatus = InstanceStatus.REGISTERING
    connectivity: Connectivity = Connectivity.DISCONNECTED
    connectivity_at: float = 0.0
    #: Why it is not connected, or in quarantine: the failed step and a sentence. Empty when all is well.
    problem: str = ""
    #: Three actions in a row ran into their deadline: it takes no new tasks until one succeeds (RULES: lists answer, create hangs).
    impaired: bool = False
    cpu_units: int = 0
    memory_mib: int = 0
    #: Kept free by the operator's config.
    reserved_ports: tuple[HostPort, ...] = ()
    reserved_cpu_units: int = 0
    reserved_memory_mib: int = 0
    #: Its GPUs as the config names them: by number or UUID, as `nvidia-smi -L` does. No two tasks have the same one.
    gpus: tuple[str, ...] = ()
    #: When images are pulled on it, as its config or its cluster's says; empty leaves it to the engine's settings.
    image_pull: str = ""
    #: Given by the operator, in config or by PutAttributes; they win over what the host says of itself. Sorted by name.
    own_attributes: tuple[tuple[str, str], ...] = ()
    #: Those of them that the config gave, as it was last applied: what it no longer gives, goes.
    declared_attributes: tuple[tuple[str, str], ...] = ()
    #: Published by containers that are not ours.
    foreign_ports: tuple[HostPort, ...] = ()
    #: All of them: the host's own and the operator's. Sorted by name.
    attributes: tuple[tuple[str, str], ...] = ()
    docker_version: str = ""
    api_version: str = ""
    os: str = ""
    architecture: str = ""
    #: The id in the host's marker volume is confirmed to be ours.
    marked: bool = False
    #: While it is DRAINING: when what is still on it is stopped; None drains without an end (ECS).
    drain_deadline: float | None = None
    #: What was pulled onto it, sorted by name and digest; and when it was last looked which of that is needed no more.
    pulled_images: tuple[PulledImage, ...] = ()
    images_cleaned_at: float = 0.0
    #: The config no longer names it: it drains on its last address and goes when it is empty.
    removed_from_config: bool = False
    tags: tuple[Tag, ...] = ()
    registered_at: float = 0.0
    #: Rises with every change of this row (ECS); State.put counts.
    version: int = 1

    @property
    def key(self) -> str:
        """What identifies this row."""
        return self.id

    @property
    def connected(self) -> bool:
        """Whether the instance answers, so that what is known of its tasks is true now."""
        return self.connectivity in {Connectivity.CONNECTED, Connectivity.RETURNING}

    @property
    def lost(self) -> bool:
        """Whether it was given up: its tasks count neither as live nor as healthy."""
        return self.connectivity is Connectivity.LOST

    def attribute(self, name: str) -> str | None:
        """The value of an attribute, None where it is absent."""
        for key, value in self.attributes:
            if key == name:
                return value
        return None
