"""TLS to a Docker daemon: the client's context, and a byte stream that two threads may use at once.

OpenSSL's connection object is not safe for one thread that reads while another writes, and exec, attach and
port-forward do just that. So the protocol runs in memory under a lock, and only plain socket calls happen outside it.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from core.errors import ConfigError, HostUnreachable
from core.hosts.link import TlsOptions, endpoint
from core.hosts.sockets import is_quiet

if TYPE_CHECKING:
    from pathlib import Path

_RECORD: Final = 64 * 1024


class _VerifyCode(IntEnum):
    """OpenSSL's X509_V_ERR numbers that ask for something else than another CA."""

    NOT_YET_VALID = 9
    EXPIRED = 10
    OTHER_NAME = 62
    OTHER_ADDRESS = 64


def client_context(options: TlsOptions) -> ssl.SSLContext:
    """Read the certificates. Raises ConfigError, naming the file."""
    if (options.cert is None) != (options.key is None):
        raise ConfigError("tls: cert and key go together; one of them is missing")
    ca = _existing("ca", options.ca)
    cert, key = _existing("cert", options.cert), _existing("key", options.key)
    try:
        context = ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        raise ConfigError(f"tls: ca {ca} is no certificate: {error.reason}") from error
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert:
        try:
            context.load_cert_chain(cert, key)
        except ssl.SSLError as error:
            raise ConfigError(f"tls: cert {cert} and key {key} can't be used: {error.reason}") from error
    return context


def _existing(name: str, path: Path | None) -> str | None:
    if path is None:
        return None
    if not path.is_file():
        raise ConfigError(f"tls: {name} {path} does not exist")
    return str(path)


def handshake(
    sock: socket.socket, context: ssl.SSLContext, host: str, port: int, timeout_s: float
) -> TlsStream:
    """Begin TLS on a connected socket. Raises HostUnreachable at `host key` (not trusted) or `login` (we are not)."""
    where = endpoint(host, port)
    stream = TlsStream(sock, context, host)
    try:
        stream.begin(timeout_s)
    except ssl.SSLCertVerificationError as error:
        sock.close()
        raise _not_trusted(error, where) from error
    except TimeoutError as error:
        sock.close()
        raise HostUnreachable("connect", f"{where} did not finish TLS within {timeout_s:g} s") from error
    except (ssl.SSLError, OSError) as error:
        sock.close()
        reason = error.reason if isinstance(error, ssl.SSLError) and error.reason else str(error)
        raise HostUnreachable(
            "login",
            f"TLS with {where} failed: {reason}",
            "Check tls.cert and tls.key, and that the port speaks TLS",
        ) from error
    return stream


def _not_trusted(error: ssl.SSLCertVerificationError, where: str) -> HostUnreachable:
    match error.verify_code:
        case _VerifyCode.EXPIRED:
            advice = "Renew the certificate there"
        case _VerifyCode.NOT_YET_VALID:
            advice = "Compare the clocks of both machines"
        case _VerifyCode.OTHER_NAME | _VerifyCode.OTHER_ADDRESS:
            advice = (
                "Write the URL with a name that the certificate holds, or add this one to its subjectAltName"
            )
        case _:
            advice = "Set tls.ca to the CA that signed it"
    message = f"The certificate of {where} is not trusted: {error.verify_message.rstrip('.')}"
    return HostUnreachable("host key", message, advice)


def _not_let_in(error: ssl.SSLError) -> HostUnreachable:
    _, _, alert = (error.reason or "").lower().replace("_", " ").rpartition("alert ")
    return HostUnreachable(
        "login",
        f"The host does not accept our certificate: {alert}",
        "Set tls.cert and tls.key to ones that its CA signed",
    )


class TlsStream:
    """A byte stream over TLS."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, host: str) -> None:
        """Take the socket over; `begin` comes next."""
        self._sock = sock
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._read_ahead = b""
        self._protocol = threading.Lock()
        self._sending = threading.Lock()

    def begin(self, timeout_s: float) -> None:
        """Shake hands, all of it in time. Raises ssl.SSLError, TimeoutError, OSError."""
        deadline = time.monotonic() + timeout_s
        while True:
            self._sock.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._feed()
            except ssl.SSLError:
                self._flush()  # the server learns why
                raise
            else:
                self._flush()
                return

    def recv_into(self, buffer: memoryview) -> int:
        while True:
            with self._protocol:
                data = self._decrypted(len(buffer))
            if data is not None:
                buffer[: len(data)] = data
                return len(data)
            self._flush()
            self._feed()

    def _decrypted(self, most: int) -> bytes | None:
        """What has come, empty at the end, None when nothing has. The caller holds the protocol's lock."""
        if self._read_ahead:
            data, self._read_ahead = self._read_ahead[:most], self._read_ahead[most:]
            return data
        try:
            return self._tls.read(most)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLError as error:
            if "CERTIFICATE" not in (error.reason or ""):
                raise
            # TLS 1.3 judges the client after the client's side of the handshake is done.
            raise _not_let_in(error) from error

    def sendall(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        for start in range(0, len(view), _RECORD):
            with self._protocol:
                self._tls.write(view[start : start + _RECORD])
            self._flush()

    def _feed(self) -> None:
        """Wait for bytes from the network; only the reading thread comes here."""
        data = self._sock.recv(_RECORD)
        with self._protocol:
            if data:
                self._incoming.write(data)
            else:
                self._incoming.write_eof()

    def _flush(self) -> None:
        with self._sending:  # taken first, so that records leave in the order in which they were made
            with self._protocol:
                data = self._outgoing.read()
            if data:
                self._sock.sendall(data)

    def settimeout(self, timeout_s: float | None) -> None:
        self._sock.settimeout(timeout_s)

    def close_write(self) -> None:
        with self._protocol, contextlib.suppress(ssl.SSLError):
            # unwrap says close_notify, but takes data that waits to be read for a breach of the protocol.
            ahead = b""
            while data := self._decrypted(_RECORD):
                ahead += data
            self._read_ahead = ahead
            self._tls.unwrap()
        self._flush()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)  # closing alone does not wake a reader in another thread
        self._sock.close()

    def rest(self) -> None:
        """Nothing is held back: sockets are plenty."""

    def claim(self) -> bool:
        with self._protocol:
            return (
                not self._read_ahead
                and not self._tls.pending()
                and self._sock.fileno() >= 0
                and is_quiet(self._sock)
            )
