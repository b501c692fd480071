"""A Docker that listens on TCP with TLS: who is let in, and what is told to whom is not."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.actions import CreateContainer, PullImage, RemoveContainer, StartContainer, StopContainer
from core.errors import HostUnreachable
from core.hosts.docker_host import DockerHost
from core.hosts.docker_work import Sources
from core.hosts.doctor import examine
from core.hosts.link import Address, LinkOptions, TlsOptions, open_link
from core.model.names import name_on_host
from core.record import replace
from core.reports import Outcome, Result, SeenState
from core.taskdef.parse import parse
from tests.certificates import authority

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.certificates import Authority
    from tests.engine.testbed import Bed, Host

pytestmark = pytest.mark.engine

TASK = "c" * 32
IMAGE = "demo/busybox:1"
DEFINITION = parse(
    {
        "family": "demo",
        "containerDefinitions": [
            {"name": "main", "image": IMAGE, "memory": 64, "command": ["sleep", "1000"]}
        ],
    }
)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def machine(bed: Bed, ours: Authority) -> Iterator[Host]:
    host = bed.add_host(tls=ours)
    try:
        yield host
    finally:
        bed.drop_host(host)


@pytest.fixture(scope="module")
def tls(ours: Authority) -> TlsOptions:
    """A client's certificate that the host lets in."""
    return ours.issue("client")


def opened(url: str, tls: TlsOptions | None) -> DockerHost:
    link = open_link(Address.parse(url), LinkOptions(tls=tls))
    sources = Sources({"demo:0": DEFINITION}.get, lambda *_: "", lambda _: None)
    return DockerHost(link, installation="us", instance="i" * 32, sources=sources, clock=time.time)


def refused(url: str, tls: TlsOptions | None) -> HostUnreachable:
    with pytest.raises(HostUnreachable) as caught:
        opened(url, tls).close()
    return caught.value


def test_a_task_s_life_over_tls(machine: Host, tls: TlsOptions) -> None:
    name = name_on_host(TASK, "demo:0", "main")
    create = CreateContainer(
        name, TASK, "main", "demo:0", definition_digest=DEFINITION.digest, cluster="default"
    )
    with closing(opened(machine.tcp_url, tls)) as host:

        def done(outcome: Outcome) -> None:
            assert outcome.result is Result.DONE, outcome

        hints = host.hints()
        done(host.perform(PullImage(IMAGE, check_first=True)))
        done(host.perform(create))
        done(host.perform(StartContainer(name, TASK)))
        assert hints.wait()
        (seen,) = host.observe(deadline_s=10.0).containers
        assert (seen.state, seen.task) == (SeenState.RUNNING, TASK)
        used = host.utilisation()
        assert list(used.containers) == [(TASK, "main")]
        assert (used.cpu_percent, used.memory_mib, used.load) == (None, None, None)
        done(host.perform(StopContainer(name, TASK, timeout_s=0)))
        done(host.perform(RemoveContainer(name, TASK)))
        hints.close()
        assert host.observe(deadline_s=10.0).containers == ()


def test_a_docker_that_restarts_is_found_again_over_the_same_link(machine: Host, tls: TlsOptions) -> None:
    with closing(opened(machine.tcp_url, tls)) as host:
        host.observe(deadline_s=10.0)
        machine.stop_docker()
        with pytest.raises(HostUnreachable) as gone:
            host.observe(deadline_s=10.0)
        assert gone.value.step in {"connect", "answer"}, "a connection that was kept may break in the middle"
        machine.restore_docker()
        host.observe(deadline_s=10.0)


def test_a_host_that_is_closed_ends_what_waits_for_its_hints(machine: Host, tls: TlsOptions) -> None:
    host = opened(machine.tcp_url, tls)
    hints = host.hints()
    waiting = threading.Thread(target=hints.wait)
    waiting.start()
    host.close()
    waiting.join(5.0)
    assert not waiting.is_alive()
    with pytest.raises(HostUnreachable):
        host.observe(deadline_s=5.0)


def test_who_shows_no_certificate_is_told_to(machine: Host, ours: Authority) -> None:
    error = refused(machine.tcp_url, TlsOptions(ca=ours.ca))
    assert error.step == "login"
    assert "tls.cert" in error.hint


def test_who_shows_another_authority_s_certificate_is_told_to_show_ours(
    machine: Host, ours: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = authority(tmp_path_factory.mktemp("stranger"), "stranger").issue("client")
    error = refused(machine.tcp_url, replace(stranger, ca=ours.ca))
    assert error.step == "login"
    assert "does not accept our certificate" in str(error)
    assert "tls.cert" in error.hint


def test_a_host_whose_authority_we_do_not_trust_is_not_spoken_to(
    machine: Host, tls: TlsOptions, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = authority(tmp_path_factory.mktemp("stranger"), "stranger")
    error = refused(machine.tcp_url, replace(tls, ca=stranger.ca))
    assert error.step == "host key"
    assert "tls.ca" in error.hint
    unchecked = replace(tls, ca=stranger.ca, verify=False)
    opened(machine.tcp_url, unchecked).close()


def test_another_address_than_the_certificate_s_is_told(bed: Bed, machine: Host, tls: TlsOptions) -> None:
    other = f"{bed.network}.250"
    machine.run(
        f"ip addr add {other}/24 dev eth0; iptables -t nat -A PREROUTING -d {other} -j DNAT --to {machine.ip}"
    )
    error = refused(f"tcp://{other}:2376", tls)
    assert error.step == "host key"
    assert other in str(error)
    assert "subjectAltName" in error.hint


def test_a_port_that_wants_tls_is_told_to_who_speaks_none(machine: Host) -> None:
    error = refused(machine.tcp_url, None)
    assert error.step == "api version"
    assert "TLS" in error.hint


def test_the_doctor_finds_all_well(machine: Host, tls: TlsOptions) -> None:
    findings = list(examine(Address.parse(machine.tcp_url), LinkOptions(name="edge-1", tls=tls)))
    assert [finding.step for finding in findings] == [
        *("resolve", "connect", "certificates", "socket", "api version", "clock", "disk", "round trip")
    ]
    assert [finding for finding in findings if not finding.ok and finding.step != "disk"] == []
    assert "tcp+tls" in findings[3].detail


def test_the_doctor_names_the_step_that_fails(machine: Host, ours: Authority) -> None:
    *before, last = examine(
        Address.parse(machine.tcp_url), LinkOptions(name="edge-1", tls=TlsOptions(ca=ours.ca))
    )
    assert all(finding.ok for finding in before)
    assert (last.step, last.ok) == ("login", False)
    assert "tls.cert" in last.advice
