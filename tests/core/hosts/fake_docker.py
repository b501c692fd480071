"""A small HTTP server on a unix socket that behaves, and misbehaves, as a Docker daemon can."""

from __future__ import annotations

import contextlib
import hashlib
import json
import select
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class FakeDocker:
    """Serves until it is closed. `connections` counts what was accepted, `requests` what was asked.

    `info` is what it says of its host. With a `meeting`, pings are answered when as many of them have come at the same time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connections = 0
        self.requests: list[str] = []
        self.released = threading.Event()
        self.meeting: threading.Barrier | None = None
        self.info: dict[str, Any] = {}
        docker = self

        class Handler(_Handler):
            fake = docker

        self._server = _Server(str(path), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.path.unlink(missing_ok=True)

    def wait_open(self, count: int, timeout_s: float = 30.0) -> bool:
        """Wait until so many connections are open; says whether it came to that."""
        with self._server.changed:
            return self._server.changed.wait_for(lambda: len(self._server.open) == count, timeout_s)

    def drop_connections(self) -> None:
        """Close what clients hold open, as a daemon does that restarts."""
        for sock in self._server.open.copy():
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, path: str, handler: type[BaseHTTPRequestHandler]) -> None:
        self.open: set[socket.socket] = set()
        self.changed = threading.Condition()
        super().__init__(path, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.changed:
            self.open.add(request)
            self.changed.notify_all()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self.changed:
            self.open.discard(request)
            self.changed.notify_all()
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeDocker

    def setup(self) -> None:
        self.fake.connections += 1
        super().setup()

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _serve(self) -> None:
        self.fake.requests.append(f"{self.command} {self.path}")
        path = self.path.removeprefix("/v1.41")
        answers: dict[str, Callable[[], None]] = {
            "/_ping": self._ping,
            "/version": lambda: self._answer(
                json.dumps({"ApiVersion": "1.41", "MinAPIVersion": "1.12"}).encode()
            ),
            "/info": lambda: self._answer(json.dumps(self.fake.info).encode()),
            "/hang": self._hang,
            "/dribble": self._dribble,
            "/cut": self._cut,
            "/cut-body": self._cut_body,
            "/cut-chunk": self._cut_chunk,
            "/events": self._events,
            "/big": lambda: self._answer(b"x" * 3_000_000),
            "/archive": self._archive,
            "/refuse": self._refuse,
            "/exec/1/start": self._exec,
            "/exec/0/start": lambda: self._answer(b'{"message": "No such exec instance: 0"}', 404),
        }
        answers.get(path, lambda: self._answer(b'{"message": "page not found"}', 404))()

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _serve  # noqa: N815  # http.server's names

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _ping(self) -> None:
        if self.fake.meeting is not None:
            self.fake.meeting.wait(30)
        self._answer(b"OK")

    def _hang(self) -> None:
        self.fake.released.wait(30)
        self.close_connection = True

    def _dribble(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        while not self.fake.released.wait(0.02):
            self.wfile.write(b"x")
            self.wfile.flush()

    def _cut(self) -> None:
        self.close_connection = True

    def _cut_body(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def _cut_chunk(self) -> None:
        self._begin_chunks()
        self.wfile.write(b"40\r\nhalf a chunk")
        self.close_connection = True

    def _begin_chunks(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _events(self) -> None:
        self._begin_chunks()
        self._chunk(b'{"Action": "create"}\n{"Action"')
        self._chunk(b': "start"}\r\n')
        readable = select.poll()
        readable.register(self.connection, select.POLLIN)
        while not self.fake.released.is_set() and not readable.poll(20):
            pass  # Docker, too, ends a stream whose reader hangs up
        self._chunk(b"")

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _archive(self) -> None:
        body = self._body()
        self._answer(json.dumps({"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}).encode())

    def _refuse(self) -> None:
        self._answer(b'{"message": "no space left on device"}', 500)
        self.close_connection = True

    def _exec(self) -> None:
        """Hand the connection over; the first output comes in one packet with the head. Then echo until the input ends."""
        self._body()
        self.wfile.write(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly ")
        while data := self.rfile.read1(65536):
            self.wfile.write(data)
        self.wfile.write(b" late")
        self.close_connection = True
