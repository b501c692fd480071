"""A client's own streams: logs of several containers merged, and a log that was cut taken up again where it was."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.config import Config
from core.errors import DockyardError, HostUnreachable, ReplyLost
from core.streams import LogLine, Place, Streams, merged, streams
from tests.core.builders import instance

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = Place(instance("edge"), "t" * 32, "web", "ecs-web-1-web")


class Cut(Streams):
    """Gives one line and breaks; opened anew, it gives the same line, one more, and ends. `since` is what it was asked."""

    def __init__(self, *moments: str) -> None:
        super().__init__(Config(Path("config.toml"), ""))
        self.moments = moments
        self.since: list[object] = []

    def _log_once(self, place: Place, **asked: Any) -> Iterator[LogLine]:
        self.since.append(asked["since"])
        if len(self.since) == 1:
            yield LogLine(place, self.moments[0], "first")
            raise ReplyLost("the link broke")
        for at, text in zip(self.moments, ("first", "second"), strict=True):
            yield LogLine(place, at, text)


@pytest.mark.parametrize(
    ("moments", "taken_up_at"),
    [
        (("2026-11-25T12:00:01.000000007Z", "2026-11-25T12:00:02.5Z"), "1795608001.000000007"),
        (("nonsense", "rubbish"), 7.0),
    ],
    ids=["a moment", "none: as at first"],
)
def test_a_followed_log_that_was_cut_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch, moments: tuple[str, str], taken_up_at: object
) -> None:
    monkeypatch.setattr(streams, "_RETRY_S", 0.0)
    log = Cut(*moments)
    assert [line.text for line in log.logs(PLACE, follow=True, since=7.0)] == ["first", "second"]
    assert log.since == [7.0, taken_up_at]


class Broken(Streams):
    """A log that Docker can't read on from some line."""

    def __init__(self) -> None:
        super().__init__(Config(Path("config.toml"), ""))

    def _log_once(self, place: Place, **_: Any) -> Iterator[LogLine]:
        yield LogLine(place, "2026-11-25T12:00:01Z", "first")
        yield LogLine(place, "", "Error grabbing logs: invalid character")


def test_what_docker_says_of_a_log_has_no_time_and_is_told_behind_what_was_read() -> None:
    lines = [(line.at, line.text) for line in Broken().logs(PLACE)]
    assert lines == [
        ("2026-11-25T12:00:01Z", "first"),
        ("2026-11-25T12:00:01Z", "Error grabbing logs: invalid character"),
    ]


class Ended(Streams):
    """Each time it is opened it gives what there is since the last line it gave, and one more; the container runs again once."""

    def __init__(self) -> None:
        super().__init__(Config(Path("config.toml"), ""))
        self.opened = 0

    def _log_once(self, place: Place, **_: Any) -> Iterator[LogLine]:
        self.opened += 1
        for number in range(max(1, self.opened - 1), self.opened + 1):
            yield LogLine(place, f"2026-11-25T12:00:0{number}Z", f"run {number}")

    def _runs_again(self, _: Place) -> bool:
        return self.opened < 2


@pytest.mark.parametrize(("restarts", "lines"), [(True, ["run 1", "run 2"]), (False, ["run 1"])])
def test_a_followed_log_goes_on_when_its_container_is_restarted_in_place(
    restarts: bool, lines: list[str]
) -> None:
    place = dataclasses.replace(PLACE, restarts=restarts)
    assert [line.text for line in Ended().logs(place, follow=True)] == lines
    assert [line.text for line in Ended().logs(place)] == ["run 1"]


WEB = Place(instance("a"), "t1", "web", "ecs-web")
LOG = Place(instance("b"), "t2", "web", "ecs-web-2")


def test_a_log_that_fails_is_told_of_and_the_others_go_on() -> None:
    told: list[tuple[Place, DockyardError]] = []
    lost = HostUnreachable("connect", "no answer")

    def good() -> Iterator[LogLine]:
        yield LogLine(WEB, "1", "one")
        yield LogLine(WEB, "2", "two")

    def bad() -> Iterator[LogLine]:
        yield LogLine(LOG, "1", "last words")
        raise lost

    lines = list(merged({WEB: good, LOG: bad}, lambda place, error: told.append((place, error))))
    assert [line.text for line in lines if line.place == WEB] == ["one", "two"]
    assert [line.text for line in lines if line.place == LOG] == ["last words"]
    assert told == [(LOG, lost)]
