"""A client's own streams to containers: logs, exec, statistics. They never pass through the engine.

Each host is reached by the config's own rules, over a link of this process's that is kept while it is used and opened anew when
it broke. Each stream has a connection of its own; closing it from another thread ends its reader at once.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote, urlencode

from core.errors import ConfigError, DockyardError, HostError, HostUnreachable, ReplyLost
from core.hosts.frames import STDERR, STDOUT, Frames, Lines
from core.hosts.http import RawStream, Stream, stream, upgrade
from core.hosts.link import open_link
from core.model.names import container_name
from core.model.task_definition import PAUSE_CONTAINER
from core.reach import way_to_instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from core.config import Config
    from core.hosts.link import Link, Prompt
    from core.model.instance import ContainerInstance
    from core.model.state import State
    from core.model.task import Task

__all__ = ["Exec", "LogLine", "Place", "Streams", "merged", "places"]

#: How long a call that is no stream may take.
_CALL_S: Final = 15.0
#: After its output's end, how long until Docker must know how an exec ended.
_EXIT_S: Final = 5.0
#: A cut log stream is opened anew after so long, and given up when that failed for so long.
_RETRY_S: Final = 1.0
_RETRY_FOR_S: Final = 60.0
#: A followed log whose container has ended goes on if it runs again within so long (its restart policy), asked so often.
_RESTART_WITHIN_S: Final = 10.0
_RESTART_LOOK_S: Final = 0.5
_REFUSED: Final = 400
_NOT_FOUND: Final = 404

Opened = TypeVar("Opened", bound=Stream)


@dataclass(frozen=True, slots=True)
class Place:
    """One container of one task, and the instance it is on. `label` tells it from others on a screen."""

    instance: ContainerInstance
    task: str
    container: str
    name_on_host: str
    #: Whether it may be restarted in place.
    restarts: bool = False

    @property
    def label(self) -> str:
        """`web/3f2a91c0`."""
        return f"{self.container}/{self.task[:8]}"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a container's log, unsafe as it came. `at` is Docker's timestamp (RFC 3339, sortable)."""

    place: Place
    at: str
    text: str
    stderr: bool = False


def places(state: State, task: Task, container: str | None = None) -> list[Place]:
    """The containers of a task that was placed; one of them where it is named. Raises HostError."""
    instance = state.instances.get(task.instance)
    if instance is None:
        where = "its instance is gone" if task.instance else "it has no instance yet"
        raise HostError(f"task {task.id[:8]} has no containers to reach: {where}")
    own = [c.name for c in task.containers if c.name != PAUSE_CONTAINER]
    if container is not None and container not in own:
        raise HostError(f"task {task.id[:8]} has no container {container}; it has {', '.join(own)}")
    wanted = own if container is None else [container]
    definition = state.definitions.get(task.definition)
    asked = definition.containers if definition is not None else ()
    restarted = {each.name for each in asked if each.restart_policy is not None}
    return [Place(instance, task.id, name, container_name(task, name), name in restarted) for name in wanted]


class Streams:
    """Opens streams, and keeps one link to each host. Thread-safe."""

    def __init__(self, config: Config, prompt: Prompt | None = None) -> None:
        """`prompt` asks for a key's passphrase; None where nobody can be asked."""
        self._config = config
        self._prompt = prompt
        self._links: dict[str, _Kept] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def close(self) -> None:
        """Drop all links and with them all streams; what is followed ends and is not taken up again."""
        self._closed.set()
        with self._lock:
            links, self._links = self._links, {}
        for kept in links.values():
            kept.close()

    def logs(
        self,
        place: Place,
        *,
        follow: bool = False,
        tail: int | None = None,
        since: float | None = None,
        until: float | None = None,
    ) -> Iterator[LogLine]:
        """A container's log, between two moments (seconds since the epoch) or its last `tail` lines on. Raises HostError.

        Docker counts the tail before it looks at `until`, so both together give less than was asked for.

        A followed one that is cut is taken up again where it was, and so is that of a container that is restarted in place.
        """
        last, broke_at = "", 0.0
        while True:
            resumed_at = last
            try:
                begin = _seconds(last) or since
                for line in self._log_once(place, follow=follow, tail=tail, since=begin, until=until):
                    # Docker begins at the moment that was named, whose line was seen already.
                    if line.at > resumed_at:
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

    def exec(self, place: Place, command: Sequence[str], *, tty: bool = False, stdin: bool = False) -> Exec:
        """Start a command in a container. Raises HostError."""
        link = self._link(place.instance)
        given = {
            "AttachStdin": stdin,
            "AttachStdout": True,
            "AttachStderr": True,
            "Tty": tty,
            "Cmd": list(command),
        }
        made = _call(link, "POST", f"/containers/{quote(place.name_on_host)}/exec", given, members=("Id",))
        return Exec(link, made["Id"], tty=tty)

    def stats(self, place: Place) -> Iterator[dict[str, Any]]:
        """A container's statistics as Docker gives them, one a second, until it ends. Raises HostError."""
        answer = _opened(
            stream(
                self._link(place.instance), "GET", f"/containers/{quote(place.name_on_host)}/stats?stream=1"
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
                state = _call(self._link(place.instance), "GET", path, members=("State",))["State"]
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
        until: float | None,
    ) -> Iterator[LogLine]:
        link = self._link(place.instance)
        container = f"/containers/{quote(place.name_on_host)}"
        # With a terminal of its own a container's output is raw, else it comes in frames; only Docker knows for sure.
        config = _call(link, "GET", f"{container}/json", members=("Config",))["Config"]
        frames = Frames(raw=bool(config.get("Tty")))
        asked: dict[str, Any] = {"stdout": 1, "stderr": 1, "timestamps": 1, "follow": int(follow)}
        if tail is not None:
            asked["tail"] = tail
        if since is not None:
            asked["since"] = since
        if until is not None:
            asked["until"] = until
        lines = {STDOUT: Lines(), STDERR: Lines()}
        with _opened(stream(link, "GET", f"{container}/logs?{urlencode(asked)}")) as answer:
            while data := answer.read1():
                for source, piece in frames.feed(data):
                    for text in lines.setdefault(source, Lines()).feed(piece):
                        yield _log_line(place, text, source)
        for source, rest in lines.items():
            for text in rest.end():
                yield _log_line(place, text, source)

    def _link(self, instance: ContainerInstance) -> Link:
        with self._lock:
            kept = self._links.setdefault(instance.url, _Kept())
        # A host that is slow to answer holds up those who ask for it, and nobody else.
        with kept.lock:
            if kept.link is None or not kept.link.alive():
                kept.close()
                kept.link = open_link(*way_to_instance(instance, self._config), self._prompt)
            return kept.link


@dataclass(slots=True)
class _Kept:
    """The link to one host, once it was asked for."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    link: Link | None = None

    def close(self) -> None:
        if self.link is not None:
            self.link.close()
            self.link = None


class Exec:
    """A command that runs in a container. Read in one thread, written and resized in others."""

    def __init__(self, link: Link, exec_id: str, *, tty: bool) -> None:
        """Start it; made by `Streams.exec`."""
        self._link = link
        self._id = exec_id
        self._frames = Frames(raw=tty)
        body = json.dumps({"Detach": False, "Tty": tty}).encode()
        headers = {"Content-Type": "application/json"}
        raw = upgrade(link, "POST", f"/exec/{exec_id}/start", headers=headers, body=body, timeout_s=_CALL_S)
        self._stream: RawStream = _opened(raw)

    def output(self) -> Iterator[tuple[int, bytes]]:
        """What it prints, as pieces of (STDOUT or STDERR, bytes), until it ends or is closed. Raises ReplyLost."""
        while data := self._stream.read1():
            yield from self._frames.feed(data)

    def write(self, data: bytes) -> None:
        """Its input. Raises ReplyLost."""
        self._stream.write(data)

    def close_input(self) -> None:
        """Say that no more input comes."""
        self._stream.close_write()

    def resize(self, columns: int, lines: int) -> None:
        """Tell it its terminal's size."""
        _call(self._link, "POST", f"/exec/{self._id}/resize?h={lines}&w={columns}")

    def exit_code(self) -> int | None:
        """How it ended, after its output did; None when it still runs (it was left by the detach keys). Raises HostError."""
        deadline = time.monotonic() + _EXIT_S
        while True:
            found = _call(self._link, "GET", f"/exec/{self._id}/json", members=("Running", "ExitCode"))
            if not found["Running"] and found["ExitCode"] is not None:
                return int(found["ExitCode"])
            if time.monotonic() > deadline:
                return None
            time.sleep(0.02)

    def close(self) -> None:
        """Stop reading. Docker knows no way to end the command itself."""
        self._stream.close()


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
        except (HostError, ConfigError) as error:
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


def _log_line(place: Place, line: bytes, source: int) -> LogLine:
    at, _, text = line.decode(errors="replace").partition(" ")
    return LogLine(place, at, text, stderr=source == STDERR)


def _seconds(at: str) -> str:
    """Docker's timestamp as it takes one in `since`: seconds since the epoch, with all of its nanoseconds. Empty for none."""
    whole, _, fraction = at.rstrip("Z").partition(".")
    try:
        return f"{int(datetime.fromisoformat(f'{whole}+00:00').timestamp())}.{fraction or 0}"
    except ValueError:
        return ""


def _opened(answer: Opened) -> Opened:
    if answer.status < _REFUSED:
        return answer
    words = answer.refusal()
    if answer.status == _NOT_FOUND and words.startswith("No such container"):
        raise HostError("its container is not there: it was not created yet, or is removed already")
    raise HostError(f"Docker refused: {words}")


def _call(
    link: Link, method: str, path: str, given: dict[str, Any] | None = None, *, members: Sequence[str] = ()
) -> dict[str, Any]:
    """Docker's answer with the members that are wanted of it; where none are, it is not looked into."""
    body = json.dumps(given).encode() if given is not None else None
    headers = {"Content-Type": "application/json"} if body is not None else {}
    answer = _opened(stream(link, method, path, headers=headers, body=body, timeout_s=_CALL_S))
    text = answer.rest(_CALL_S)
    if not members:
        return {}
    try:
        found = json.loads(text)
        return {member: found[member] for member in members}
    except (ValueError, LookupError, TypeError) as error:
        raise HostError(f"What answers {path} is not Docker") from error
