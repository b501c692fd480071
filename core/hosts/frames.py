"""Docker's multiplexed output taken apart: frames of 8-byte header and body. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

STDOUT: Final = 1
STDERR: Final = 2

_HEADER_BYTES: Final = 8


class Frames:
    """Takes bytes as they come and gives (source, piece) as soon as they are there; raw output is all STDOUT."""

    def __init__(self, *, raw: bool = False) -> None:
        """`raw` is the output of a container or exec with a terminal: it has no frames."""
        self._raw = raw
        self._header = b""
        self._source = STDOUT
        self._left = 0
        self._begins = True

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The pieces in some more bytes."""
        return ((source, piece) for source, piece, _ in self.pieces(data))

    def pieces(self, data: bytes) -> Iterator[tuple[int, bytes, bool]]:
        """The same, and whether each begins a frame."""
        if self._raw:
            yield STDOUT, data, False
            return
        at, end = 0, len(data)
        # Places, not ever shorter copies: a block may hold thousands of frames.
        while at < end:
            if self._left:
                piece = data[at : at + self._left]
                at += len(piece)
                self._left -= len(piece)
                yield self._source, piece, self._begins
                self._begins = False
                continue
            missing = data[at : at + _HEADER_BYTES - len(self._header)]
            at += len(missing)
            self._header += missing
            if len(self._header) == _HEADER_BYTES:
                self._source = self._header[0]
                self._left = int.from_bytes(self._header[4:], "big")
                self._header, self._begins = b"", True
