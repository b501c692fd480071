"""Logs of simulated hosts: made up, said to be, and the same whoever reads them."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.config import Config
from core.hosts.simulated_log import KEPT_S, lines
from core.record import replace
from core.streams import Place, Streams
from tests.core.builders import instance

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN = 1_790_000_000.0


def test_a_log_in_parts_is_the_log() -> None:
    whole = list(lines("web", BEGIN, BEGIN + 300))
    cuts = (0.0, 0.4, 17.9, 18.0, 120.2, 300.0)
    parts = [
        line for begin, end in itertools.pairwise(cuts) for line in lines("web", BEGIN + begin, BEGIN + end)
    ]
    assert parts == whole
    assert whole != list(lines("api", BEGIN, BEGIN + 300))
    assert 100 < len(whole) < 200
    assert [at for at, *_ in whole] == sorted({at for at, *_ in whole})
    assert all(text.endswith("(simulated)") for _, text, _ in whole)
    assert {is_error for *_, is_error in whole} == {True, False}


@pytest.fixture
def streams() -> Iterator[Streams]:
    opened = Streams(Config(Path("config.toml"), ""))
    yield opened
    opened.close()


def place(started_ago_s: float | None, ended_ago_s: float | None = None) -> Place:
    now = time.time()
    started, ended = (None if ago is None else now - ago for ago in (started_ago_s, ended_ago_s))
    host = replace(instance("a"), url="sim://a")
    return Place(host, "t" * 32, "web", "ecs-web", started_at=started, ended_at=ended)


def test_it_begins_with_its_container_and_ends_with_it(streams: Streams) -> None:
    assert list(streams.logs(place(None), follow=True)) == []
    ended = place(300.0, 100.0)
    whole = list(streams.logs(ended))
    assert 60 < len(whole) < 140
    assert list(streams.logs(ended, follow=True)) == whole, "what has ended writes no more"
    assert list(streams.logs(ended, tail=5)) == whole[-5:]
    assert list(streams.logs(ended, tail=0)) == []
    assert ended.started_at is not None
    middle = ended.started_at + 100
    late = list(streams.logs(ended, since=middle))
    assert 0 < len(late) < len(whole)
    assert whole[-len(late) :] == late
    assert list(streams.logs(ended, earlier=True)) == []
    assert len(list(streams.logs(place(1e6)))) < KEPT_S


def test_a_followed_one_goes_on_until_it_is_left(streams: Streams) -> None:
    followed = streams.logs(place(60.0), follow=True, tail=1)
    first, second = next(followed), next(followed)
    assert first.at < second.at
    streams.close()
    assert len(list(followed)) < 10
