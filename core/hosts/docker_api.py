"""The Docker Engine API of one host as plain calls: the one place where docker-py is used.

Answers are Docker's JSON; errors are core.errors.HostError: HostUnreachable (nothing was sent), ReplyLost (no answer:
probably done), TimedOut, or DockerRefused. Every call has a deadline, a moment of `time.monotonic`.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from docker.errors import APIError

from core.errors import HostError, ReplyLost
from core.hosts.http import TimedOut, api_client, api_version, one_line, stream
from core.model.names import split_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from docker import APIClient

    from core.hosts.http import Stream
    from core.hosts.link import Link

Json = dict[str, Any]

#: What asking for Docker's version may take on a new connection.
_OPEN_TIMEOUT_S: Final = 10.0
#: How long a connection is kept that no call needed: what a burst opened is closed again, what a beat uses stays.
_KEPT_S: Final = 60.0
_ONE_SAMPLE_API: Final = (1, 41)
_OUTPUT_LINES: Final = 20
_REFUSED: Final = 400
_GONE: Final = 404


class DockerRefused(HostError):
    """Docker answered no. `status` is the HTTP status, the message Docker's own sentence."""

    def __init__(self, status: int, message: str) -> None:
        """Keep the status beside the sentence."""
        super().__init__(one_line(message))
        self.status = status


class DockerApi:
    """One host's Docker. Safe to call from several threads: each call borrows a client, all share one link."""

    def __init__(self, link: Link) -> None:
        """Ask for Docker's version. Raises HostUnreachable."""
        self._link = link
        self._lock: Final = threading.Lock()
        #: With the moment each was last used: the latest is at the right and is borrowed first, so the left one rests longest.
        self._idle: deque[tuple[APIClient, float]] = deque()
        self.version: Final = api_version(link, _OPEN_TIMEOUT_S)
        self._gives_one_sample = tuple(map(int, self.version.split("."))) >= _ONE_SAMPLE_API

    def close(self) -> None:
        """Drop the connection: calls under way end with an error."""
        self._link.close()

    # -- reading ------------------------------------------------------------------------------------------------------

    def ping(self, until: float) -> None:
        with self._client(until) as client:
            client.ping()

    def info(self, until: float) -> Json:
        with self._client(until) as client:
            return _checked("info", client.info(), "NCPU", "MemTotal")

    def containers(self, until: float, *, label: str = "", stopped: bool = False) -> list[Json]:
        """The list of containers; with `label` only those that carry it."""
        with self._client(until) as client:
            found = client.containers(all=stopped, filters={"label": label} if label else {})
        if not isinstance(found, list):
            raise ReplyLost("The list of containers is none: is it Docker that answers?")
        return [_checked("the list of containers", each, "Id", "State", "Status") for each in found]

    def container(self, name_or_id: str, until: float) -> Json | None:
        """A container's inspect, None where there is none."""
        with self._client(until) as client, _missing_is_none() as answer:
            answer.append(client.inspect_container(name_or_id))
        members = ("Id", "Name", "Image", "State", "Config")
        return _checked("a container's inspect", answer[0], *members) if answer else None

    def image(self, name: str, until: float) -> Json | None:
        """An image's inspect, None where there is none."""
        with self._client(until) as client, _missing_is_none() as answer:
            answer.append(client.inspect_image(name))  # type: ignore[no-untyped-call]
        return _checked("an image's inspect", answer[0]) if answer else None

    def image_ids(self, until: float) -> frozenset[str]:
        """The ids of all images."""
        with self._client(until) as client:
            found = client.images()
        return frozenset(_checked("the list of images", each, "Id")["Id"] for each in found)

    def volume(self, name: str, until: float) -> Json | None:
        """A volume's inspect, None where there is none."""
        with self._client(until) as client, _missing_is_none() as answer:
            answer.append(client.inspect_volume(name))
        return _checked("a volume's inspect", answer[0]) if answer else None

    def volumes(self, label: str, until: float) -> list[Json]:
        """The volumes that carry a label."""
        with self._client(until) as client:
            found = _checked("the list of volumes", client.volumes(filters={"label": label}))
        return found.get("Volumes") or []

    def exec_state(self, exec_id: str, until: float) -> Json | None:
        """How a command in a container is; None where Docker has forgotten it."""
        with self._client(until) as client, _missing_is_none() as answer:
            answer.append(client.exec_inspect(exec_id))
        return _checked("an exec's inspect", answer[0], "Running", "ExitCode") if answer else None

    # -- changing -----------------------------------------------------------------------------------------------------

    def create(self, name: str, body: Json, until: float) -> None:
        with self._client(until) as client:
            client.create_container_from_config(body, name)  # type: ignore[no-untyped-call]

    def start(self, runtime_id: str, until: float) -> None:
        with self._client(until) as client:
            client.start(runtime_id)

    def stop(self, runtime_id: str, timeout_s: int, until: float) -> None:
        """Stop a container and wait until it is down; it is killed after `timeout_s`."""
        with self._client(until) as client:
            _bound(client, until - timeout_s)  # docker-py adds it again
            client.stop(runtime_id, timeout=timeout_s)

    def remove(self, runtime_id: str, until: float, *, force: bool = False) -> None:
        """Remove a container that is not running, or with `force` any, with its anonymous volumes."""
        with self._client(until) as client:
            client.remove_container(runtime_id, v=True, force=force)

    def wait(self, runtime_id: str, until: float) -> int:
        """Wait until a container has ended; its exit code."""
        with self._client(until) as client:
            found = client.wait(runtime_id, timeout=client.timeout)
        return int(_checked("the end of a container", found, "StatusCode")["StatusCode"])

    def output(self, runtime_id: str, until: float) -> str:
        """The last lines that a container wrote."""
        with self._client(until) as client:
            found: bytes = client.logs(runtime_id, tail=_OUTPUT_LINES)
        return found.decode(errors="replace")

    def create_exec(self, runtime_id: str, command: Sequence[str], until: float) -> str:
        """Make a command ready to be run in a container; its id."""
        with self._client(until) as client:
            made = client.exec_create(runtime_id, list(command))
        return str(_checked("an exec", made, "Id")["Id"])

    def create_volume(self, body: Json, until: float) -> None:
        with self._client(until) as client:
            client.create_volume(body["Name"], body.get("Driver"), body.get("DriverOpts"), body.get("Labels"))

    def remove_volume(self, name: str, until: float) -> None:
        with self._client(until) as client:
            client.remove_volume(name)

    def tag(self, image: str, repository: str, tag: str, until: float) -> None:
        """Give an image another name."""
        with self._client(until) as client:
            client.tag(image, repository, tag)

    def remove_image(self, name: str, until: float) -> None:
        """Take a name away from an image, and the image with its last one; Docker refuses where a container uses it."""
        with self._client(until) as client:
            client.remove_image(name)

    def import_image(self, tar: bytes, image: str, changes: list[str], until: float) -> None:
        """Make an image of a tar that holds its only layer."""
        repository, _, tag = image.rpartition(":")
        with self._client(until) as client:
            client.import_image_from_data(tar, repository=repository, tag=tag, changes=changes)

    # -- streams, each on a channel of its own -----------------------------------------------------------------------

    def pull(self, image: str, *, login: str, platform: str, silence_s: float) -> JsonLines:
        """Docker's account of a pull; TimedOut after `silence_s` without a line. `login` is X-Registry-Auth."""
        repository, tag = split_image(image)
        asked = {"fromImage": repository, "tag": tag} | ({"platform": platform} if platform else {})
        headers = {"X-Registry-Auth": login} if login else {}
        return self._stream("POST", f"/images/create?{urlencode(asked)}", headers, silence_s)

    def events(self, filters: Mapping[str, list[str]]) -> JsonLines:
        """Docker's events as they happen, until the stream is closed."""
        return self._stream("GET", f"/events?{urlencode({'filters': json.dumps(filters)})}", {}, None)

    def stats(self, runtime_id: str, until: float, *, one_sample: bool) -> Json:
        """A container's next sample, a second away at the most; else two of them, a second apart, for its share of the CPU.

        A Docker before 20.10 always gives two.
        """
        with self._client(until) as client:
            one_shot = True if one_sample and self._gives_one_sample else None
            found = client.stats(runtime_id, stream=False, one_shot=one_shot)
        return _checked("a container's statistics", found)

    # -- own parts ----------------------------------------------------------------------------------------------------

    def _stream(self, method: str, path: str, headers: dict[str, str], timeout_s: float | None) -> JsonLines:
        answer = stream(self._link, method, f"/v{self.version}{path}", headers=headers, timeout_s=timeout_s)
        if answer.status >= _REFUSED:
            raise DockerRefused(answer.status, answer.refusal())
        return JsonLines(answer)

    @contextmanager
    def _client(self, until: float) -> Iterator[APIClient]:
        """Borrow a client with what is left of the deadline as its time-out; docker-py's is not made for sharing."""
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise TimedOut("the deadline passed before the call was made")
        with self._lock:
            client = self._idle.pop()[0] if self._idle else None
        client = client or api_client(self._link, timeout_s=left_s, version=self.version)
        _bound(client, until)
        try:
            yield client
        except APIError as error:
            self._keep(client)
            status = error.response.status_code if error.response is not None else 0
            raise DockerRefused(status, str(error.explanation or error)) from error
        except ValueError as error:
            client.close()
            raise ReplyLost(f"Docker's answer is no JSON: {error}") from error
        except BaseException:
            client.close()
            raise
        self._keep(client)

    def _keep(self, client: APIClient) -> None:
        """Let a client rest until the next call, and close those that have rested for long."""
        with self._lock:
            now = time.monotonic()
            self._idle.append((client, now))
            long = [each for each, since in self._idle if now - since > _KEPT_S]
            for _ in long:
                self._idle.popleft()
        for each in long:
            each.close()


class JsonLines:
    """A stream of JSON objects, one a line, on a connection of its own. Reading raises ReplyLost or TimedOut."""

    def __init__(self, source: Stream) -> None:
        self._source = source

    def __iter__(self) -> Iterator[Json]:
        """Each object as it comes, until Docker ends the stream or it is closed."""
        for line in self._source.lines():
            if line:
                yield self._read(line)

    def _read(self, line: bytes) -> Json:
        try:
            return _checked("a line", json.loads(line))
        except ValueError as error:
            self.close()
            raise ReplyLost(f"Docker's answer is no JSON: {error}") from error

    def close(self) -> None:
        """End the stream; a blocked reader ends at once."""
        self._source.close()


def _checked(what: str, found: Any, *members: str) -> Json:
    """An answer that has what every Docker's has. Raises ReplyLost: something else answers there."""
    if not isinstance(found, dict):
        raise ReplyLost(f"Docker's answer, {what}, is no JSON object: is it Docker that answers?")
    for member in members:
        if member not in found:
            raise ReplyLost(f"Docker's answer, {what}, has no {member}: is it Docker that answers?")
    return found


def _bound(client: APIClient, until: float) -> None:
    """Give a client until a moment for its next call."""
    client.timeout = max(0.001, until - time.monotonic())  # type: ignore[assignment]  # requests takes fractions


@contextmanager
def _missing_is_none() -> Iterator[list[Json]]:
    answer: list[Json] = []
    try:
        yield answer
    except APIError as error:
        if error.response is None or error.response.status_code != _GONE:
            raise
