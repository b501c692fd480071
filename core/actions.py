"""What can be asked of a host: plain values that neither run nor paint themselves. Pure.

Each is harmless when repeated: names are deterministic, and a host answers an action that is already done as done.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from core.record import Record

#: The target of the action that marks a host.
MARKER: Final = "marker"


class Lane(StrEnum):
    """Work lanes of one host: a slow kind of work never stands in front of another."""

    START = "start"
    PULL = "pull"
    STOP = "stop"


class PullImage(Record):
    """Make an image present. With `use_cached` a failed pull is done when a local copy exists (ECS's `default` behaviour).

    `check_first` skips the pull when a local copy exists (ECS's `prefer-cached`). With `digest` it is that version of the
    image that must be there, under the image's name as well; one that is there already is not pulled again.
    """

    image: str
    digest: str = ""
    platform: str = ""
    use_cached: bool = True
    check_first: bool = False
    deadline_s: float = 7200.0

    @property
    def target(self) -> str:
        """What the action is about on its host: no two with one target are under way at once."""
        return f"image:{self.image}"


class RemoveImage(Record):
    """Remove a version of an image that our pull brought: a refusal where any container uses it, or it has a name of others.

    `names` are all names under which we know this version there; only `image` is taken away, and the version with its last name.
    """

    image: str
    digest: str = ""
    names: tuple[str, ...] = ()
    deadline_s: float = 60.0

    @property
    def target(self) -> str:
        """What the action is about on its host: the same as a pull of that image."""
        return f"image:{self.image}"


class MarkHost(Record):
    """Write the marker that ties a host to an instance of this installation: engine ids are no identity.

    `instead_of` names a former instance whose marker the host still carries; any other one is left alone, and is a refusal.
    """

    instance: str
    instead_of: str = ""
    deadline_s: float = 30.0

    @property
    def target(self) -> str:
        """What the action is about on its host."""
        return MARKER


class UnmarkHost(Record):
    """Take the instance's marker away: the config no longer names the host, and nothing of ours is left on it."""

    instance: str
    deadline_s: float = 30.0

    @property
    def target(self) -> str:
        """What the action is about on its host."""
        return MARKER


class _OnContainer(Record):
    """What all actions on a container share: its name on the host and the task it belongs to."""

    name: str
    task: str

    @property
    def target(self) -> str:
        """What the action is about on its host."""
        return self.name


class CreateContainer(_OnContainer):
    """Create a container. The body is made by the agent from the task definition, so that no secret passes the engine."""

    container: str
    definition: str
    definition_digest: str
    cluster: str
    service: str = ""
    deployment: str = ""
    #: Which version of its image; empty: what its name stands for on the host.
    image_digest: str = ""
    #: The GPUs of its host that it is given.
    gpus: tuple[str, ...] = ()
    #: The task's request (overrides), canonical JSON.
    request: str = ""
    deadline_s: float = 60.0


class StartContainer(_OnContainer):
    """Start a created container; the outcome carries what was then seen of it.

    With `after_run` (see ContainerSeen.run) one that has ended is started again, if that was its last run: so an order that
    comes twice, or late, starts no run but the one that was decided.
    """

    deadline_s: float = 60.0
    after_run: str = ""


class StopContainer(_OnContainer):
    """Ask a container to stop, and kill it after `timeout_s`."""

    timeout_s: int = 30
    #: timeout_s and ECS's two minutes of grace.
    deadline_s: float = 150.0


class RemoveContainer(_OnContainer):
    """Remove a container that is not running, with its anonymous and its task-scoped volumes."""

    deadline_s: float = 60.0


Action = (
    MarkHost
    | UnmarkHost
    | PullImage
    | RemoveImage
    | CreateContainer
    | StartContainer
    | StopContainer
    | RemoveContainer
)


def lane_of(action: Action) -> Lane:
    """The lane an action runs in: stops wait on their own, so that forty slow ones never block a start."""
    match action:
        case PullImage():
            return Lane.PULL
        case StopContainer() | RemoveContainer() | RemoveImage() | UnmarkHost():
            return Lane.STOP
        case MarkHost() | CreateContainer() | StartContainer():
            return Lane.START
