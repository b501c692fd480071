"""One check of one target over a host's connection: HTTP, TCP or a command in the container, as ELB would judge it.

An answer is read up to its status and no further; redirects are not followed, and the certificate of an HTTPS port is not looked
at (ELB does the same). Everything of a check shares its time-out.
"""

from __future__ import annotations

import http.client
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from core.errors import HostError, NoWay, PortRefused
from core.hosts.http import CallSocket, one_line
from core.model.probe import ProbeProtocol, TargetReason
from core.reports import ProbeEnd, ProbeResult
from core.version import VERSION

if TYPE_CHECKING:
    from core.hosts.base import Reaching
    from core.hosts.link import ByteStream
    from core.model.probe import Probe, Target

#: Like ELB's `ELB-HealthChecker/2.0`.
USER_AGENT: Final = f"Dockyard-HealthChecker/{VERSION}"
#: ELB names the target's address. Here a check comes from the container's own host, and this is what most servers know themselves by.
_HOST_HEADER: Final = "localhost"

_PASSED: Final = ProbeResult(ProbeEnd.PASSED)
_TIMED_OUT: Final = ProbeResult(ProbeEnd.FAILED, TargetReason.TIMEOUT, "Request timed out", doubtful=True)


def check(host: Reaching, target: Target) -> ProbeResult:
    """Check a target, in its probe's time-out. Blocks; raises nothing for what the host or the container does."""
    try:
        return _checked(host, target)
    except (HostError, OSError, http.client.HTTPException, ValueError) as error:
        return _meaning(error)


def _checked(host: Reaching, target: Target) -> ProbeResult:
    probe = target.probe
    until = time.monotonic() + probe.timeout_s
    if probe.protocol is ProbeProtocol.EXEC:
        return _run(host, target)
    with closing(host.dial(target.address_of, probe.port, probe.timeout_s)) as stream:
        if probe.protocol is ProbeProtocol.TCP:
            return _PASSED
        return _judge(probe, _status(stream, probe, until))


def _meaning(error: Exception) -> ProbeResult:
    """What an error of a check says of its target."""
    match error:
        case NoWay():
            hint = f" ({error.hint})" if error.hint else ""
            return ProbeResult(ProbeEnd.NO_WAY, TargetReason.NO_WAY, f"{error}{hint}")
        case PortRefused():
            return _failed(str(error))
        case TimeoutError():
            return _TIMED_OUT
        case HostError():
            return ProbeResult(ProbeEnd.CUT)
        case _:
            # The container hung up, or the way to it broke: the next look at the host tells which.
            return _failed(str(error) or type(error).__name__, doubtful=True)


def _failed(why: str, *, doubtful: bool = False) -> ProbeResult:
    description = f"Health checks failed: {one_line(why)}"
    return ProbeResult(ProbeEnd.FAILED, TargetReason.FAILED, description, doubtful)


def _judge(probe: Probe, status: int) -> ProbeResult:
    if probe.matches(status):
        return _PASSED
    description = f"Health checks failed with these codes: [{status}]"
    return ProbeResult(ProbeEnd.FAILED, TargetReason.MISMATCH, description)


def _run(host: Reaching, target: Target) -> ProbeResult:
    done = host.execute(target.name, target.probe.command, target.probe.timeout_s)
    if done.exit_code == 0:
        return _PASSED
    said = f", {done.last_line}" if done.last_line else ""
    return _failed(f"exit code {done.exit_code}{said}")


def _status(stream: ByteStream, probe: Probe, until: float) -> int:
    """The status of an answer. Raises OSError, HTTPException."""
    if probe.protocol is ProbeProtocol.HTTPS:
        stream = _encrypted(stream, until)
    call = CallSocket(stream, whole=True)
    call.settimeout(max(0.001, until - time.monotonic()))
    connection = http.client.HTTPConnection(_HOST_HEADER, probe.port)
    sock: Any = call  # http.client asks for no more of a socket than it has
    connection.sock = sock
    headers = {"User-Agent": USER_AGENT, "Connection": "close", "Accept": "*/*"}
    connection.request("GET", probe.path, headers=headers)
    return connection.getresponse().status


class _AsSocket:
    """What a TLS stream wants of a socket, over a byte stream."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.sendall = stream.sendall
        self.settimeout = stream.settimeout
        self.close = stream.close

    def recv(self, most: int) -> bytes:
        buffer = bytearray(most)
        return bytes(buffer[: self._stream.recv_into(memoryview(buffer))])

    def shutdown(self, how: int) -> None:
        del how
        self._stream.close()


def _encrypted(stream: ByteStream, until: float) -> ByteStream:
    import ssl  # noqa: PLC0415  # paid for by HTTPS alone

    from core.hosts.tls import TlsStream  # noqa: PLC0415  # as above

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    sock: Any = _AsSocket(stream)
    tls = TlsStream(sock, context, _HOST_HEADER)
    tls.begin(max(0.001, until - time.monotonic()))
    return tls
