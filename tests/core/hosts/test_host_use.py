"""What a kernel says of its host: read right, never misread, and not asked for again where it isn't told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import HostUnreachable
from core.hosts import host_use
from core.hosts.host_use import HostGauge, HostUse, Sample, parse, use_between
from core.hosts.link import Address, LinkOptions, open_link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.hosts.link import Link

TEXT = """\
0.52 0.48 0.40 2/345 6789
MemTotal:        2048000 kB
MemFree:          100000 kB
MemAvailable:    1024000 kB
Buffers:            1000 kB
cpu  100 10 50 800 40 0 5 5 7 0
cpu0 50 5 25 400 20 0 3 2 7 0
intr 12345 1 2 3
"""
SAMPLE = Sample(
    busy_ticks=170, all_ticks=1010, memory_total_kib=2048000, memory_available_kib=1024000, load=0.52
)
MEMORY_BYTES = 2048000 * 1024


def text(idle: int = 800, user: int = 100, **said: str) -> str:
    changed = TEXT.replace("cpu  100 10 50 800", f"cpu  {user} 10 50 {idle}")
    for old, new in said.items():
        changed = changed.replace(old, new)
    return changed


def test_idle_and_waiting_for_disks_is_not_busy_and_guests_are_not_counted_twice() -> None:
    assert parse(TEXT) == SAMPLE


def test_what_a_login_shell_prints_around_it_is_passed_over_and_the_end_may_be_missing() -> None:
    assert parse(f"Welcome to cpu 1\n\n{TEXT[: TEXT.index('cpu0')]}") == SAMPLE


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "This account is for backups only.\n",
        text(MemAvailable="MemOther"),  # a kernel before 3.14
        text(cpu="gpu"),
        TEXT.replace("0.52", "busy"),
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n",
    ],
)
def test_nonsense_is_not_known(nonsense: str) -> None:
    assert parse(nonsense) is None


@given(st.text() | st.text(alphabet="cpu0123456789. kB:/\nMemTotalAvailable"))
def test_no_answer_breaks_the_parser(answer: str) -> None:
    parse(answer)


def test_the_cpu_s_share_is_of_the_time_between_two_samples() -> None:
    later = parse(text(user=130, idle=870))
    assert later is not None
    assert use_between(SAMPLE, later) == HostUse(cpu_percent=30.0, memory_mib=1000.0, load=0.52)


@given(
    *[st.builds(Sample, *[st.integers(0, 2**63)] * 4, st.floats(0, 1e4))] * 2,
)
def test_counters_that_jump_back_give_no_impossible_share(before: Sample, now: Sample) -> None:
    use = use_between(before, now)
    assert 0.0 <= use.cpu_percent <= 100.0
    assert use.memory_mib >= 0.0


@dataclass
class FakeLink:
    """Answers what it is given, one after the other, or fails."""

    answers: list[str | Exception]
    side_by_side: int = 1
    route: str = ""
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def read_files(self, paths: Sequence[str], timeout_s: float) -> str:
        assert timeout_s > 0
        self.asked.append(tuple(paths))
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


Gauge = Callable[..., tuple[HostGauge, FakeLink]]


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def gauge(slept: list[float]) -> Gauge:
    def make(*answers: str | Exception) -> tuple[HostGauge, FakeLink]:
        link = FakeLink(list(answers))
        return HostGauge(cast("Link", link), slept.append), link

    return make


def test_the_first_measurement_takes_two_samples_and_each_further_one_a_single_one(
    gauge: Gauge, slept: list[float]
) -> None:
    measuring, link = gauge(text(), text(user=110, idle=890), text(user=160, idle=940))
    measuring.begin()
    assert measuring.use(MEMORY_BYTES) == HostUse(10.0, 1000.0, 0.52)
    assert 0.5 < slept[0] <= 1.0  # two samples at one moment say nothing
    measuring.begin()
    assert measuring.use(MEMORY_BYTES) == HostUse(50.0, 1000.0, 0.52)
    assert link.asked == [host_use.FILES] * 3


@pytest.mark.parametrize(
    "answer", ["Go away.\n", HostUnreachable("login", "no further session"), OSError("gone"), EOFError()]
)
def test_a_host_that_does_not_tell_is_left_in_peace_for_a_while(
    gauge: Gauge, answer: str | Exception
) -> None:
    measuring, link = gauge(answer, text())
    for _ in range(3):
        measuring.begin()
        assert measuring.use(MEMORY_BYTES) is None
    assert len(link.asked) == 1


def test_it_is_asked_again_after_the_while(gauge: Gauge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_use, "_BLIND_S", 0.0)
    measuring, _ = gauge("Go away.\n", text())
    measuring.begin()
    assert measuring.use(MEMORY_BYTES) is None
    measuring.begin()
    assert measuring.use(MEMORY_BYTES) is not None


def test_another_machine_than_docker_s_says_nothing_of_it(gauge: Gauge) -> None:
    measuring, _ = gauge(text())
    measuring.begin()
    assert measuring.use(MEMORY_BYTES - 1024) is None


def test_this_machine_tells_over_a_unix_socket_and_nothing_is_told_over_tcp() -> None:
    here = open_link(Address.parse("unix:///nowhere/docker.sock"), LinkOptions())
    assert parse(here.read_files(host_use.FILES, 1.0)) is not None
    assert here.read_files(["/nowhere/at/all"], 1.0) == ""
    there = open_link(Address.parse("tcp://localhost:1"), LinkOptions())
    assert there.read_files(host_use.FILES, 1.0) == ""
