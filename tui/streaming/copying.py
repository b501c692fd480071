"""Copies between this machine and a container: what the dialog says of two paths, and the copy itself."""

from __future__ import annotations

import os
import shlex
import threading
import time
from functools import partial
from pathlib import Path
from stat import S_ISDIR
from typing import TYPE_CHECKING, Final

from core.cli.printing import count_of, how_far, size_of
from core.errors import UsageError
from core.model.ids import SHORT
from core.record import Record
from core.streams.copying import Progress, copy_from, copy_to
from tui.background import Work
from tui.listing.row import Tone
from tui.own import Copy
from tui.plans.plan import listed, twin
from tui.screens.dialog import Answer, Dialog, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.timer import Timer

    from core.streams import Place
    from tui.badge import Badge
    from tui.screens.main import Main

_HINT: Final = (
    "FROM TO: what begins with : is in the container, the other one is here. :/etc/hosts . or site :/www"
)
_SHOWN_EVERY_S: Final = 0.2
#: What is typed while a look takes its time is looked at beside it when typing has paused for so long.
_PATIENCE_S: Final = 0.3


class Paths(Record):
    """What is copied where. `here` is as it was typed: what `~` stands for may take its time to find out."""

    there: str
    here: str
    is_from: bool


class Found(Record):
    """What is at a path on this machine: nothing without a size."""

    path: Path
    size: int | None = None
    is_folder: bool = False
    problem: str = ""


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
    return Paths(there[1:], here, is_from)


def look(here: str) -> Found:
    """What is there. Blocks as long as the disk does, which may be another machine's."""
    path = Path(_expanded(here)).absolute()
    try:
        found = path.stat()
    except FileNotFoundError:
        return Found(path)
    except OSError as error:
        return Found(path, problem=f"{path} can't be used: {error.strerror}")
    return Found(path, found.st_size, S_ISDIR(found.st_mode))


def _expanded(here: str) -> str:
    return os.path.expanduser(here)  # noqa: PTH111  # a Path forgets the /. at its end


def said(place: Place, typed: str, found: Callable[[str], Found | None]) -> Said:
    """What the dialog says of it. `found` is what is at a path here, None while that is looked at."""
    try:
        paths = paths_of(typed)
    except UsageError as error:
        return Said([str(error) if typed.strip() else "", _HINT], is_ready=False)
    here = found(paths.here)
    if here is None:
        return Said([f"Looking at {paths.here} …", _HINT], is_ready=False)
    if here.problem:
        return Said([here.problem, _HINT], is_ready=False)
    if paths.is_from:
        into = "into the folder" if here.is_folder else "over the file" if here.size is not None else "as"
        return Said([f"Copies {paths.there} of {place.label}", f"{into} {here.path} on this machine.", _HINT])
    if here.size is None:
        return Said([f"There is no {here.path} on this machine", _HINT], is_ready=False)
    what = "the folder" if here.is_folder else f"the file ({size_of(here.size)})"
    return Said(
        [
            f"Copies {what} {here.path}",
            f"to {paths.there} of {place.label}; what has the name there is replaced.",
            _HINT,
        ]
    )


def ask(main: Main, place: Place, badge: Badge) -> None:
    """Ask what is to be copied, then copy it."""
    _Question(main, place, badge).ask()


class _Question:
    """The dialog, and what is known of the path here that was typed last."""

    def __init__(self, main: Main, place: Place, badge: Badge) -> None:
        self._main: Final = main
        self._place: Final = place
        #: The path that was typed last, and what is there; None while nobody knows.
        self._here = ""
        self._found: Found | None = None
        self._looks = 0
        self._later: Timer | None = None
        self._dialog: Final = Dialog(
            main.session.glyphs,
            f"Copy files from or to {place.label} on {place.instance.name}",
            lambda typed: said(place, typed, self._known),
            ["Copy"],
            field="",
            label="FROM TO, as :/etc/hosts .   or   dump.sql :/tmp",
            badge=badge,
        )

    def ask(self) -> None:
        self._main.app.push_screen(self._dialog, self._answered)

    def _known(self, here: str) -> Found | None:
        if here != self._here:
            self._here, self._found = here, None
            if not self._looks:
                self._look()
            elif self._later is None:
                self._later = self._main.set_timer(_PATIENCE_S, self._look)
            else:
                self._later.reset()
        return self._found

    def _look(self) -> None:
        """In a thread of its own: one that waits for a disk for ever must not keep others from being looked at."""
        self._looks += 1
        self._later = None
        tell, here = self._main.from_thread(partial(self._know, self._here)), self._here
        threading.Thread(target=lambda: tell(look(here)), name="look", daemon=True).start()

    def _know(self, here: str, found: Found) -> None:
        self._looks -= 1
        if here == self._here:
            self._found = found
            self._dialog.renew()
        elif not self._looks:
            self._look()

    def _answered(self, answer: Answer | None) -> None:
        if self._later is not None:
            self._later.stop()
        if answer is not None:
            self._main.run_worker(begin(self._main, self._place, answer.typed))


async def begin(main: Main, place: Place, typed: str) -> None:
    """Copy while a dialog says how far it is."""
    paths = paths_of(typed)
    work = Work[_Copied](main, f"Copying {paths.there if paths.is_from else paths.here} …")
    shown_at = 0.0

    def tell(progress: Progress) -> None:
        nonlocal shown_at
        now = time.monotonic()
        if now > shown_at + _SHOWN_EVERY_S:
            shown_at = now
            work.say(how_far(progress.done_bytes, progress.whole_bytes))

    copy = Copy(Progress(tell), threading.Event())
    own = main.session.world.own
    own.copies.add(copy)
    done = await work.done(lambda: _copied(main, place, paths, copy), give_up=copy.cancel)
    own.copies.discard(copy)
    if done is None:
        return
    there = f"{place.task[:SHORT]}:{paths.there}"
    ways = (there, done.here) if paths.is_from else (done.here, there)
    main.say(
        f"{done.told}, {size_of(copy.progress.told_bytes)}"
        + (f"; left out {listed(done.left_out, 2)}" if done.left_out else ""),
        Tone.WARN if done.left_out else Tone.GOOD,
        twin("task", "cp", *ways, "--container", place.container),
    )


class _Copied(Record):
    """What came of it: `here` is the path on this machine in full."""

    told: str
    here: str
    left_out: Sequence[str]


def _copied(main: Main, place: Place, paths: Paths, copy: Copy) -> _Copied:
    """Blocks; raises DockyardError."""
    progress, here = copy.progress, _expanded(paths.here)
    streams = main.session.open_streams()
    try:
        if paths.is_from:
            written, unpacked = copy_from(streams, place, paths.there, Path(here), progress)
            return _Copied(f"Copied {count_of(unpacked.files, 'file')} to {written}", here, unpacked.left_out)
        target, packed = copy_to(streams, place, here, paths.there, progress)
        return _Copied(
            f"Copied {count_of(packed.files, 'file')} to {target} of {place.label}", here, packed.left_out
        )
    finally:
        streams.close()
        copy.ended.set()
