"""Files and folders that are to be applied: what they say together, and what is wrong with naming them so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.files import called, documents_in, read_bytes
from core.client.manifest import File, read_manifests
from core.errors import UsageError
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.client.manifest import Manifest


class Found(Record):
    """What there was: the manifest, the files that it was read from, and config files, which are left to the engine."""

    places: Sequence[str]
    manifest: Manifest
    read: Sequence[str]
    left: Sequence[str]
    #: Whether any file was found in a folder, and not named.
    is_searched: bool

    def check(self, *, prune: bool) -> None:
        """Raise UsageError where it names nothing, or not enough to delete the rest by."""
        manifest = self.manifest
        if not manifest:
            named = ", ".join(called(place) for place in self.places)
            raise UsageError(f"{named}: no task definition, no service and no schedule is named there")
        if prune and not manifest.stack:
            raise UsageError(
                '--prune deletes what a stack no longer names: say which, by --stack NAME or by `stack = "NAME"` at the '
                "top of a TOML file"
            )
        if prune and not (manifest.services or manifest.schedules):
            # An empty folder or a template that failed must not be the end of a stack.
            raise UsageError(
                f"The files name no service and no schedule, and --prune would delete all of stack {manifest.stack}: "
                f"dockyard stack rm {manifest.stack} does that"
            )


def read_places(places: Sequence[str], stack: str | None) -> Found:
    """Read all of it. Raises UsageError, ConfigError, Refused: with every problem of every file."""
    files = _files(places)
    manifest, left = read_manifests(files, stack)
    read = [file.name for file in files if file.name not in left]
    return Found(places, manifest, read, left, is_searched=any(file.found for file in files))


def _files(places: Iterable[str]) -> list[File]:
    """What is to be read, each file once."""
    found: dict[Path | str, File] = {}
    for place in places:
        is_folder = place != "-" and Path(place).is_dir()
        for name in documents_in(place) if is_folder else [place]:
            key = name if name == "-" else Path(name).resolve()
            if key not in found:
                found[key] = File(name, read_bytes(name), found=is_folder)
    return list(found.values())
