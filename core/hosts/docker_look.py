"""Looking at a host: lists, and an inspect of what has changed since the last look."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from core import labels
from core.errors import HostUnreachable, ReplyLost
from core.hosts.docker_api import DockerRefused
from core.hosts.docker_json import (
    container_seen,
    glance,
    host_facts,
    is_rootless,
    moment,
    published_ports,
    repository_digest,
)
from core.hosts.http import SEE_ITS_LOG, TimedOut
from core.reports import HostReport, Marker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.hosts.docker_api import DockerApi
    from core.model.ports import HostPort
    from core.reports import ContainerSeen, HostFacts

Json = dict[str, Any]

#: A beat's first call; through a jump host nothing else notices a dead peer in time.
_PING_TIMEOUT_S: Final = 5.0
_FACTS_AGE_S: Final = 60.0
#: Docker 20.10 gives its facts only after a pull that hangs on a name lookup; a look does without them then, for a while.
_FACTS_PATIENCE_S: Final = 2.0
_FACTS_RETRY_S: Final = 15.0
_FOREIGN_AGE_S: Final = 4.0
#: A smaller skew is measuring noise, and correcting it would make times wobble.
_SKEW_NOISE_S: Final = 0.5
#: Containers that go while they are looked at make the list old.
_LISTS_A_LOOK: Final = 3


@dataclass(slots=True)
class Lookout:
    """One host's observer. It keeps what it saw, so that an unchanged host costs three short calls."""

    api: DockerApi
    installation: str
    instance: str
    clock: Callable[[], float]
    #: The jump host on the way, empty where there is none.
    route: str = ""
    skew_s: float = 0.0
    #: Whether its Docker runs without root, as it last said.
    rootless: bool = False
    _facts: HostFacts | None = None
    _facts_due_at: float = 0.0
    _foreign: tuple[HostPort, ...] = ()
    _foreign_at: float = 0.0
    _seen: dict[str, tuple[str, ContainerSeen]] = field(default_factory=dict)
    #: Image id -> the digest its registry knows it by.
    _digests: dict[str, str] = field(default_factory=dict)
    #: Named by an event since they were last inspected.
    _touched: set[str] = field(default_factory=set)
    #: Being started by us, as they were before.
    _starting: dict[str, ContainerSeen] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, deadline_s: float) -> HostReport:
        """Observe the host. Raises HostUnreachable."""
        until = time.monotonic() + deadline_s
        try:
            return self._look(until)
        except HostUnreachable:
            raise
        except TimedOut as error:
            message = f"Docker did not answer within {deadline_s:g} s"
            raise HostUnreachable("answer", message, SEE_ITS_LOG) from error
        except (ReplyLost, DockerRefused) as error:
            raise HostUnreachable("answer", f"Docker did not answer: {error}", SEE_ITS_LOG) from error

    def changed(self, runtime_id: str) -> None:
        """An event named this container: inspect it at the next look, whatever the list says."""
        with self._lock:
            self._touched.add(runtime_id)

    @contextmanager
    def starting(self, seen: ContainerSeen) -> Iterator[None]:
        """While a container is started, looks see it as it was: Docker answers an inspect of it only when its start is over.

        So a start that hangs costs itself alone, and many slow ones don't make a look late. Its outcome says how it ended.
        """
        with self._lock:
            self._starting[seen.runtime_id] = seen
        try:
            yield
        finally:
            with self._lock:
                self._starting.pop(
                    seen.runtime_id, None
                )  # a start that was given up may end after its repetition

    def forget_foreign_ports(self) -> None:
        """A start was refused, perhaps for a port: see at the next look what others have published since."""
        self._foreign_at = 0.0

    def inspect(self, name_or_id: str, until: float) -> ContainerSeen | None:
        """One container of this installation as it is now; None where there is none, or it is not ours."""
        found = self.api.container(name_or_id, until)
        return self.interpret(found, until) if found is not None else None

    def interpret(self, inspect: Json, until: float) -> ContainerSeen | None:
        """A container of this installation from its inspect; None when it is not ours."""
        owner = labels.read(inspect["Config"].get("Labels") or {})
        if owner is None or owner.installation != self.installation:
            return None
        # One that was created by a digest runs that one, whatever other repositories call it.
        named = str(inspect["Config"].get("Image", "")).partition("@")[2]
        digest = named or self._digest(inspect["Image"], until)
        return container_seen(inspect, owner, skew_s=self.skew_s, image_digest=digest)

    # -- own parts ----------------------------------------------------------------------------------------------------

    def _look(self, until: float) -> HostReport:
        asked = time.monotonic()
        self.api.ping(min(until, asked + _PING_TIMEOUT_S))
        round_trip_s = time.monotonic() - asked
        facts = self._fresh_facts(until)
        marker, marker_instance = self._marker(until)
        foreign = self._fresh_foreign(until)
        began_at = self.clock()
        containers = self._containers(until)
        return HostReport(
            instance=self.instance,
            began_at=began_at,
            ended_at=self.clock(),
            facts=facts,
            marker=marker,
            marker_instance=marker_instance,
            containers=containers,
            foreign_ports=foreign,
            round_trip_s=round_trip_s,
        )

    def _containers(self, until: float) -> tuple[ContainerSeen, ...]:
        """Our containers. One that goes between list and inspect makes the list old: look again."""
        seen: list[ContainerSeen] = []
        for _ in range(_LISTS_A_LOOK):
            listed = self.api.containers(until, label=labels.owned_by(self.installation), stopped=True)
            looked = [self._look_at(summary, until) for summary in listed]
            seen = [found for found in looked if found is not None]
            if len(seen) == len(listed):
                break
        self._forget({found.runtime_id for found in seen})
        return tuple(sorted(seen, key=lambda found: found.name))

    def _look_at(self, summary: Json, until: float) -> ContainerSeen | None:
        """What is known of a listed container, inspected again when the list says something new."""
        runtime_id, key = summary["Id"], glance(summary)
        with self._lock:
            before = self._starting.get(runtime_id)
        if before is not None:
            return before
        known = self._seen.get(runtime_id)
        touched = self._was_touched(runtime_id)
        if known is not None and known[0] == key and not touched:
            return known[1]
        found = self.inspect(runtime_id, until)
        if found is not None:
            self._seen[runtime_id] = (key, found)
        return found

    def _was_touched(self, runtime_id: str) -> bool:
        """Whether an event named it since it was last inspected; asked before the inspect, so that no event is missed."""
        with self._lock:
            if runtime_id not in self._touched:
                return False
            self._touched.remove(runtime_id)
            return True

    def _forget(self, remaining: set[str]) -> None:
        self._seen = {runtime_id: kept for runtime_id, kept in self._seen.items() if runtime_id in remaining}
        with self._lock:
            self._touched &= remaining

    def _fresh_facts(self, until: float) -> HostFacts | None:
        now = time.monotonic()
        if now >= self._facts_due_at:
            asked_at = self.clock()
            try:
                info = self.api.info(min(until, now + _FACTS_PATIENCE_S))
            except TimedOut:
                self._facts_due_at = now + _FACTS_RETRY_S
                return self._facts
            self._measure_skew(info, (asked_at + self.clock()) / 2)
            self.rootless = is_rootless(info)
            self._facts = host_facts(info, api_version=self.api.version, skew_s=self.skew_s, route=self.route)
            self._facts_due_at = now + _FACTS_AGE_S
        return self._facts

    def _measure_skew(self, info: Json, at: float) -> None:
        theirs = moment(info.get("SystemTime", ""))
        skew_s = theirs - at if theirs is not None else 0.0
        if abs(skew_s) < _SKEW_NOISE_S:
            skew_s = 0.0
        if abs(skew_s - self.skew_s) >= _SKEW_NOISE_S:
            self.skew_s = round(skew_s, 1)

    def _fresh_foreign(self, until: float) -> tuple[HostPort, ...]:
        now = time.monotonic()
        if now - self._foreign_at > _FOREIGN_AGE_S:
            listed = self.api.containers(until)
            self._foreign = published_ports(
                summary
                for summary in listed
                if (summary.get("Labels") or {}).get(labels.INSTALLATION) != self.installation
            )
            self._foreign_at = now
        return self._foreign

    def _marker(self, until: float) -> tuple[Marker, str]:
        volume = self.api.volume(marker_name(self.installation), until)
        if volume is None:
            return Marker.ABSENT, ""
        owner = (volume.get("Labels") or {}).get(labels.INSTANCE, "")
        return (Marker.OURS if owner == self.instance else Marker.OTHER_INSTANCE), owner

    def _digest(self, image_id: str, until: float) -> str:
        if image_id not in self._digests:
            image = self.api.image(image_id, until)
            self._digests[image_id] = repository_digest(image) if image is not None else ""
        return self._digests[image_id]


def marker_name(installation: str) -> str:
    """The name of the volume that says which instance of an installation a host is."""
    return f"dockyard-marker-{installation}"
