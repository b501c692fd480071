"""A tar that comes from a container, unpacked: beside its place first, and never a byte outside of that.

Whoever runs in a container writes its tar, so nothing of it is trusted: no member is written through a link that another one
made, no link is left that leads outside, and Python's data filter has the last word.
"""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from core.errors import DockyardError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What the tar's first member, the thing that was asked for, is called until it is whole.
_WHOLE: Final = "whole"


class CopyFailed(DockyardError):
    """Something on this machine is in the way of a copy."""


@dataclass(slots=True)
class Unpacked:
    """What became of a tar: files that were written, and what was left out, each with the reason."""

    files: int = 0
    left_out: list[str] = field(default_factory=list)


def unpack(source: IO[bytes], target: Path, *, named: bool = True) -> Unpacked:
    """Write the one thing that a tar holds to `target`, which gets its name only when all of it is there.

    Its own name is the first part of its members'; not `named`: they are what a folder without a name holds, the root.
    A folder that exists is filled: its other files stay, each one that comes takes the place of its namesake as a whole. Raises
    CopyFailed, and what reading `source` raises; then nothing is left.
    """
    done = Unpacked()
    try:
        with _beside(target) as folder:
            try:
                # What comes is no archive of Docker's if it has no end.
                with tarfile.open(fileobj=source, mode="r|") as archive:
                    for member in archive:
                        _write(archive, member, folder, done, named=named)
            except tarfile.TarError as error:
                raise CopyFailed(f"What came is no whole tar: {error}") from error
            whole = folder / _WHOLE
            if not os.path.lexists(whole):
                raise CopyFailed(f"Nothing was copied: {'; '.join(done.left_out) or 'nothing came'}")
            _move(whole, target)
    except OSError as error:
        raise CopyFailed(f"{error.filename or target} can't be written: {error.strerror}") from error
    return done


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder beside the target, on the same file system; gone afterwards."""
    if not target.parent.is_dir():
        raise CopyFailed(f"There is no folder {target.parent}")
    folder = Path(tempfile.mkdtemp(prefix=".dockyard-", suffix=".part", dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(
    archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, done: Unpacked, *, named: bool
) -> None:
    """Write a member where it belongs, or say why not."""
    name = member.name
    why = _unfit(member, folder, named=named)
    if not why:
        at = folder / member.name
        if not (member.isdir() and at.is_dir()):
            at.unlink(missing_ok=True)  # what came before by the same name, be it a link
        try:
            _make(archive, member, folder)
        except tarfile.FilterError as error:
            why = _meaning(error)
    if why:
        done.left_out.append(f"{name}: {why}")
    elif not member.isdir():
        done.files += 1


def _make(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Links are made here: where it can't make one, tarfile would look for what it leads to, in a circle if need be."""
    at = folder / member.name
    if member.issym() or member.islnk():
        at.parent.mkdir(parents=True, exist_ok=True)
    if member.issym():
        at.symlink_to(member.linkname)
    elif member.islnk():
        at.hardlink_to(folder / member.linkname)
    else:
        archive.extract(member, folder, filter="data")


def _unfit(member: tarfile.TarInfo, folder: Path, *, named: bool) -> str:
    """Give a member its name under the folder, and a link its aim; why they can't be had, empty when they can."""
    inside = _inside(member.name, named=named)
    if inside is None:
        return "its name leads out of the folder"
    member.name = inside
    if _through_link(folder, inside):
        return "its name leads through a link, or a file"
    at = folder / inside
    if not member.isdir() and at.is_dir() and not at.is_symlink():
        return "a folder has its name"
    if member.issym():
        if _leads_out(inside, member.linkname):
            return f"it is a link to {member.linkname}, outside of what was copied"
        member.linkname = str(PurePosixPath(member.linkname))
    return _unfit_link(member, folder, named=named) if member.islnk() else ""


def _unfit_link(member: tarfile.TarInfo, folder: Path, *, named: bool) -> str:
    """A hard link may lead to a file that came before."""
    original = _inside(member.linkname, named=named)
    if original is None or original == member.name or _through_link(folder, original):
        return "it is a link to what was not copied"
    if (folder / original).is_symlink() or not (folder / original).is_file():
        return "it is a link to what was not copied"
    member.linkname = original
    return ""


def _inside(name: str, *, named: bool) -> str | None:
    """A member's name with our own for its first part; None where it leads outside."""
    parts = [part for part in PurePosixPath(name).parts if part not in {"/", "."}]
    if ".." in parts:
        return None
    return str(PurePosixPath(_WHOLE, *parts[named:]))


def _leads_out(inside: str, link: str) -> bool:
    """Whether a symbolic link may lead out of what is copied. It may climb at its beginning alone: links that it meets go down."""
    parts = [part for part in PurePosixPath(link).parts if part != "."]
    climbs = 0
    while parts and parts[0] == "..":
        climbs += 1
        parts.pop(0)
    depth = len(PurePosixPath(inside).parts) - 2
    return link.startswith("/") or ".." in parts or climbs > depth


def _through_link(folder: Path, inside: str) -> bool:
    """Whether one of the folders on the way is a link, or no folder."""
    at = folder
    for part in PurePosixPath(inside).parts[:-1]:
        at /= part
        try:
            if not stat.S_ISDIR(at.lstat().st_mode):
                return True
        except FileNotFoundError:
            return False
    return False


def _meaning(error: tarfile.FilterError) -> str:
    match error:
        case tarfile.SpecialFileError():
            return "it is a device, a pipe or a socket"
        case _:
            return str(error)


def _move(source: Path, target: Path) -> None:
    """Give what is whole its name. Folders are merged, all else takes the place of its namesake. Raises OSError, CopyFailed."""
    if source.is_symlink() or not source.is_dir():
        if target.is_dir() and not target.is_symlink():
            raise CopyFailed(f"{target} is a folder, and a file is to take its place")
        source.replace(target)
    elif not os.path.lexists(target):
        source.rename(target)
    elif not target.is_dir():
        raise CopyFailed(f"{target} is a file, and a folder is to take its place")
    else:
        for each in sorted(source.iterdir()):
            _move(each, target / each.name)
