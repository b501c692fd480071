"""A real Docker host behind the host seam: a link, the Docker API over it, and what was seen through it."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final

from core import labels
from core.actions import MarkHost, PullImage, RemoveImage, StartContainer, UnmarkHost
from core.errors import ActionFailed, HostError, HostUnreachable, ReplyLost
from core.hosts.base import silent
from core.hosts.docker_api import DockerApi, DockerRefused, JsonLines
from core.hosts.docker_look import Lookout
from core.hosts.docker_reach import Reach
from core.hosts.docker_stats import Meter
from core.hosts.docker_work import Done, Hands
from core.hosts.host_ranges import HostRanges
from core.hosts.http import TimedOut
from core.hosts.task_cgroups import TaskCgroups
from core.reports import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.actions import Action
    from core.hosts.base import Executed, Progress
    from core.hosts.docker_work import Sources
    from core.hosts.link import ByteStream, Link
    from core.reports import HostReport, Utilisation

#: The look that follows a refusal, so that the outcome says what is there.
_AFTERLOOK_S: Final = 5.0
_EVENTS: Final = ("create", "start", "die", "oom", "destroy", "health_status")
_REFUSED: Final = "DockerRefusedError"


class DockerHost:
    """One Docker host as one instance of one installation. It owns its link; it is opened anew, never revived."""

    def __init__(
        self, link: Link, *, installation: str, instance: str, sources: Sources, clock: Callable[[], float]
    ) -> None:
        """Ask for Docker's version. Raises HostUnreachable; the link is the caller's until this has returned."""
        self._installation = installation
        self._instance = instance
        self._clock = clock
        self._api = DockerApi(link)
        self._lookout = Lookout(self._api, installation, instance, clock, link.route)
        cgroups = TaskCgroups(self._api, installation)
        self._hands = Hands(self._api, self._lookout, sources, HostRanges(self._api), cgroups)
        self._reach = Reach(self._api, link, self._lookout)
        self._meter = Meter(self._api, link, installation=installation, instance=instance, clock=clock)

    def observe(self, *, deadline_s: float) -> HostReport:
        """Look at the host. Raises HostUnreachable."""
        return self._lookout.look(deadline_s)

    def perform(self, action: Action, progress: Progress = silent) -> Outcome:
        """Carry out one action; every way it can end is an outcome."""
        until = time.monotonic() + action.deadline_s
        try:
            return self._outcome(action, Result.DONE, self._hands.carry_out(action, progress, until))
        except HostUnreachable as error:
            return self._outcome(action, Result.NOT_SENT, error=str(error))
        except ReplyLost as error:
            return self._outcome(
                action, Result.UNKNOWN, error=str(error), timed_out=isinstance(error, TimedOut)
            )
        except ActionFailed as error:
            return self._failed(action, error.name, str(error))
        except DockerRefused as error:
            return self._failed(action, _REFUSED, str(error))

    def hints(self) -> DockerHints:
        """Subscribe to the events of our containers. Raises HostUnreachable."""
        filters = {
            "type": ["container"],
            "event": list(_EVENTS),
            "label": [labels.owned_by(self._installation)],
        }
        return DockerHints(self._api.events(filters), self._lookout)

    def dial(self, name: str, port: int, timeout_s: float) -> ByteStream:
        """A stream to a container's port. Raises HostError, OSError."""
        return self._reach.dial(name, port, timeout_s)

    def execute(self, name: str, command: Sequence[str], timeout_s: float) -> Executed:
        """Run a command in a container. Raises HostError, TimeoutError."""
        return self._reach.execute(name, command, timeout_s)

    def utilisation(self) -> Utilisation:
        """Measure the host and our running containers. Raises HostError."""
        return self._meter.measure()

    def close(self) -> None:
        """Drop the connection; calls under way end with an error."""
        self._api.close()

    # -- own parts ----------------------------------------------------------------------------------------------------

    def _failed(self, action: Action, error_name: str, error: str) -> Outcome:
        """The outcome of a refusal, with what is there in spite of it."""
        done = Done()
        if isinstance(action, StartContainer):
            self._lookout.forget_foreign_ports()
        if not isinstance(action, MarkHost | UnmarkHost | PullImage | RemoveImage):
            with contextlib.suppress(HostError):  # then the next look shows it
                seen = self._lookout.inspect(action.target, time.monotonic() + _AFTERLOOK_S)
                done = Done(seen, looked=True)
        return self._outcome(action, Result.FAILED, done, error_name=error_name, error=error)

    def _outcome(
        self,
        action: Action,
        result: Result,
        done: Done | None = None,
        *,
        error_name: str = "",
        error: str = "",
        timed_out: bool = False,
    ) -> Outcome:
        done = done or Done()
        return Outcome(
            instance=self._instance,
            action=action,
            result=result,
            finished_at=self._clock(),
            seen=done.seen,
            looked=done.looked,
            error_name=error_name,
            error=error,
            timed_out=timed_out,
            note=done.note,
            digest=done.digest,
            image_new=done.image_new,
        )


class DockerHints:
    """Docker's events as hints; each also says which container to inspect again."""

    def __init__(self, events: JsonLines, lookout: Lookout) -> None:
        self._events = events
        self._following = iter(events)
        self._lookout = lookout

    def wait(self) -> bool:
        """Block until something happened to a container of ours; False when the stream has ended."""
        try:
            event = next(self._following, None)
        except HostError:
            return False
        if event is None:
            return False
        self._lookout.changed(str((event.get("Actor") or {}).get("ID", "")))
        return True

    def close(self) -> None:
        """End the stream; a blocked `wait` returns False at once."""
        self._events.close()
