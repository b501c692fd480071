"""What a client opens to containers: logs, commands, attached terminals, ports, statistics; and the links they share."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections import defaultdict
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from core.errors import DockyardError, HostError, HostUnreachable, ReplyLost
from core.hosts import simulated_log
from core.hosts.frames import STDERR, Frames
from core.hosts.http import stream
from core.record import Record, replace
from core.schemes import Scheme
from core.streams import session
from core.streams.calls import call, opened
from core.streams.host import host_session
from core.streams.links import Links
from core.streams.log_lines import LogLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from core.config import Config
    from core.hosts.link import ByteStream, Link, Prompt
    from core.model.instance import ContainerInstance
    from core.streams.place import Place

#: A cut log stream is opened anew after so long, and given up when that failed for so long.
_RETRY_S: Final = 1.0
_RETRY_FOR_S: Final = 60.0
#: A followed log whose container has ended goes on if it runs again within so long (its restart policy), asked so often.
_RESTART_WITHIN_S: Final = 10.0
_RESTART_LOOK_S: Final = 0.5


class LogLine(Record):
    """One line of a container's log, unsafe as it came. `at` is Docker's timestamp (RFC 3339, sortable)."""

    place: Place
    at: str
    text: str
    stderr: bool = False
    #: It goes on with the line before it, which was very long.
    is_rest: bool = False


class Attachment(Record):
    """A session with a container's main process: whether that has a terminal, and whether it takes input."""

    session: session.DockerSession
    tty: bool
    stdin: bool


class Streams:
    """Opens streams, and keeps one link to each host. Thread-safe."""

    def __init__(self, config: Config, prompt: Prompt | None = None) -> None:
        """`prompt` asks for a key's passphrase; None where nobody can be asked."""
        self._links = Links(config, prompt)
        self._closed = threading.Event()

    def close(self) -> None:
        """Drop all links and with them all streams; what is followed ends and is not taken up again."""
        self._closed.set()
        self._links.close()

    def logs(
        self,
        place: Place,
        *,
        follow: bool = False,
        tail: int | None = None,
        since: float | None = None,
        earlier: bool = False,
    ) -> Iterator[LogLine]:
        """A container's log, since a moment (seconds since the epoch) or its last `tail` lines on. Raises HostError.

        With `earlier` it ends before the container's present run. Docker counts the tail before it looks for that end, so both
        together give less than was asked for.

        A followed one that is cut is taken up again where it was, and so is that of a container that is restarted in place.
        """
        if Scheme.SIM.begins(place.instance.url):
            if not earlier:
                yield from self._made_up(place, follow=follow, tail=tail, since=since)
            return
        last, broke_at = "", 0.0
        while True:
            resumed_at = last
            try:
                begin = _seconds(last) or since
                for line in self._log_once(place, follow=follow, tail=tail, since=begin, earlier=earlier):
                    if not line.at:
                        # Docker's own word, as of a log that it can't read: it stands behind what was read.
                        yield replace(line, at=last)
                    # Docker begins at the moment that was named, whose line was seen already.
                    elif line.at > resumed_at:
                        last, broke_at = line.at, 0.0
                        yield line
            except (ReplyLost, HostUnreachable):
                now = time.monotonic()
                broke_at = broke_at or now
                if self._closed.is_set():
                    return
                if not follow or not last or now - broke_at > _RETRY_FOR_S:
                    raise
                if self._closed.wait(_RETRY_S):
                    return
            else:
                if not (follow and place.restarts and self._runs_again(place)):
                    return
            tail = None

    def _made_up(
        self, place: Place, *, follow: bool, tail: int | None, since: float | None
    ) -> Iterator[LogLine]:
        """What a container of a simulated host would have written by now, and with `follow` what it goes on to write."""
        if place.started_at is None:
            return
        now = time.time()
        begin = max(place.started_at, now - simulated_log.KEPT_S, since or 0.0)
        while True:
            end = now if place.ended_at is None else min(now, place.ended_at)
            written = [
                LogLine(place, at, text, stderr)
                for at, text, stderr in simulated_log.lines(place.name_on_host, begin, end)
            ]
            yield from written if tail is None else written[len(written) - min(tail, len(written)) :]
            if not follow or end < now or self._closed.wait(_RETRY_S):
                return
            begin, tail, now = max(begin, end), None, time.time()

    def exec(
        self, place: Place, command: Sequence[str], *, tty: bool = False, stdin: bool = False
    ) -> session.DockerSession:
        """Start a command in a container. Raises HostError."""
        return session.start_command(
            self.link(place.instance), place.name_on_host, command, tty=tty, stdin=stdin
        )

    def attach(self, place: Place) -> Attachment:
        """Attach to a container's main process. Raises HostError."""
        link = self.link(place.instance)
        found = call(
            link, "GET", f"/containers/{quote(place.name_on_host)}/json", members=("Config", "State")
        )
        if not found["State"].get("Running"):
            raise HostError(f"{place.label} does not run: there is nothing to attach to")
        tty, stdin = bool(found["Config"].get("Tty")), bool(found["Config"].get("OpenStdin"))
        return Attachment(session.attach(link, place.name_on_host, tty=tty, stdin=stdin), tty, stdin)

    def host(self, instance: ContainerInstance, terminal: tuple[str, int, int]) -> session.Session:
        """A shell on a host itself. `terminal`: its kind, columns and lines. Raises HostError, ConfigError."""
        return host_session(self._links.way_to(instance), self._links.prompt, terminal=terminal)

    def dial(self, place: Place, port: int, timeout_s: float) -> ByteStream:
        """A stream to a container's TCP port. Raises HostError (NoWay, PortRefused), and OSError when nobody answers."""
        from core.hosts.docker_json import container_port  # noqa: PLC0415  # for forwards alone: screens open sooner without

        until = time.monotonic() + timeout_s
        link = self.link(place.instance)
        path = f"/containers/{quote(place.address_of or place.name_on_host)}/json"
        found = call(link, "GET", path, members=("State", "HostConfig", "NetworkSettings"))
        if not found["State"].get("Running"):
            raise HostError(f"{place.label} does not run")
        where = container_port(found, port)
        if self._links.is_rootless(place.instance):
            # Its networks are in a namespace of its own, where only what is published leads to.
            where = replace(where, address="", gateway="", of_host=False)
        return link.dial_port(where, max(0.001, until - time.monotonic()))

    def stats(self, place: Place) -> Iterator[dict[str, Any]]:
        """A container's statistics as Docker gives them, one a second, until it ends. Raises HostError."""
        answer = opened(
            stream(
                self.link(place.instance), "GET", f"/containers/{quote(place.name_on_host)}/stats?stream=1"
            )
        )
        with answer:
            for line in answer.lines():
                yield json.loads(line)

    def _runs_again(self, place: Place) -> bool:
        """Wait whether a container whose output has ended is started again."""
        until = time.monotonic() + _RESTART_WITHIN_S
        while time.monotonic() < until:
            with suppress(HostError):
                path = f"/containers/{quote(place.name_on_host)}/json"
                state = call(self.link(place.instance), "GET", path, members=("State",))["State"]
                if state.get("Running"):
                    return True
            if self._closed.wait(_RESTART_LOOK_S):
                break
        return False

    def _log_once(
        self,
        place: Place,
        *,
        follow: bool,
        tail: int | None,
        since: float | str | None,
        earlier: bool,
    ) -> Iterator[LogLine]:
        link = self.link(place.instance)
        container = f"/containers/{quote(place.name_on_host)}"
        # With a terminal of its own a container's output is raw, else it comes in frames; only Docker knows for sure.
        found = call(link, "GET", f"{container}/json", members=("Config", "State"))
        frames = Frames(raw=bool(found["Config"].get("Tty")))
        asked: dict[str, Any] = {"stdout": 1, "stderr": 1, "timestamps": 1, "follow": int(follow)}
        if tail is not None:
            asked["tail"] = tail
        if since is not None:
            asked["since"] = since
        if earlier:
            from core.hosts.docker_json import present_run  # noqa: PLC0415  # as for forwards

            began = present_run(found["State"])
            asked |= {} if began is None else {"until": began}
        lines: defaultdict[int, LogLines] = defaultdict(LogLines)
        with opened(stream(link, "GET", f"{container}/logs?{urlencode(asked)}")) as answer:
            while data := answer.read1():
                for source, piece, begins in frames.pieces(data):
                    for at, text, is_rest in lines[source].feed(piece, begins=begins):
                        yield LogLine(place, at, text, source == STDERR, is_rest)
        for source, rest in lines.items():
            for at, text, is_rest in rest.end():
                yield LogLine(place, at, text, source == STDERR, is_rest)

    def link(self, instance: ContainerInstance) -> Link:
        """The link to a host, opened if need be. Raises HostError, ConfigError."""
        return self._links.to(instance)


def merged(
    sources: Mapping[Place, Callable[[], Iterator[LogLine]]], failed: Callable[[Place, DockyardError], None]
) -> Iterator[LogLine]:
    """Lines of several logs as they come, each read in a thread of its own. One that fails is told of; the others go on.

    The threads are daemons: whoever stops reading early leaves them to the end of their streams or of the process.
    """
    lines: queue.SimpleQueue[LogLine | tuple[Place, DockyardError] | None] = queue.SimpleQueue()

    def read(place: Place, source: Callable[[], Iterator[LogLine]]) -> None:
        try:
            for line in source():
                lines.put(line)
        except DockyardError as error:
            lines.put((place, error))
        finally:
            lines.put(None)

    for place, source in sources.items():
        threading.Thread(target=read, args=(place, source), daemon=True).start()
    left = len(sources)
    while left:
        match lines.get():
            case None:
                left -= 1
            case (place, error):
                failed(place, error)
            case line:
                yield line


def _seconds(at: str) -> str:
    """Docker's timestamp as it takes one in `since`: seconds since the epoch, with all of its nanoseconds. Empty for none."""
    whole, _, fraction = at.rstrip("Z").partition(".")
    try:
        return f"{int(datetime.fromisoformat(f'{whole}+00:00').timestamp())}.{fraction or 0}"
    except ValueError:
        return ""
