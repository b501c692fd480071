"""Where a user's files are, by the XDG Base Directory Specification."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def xdg_folder(environ: Mapping[str, str], variable: str, otherwise: str) -> Path:
    """The base folder that a variable names, else the specification's own (`~/…`). Raises RuntimeError where there is no home.

    A path that is not absolute counts as not set, as the specification says.
    """
    said = environ.get(variable, "")
    return Path(said) if said.startswith("/") else Path(otherwise).expanduser()
