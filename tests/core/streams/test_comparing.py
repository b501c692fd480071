"""One command in many containers: at most so many at once, every failure in words, equal outputs together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

from core.errors import HostError
from core.hosts.frames import STDOUT
from core.hosts.http import TimedOut
from core.record import replace
from core.streams.comparing import MOST_BYTES, Ran, differing, grouped, run_in
from core.streams.place import Place
from tests.core.builders import instance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.streams import Streams

PLACES = [Place(instance(f"edge-{n}"), f"{n}" * 32, "web", f"ecs-web-{n}") for n in range(6)]


class Ended:
    """A session that printed something."""

    def __init__(self, output: bytes, code: int | None, error: Exception | None = None) -> None:
        self._output, self._code, self._error = output, code, error
        self.closed = False

    def bound(self, timeout_s: float) -> None: ...

    def output(self) -> Iterator[tuple[int, bytes]]:
        yield STDOUT, self._output
        if self._error is not None:
            raise self._error

    def exit_code(self) -> int | None:
        return self._code

    def close(self) -> None:
        self.closed = True


class Fake:
    """Streams whose sessions are as a test says, by the number of the place."""

    def __init__(self, made: dict[int, Any], together: threading.Barrier | None = None) -> None:
        self.made = made
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        self._together = together

    def exec(self, place: Place, command: Sequence[str]) -> Ended:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            if self._together is not None:
                self._together.wait(20)
            found = self.made.get(int(place.task[0]), Ended(b"same\n", 0))
            if isinstance(found, Exception):
                raise found
            return cast("Ended", found)
        finally:
            with self._lock:
                self._now -= 1


def ran(fake: Fake, at_once: int = 8) -> list[Ran]:
    found = run_in(cast("Streams", fake), PLACES, ["x"], timeout_s=7, at_once=at_once)
    return [replace(each, took_s=0) for each in found]


def test_equal_outputs_are_one_group_and_failures_are_in_words() -> None:
    fake = Fake(
        {
            1: Ended(b"other\n", 0),
            2: Ended(b"same\n", 3),
            3: HostError("its container is not there"),
            4: Ended(b"begun", None, TimedOut("no answer")),
        }
    )
    groups = grouped(ran(fake))
    assert [(g.outcome, g.output, [p.instance.name for p in g.places]) for g in groups] == [
        ("exit code 0", "same\n", ["edge-0", "edge-5"]),
        ("exit code 0", "other\n", ["edge-1"]),
        ("exit code 3", "same\n", ["edge-2"]),
        ("its container is not there", "", ["edge-3"]),
        ("it did not end within 7 s, and may still run", "begun", ["edge-4"]),
    ]


def test_no_more_run_at_once_than_may() -> None:
    fake = Fake({}, threading.Barrier(3))
    assert len(ran(fake, at_once=3)) == len(PLACES)
    assert fake.most == 3


def test_endless_output_is_cut_and_said_so() -> None:
    (first, *_) = grouped(ran(Fake({n: Ended(b"x" * (MOST_BYTES + 10), 0) for n in range(6)})))
    assert len(first.output) < MOST_BYTES + 50
    assert first.output.endswith("… and 10 bytes more\n")


def test_lines_that_the_other_group_lacks_are_known() -> None:
    groups = grouped([Ran(PLACES[0], 0, "a\nb\n"), Ran(PLACES[1], 0, "a\nb\n"), Ran(PLACES[2], 0, "a\nc\n")])
    assert differing(groups[1], groups[0]) == [False, True]
