"""Port forwards that live as long as this screen: what the dialog says, and how one begins."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from core.errors import PortRefused, UsageError
from core.model.ids import SHORT
from core.streams.forward import DIAL_S, Forward, ports_of
from tui.background import Work
from tui.listing.row import Tone
from tui.own import Forwarded
from tui.plans.plan import twin
from tui.screens.dialog import Said
from tui.world import Touched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.model.state import State
    from core.streams import Place
    from core.streams.forward import Ports
    from tui.screens.main import Main

#: The forwards are others than they were.
CHANGED: Final = Touched(everything=True)
#: Ports below are root's alone.
_FIRST_FREE: Final = 1024
_INSTEAD: Final = 8000


def known_ports(state: State, place: Place) -> list[int]:
    """The ports that a container's definition names."""
    task = state.tasks.get(place.task)
    definition = state.definitions.get(task.definition) if task is not None else None
    container = definition.container(place.container) if definition is not None else None
    mappings = container.port_mappings if container is not None else ()
    return [each.container_port for each in mappings if each.container_port and each.protocol == "tcp"]


def proposed(known: Sequence[int]) -> str:
    """What stands in the field first: the first port, here one that anybody may listen at."""
    if not known:
        return ""
    return str(known[0]) if known[0] >= _FIRST_FREE else f"{_INSTEAD + known[0]}:{known[0]}"


def said(place: Place, known: Sequence[int], typed: str) -> Said:
    """What the dialog says of what was typed."""
    ports = f"its definition names {', '.join(map(str, known))}" if known else "its definition names none"
    hint = f"[LOCAL:]PORT, several with spaces between; :PORT takes any free port here; {ports}."
    try:
        wanted = [ports_of(text) for text in typed.split()]
    except UsageError as error:
        return Said([str(error), hint], is_ready=False)
    lines = [
        f"{f'127.0.0.1:{each.local}' if each.local else 'A free port of 127.0.0.1'} leads to port {each.remote} of {place.label}"
        for each in wanted
    ]
    return Said([*lines, hint, "It ends with this screen, or by X in :forwards."], is_ready=bool(wanted))


async def begin(main: Main, place: Place, typed: str) -> None:
    """Open the way and listen; each port is a forward of its own."""
    for ports in map(ports_of, typed.split()):
        made = await Work[tuple[Forwarded, str]](main, f"Opening a way to {place.label} …").done(
            partial(_opened, main, place, ports), unwanted=lambda made: made[0].close()
        )
        if made is None:
            return
        forwarded, note = made
        own = main.session.world.own
        own.forwards[forwarded.forward.here] = forwarded
        if main.trail.here.place.view == "forwards":
            main.pane.news(CHANGED)
        forward = forwarded.forward
        main.say(
            f"{forward.here} leads to port {ports.remote} of {place.label}{note}",
            Tone.WARN if note else Tone.GOOD,
            twin(
                "task",
                "port-forward",
                place.task[:SHORT],
                f"{forward.port}:{ports.remote}",
                "--container",
                place.container,
            ),
        )


def _opened(main: Main, place: Place, ports: Ports) -> tuple[Forwarded, str]:
    """A forward, and what is to be said beside it. Blocks; raises DockyardError."""
    streams = main.session.open_streams()
    dial = partial(streams.dial, place, ports.remote, DIAL_S)
    note = ""
    try:
        try:
            dial().close()
        except PortRefused:
            note = ", where nobody listens yet"
        except OSError:
            note = ", which does not answer yet"
        forward = Forward(ports, dial)
    except BaseException:
        streams.close()
        raise

    def close() -> None:
        forward.close()
        streams.close()

    return Forwarded(forward, place, main.session.world.now(), close), note
