"""TLS to a Docker daemon: who is trusted, who is let in, and two threads on one connection."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.errors import ConfigError, HostUnreachable
from core.hosts.link import Address, LinkOptions, TlsOptions, open_link

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.hosts.link import ByteStream


@dataclass(frozen=True)
class Authority:
    """A certificate authority in a folder."""

    folder: Path
    name: str
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def ca(self) -> Path:
        return self.folder / f"{self.name}.ca.pem"

    def issue(self, common_name: str) -> TlsOptions:
        """Make a certificate for a name (and 127.0.0.1's host name)."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate(common_name, key.public_key(), self.certificate.subject, self.key, ca=False)
        cert_file, key_file = (
            self.folder / f"{self.name}.{common_name}.{part}.pem" for part in ("cert", "key")
        )
        cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(_pem(key))
        return TlsOptions(ca=self.ca, cert=cert_file, key=key_file)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate(
    name: str,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    return builder.sign(key, hashes.SHA256())


def authority(folder: Path, name: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = Authority(folder, name, key, _certificate(name, key.public_key(), subject, key, ca=True))
    made.ca.write_bytes(made.certificate.public_bytes(serialization.Encoding.PEM))
    return made


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return authority(tmp_path, "ours")


@pytest.fixture
def port(ours: Authority) -> Iterator[int]:
    """A server that wants a certificate of ours and sends back what it gets, in upper case, then a farewell."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    files = ours.issue("server")
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


def dial(port: int, tls: TlsOptions) -> ByteStream:
    return open_link(Address.parse(f"tcp://localhost:{port}"), LinkOptions(tls=tls)).dial(5)


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
