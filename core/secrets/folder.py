"""Secrets in files: a folder beside the config, and files that a rule names. What others can read there is not used."""

from __future__ import annotations

import shlex
import stat
from typing import TYPE_CHECKING, Final

from core.errors import ActionFailed
from core.taskdef.secret_values import RESOURCE_INITIALIZATION

if TYPE_CHECKING:
    from pathlib import Path

#: The folder's name, beside the config file.
FOLDER: Final = "secrets"

#: What nobody but the owner may have.
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def folder_problem(folder: Path) -> str:
    """What keeps the folder from being used, with the command that mends it; empty where nothing does."""
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
    except OSError:
        return ""  # it is not there, and so is no secret in it
    if not mode & _OTHERS:
        return ""
    return f"The secrets folder {folder} is open to others (mode {mode:04o}): chmod 700 {shlex.quote(str(folder))}"


def in_folder(folder: Path, name: str) -> str | None:
    """The secret in the file of that name, None where there is none; a name with slashes is a path below the folder.

    Raises:
        ActionFailed: it can't be read, or the folder is open to others.
    """
    try:
        root = folder.resolve()
        file = (root / name).resolve()
        if root not in file.parents or not file.is_file():
            return None
    except OSError as error:
        raise _unreadable(name, folder, error) from error
    if problem := folder_problem(root):
        raise ActionFailed(RESOURCE_INITIALIZATION, f"{problem}.")
    return read_secret(file, name)


def read_secret(file: Path, name: str) -> str:
    """The text of a file, without the line end that editors put last. Raises ActionFailed."""
    try:
        return file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise _unreadable(name, file, error) from error
    except UnicodeDecodeError:
        # Without the cause: it carries the bytes.
        raise ActionFailed(
            RESOURCE_INITIALIZATION, f"The secret {name} can't be read from {file}: it is not UTF-8 text."
        ) from None


def _unreadable(name: str, where: Path, error: OSError) -> ActionFailed:
    return ActionFailed(
        RESOURCE_INITIALIZATION, f"The secret {name} can't be read from {where}: {error.strerror}."
    )
