"""TLS to a Docker daemon: who is trusted, who is let in, and two threads on one connection."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.errors import ConfigError, HostUnreachable
from core.hosts.link import Address, LinkOptions, TlsOptions, open_link
from tests.certificates import authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.hosts.link import ByteStream
    from tests.certificates import Authority


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return authority(tmp_path, "ours")


@pytest.fixture
def port(ours: Authority) -> Iterator[int]:
    """A server that wants a certificate of ours and sends back what it gets, in upper case, then a farewell."""
    with serving(ours, ours.issue("server")) as port:
        yield port


@contextlib.contextmanager
def serving(ours: Authority, files: TlsOptions) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(files.cert), str(files.key))
    context.load_verify_locations(str(ours.ca))
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, context))
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def _serve(server: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            plain, _ = server.accept()
        except OSError:
            return
        with plain, contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as secured:
            while data := secured.recv(65536):
                secured.sendall(data.upper())
            secured.sendall(b"bye")
            secured.unwrap()


def dial(port: int, tls: TlsOptions, name: str = "localhost") -> ByteStream:
    return open_link(Address.parse(f"tcp://{name}:{port}"), LinkOptions(tls=tls)).dial(5)


def read_all(stream: ByteStream) -> bytes:
    received, buffer = b"", bytearray(65536)
    while count := stream.recv_into(memoryview(buffer)):
        received += buffer[:count]
    return received


def test_reading_and_writing_at_once_loses_nothing_and_half_closing_leaves_the_answer(
    ours: Authority, port: int
) -> None:
    sent = b"abcdefgh" * 500_000

    with contextlib.closing(dial(port, ours.issue("client"))) as stream:

        def speak() -> None:
            stream.sendall(sent)
            stream.close_write()

        thread = threading.Thread(target=speak)
        thread.start()
        assert read_all(stream) == sent.upper() + b"bye"
        thread.join()


def test_a_resting_connection_is_good_until_it_is_closed(ours: Authority, port: int) -> None:
    stream = dial(port, ours.issue("client"))
    stream.sendall(b"x")
    assert stream.recv_into(memoryview(bytearray(10))) == 1
    assert stream.claim()
    stream.close()
    assert not stream.claim()


def test_a_server_of_another_authority_is_not_trusted(ours: Authority, port: int, tmp_path: Path) -> None:
    stranger = authority(tmp_path, "stranger")
    own = ours.issue("client")
    with pytest.raises(HostUnreachable) as refused:
        dial(port, TlsOptions(ca=stranger.ca, cert=own.cert, key=own.key))
    assert refused.value.step == "host key"
    stream = dial(port, TlsOptions(ca=stranger.ca, cert=own.cert, key=own.key, verify=False))
    stream.close()


def test_another_name_than_the_certificate_s_is_told_with_what_to_do(ours: Authority, port: int) -> None:
    with pytest.raises(HostUnreachable, match=r"127\.0\.0\.1") as refused:
        dial(port, ours.issue("client"), name="127.0.0.1")
    assert refused.value.step == "host key"
    assert "subjectAltName" in refused.value.hint


def test_an_expired_certificate_is_told_with_what_to_do(ours: Authority) -> None:
    expired = ours.issue("server", ends_in=timedelta(hours=-1))
    with serving(ours, expired) as port, pytest.raises(HostUnreachable, match="expired") as refused:
        dial(port, ours.issue("client"))
    assert refused.value.step == "host key"
    assert "Renew" in refused.value.hint


def test_a_client_without_a_certificate_is_not_let_in(ours: Authority, port: int) -> None:
    stream = dial(port, TlsOptions(ca=ours.ca))  # TLS 1.3 refuses the client after the client's handshake
    stream.settimeout(5)
    with pytest.raises(HostUnreachable, match="certificate required") as refused:
        read_all(stream)
    assert refused.value.step == "login"
    stream.close()


def test_a_port_without_tls_is_told(ours: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            plain, _ = server.accept()
            with plain:
                plain.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(HostUnreachable, match="TLS with localhost"):
            dial(server.getsockname()[1], ours.issue("client"))
        thread.join()


def test_certificates_that_cannot_be_used_are_named(ours: Authority, tmp_path: Path) -> None:
    address = Address.parse("tcp://localhost:1")
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    own = ours.issue("client")
    for tls, reason in (
        (TlsOptions(ca=tmp_path / "none.pem"), "none.pem does not exist"),
        (TlsOptions(ca=junk), "junk.pem is no certificate"),
        (TlsOptions(ca=ours.ca, cert=own.cert), "cert and key go together"),
        (TlsOptions(ca=ours.ca, cert=junk, key=own.key), "can't be used"),
    ):
        with pytest.raises(ConfigError, match=reason):
            open_link(address, LinkOptions(tls=tls))
