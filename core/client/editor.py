"""The operator's own editor on a file that nobody else can read."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.bounded import content_of
from core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_USUAL: Final = ("vi", "nano")


def find_editor(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The words of its command: $VISUAL, else $EDITOR, else vi or nano. Raises UsageError."""
    for variable in ("VISUAL", "EDITOR"):
        said = environ.get(variable, "").strip()
        if said:
            try:
                return shlex.split(said)
            except ValueError as error:
                raise UsageError(f"${variable} can't be read ({error}): {said}") from error
    found = next((name for name in _USUAL if shutil.which(name)), None)
    if found is None:
        raise UsageError("There is no editor: set $VISUAL or $EDITOR to one")
    return [found]


class Scratch:
    """A file in a folder of its own, kept until it is dropped. A definition may hold passwords: others can't read it."""

    def __init__(self, name: str, text: str) -> None:
        """Write it. Raises UsageError."""
        try:
            self.path: Final = Path(tempfile.mkdtemp(prefix="dockyard-edit-")) / name
        except OSError as error:
            raise UsageError(f"No file can be made to edit: {error.strerror}") from error
        self.write(text)

    def write(self, text: str) -> None:
        """Put another text in."""
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise UsageError(f"{self.path}: can't be written: {error.strerror}") from error

    def read(self) -> str:
        """What is in it now. Raises UsageError."""
        try:
            return content_of(self.path).decode()
        except OSError as error:
            raise UsageError(f"{self.path}: can't be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{self.path}: is not UTF-8 text (byte {error.start})") from error

    def drop(self) -> None:
        """Remove it, with what an editor left beside it."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


def run_editor(editor: list[str], path: Path) -> None:
    """Edit a file in this terminal until the editor ends. Raises UsageError where it can't be run or fails."""
    try:
        ended = subprocess.run([*editor, str(path)], check=False)
    except OSError as error:
        raise UsageError(f"{editor[0]} can't be run: {error.strerror}; see $VISUAL and $EDITOR") from error
    if ended.returncode:
        raise UsageError(f"{shlex.join(editor)} ended with {ended.returncode}")
