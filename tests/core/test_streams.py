"""Logs of several containers, merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import DockyardError, HostUnreachable
from core.streams import LogLine, Place, merged
from tests.core.builders import instance

if TYPE_CHECKING:
    from collections.abc import Iterator

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
