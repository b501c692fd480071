"""Files of this machine as a tar, made while it is sent."""

from __future__ import annotations

import os
import stat
import tarfile
import threading
from typing import TYPE_CHECKING, Final

from core.streams.unpack import CopyFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK_BYTES: Final = 128 * 1024


class Packed:
    """Yields the tar of one file or folder, under a name of its own. `left_out` says what can't be sent, and why."""

    def __init__(self, source: Path, name: str) -> None:
        """Nothing is read before it is iterated over. In it everything is root's, as `docker cp` has it."""
        self._source = source
        self._name = name
        self._failure: OSError | None = None
        self.left_out: list[str] = []
        self.files = 0

    def __iter__(self) -> Iterator[bytes]:
        """The pieces. Raises CopyFailed when something can't be read: then the tar has no end, and nobody takes it for whole."""
        reading, writing = os.pipe()
        maker = threading.Thread(target=self._make, args=(writing,), name="tar", daemon=True)
        maker.start()
        try:
            while data := os.read(reading, _BLOCK_BYTES):
                yield data
        finally:
            os.close(reading)
            maker.join()
        if self._failure is not None:
            name = self._failure.filename or self._source
            raise CopyFailed(f"{name} can't be read: {self._failure.strerror or self._failure}")

    def _make(self, writing: int) -> None:
        try:
            with (
                os.fdopen(writing, "wb", _BLOCK_BYTES) as sink,
                tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as archive,
            ):
                archive.add(self._source.resolve(), self._name, filter=self._entry)
        except OSError as error:  # whoever read the pipe has gone, or a file can't be read
            self._failure = error

    def _entry(self, entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if not (entry.isreg() or entry.isdir() or entry.issym() or entry.islnk()):
            self.left_out.append(f"{entry.name}: it is a device or a pipe")
            return None
        self.files += not entry.isdir()
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry


def is_readable_kind(path: Path) -> bool:
    """Whether it is a file or a folder, perhaps by a link."""
    mode = path.stat().st_mode
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)
