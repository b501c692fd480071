"""A requests adapter whose connections are dialled through a link: kept alive, checked before use, shared by threads."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import requests
import requests.adapters
import urllib3
import urllib3.connection
import urllib3.exceptions

from core.errors import ReplyLost
from core.hosts.http import CallSocket, TimedOut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3.connectionpool import HTTPConnectionPool
    from urllib3.response import HTTPResponse

    from core.hosts.link import Link

#: More than the threads that call at once: urllib3 complains aloud when it has to discard one.
_KEPT: Final = 64
_DIAL_TIMEOUT_S: Final = 10.0


class LinkAdapter(requests.adapters.HTTPAdapter):
    """Sends requests through one link's pool of connections."""

    def __init__(self, link: Link) -> None:
        """Nothing is opened before the first request."""
        super().__init__()
        self._pool = _Pool(link)

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:
        return self._pool

    def request_url(self, request: requests.PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        del proxies
        return request.path_url

    def send(
        self, request: requests.PreparedRequest, stream: bool = False, *args: Any, **more: Any
    ) -> requests.Response:
        """Send a request; an answer that is no stream is read here, so that the call's errors are told here."""
        what = f"{request.method} {request.path_url}"
        try:
            response = super().send(request, stream, *args, **more)
            if not stream:
                response.content  # noqa: B018  # reads it
        except requests.exceptions.RequestException as error:
            cause = error.args[0] if error.args else None
            if isinstance(error, requests.exceptions.Timeout) or isinstance(
                cause, urllib3.exceptions.ReadTimeoutError
            ):
                raise TimedOut(f"No answer in time to {what}") from error
            raise ReplyLost(f"The answer to {what} was lost: {_reason(cause or error)}") from error
        return response

    def close(self) -> None:
        self._pool.close()
        super().close()


def _reason(error: object) -> str:
    """The words of what went wrong at the bottom."""
    if isinstance(error, urllib3.exceptions.ProtocolError) and error.args:
        error = error.args[-1]
    return str(error) or type(error).__name__


class _Pool(urllib3.HTTPConnectionPool):
    """Keeps connections that rest between calls."""

    def __init__(self, link: Link) -> None:
        super().__init__("docker", maxsize=_KEPT)
        self._link = link

    def _new_conn(self) -> _Connection:
        self.num_connections += 1
        return _Connection(self._link)

    def _put_conn(self, conn: Any) -> None:
        if conn is not None and isinstance(conn.sock, CallSocket):
            conn.sock.stream.rest()
        super()._put_conn(conn)


class _Connection(urllib3.connection.HTTPConnection):
    """One connection; a call's time-out is spent on dialling, sending and receiving together."""

    def __init__(self, link: Link) -> None:
        super().__init__("docker")
        self._link = link
        self._deadline: float | None = None

    def connect(self) -> None:
        left_s = self._left_s()
        call = CallSocket(self._link.dial(_DIAL_TIMEOUT_S if left_s is None else left_s), whole=True)
        call.settimeout(self._left_s())
        self.sock = call

    @property
    def is_connected(self) -> bool:
        """Asked by the pool about a connection that rested."""
        return isinstance(self.sock, CallSocket) and self.sock.stream.claim()

    def request(self, *args: Any, **more: Any) -> None:
        self._deadline = time.monotonic() + self.timeout if isinstance(self.timeout, int | float) else None
        if isinstance(self.sock, CallSocket):
            self.sock.settimeout(self._left_s())
        super().request(*args, **more)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 has it
        self.timeout = self._left_s()
        return super().getresponse()

    def _left_s(self) -> float | None:
        return None if self._deadline is None else max(0.001, self._deadline - time.monotonic())
