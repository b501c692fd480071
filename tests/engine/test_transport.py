"""The transport against real hosts: links that are cut, keys that change, streams, sessions and amounts of data."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.errors import HostError, HostUnreachable, ReplyLost
from core.hosts.doctor import examine
from core.hosts.http import api_client, stream, upgrade
from core.hosts.link import Address, LinkOptions, open_link
from core.hosts.ssh import SshLink
from core.hosts.ssh_transport import ChannelStream
from core.record import replace
from tests.core.hosts.sshd import make_key
from tests.engine.testbed import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.hosts.http import Stream
    from core.hosts.link import Link
    from tests.engine.testbed import Bed, Host

pytestmark = pytest.mark.engine

#: A cut link is noticed within this (RULES: keep-alive 5 + 3 × 2 s, user time-out 10 s).
NOTICED_WITHIN_S = 15.0
NO_CONFIG = "Host *\n"


@pytest.fixture
def options(bed: Bed, tmp_path: Path) -> LinkOptions:
    config = tmp_path / "ssh_config"
    config.write_text(NO_CONFIG)
    return LinkOptions(name="edge-1", identity_file=bed.key, known_hosts=bed.known_hosts, ssh_config=config)


@pytest.fixture
def link(real_host: Host, options: LinkOptions) -> Iterator[Link]:
    with closing(open_link(Address.parse(real_host.ssh_url), options)) as link:
        yield link


def calls(link: Link, times: int = 20) -> None:
    with api_client(link, 10) as client:
        for _ in range(times):
            assert client.ping()


def raised_by(act: Callable[[], object]) -> BaseException | None:
    try:
        act()
    except HostError as error:
        return error
    return None


def noticed_s(act: Callable[[], object], cut: Callable[[], None]) -> tuple[float, BaseException | None]:
    """How long after the cut an act that is under way ends, and with what."""
    results: list[BaseException | None] = []
    thread = threading.Thread(target=lambda: results.append(raised_by(act)))
    thread.start()
    began = time.monotonic()
    cut()
    thread.join(NOTICED_WITHIN_S + 5)
    assert not thread.is_alive(), "it never ended"
    return time.monotonic() - began, results[0]


# --- a cut link is noticed ---


def test_a_cut_is_noticed_when_idle(link: Link, real_host: Host) -> None:
    calls(link, 1)
    real_host.swallow()
    wait_until(lambda: not link.alive(), "the cut to be noticed", NOTICED_WITHIN_S)


def test_a_cut_is_noticed_with_an_event_stream_open(link: Link, real_host: Host) -> None:
    events = stream(link, "GET", "/events")
    took_s, error = noticed_s(lambda: list(events.lines()), real_host.swallow)
    assert isinstance(error, ReplyLost), "a stream that is cut does not look finished"
    assert took_s < NOTICED_WITHIN_S
    assert not link.alive()


def test_a_cut_is_noticed_with_a_call_in_flight(link: Link, real_host: Host) -> None:
    with api_client(link, 60, "1.41") as client:
        client.ping()  # or the call may still be on its way to a channel when the link is cut
        real_host.hang()
        took_s, error = noticed_s(client.info, real_host.swallow)
    assert isinstance(error, ReplyLost)
    assert took_s < NOTICED_WITHIN_S


def test_a_cut_behind_a_jump_host_is_noticed_by_a_call(
    bed: Bed, real_host: Host, options: LinkOptions
) -> None:
    jump = bed.hosts[1]
    assert options.ssh_config
    options.ssh_config.write_text(f"Host {real_host.ip}\n ProxyJump root@{jump.ip}\n")
    with closing(open_link(Address.parse(real_host.ssh_url), options)) as link:
        assert link.describe() == f"ssh stream-local via {jump.ip}"
        assert link.route == jump.ip
        calls(link, 3)
        real_host.swallow()
        # What the agent does on every beat: a ping with a deadline of 5 s.
        took_s, error = noticed_s(lambda: _beat(link), lambda: None)
        assert isinstance(error, HostError)
        assert took_s < NOTICED_WITHIN_S


def _beat(link: Link) -> None:
    with api_client(link, 5, "1.41") as client:
        client.ping()


def test_a_short_cut_is_survived_by_the_call_in_flight(link: Link, real_host: Host) -> None:
    with api_client(link, 12, "1.41") as client:
        client.ping()
        real_host.swallow()
        answers: list[bool] = []
        thread = threading.Thread(target=lambda: answers.append(client.ping()))
        thread.start()
        thread.join(2)
        assert not answers, "the cut has to bite"
        real_host.heal()
        thread.join(12)
        assert answers == [True]
    assert link.alive()


# --- keys, sessions ---


def test_a_changed_host_key_is_refused_and_an_unknown_one_is_shown(
    real_host: Host, options: LinkOptions, tmp_path: Path
) -> None:
    address = Address.parse(real_host.ssh_url)
    real_host.restart_sshd(host_key=make_key(tmp_path / "another_key"))
    try:
        with pytest.raises(HostUnreachable, match="CHANGED") as refused:
            open_link(address, options)
        assert refused.value.step == "host key"
        with pytest.raises(HostUnreachable, match="SHA256:") as refused:
            open_link(address, replace(options, known_hosts=tmp_path / "none"))
        assert "dockyard capacity trust edge-1" in refused.value.hint
    finally:
        real_host.restart_sshd("")


def test_hardened_hosts_are_served_by_dial_stdio(real_host: Host, options: LinkOptions) -> None:
    home = real_host.run("getent passwd deploy | cut -d: -f6").strip()
    real_host.run(f"echo 'echo Welcome to deck; echo moored >&2' > {home}/.bashrc")
    for config in (
        "AllowStreamLocalForwarding no",
        "AllowTcpForwarding no\nMaxAuthTries 2",
        "MaxSessions 1\nDisableForwarding yes",
    ):
        real_host.restart_sshd(config)
        with closing(open_link(Address.parse(real_host.ssh_url_as("deploy")), options)) as link:
            assert link.describe() == "ssh dial-stdio"
            events = stream(link, "GET", "/events")
            calls(link, 5)
            events.close()
            calls(link, 5)


def test_a_user_outside_the_group_is_told_what_to_do(real_host: Host, options: LinkOptions) -> None:
    for config in ("", "AllowStreamLocalForwarding no"):
        real_host.restart_sshd(config)
        with pytest.raises(HostUnreachable) as refused:
            open_link(Address.parse(real_host.ssh_url_as("guest")), options)
        assert refused.value.step == "socket"
        assert "usermod -aG docker guest" in refused.value.hint


def test_an_encrypted_key(bed: Bed, real_host: Host, options: LinkOptions) -> None:
    locked = replace(options, identity_file=bed.encrypted_key)
    open_link(Address.parse(real_host.ssh_url), locked, lambda _: "harbour").close()


# --- streams ---


@pytest.fixture
def container(link: Link) -> str:
    """A container that writes a line now and then."""
    script = "while true; do echo line; sleep 0.05; done"
    with api_client(link, 20) as client:
        made = client.create_container("demo/busybox:1", ["sh", "-c", script], detach=True)
        client.start(made["Id"])
    return str(made["Id"])


def test_each_kind_of_stream_is_cancelled_and_calls_go_on(link: Link, container: str) -> None:
    logs = f"/containers/{container}/logs?follow=1&stdout=1"
    kinds: list[Callable[[], Stream]] = [
        lambda: stream(link, "GET", "/events"),
        lambda: stream(link, "GET", logs),
        lambda: stream(link, "GET", f"/containers/{container}/stats"),
        lambda: stream(link, "GET", f"/containers/{container}/archive?path=/"),
        lambda: upgrade(link, "POST", f"/containers/{container}/attach?stream=1&stdout=1", timeout_s=10),
        lambda: run_exec(link, container, ["sleep", "60"]),
    ]
    for begin in kinds:
        running = begin()
        assert running.status in {101, 200}
        reader = threading.Thread(target=running.rest)
        reader.start()
        running.close()
        reader.join(5)
        assert not reader.is_alive()
        calls(link, 20)


def run_exec(link: Link, container: str, command: list[str]) -> Stream:
    asked = {"Cmd": command, "AttachStdout": True, "AttachStderr": True}
    headers = {"Content-Type": "application/json"}
    with stream(
        link,
        "POST",
        f"/containers/{container}/exec",
        headers=headers,
        body=json.dumps(asked).encode(),
        timeout_s=10,
    ) as made:
        identifier = json.loads(made.rest())["Id"]
    return upgrade(link, "POST", f"/exec/{identifier}/start", headers=headers, body=b"{}", timeout_s=10)


@pytest.mark.slow
def test_exec_says_hi_two_hundred_times(link: Link, container: str) -> None:
    said = [run_exec(link, container, ["echo", "hi"]).rest() for _ in range(200)]
    assert said == [b"\x01\0\0\0\0\0\0\x03hi\n"] * 200


@pytest.mark.slow
def test_fifty_megabytes_up_and_down_cost_no_more_than_three_plain_copies(
    link: Link, container: str, tmp_path: Path
) -> None:
    assert isinstance(link, SshLink)
    data, packed = tmp_path / "data", tmp_path / "data.tar"
    data.write_bytes(os.urandom(50_000_000))
    subprocess.run(["tar", "-C", tmp_path, "-cf", packed, "data"], check=True)
    archive = f"/containers/{container}/archive?path=/tmp"

    def up() -> None:
        with packed.open("rb") as file, stream(link, "PUT", archive, body=file) as put:
            assert put.status == 200, put.refusal()

    def down() -> None:
        with stream(link, "GET", f"{archive}/data") as got:
            assert read_all(got) > 50_000_000

    # A plain channel to the host's own docker CLI: Docker's part in a copy, often the longer one, is the same in both.
    def plain_up() -> None:
        session = link._connection.open("session", timeout_s=10)
        session.exec_command(f"docker cp - {container}:/tmp && echo done")
        copy = ChannelStream(session)
        copy.sendall(packed.read_bytes())
        copy.close_write()
        assert copy.recv_into(memoryview(bytearray(5))) == 5
        copy.close()

    def plain_down() -> None:
        session = link._connection.open("session", timeout_s=10)
        session.exec_command(f"docker cp {container}:/tmp/data -")
        count = 0
        while data := session.recv(1 << 20):
            count += len(data)
        session.close()
        assert count > 50_000_000

    for ours, plain in ((up, plain_up), (down, plain_down)):
        # In turns, and the best of each: what else the machine does must not decide.
        times = [(took_s(plain), took_s(ours)) for _ in range(4)]
        best_plain_s, best_ours_s = (min(each) for each in zip(*times, strict=True))
        assert best_ours_s <= 3 * best_plain_s


def read_all(answer: Stream) -> int:
    """How many bytes come; they are not kept."""
    count = 0
    while data := answer.read1():
        count += len(data)
    return count


def took_s(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


# --- the doctor ---


def test_the_doctor_walks_the_whole_way(real_host: Host, options: LinkOptions) -> None:
    steps = [
        "resolve",
        "connect",
        "host key",
        "login",
        "forward",
        "socket",
        "api version",
        "clock",
        "disk",
        "round trip",
        "ports",
    ]
    findings = list(examine(Address.parse(real_host.ssh_url), options))
    assert [finding.step for finding in findings] == steps
    assert all(finding.ok for finding in findings), findings
    local = list(examine(Address.parse(real_host.unix_url), options))
    assert [finding.step for finding in local] == steps[5:-1]


def test_the_doctor_stops_where_the_way_ends(real_host: Host, options: LinkOptions, tmp_path: Path) -> None:
    def last(url: str, **more: object) -> tuple[str, bool, str]:
        finding = list(examine(Address.parse(url), replace(options, **more)))[-1]  # type: ignore[arg-type]
        return finding.step, finding.ok, finding.advice

    assert last("ssh://nosuch.invalid")[:2] == ("resolve", False)
    assert last(f"ssh://{real_host.ip}:1")[:2] == ("connect", False)
    assert last(real_host.ssh_url, known_hosts=tmp_path / "none")[:2] == ("host key", False)
    assert last(real_host.ssh_url, identity_file=make_key(tmp_path / "wrong"))[:2] == ("login", False)
    step, ok, advice = last(real_host.ssh_url_as("guest"))
    assert (step, ok) == ("socket", False)
    assert "usermod" in advice
    real_host.stop_docker()
    step, ok, advice = last(real_host.ssh_url)
    assert (step, ok) == ("socket", False)
    assert "systemctl start docker" in advice
