"""Measuring containers: their share of the host, when one sample will do, and what happens when time runs out."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from core.errors import HostUnreachable, ReplyLost
from core.hosts.docker_stats import ContainerUse, Meter, container_use
from core.labels import Ownership, container_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.hosts.docker_api import DockerApi
    from core.hosts.link import Link

NEVER = "0001-01-01T00:00:00Z"
MIB = 1024 * 1024


def stats(at: float, cpu_s: float, before: tuple[float, float] | None = None) -> dict[str, Any]:
    """Docker's JSON; without `before` it is of one sample alone."""
    read = datetime.fromtimestamp(at, UTC).isoformat()
    preread = datetime.fromtimestamp(before[0], UTC).isoformat() if before else NEVER
    return {
        "read": read,
        "preread": preread,
        "cpu_stats": {"cpu_usage": {"total_usage": int(cpu_s * 1e9)}},
        "precpu_stats": {"cpu_usage": {"total_usage": int((before[1] if before else 0.0) * 1e9)}},
        "memory_stats": {"usage": 50 * MIB, "stats": {"inactive_file": 8 * MIB}},
    }


def test_the_first_share_is_between_docker_s_two_samples() -> None:
    use = container_use(stats(101.0, 8.0, before=(100.0, 7.0)), None, cores=4)
    assert use == ContainerUse(101.0, 8_000_000_000, 25.0, 42.0)


def test_each_further_share_is_since_the_last_measurement() -> None:
    first = ContainerUse(101.0, 8_000_000_000, 25.0, 42.0)
    later = container_use(stats(116.0, 11.0), first, cores=2)
    assert later is not None
    assert later.cpu_percent == pytest.approx(10.0)
    assert container_use(stats(101.0, 8.0), first, cores=2) == first  # Docker has no newer sample
    again = container_use(stats(116.0, 1.0), first, cores=2)  # begun anew: its counter too
    assert again is not None
    assert again.cpu_percent == 0.0


def test_a_container_that_stopped_has_no_figures() -> None:
    assert container_use(stats(101.0, 8.0) | {"read": NEVER}, None, cores=2) is None


@dataclass
class FakeDocker:
    """Two running containers of ours; `failing` ones give no figures, `odd` ones other figures."""

    running: list[str] = field(default_factory=lambda: ["a", "b"])
    failing: set[str] = field(default_factory=set)
    odd: set[str] = field(default_factory=set)
    now: float = 100.0
    asked: list[tuple[str, bool]] = field(default_factory=list)
    most_at_once: int = 0
    _under_way: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def info(self, _until: float) -> dict[str, Any]:
        return {"NCPU": 2, "MemTotal": 2048000 * 1024}

    def containers(self, _until: float, *, label: str) -> list[dict[str, Any]]:
        assert label.endswith("=us")
        return [{"Id": each, "Labels": container_labels(owner(each))} for each in self.running]

    def stats(self, runtime_id: str, _until: float, *, one_sample: bool) -> dict[str, Any]:
        with self._lock:
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
            self.asked.append((runtime_id, one_sample))
        try:
            if runtime_id in self.failing:
                raise ReplyLost("no answer in time")
            if runtime_id in self.odd:
                return {"read": "2026-11-25T12:00:00Z", "cpu_stats": None}
            self.now += 1.0
            return stats(self.now, self.now / 10, None if one_sample else (self.now - 1, self.now / 10 - 0.1))
        finally:
            with self._lock:
                self._under_way -= 1


@dataclass
class BlindLink:
    """A way to Docker alone."""

    side_by_side: int = 1
    route: str = ""

    def read_files(self, _paths: Sequence[str], _timeout_s: float) -> str:
        return ""


def owner(name: str) -> Ownership:
    return Ownership(
        installation="us",
        instance="i" * 32,
        cluster="default",
        task=name * 32,
        container="main",
        family="web",
        revision=1,
        definition_digest="",
    )


def meter(docker: FakeDocker, side_by_side: int = 1) -> Meter:
    link = BlindLink(side_by_side)
    return Meter(
        cast("DockerApi", docker),
        cast("Link", link),
        installation="us",
        instance="i" * 32,
        clock=lambda: docker.now,
    )


def test_our_containers_are_told_also_where_the_host_is_not_known() -> None:
    docker = FakeDocker()
    measuring = meter(docker)
    used = measuring.measure()
    assert (used.cpu_percent, used.memory_mib, used.load) == (None, None, None)
    assert set(used.containers) == {("a" * 32, "main"), ("b" * 32, "main")}
    assert used.containers["a" * 32, "main"] == pytest.approx((5.0, 42.0))
    measuring.measure()
    docker.running = ["b", "c"]
    assert set(measuring.measure().containers) == {("b" * 32, "main"), ("c" * 32, "main")}
    one_sample = [asked for asked in docker.asked if asked[1]]
    assert [sum(name == each for each, _ in one_sample) for name in "abc"] == [1, 2, 0]


def test_what_found_no_time_keeps_its_figures_and_comes_first_when_there_is_time() -> None:
    docker = FakeDocker()
    measuring = meter(docker)
    first = measuring.measure()
    docker.failing = {"a"}
    second = measuring.measure()
    assert second.containers["a" * 32, "main"] == first.containers["a" * 32, "main"]
    docker.asked.clear()
    docker.running = ["b", "a"]
    measuring.measure()
    assert [name for name, _ in docker.asked] == ["a", "b"]


def test_figures_that_make_no_sense_are_those_of_that_container_alone() -> None:
    assert set(meter(FakeDocker(odd={"a"})).measure().containers) == {("b" * 32, "main")}


def test_no_more_calls_are_under_way_than_the_link_has_room_for() -> None:
    docker = FakeDocker(running=[chr(97 + n) for n in range(20)])
    meter(docker).measure()
    assert docker.most_at_once == 1
    assert len(docker.asked) == 20


def test_a_host_that_is_gone_is_an_error_of_the_measurement_alone() -> None:
    class Gone(FakeDocker):
        def info(self, _until: float) -> dict[str, Any]:
            raise HostUnreachable("connect", "the connection is gone")

    with pytest.raises(HostUnreachable):
        meter(Gone()).measure()
