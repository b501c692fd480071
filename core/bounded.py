"""Files that people name, read no further than any of their kind goes: a name may stand for a device, or for the wrong file."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from pathlib import Path

#: More than any config file, task definition or manifest holds.
MOST_BYTES: Final = 16 * 1024 * 1024


def content_of(path: Path) -> bytes:
    """A file's content. Raises OSError, also for one that is larger than MOST_BYTES."""
    with path.open("rb") as file:
        return bounded(file)


def bounded(file: BinaryIO) -> bytes:
    """What an open file holds, by the same rule."""
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OSError(errno.EFBIG, f"It is larger than {MOST_BYTES // 1024**2} MiB")
    return content
