"""The whole terminal given to a container or a host for a while; afterwards the same screen again."""

from __future__ import annotations

import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Final

from core.errors import DockyardError
from core.model.ids import SHORT
from core.record import Record
from core.safe_text import plain
from core.streams import SHELL
from tui.background import Work, tell_failure
from tui.lending import lent
from tui.listing.row import Tone
from tui.plans.plan import twin

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.cli.exec import Way
    from core.model.instance import ContainerInstance
    from core.streams import Place, Session, Streams
    from tui.screens.main import Main

#: From here on an exit code says which signal ended the program.
_SIGNALLED: Final = 128
#: What Docker, and a shell, say of a program that isn't there.
_NOT_FOUND: Final = 127


class _Opened(Record):
    """A session that is to have the terminal."""

    streams: Streams
    session: Session
    way: Way
    #: Whether what is typed is passed on.
    stdin: bool
    #: What is said before it begins.
    told: str

    def close(self) -> None:
        """End it, and the connection that it alone uses."""
        self.session.close()
        self.streams.close()


async def shell(main: Main, place: Place) -> None:
    """A shell in a container."""

    def open_shell(streams: Streams) -> _Opened:
        from core.cli.exec import Way  # noqa: PLC0415  # what a terminal takes is loaded when one is opened

        told = f"{place.label} on {place.instance.name}: exit or Ctrl-D ends the shell, Ctrl-P Ctrl-Q leaves it running."
        return _Opened(
            streams, streams.exec(place, SHELL, tty=True, stdin=True), Way.KEYS, stdin=True, told=told
        )

    same = twin("task", "exec", place.task[:SHORT], "--container", place.container)
    await _run(main, f"a shell in {place.label} on {place.instance.name}", open_shell, same)


async def attach(main: Main, place: Place) -> None:
    """What a container runs itself."""

    def open_it(streams: Streams) -> _Opened:
        from core.cli.exec import attached_told, way_of  # noqa: PLC0415  # as above

        attachment = streams.attach(place)
        told = attached_told(place, attachment)
        return _Opened(streams, attachment.session, way_of(attachment), attachment.stdin, told)

    same = twin("task", "attach", place.task[:SHORT], "--container", place.container)
    await _run(main, f"{place.label} on {place.instance.name}", open_it, same)


async def host(main: Main, instance: ContainerInstance) -> None:
    """A session on a host."""

    def open_session(streams: Streams) -> _Opened:
        from core.cli.exec import Way, terminal_here  # noqa: PLC0415  # as above

        told = f"{instance.name}: exit or Ctrl-D ends the session, ~. at the beginning of a line cuts it."
        return _Opened(streams, streams.host(instance, terminal_here()), Way.HOST_KEYS, stdin=True, told=told)

    await _run(main, f"a session on {instance.name}", open_session, twin("capacity", "ssh", instance.name))


async def _run(main: Main, what: str, opening: Callable[[Streams], _Opened], same: str) -> None:
    """Connect while a dialog says so; then hand the terminal over, and say how it ended."""
    opened = await Work[_Opened](main, f"Opening {what} …").done(
        partial(_connected, main.session.open_streams, opening), unwanted=_Opened.close
    )
    if opened is None:
        return
    try:
        code = await _handed_over(main, opened)
    except DockyardError as error:
        tell_failure(main, error, what=f"{what[:1].upper()}{what[1:]} was cut off: ", twin=same)
    else:
        main.say(*_ended(what, code), same)
    finally:
        # A host that is silent may take its time.
        threading.Thread(target=opened.close, name="end of session", daemon=True).start()


def _connected(open_streams: Callable[[], Streams], opening: Callable[[Streams], _Opened]) -> _Opened:
    """Blocks; raises DockyardError."""
    streams = open_streams()
    try:
        return opening(streams)
    except BaseException:
        streams.close()
        raise


async def _handed_over(main: Main, opened: _Opened) -> int | None:
    """Raises HostError."""
    from core.cli.exec import Bridge, handling_signals  # noqa: PLC0415  # as above

    bridge = Bridge(opened.session, opened.way, stdin=opened.stdin)

    def run() -> int | None:
        sys.stdout.write(f"{plain(opened.told)}\n")
        sys.stdout.flush()
        return bridge.run()

    return await lent(main, run, handling_signals(bridge, opened.way))


def _ended(what: str, code: int | None) -> tuple[str, Tone]:
    what = f"{what[:1].upper()}{what[1:]}"
    match code:
        case None:
            return f"{what} goes on without this terminal", Tone.PLAIN
        case 0:
            return f"{what} has ended", Tone.PLAIN
        case _ if code > _SIGNALLED:
            return f"{what} ended with exit code {code} (signal {code - _SIGNALLED})", Tone.WARN
        case _ if code == _NOT_FOUND:
            return f"{what} ended with exit code {code}: there is no such program", Tone.WARN
        case _:
            return f"{what} ended with exit code {code}", Tone.WARN
