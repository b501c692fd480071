"""What a simulated container answers: a byte stream that speaks just enough HTTP, and the end of a command."""

from __future__ import annotations

from typing import Final

_ENDS_WITH: Final = b"\r\n\r\n"
_WORDS: Final = {200: "OK", 503: "Service Unavailable"}


class SimulatedPort:
    """A stream to a port at which every request gets the same status. It waits for nothing: what is to be read is there."""

    def __init__(self, status: int) -> None:
        """A connection that was taken."""
        self._status = status
        self._asked = b""
        self._answer = b""
        self._closed = False

    def recv_into(self, buffer: memoryview) -> int:
        if self._closed or not self._answer:
            return 0
        size = min(len(buffer), len(self._answer))
        buffer[:size] = self._answer[:size]
        self._answer = self._answer[size:]
        return size

    def sendall(self, data: bytes | memoryview) -> None:
        if self._closed:
            raise BrokenPipeError("the connection is closed")
        self._asked += bytes(data)
        if self._asked.endswith(_ENDS_WITH):
            head = f"HTTP/1.1 {self._status} {_WORDS[self._status]}\r\nContent-Length: 0\r\n\r\n"
            self._answer += head.encode()
            self._asked = b""

    def settimeout(self, timeout_s: float | None) -> None:
        """Nothing takes any time."""

    def close_write(self) -> None:
        """It answers whole requests alone."""

    def close(self) -> None:
        self._closed = True

    def rest(self) -> None:
        """Nothing is held back."""

    def claim(self) -> bool:
        return not self._closed and not self._answer
