"""The state folder: where it is, that it is ours alone, and that its file system keeps what locks and commits promise."""

from __future__ import annotations

import os
import pwd
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.errors import StoreError
from core.record import Record
from core.xdg import xdg_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

#: File systems on which flock or SQLite's shared memory can't be relied on.
_UNSAFE: Final = re.compile(r"nfs\d*|cifs|smb\d*|smbfs|fuse(\..*)?|fuseblk|9p|virtiofs|ceph|afs|lustre")


class StateFolder(Record):
    """A folder that was checked. `shared` is the group mode: 2770 by the operator's choice, the files 0660."""

    path: Path
    shared: bool

    @property
    def file_mode(self) -> int:
        """The mode of files in it."""
        return 0o660 if self.shared else 0o600


def find_folder(named: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the state is: `--state`, else $DOCKYARD_STATE, else in the XDG folder. Raises StoreError."""
    if named is not None:
        return named
    try:
        if environ.get("DOCKYARD_STATE"):
            return Path(environ["DOCKYARD_STATE"]).expanduser()
        base = xdg_folder(environ, "XDG_STATE_HOME", "~/.local/state")
    except RuntimeError as unknown_home:
        raise StoreError(
            "the state folder can't be found, for there is no home folder: set $HOME, or name it by --state"
        ) from unknown_home
    return base / "dockyard"


def open_folder(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> StateFolder:
    """Make the folder where it is missing, and refuse one that is not fit. Raises StoreError."""
    path = path.absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
    except OSError as error:
        raise StoreError(f"the state folder {path} can't be made: {error.strerror}") from error
    shared = found.st_mode & 0o2070 == 0o2070
    if found.st_uid != os.geteuid() and not (shared and found.st_gid in {os.getegid(), *os.getgroups()}):
        owner = _user(found.st_uid)
        raise StoreError(
            f"the state folder {path} belongs to {owner}; run: sudo -u {owner} dockyard --state {path} …"
        )
    if not shared and found.st_mode & 0o022:
        mode = f"{stat.S_IMODE(found.st_mode):o}"
        raise StoreError(
            f"the state folder {path} can be written by others (mode {mode}); run: chmod 700 {path}"
        )
    kind = _file_system(path.resolve(), mounts)
    if _UNSAFE.fullmatch(kind):
        raise StoreError(
            f"the state folder {path} is on {kind}, where locks can't be relied on; name one on a local disk by --state"
        )
    return StateFolder(path, shared)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"


def _file_system(path: Path, mounts: Path) -> str:
    """The type of the file system a path is on; empty where the system doesn't say."""
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        left, _, right = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), left.split(" ")[4])
        # Of two mounts at one point the later one is seen, so an equal length wins too.
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, right.split(" ")[0]
    return kind
