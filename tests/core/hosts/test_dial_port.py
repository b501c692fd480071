"""Ways to a container's port: over each link, from where its host is, and what is said where none leads there."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.errors import HostUnreachable, NoWay, PortRefused
from core.hosts.docker_json import container_port, is_rootless
from core.hosts.http import api_client
from core.hosts.link import ContainerPort, open_link
from core.hosts.sockets import TcpLink, UnixLink
from core.hosts.ssh_transport import SshTransport
from tests.core.hosts.sshd import Sshd, options
from tests.engine.testbed import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from core.hosts.link import ByteStream, Link
    from tests.core.hosts.fake_docker import FakeDocker

HERE = "127.0.0.1"
#: Of TEST-NET-1: no machine's own.
ELSEWHERE = "192.0.2.1"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((HERE, 0)) as made:
        yield made


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def closed_port() -> int:
    with socket.create_server((HERE, 0)) as gone:
        return port_of(gone)


def heard(stream: ByteStream, listener: socket.socket) -> bytes:
    """What a listener hears by a stream."""
    with closing(stream):
        connection, _ = listener.accept()
        with connection:
            stream.sendall(b"knock")
            return connection.recv(5)


# -- where a container is found ------------------------------------------------------------------------------------------


def inspect(
    networks: dict[str, dict[str, str]], ports: Mapping[str, object] | None = None, mode: str = "bridge"
) -> dict[str, object]:
    return {
        "HostConfig": {"NetworkMode": mode},
        "NetworkSettings": {"Networks": networks, "Ports": ports or {}},
    }


def test_a_container_has_the_address_of_its_network() -> None:
    bridge = {"bridge": {"IPAddress": "172.17.0.2", "Gateway": "172.17.0.1"}}
    assert container_port(inspect(bridge), 80) == ContainerPort(80, "172.17.0.2", "172.17.0.1")


def test_one_that_has_none_is_passed_over_and_version_6_will_do() -> None:
    networks = {"a": {"IPAddress": ""}, "b": {"GlobalIPv6Address": "fd00::2", "IPv6Gateway": "fd00::1"}}
    assert container_port(inspect(networks), 80) == ContainerPort(80, "fd00::2", "fd00::1")


def test_what_it_publishes_is_known_by_port_and_address() -> None:
    ports = {
        "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "10.0.0.1", "HostPort": "8081"}],
        "80/udp": [{"HostIp": "", "HostPort": "9000"}],
        "81/tcp": None,
    }
    assert container_port(inspect({}, ports), 80).published == (("", 8080), ("10.0.0.1", 8081))
    assert container_port(inspect({}, ports), 81).published == ()


def test_one_in_its_hosts_network_has_the_hosts_addresses() -> None:
    assert container_port(inspect({"host": {"IPAddress": ""}}, mode="host"), 80).of_host
    assert is_rootless({"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]})
    assert not is_rootless({})


# -- unix and tcp --------------------------------------------------------------------------------------------------------


def test_by_a_socket_here_a_container_is_reached_at_its_own_address(listener: socket.socket) -> None:
    link = UnixLink("/nowhere.sock")
    place = ContainerPort(port_of(listener), HERE, HERE)
    assert heard(link.dial_port(place, 1.0), listener) == b"knock"
    assert heard(link.dial_port(ContainerPort(port_of(listener), of_host=True), 1.0), listener) == b"knock"
    link.close()


def test_where_its_network_is_not_this_machines_what_it_publishes_is_reached(listener: socket.socket) -> None:
    link = UnixLink("/nowhere.sock")
    place = ContainerPort(80, ELSEWHERE, ELSEWHERE, published=(("", port_of(listener)),))
    assert heard(link.dial_port(place, 1.0), listener) == b"knock"
    with pytest.raises(NoWay, match="are not this machine's, and port 80 is not published") as refused:
        link.dial_port(ContainerPort(80, ELSEWHERE, ELSEWHERE), 1.0)
    assert "exec" in refused.value.hint
    link.close()


def test_by_tcp_only_what_is_published_at_the_hosts_own_address_is_reached(listener: socket.socket) -> None:
    link = TcpLink(HERE, 2375, None, 1.0)
    published = ContainerPort(80, ELSEWHERE, ELSEWHERE, published=(("", port_of(listener)),))
    assert heard(link.dial_port(published, 1.0), listener) == b"knock"
    with pytest.raises(NoWay, match="tcp leads to its Docker alone"):
        link.dial_port(ContainerPort(80, HERE, HERE), 1.0)
    with pytest.raises(NoWay):
        link.dial_port(ContainerPort(80, published=(("10.0.0.1", port_of(listener)),)), 1.0)
    link.close()


def test_nobody_listens() -> None:
    for link in (UnixLink("/nowhere.sock"), TcpLink(HERE, 2375, None, 1.0)):
        with pytest.raises(PortRefused, match="Nobody listens at 127"):
            link.dial_port(ContainerPort(closed_port(), of_host=True), 1.0)
        link.close()


def test_a_link_that_is_dropped_ends_its_streams(listener: socket.socket) -> None:
    link = UnixLink("/nowhere.sock")
    stream = link.dial_port(ContainerPort(port_of(listener), of_host=True), 1.0)
    link.close()
    with pytest.raises(OSError, match=r"Broken pipe|closed|descriptor"):
        stream.sendall(b"knock")
    with pytest.raises(HostUnreachable):
        link.dial_port(ContainerPort(port_of(listener), of_host=True), 1.0)


# -- ssh -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def join(sshd: Sshd, key: Path, tmp_path: Path, fake: FakeDocker) -> Callable[[], Link]:
    settings = options(tmp_path, sshd.known_line(), key)
    return lambda: open_link(sshd.address(fake.path), settings)


def test_by_ssh_a_container_is_reached_from_where_sshd_is(
    join: Callable[[], Link], listener: socket.socket
) -> None:
    with closing(join()) as link:
        port = port_of(listener)
        for place in (
            ContainerPort(port, HERE, "172.17.0.1"),
            ContainerPort(port, of_host=True),
            ContainerPort(80, published=(("", port),)),
        ):
            assert heard(link.dial_port(place, 5.0), listener) == b"knock"
        with pytest.raises(PortRefused, match="Nobody listens at 127"):
            link.dial_port(ContainerPort(closed_port(), HERE), 5.0)
        with pytest.raises(NoWay, match="has no address"):
            link.dial_port(ContainerPort(80), 5.0)


def test_an_sshd_that_forbids_it_is_told_from_a_port_where_nobody_listens(
    join: Callable[[], Link], sshd: Sshd, listener: socket.socket
) -> None:
    sshd.restart("AllowTcpForwarding no\nAllowStreamLocalForwarding yes")
    with closing(join()) as link, pytest.raises(NoWay, match="forbids forwarding to 127") as refused:
        link.dial_port(ContainerPort(port_of(listener), HERE), 5.0)
    assert "AllowTcpForwarding local" in refused.value.hint


def test_a_port_that_never_answers_costs_the_time_and_not_the_connection(
    join: Callable[[], Link], listener: socket.socket
) -> None:
    """And when it answers after all, nothing is left open at the server."""
    with socket.socket() as deaf:
        deaf.bind((HERE, 0))
        deaf.listen(0)
        before = [socket.create_connection((HERE, port_of(deaf)))]
        with closing(join()) as link:
            place = ContainerPort(port_of(deaf), HERE)
            with pytest.raises(TimeoutError):
                link.dial_port(place, 0.3)
            assert link.alive()
            with closing(api_client(link, 5, "1.41")) as client:
                assert client.ping()
            transport = link._connection._transport  # type: ignore[attr-defined]
            assert isinstance(transport, SshTransport)
            assert len(transport._late) == 1
            deaf.accept()[0].close()
            late, _ = deaf.accept()  # the kernel knocks again by itself
            late.settimeout(10.0)

            def ended() -> bool:
                assert (
                    heard(link.dial_port(ContainerPort(port_of(listener), HERE), 5.0), listener) == b"knock"
                )
                return not transport._late

            wait_until(ended, "the late channel is closed", 10.0)
            assert late.recv(1) == b""
            late.close()
        for each in before:
            each.close()
