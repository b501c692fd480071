"""`dockyard task cp`: files to and from a task's container."""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from core.cli import completing
from core.cli.aside import Aside
from core.cli.failures import REFUSED
from core.cli.invocation import Invocation, invoked
from core.cli.options import cluster_option
from core.cli.printing import count_of, how_far, size_of
from core.cli.verbs import Verb
from core.client.names import find_task
from core.errors import UsageError
from core.streams import Streams, places
from core.streams.copying import Progress, copy_from, copy_to, read_tar, write_tar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.streams import Place

_STDIO: Final = "-"
_BLOCK_BYTES: Final = 128 * 1024
_SHOWN_EVERY_S: Final = 0.2
#: So many of what was left out are named.
_MOST_NAMED: Final = 10


@click.command(
    "cp",
    cls=Verb,
    examples=[
        "dockyard task cp 3f2a91c0:/var/log/app.log .",
        "dockyard task cp site/ 3f2a91c0:/www --container web",
        "dockyard task cp 3f2a91c0:/etc - | tar -t",
        "tar -c conf | dockyard task cp - 3f2a91c0:/etc",
    ],
)
@click.option("--container", metavar="NAME", help="Else the task's first.")
@cluster_option
@click.argument("source", metavar="FROM", shell_complete=completing.tasks)
@click.argument("target", metavar="TO", shell_complete=completing.tasks)
@invoked
def verb(
    invocation: Invocation, source: str, target: str, container: str | None, cluster: str | None
) -> int | None:
    """Copy a file or a folder between this machine and a task's container; one side is ID:PATH, the container may have stopped.

    As with docker cp: into a folder that exists, else under the name given; PATH/. is what a folder holds; - is a tar on standard
    output or input. Here a file appears when it is whole: Ctrl-C leaves none half. What would lead out of the folder is left out.
    """
    if is_there(source) == is_there(target):
        raise UsageError("One side is ID:PATH and the other one a path here, such as ./file")
    task, _, path = (source if is_there(source) else target).partition(":")
    state = invocation.state()
    place = places(state, find_task(state, task, cluster), container)[0]
    shown, aside = _Shown(is_on=sys.stderr.isatty()), Aside()
    with closing(Streams(invocation.config(), aside.passphrase())) as streams:
        work = (
            partial(_from, streams, place, path, target, shown)
            if is_there(source)
            else partial(_to, streams, place, source, path, shown)
        )

        def give_up() -> None:
            shown.progress.is_cancelled = True
            streams.close()

        try:
            said, left_out = aside.run(work, give_up)
        finally:
            shown.end()
    if said:
        invocation.printer.note(f"{said}, {size_of(shown.progress.told_bytes)}.")
    for each in left_out[:_MOST_NAMED]:
        invocation.printer.note(f"Left out {each}.")
    if len(left_out) > _MOST_NAMED:
        invocation.printer.note(f"Left out {len(left_out) - _MOST_NAMED} more.")
    return REFUSED if left_out else None


def is_there(text: str) -> bool:
    """Whether an argument is `ID:PATH`: a path that begins with / or . is of this machine whatever it holds."""
    return ":" in text and not text.startswith(("/", ".")) and bool(text.partition(":")[2])


def _from(streams: Streams, place: Place, path: str, target: str, shown: _Shown) -> tuple[str, Sequence[str]]:
    if target == _STDIO:
        if sys.stdout.isatty():
            raise UsageError("A tar is nothing for a terminal: dockyard task cp ID:PATH - | tar -t")
        read_tar(streams, place, path, sys.stdout.buffer, shown.progress)
        return "", ()
    written, done = copy_from(streams, place, path, Path(target), shown.progress)
    return f"Copied {count_of(done.files, 'file')} to {written}", done.left_out


def _to(streams: Streams, place: Place, source: str, path: str, shown: _Shown) -> tuple[str, Sequence[str]]:
    if source == _STDIO:
        if sys.stdin.isatty():
            raise UsageError("A tar is wanted on standard input: tar -c FOLDER | dockyard task cp - ID:PATH")
        pieces = iter(lambda: os.read(sys.stdin.fileno(), _BLOCK_BYTES), b"")
        write_tar(streams, place, path, pieces, shown.progress)
        return "", ()
    written, packed = copy_to(streams, place, source, path, shown.progress)
    return f"Copied {count_of(packed.files, 'file')} to {written} of {place.label}", packed.left_out


@dataclass(slots=True)
class _Shown:
    """A line on a terminal that says how far it is; nothing elsewhere."""

    is_on: bool
    progress: Progress = field(init=False)
    _begun_at: float = field(default_factory=time.monotonic)
    _next_at: float = 0.0
    _is_written: bool = False

    def __post_init__(self) -> None:
        self.progress = Progress(self._tell)

    def _tell(self, progress: Progress) -> None:
        now = time.monotonic()
        if not self.is_on or now < self._next_at:
            return
        self._next_at = now + _SHOWN_EVERY_S
        rate = progress.done_bytes / max(0.001, now - self._begun_at)
        sys.stderr.write(f"\r{how_far(progress.done_bytes, progress.whole_bytes)}, {size_of(rate)}/s\x1b[K")
        sys.stderr.flush()
        self._is_written = True

    def end(self) -> None:
        """Take the line away."""
        if self._is_written:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
