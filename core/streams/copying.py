"""Files to and from a container, by Docker's archives: as `docker cp` places them."""

from __future__ import annotations

import base64
import io
import json
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from core.errors import HostError
from core.hosts.http import stream
from core.record import Record, replace
from core.streams.calls import NOT_FOUND, opened
from core.streams.pack import Packed, is_readable_kind
from core.streams.unpack import CopyFailed, Unpacked, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from core.hosts.http import Stream
    from core.streams.place import Place
    from core.streams.streams import Streams

#: The longest silence: of a disk there that takes its time.
_SILENCE_S: Final = 120.0
_STAT: Final = "X-Docker-Container-Path-Stat"
#: Go's bits of a file's mode.
_DIR: Final = 1 << 31
_LINK: Final = 1 << 27


class Cancelled(CopyFailed):
    """The copy was ended by whoever asked for it."""


class Stat(Record):
    """What a path in a container is."""

    name: str
    size: int
    mode: int
    link_target: str = ""

    @property
    def is_dir(self) -> bool:
        """Whether it is a folder."""
        return bool(self.mode & _DIR)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return bool(self.mode & _LINK)


@dataclass(slots=True)
class Progress:
    """How far a copy is; `tell` hears of each piece. Setting `is_cancelled` ends it."""

    tell: Callable[[Progress], None] = lambda _progress: None
    done_bytes: int = 0
    #: Of a single file; 0 where it is not known.
    whole_bytes: int = 0
    is_cancelled: bool = False

    @property
    def told_bytes(self) -> int:
        """How much it was, for people: a single file's own size, else the archive's, which is somewhat more."""
        return min(self.whole_bytes or self.done_bytes, self.done_bytes)

    def pieces(self, source: Iterable[bytes]) -> Iterator[bytes]:
        """Pass pieces on and count them. Raises Cancelled."""
        for piece in source:
            if self.is_cancelled:
                raise Cancelled("Cancelled")
            self.done_bytes += len(piece)
            self.tell(self)
            yield piece


def copy_from(
    streams: Streams, place: Place, path: str, target: Path, progress: Progress
) -> tuple[Path, Unpacked]:
    """Copy a file or folder to this machine: into `target` where that is a folder, else under its name.

    `PATH/.` is what a folder holds, not the folder itself. Where it was written, and what was left out. Raises HostError, CopyFailed.
    """
    whole, contents = _contents(path)
    answer, found = _read(streams, place, whole)
    with answer:
        progress.whole_bytes = 0 if found.is_dir else found.size
        if target.is_dir() and not contents:
            target /= posixpath.basename(whole.rstrip("/")) or found.name
        tar = io.BufferedReader(_Reader(progress.pieces(_pieces(answer))))
        return target, unpack(tar, target, named=bool(found.name.strip("/")))


def read_tar(streams: Streams, place: Place, path: str, sink: IO[bytes], progress: Progress) -> None:
    """Write the tar of a file or folder as it comes. Raises HostError, OSError."""
    answer, _ = _read(streams, place, path)
    with answer:
        for piece in progress.pieces(_pieces(answer)):
            sink.write(piece)
    sink.flush()


def copy_to(streams: Streams, place: Place, given: str, path: str, progress: Progress) -> tuple[str, Packed]:
    """Copy a file or folder of this machine: into `path` where that is a folder, else under that name.

    `PATH/.` is what a folder holds. Where it was written, and what was left out. Raises HostError, CopyFailed.
    """
    whole, contents = _contents(given)
    source = Path(whole)
    try:
        is_dir = source.is_dir()
        if not is_readable_kind(source):
            raise CopyFailed(f"{source} is neither a file nor a folder")
        progress.whole_bytes = 0 if is_dir else source.stat().st_size
    except OSError as error:
        raise CopyFailed(f"{source} can't be read: {error.strerror}") from error
    there = _followed(streams, place, path)
    if there is not None and there.is_dir:
        folder, name = _absolute(path), "." if contents else source.absolute().name or "."
    elif there is not None and is_dir:
        raise HostError(f"{path} is a file in {place.label}, and a folder is to take its place")
    elif path.endswith("/") and not is_dir:
        raise HostError(f"There is no folder {path} in {place.label}")
    else:
        folder, name = posixpath.split(_absolute(path).rstrip("/"))
    packed = Packed(source, name)
    write_tar(streams, place, folder, packed, progress)
    return posixpath.normpath(posixpath.join(folder, name)), packed


def write_tar(streams: Streams, place: Place, folder: str, tar: Iterable[bytes], progress: Progress) -> None:
    """Unpack a tar into a folder of the container. Raises HostError, and what reading the tar raises."""
    wanted = urlencode({"path": _absolute(folder), "noOverwriteDirNonDir": "true"})
    url = f"/containers/{quote(place.name_on_host)}/archive?{wanted}"
    headers = {"Content-Type": "application/x-tar"}
    answer = stream(
        streams.link(place.instance),
        "PUT",
        url,
        headers=headers,
        body=progress.pieces(tar),
        timeout_s=_SILENCE_S,
    )
    _found(answer, place, folder).rest(_SILENCE_S)


def _read(streams: Streams, place: Place, path: str) -> tuple[Stream, Stat]:
    """The tar of a path, and what it is; of a link, what it leads to."""
    answer = _get(streams, place, _absolute(path))
    found = _stat(answer)
    if found.is_link and found.link_target:
        answer.close()
        answer = _get(streams, place, found.link_target)
        found = replace(_stat(answer), name=found.name)
    return answer, found


def _get(streams: Streams, place: Place, path: str) -> Stream:
    url = f"/containers/{quote(place.name_on_host)}/archive?{urlencode({'path': path})}"
    return _found(stream(streams.link(place.instance), "GET", url, timeout_s=_SILENCE_S), place, path)


def _followed(streams: Streams, place: Place, path: str) -> Stat | None:
    """What is at a path, by links; None where nothing is."""
    found = _looked_up(streams, place, _absolute(path))
    if found is not None and found.is_link and found.link_target:
        found = _looked_up(streams, place, found.link_target)
    return found


def _looked_up(streams: Streams, place: Place, path: str) -> Stat | None:
    url = f"/containers/{quote(place.name_on_host)}/archive?{urlencode({'path': path})}"
    with stream(streams.link(place.instance), "HEAD", url, timeout_s=_SILENCE_S) as answer:
        if answer.status == NOT_FOUND:  # of the path or of the container: writing tells which
            return None
        return _stat(opened(answer))


def _found(answer: Stream, place: Place, path: str) -> Stream:
    if answer.status == NOT_FOUND and not (words := answer.refusal()).startswith("No such container"):
        raise HostError(f"There is no {path} in {place.label}: {words}")
    return opened(answer)


def _stat(answer: Stream) -> Stat:
    try:
        said: dict[str, Any] = json.loads(base64.b64decode(answer.header(_STAT)))
        return Stat(said["name"], int(said["size"]), int(said["mode"]), said.get("linkTarget") or "")
    except (ValueError, KeyError, TypeError) as error:
        answer.close()
        raise HostError("What answers is not Docker: it does not say what the path is") from error


def _contents(path: str) -> tuple[str, bool]:
    """A path, and whether what it holds is meant: as `docker cp` reads `/.` at its end."""
    return (path[:-2] or "/", True) if path.endswith("/.") else (path, path == ".")


def _absolute(path: str) -> str:
    """A container's relative paths begin at its root, as `docker cp` has it."""
    return path if path.startswith("/") else f"/{path}"


def _pieces(answer: Stream) -> Iterator[bytes]:
    return iter(answer.read1, b"")


class _Reader(io.RawIOBase):
    """Pieces as a file that is read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """What there is, at least one byte; 0 at the end."""
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
