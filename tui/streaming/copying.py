"""Copies between this machine and a container: what the dialog says of two paths, and the copy itself."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Sequence  # a type that is a value here
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR
from typing import TYPE_CHECKING, Final

from core.cli.printing import count_of, how_far, size_of
from core.errors import UsageError
from core.model.ids import SHORT
from core.streams.copying import Progress, copy_from, copy_to
from tui.background import Work
from tui.listing.row import Tone
from tui.own import Copy
from tui.plans.plan import listed, twin
from tui.screens.dialog import Said

if TYPE_CHECKING:
    from core.streams import Place
    from tui.screens.main import Main

_HINT: Final = (
    "FROM TO: what begins with : is in the container, the other one is here. :/etc/hosts . or site :/www"
)
_SHOWN_EVERY_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Paths:
    """What is copied where."""

    there: str
    here: str
    is_from: bool


def paths_of(typed: str) -> Paths:
    """What was typed. Raises UsageError."""
    try:
        words = shlex.split(typed)
    except ValueError as error:
        raise UsageError("A quotation mark is not closed") from error
    if len(words) != 2 or words[0].startswith(":") == words[1].startswith(":"):
        raise UsageError("Two paths, one of which begins with a colon")
    is_from = words[0].startswith(":")
    there, here = words if is_from else reversed(words)
    if there == ":":
        raise UsageError("The path in the container is missing behind the colon")
    return Paths(there[1:], os.path.expanduser(here), is_from)  # noqa: PTH111  # a Path forgets the /. at its end


def said(place: Place, typed: str) -> Said:
    """What the dialog says of it."""
    try:
        paths = paths_of(typed)
    except UsageError as error:
        return Said([str(error) if typed.strip() else "", _HINT], is_ready=False)
    here = Path(paths.here).absolute()
    try:
        found = here.stat()
    except FileNotFoundError:
        found = None
    except OSError as error:
        return Said([f"{here} can't be used: {error.strerror}", _HINT], is_ready=False)
    is_folder = found is not None and S_ISDIR(found.st_mode)
    if paths.is_from:
        into = "into the folder" if is_folder else "over the file" if found is not None else "as"
        return Said([f"Copies {paths.there} of {place.label}", f"{into} {here} on this machine.", _HINT])
    if found is None:
        return Said([f"There is no {here} on this machine", _HINT], is_ready=False)
    what = "the folder" if is_folder else f"the file ({size_of(found.st_size)})"
    return Said(
        [
            f"Copies {what} {here}",
            f"to {paths.there} of {place.label}; what has the name there is replaced.",
            _HINT,
        ]
    )


async def begin(main: Main, place: Place, typed: str) -> None:
    """Copy while a dialog says how far it is."""
    paths = paths_of(typed)
    work = Work[tuple[str, Sequence[str]]](main, f"Copying {paths.there if paths.is_from else paths.here} …")
    shown_at = 0.0

    def tell(progress: Progress) -> None:
        nonlocal shown_at
        now = time.monotonic()
        if now > shown_at + _SHOWN_EVERY_S:
            shown_at = now
            work.say(how_far(progress.done_bytes, progress.whole_bytes))

    copy = Copy(Progress(tell))
    own = main.session.world.own
    own.copies.add(copy)
    done = await work.done(lambda: _copied(main, place, paths, copy), give_up=copy.cancel)
    own.copies.discard(copy)
    if done is None:
        return
    told, left_out = done
    there = f"{place.task[:SHORT]}:{paths.there}"
    ways = (there, paths.here) if paths.is_from else (paths.here, there)
    main.say(
        f"{told}, {size_of(copy.progress.done_bytes)}"
        + (f"; left out {listed(left_out, 2)}" if left_out else ""),
        Tone.WARN if left_out else Tone.GOOD,
        twin("task", "cp", *ways, "--container", place.container),
    )


def _copied(main: Main, place: Place, paths: Paths, copy: Copy) -> tuple[str, Sequence[str]]:
    """Blocks; raises DockyardError."""
    progress = copy.progress
    streams = main.session.open_streams()
    try:
        if paths.is_from:
            written, unpacked = copy_from(streams, place, paths.there, Path(paths.here), progress)
            return f"Copied {count_of(unpacked.files, 'file')} to {written}", unpacked.left_out
        target, packed = copy_to(streams, place, paths.here, paths.there, progress)
        return f"Copied {count_of(packed.files, 'file')} to {target} of {place.label}", packed.left_out
    finally:
        streams.close()
        copy.ended.set()
