"""Paths that begin with a home folder, `~/…` or `~NAME/…`."""

from __future__ import annotations

import os
from pathlib import Path


def expanded(path: str) -> Path:
    """The path with its home folder; that of nobody stays as it is written, as in a shell, and is a file that isn't there.

    `Path.expanduser` raises where there is no such user, and whoever wrote the path may be anybody.
    """
    return Path(os.path.expanduser(path))  # noqa: PTH111  # as above
