"""Looking at a host whose answers are scripted: what is asked again, and what is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from core.errors import HostUnreachable
from core.hosts.docker_api import DockerApi, DockerRefused
from core.hosts.docker_look import Lookout
from core.hosts.http import TimedOut
from core.labels import Ownership, container_labels
from core.model.ports import HostPort
from core.record import replace
from core.reports import HostReport, Marker, SeenState

NOW = 1_000_000.0


def summary(name: str, status: str = "Up 2 minutes") -> dict[str, Any]:
    return {"Id": name, "State": "running", "Status": status}


@dataclass
class ScriptedApi:
    """Stands in for one host's Docker; `asked` are the calls made."""

    version: str = "1.41"
    lists: list[list[dict[str, Any]]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    foreign: list[dict[str, Any]] = field(default_factory=list)
    marker: dict[str, Any] | None = None
    system_time: str = "1970-01-12T13:46:40Z"
    owner_installation: str = "us"
    asked: list[str] = field(default_factory=list)

    def ping(self, *_: object) -> None:
        self.asked.append("ping")

    def info(self, *_: object) -> dict[str, Any]:
        return {"NCPU": 1, "MemTotal": 2**30, "SystemTime": self.system_time, "Plugins": {}}

    def volume(self, *_: object) -> dict[str, Any] | None:
        return self.marker

    def image(self, *_: object) -> None:
        return None

    def containers(self, *_: object, label: str = "", **__: object) -> list[dict[str, Any]]:
        if not label:
            return self.foreign
        self.asked.append("list")
        return self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]

    def container(self, name: str, *_: object) -> dict[str, Any] | None:
        self.asked.append(f"inspect {name}")
        if name in self.gone:
            return None
        owner = Ownership(
            installation=self.owner_installation,
            instance="i1",
            cluster="default",
            task=f"task-{name}",
            container="main",
            family="web",
            revision=1,
            definition_digest="d",
        )
        return {
            "Id": name,
            "Name": f"/{name}",
            "Image": "sha256:1",
            "State": {"Status": "running", "StartedAt": self.system_time},
            "Config": {"Image": "web:1", "Labels": container_labels(owner)},
        }


class Bench:
    def __init__(self) -> None:
        self.api = ScriptedApi(lists=[[]])
        self.now = NOW
        self.lookout = Lookout(cast("DockerApi", self.api), "us", "i1", lambda: self.now, route="bastion")

    def look(self) -> HostReport:
        self.api.asked.clear()
        return self.lookout.look(10.0)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_only_what_changed_is_inspected(bench: Bench) -> None:
    bench.api.lists = [[summary("a"), summary("b")]]
    assert [c.name for c in bench.look().containers] == ["a", "b"]
    bench.api.lists = [[summary("a"), summary("b", "Up 2 minutes (unhealthy)")]]
    bench.look()
    assert bench.api.asked == ["ping", "list", "inspect b"]
    bench.lookout.changed("a")
    bench.look()
    assert bench.api.asked == ["ping", "list", "inspect a"]
    bench.look()
    assert bench.api.asked == ["ping", "list"]


def test_a_container_that_is_being_started_is_not_waited_for(bench: Bench) -> None:
    bench.api.lists = [[summary("a"), summary("b")]]
    a, b = bench.look().containers
    before = replace(a, state=SeenState.CREATED)
    bench.lookout.changed("a")
    with bench.lookout.starting(before):
        assert bench.look().containers == (before, b)
        assert bench.api.asked == ["ping", "list"]
    assert bench.look().containers == (a, b)
    assert bench.api.asked == ["ping", "list", "inspect a"]


def test_a_container_that_goes_between_list_and_inspect_makes_the_host_list_again(bench: Bench) -> None:
    bench.api.gone = {"b"}
    bench.api.lists = [[summary("a"), summary("b")], [summary("a")]]
    assert [c.name for c in bench.look().containers] == ["a"]
    assert bench.api.asked == ["ping", "list", "inspect a", "inspect b", "list"]


def test_a_label_that_only_looks_like_ours_is_not_ours(bench: Bench) -> None:
    bench.api.owner_installation = "them"
    bench.api.lists = [[summary("a")]]
    assert bench.look().containers == ()


@pytest.mark.parametrize(
    ("volume", "marker", "instance"),
    [
        (None, Marker.ABSENT, ""),
        ({"Labels": {"dockyard.instance": "i1"}}, Marker.OURS, "i1"),
        ({"Labels": {"dockyard.instance": "i2"}}, Marker.OTHER_INSTANCE, "i2"),
        ({"Labels": None}, Marker.OTHER_INSTANCE, ""),
    ],
)
def test_the_marker_says_whose_host_it_is(
    bench: Bench, volume: dict[str, Any] | None, marker: Marker, instance: str
) -> None:
    bench.api.marker = volume
    report = bench.look()
    assert (report.marker, report.marker_instance) == (marker, instance)


def test_ports_of_others_are_taken_and_ours_are_not_foreign(bench: Bench) -> None:
    port = {"PublicPort": 80, "PrivatePort": 80, "Type": "tcp", "IP": "0.0.0.0"}
    bench.api.foreign = [
        {"Labels": None, "Ports": [port]},
        {"Labels": {"dockyard.installation": "us"}, "Ports": [port | {"PublicPort": 81}]},
    ]
    assert bench.look().foreign_ports == (HostPort(80),)


@pytest.mark.parametrize(
    ("theirs", "skew_s"), [("1970-01-12T13:48:20Z", 100.0), ("1970-01-12T13:46:40.3Z", 0.0)]
)
def test_a_hosts_clock_is_taken_off_its_times_unless_it_is_noise(
    bench: Bench, theirs: str, skew_s: float
) -> None:
    bench.api.system_time = theirs
    bench.api.lists = [[summary("a")]]
    report = bench.look()
    assert report.facts is not None
    assert (report.facts.clock_skew_s, report.facts.route) == (skew_s, "bastion")
    assert report.containers[0].started_at == pytest.approx(NOW, abs=0.5)


def test_facts_that_are_slow_to_come_hold_nothing_else_up(bench: Bench) -> None:
    asked: list[str] = []

    def hang(*_: object) -> dict[str, Any]:
        asked.append("info")
        raise TimedOut("a pull hangs on a name lookup")

    bench.api.info = hang  # type: ignore[method-assign]  # this once
    bench.api.lists = [[summary("a")]]
    report = bench.look()
    assert report.facts is None
    assert [seen.name for seen in report.containers] == ["a"]
    bench.look()
    assert len(asked) == 1, "not asked again with every look"


@pytest.mark.parametrize("error", [TimedOut("no answer"), DockerRefused(500, "out of order")])
def test_whatever_goes_wrong_is_a_host_that_does_not_answer(bench: Bench, error: Exception) -> None:
    def fail(*_: object) -> None:
        raise error

    bench.api.ping = fail  # type: ignore[method-assign]  # this once
    with pytest.raises(HostUnreachable) as caught:
        bench.look()
    assert caught.value.step == "answer"
