"""The status line: how true and how old what is shown is, before anything else. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.cli.printing import age as duration
from core.cli.printing import count_of
from core.client.engine_process import LATE_S
from core.client.following import Extent
from core.record import Record
from core.schemes import Scheme
from tui.history import Gauge
from tui.listing.order import cell_width
from tui.listing.row import Tone
from tui.sparks import spark
from tui.use import use_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tui.widgets.lines import Piece
    from tui.world import World

#: In place of what is told by what is still being read.
_READING: Final[Mapping[Extent, list[Piece]]] = MappingProxyType(
    {
        Extent.SERVICES: [("reading hosts and tasks", Tone.BUSY)],
        Extent.HOSTS: [("reading tasks", Tone.BUSY)],
    }
)
#: An engine at rest tells of itself every few seconds (`poll_interval`, 5 s unless the config says otherwise), and is late after 10.
_LIVE_S: Final = 0.8 * LATE_S
#: What this program is doing, when no engine runs and it is to bring one up.
STARTING: Final = "starting an engine"
#: Samples in the courses of cpu and memory.
_COURSE: Final = 3


class Ours(Record):
    """What this program did about the engine: the pid of its child, or what it is doing to get one."""

    child_pid: int | None = None
    note: str = ""


def status_line(
    world: World, ours: Ours, faults: int, cluster: str, width: int, separator: str = " · "
) -> list[Piece]:
    """The parts that fit, in order of their weight; the first always stays. Rather than the count of tasks the engine's pid is left out."""
    weighty = [
        _faults(faults) if world.is_whole else _READING[world.extent],
        world.of_hosts("status", cluster, lambda: _hosts(world, cluster))
        if world.extent >= Extent.HOSTS
        else [],
        _tasks(world, cluster) if world.is_whole else [],
    ]
    engine = [(" dockyard  ", Tone.KEY), *_engine(world, ours)]
    if _length(engine) + sum(len(separator) + _length(part) for part in weighty if part) > width:
        engine = [(" dockyard  ", Tone.KEY), *_engine(world, ours, has_pid=False)]
    parts = [engine, *weighty]
    parts += [[(cluster or "all clusters", Tone.PLAIN)], _use(world, cluster)]
    line = parts[0]
    room = width - _length(line)
    for part in parts[1:]:
        if not part:
            continue
        room -= _length(part) + len(separator)
        if room < 0:
            break
        line = [*line, (separator, Tone.DIM), *part]
    return line


def _engine(world: World, ours: Ours, *, has_pid: bool = True) -> list[Piece]:
    engine = world.engine
    if world.problem and world.read_at is None:
        return [("state unreadable", Tone.BAD)]
    if engine is None:
        return [(ours.note or "reading", Tone.BUSY)]
    if not engine.running:
        beat = f", data {duration(engine.beat_age_s)} old" if engine.beat_age_s is not None else ""
        return [(ours.note, Tone.BUSY)] if ours.note else [(f"no engine{beat}", Tone.BAD)]
    pid = engine.holder.pid if engine.holder is not None else engine.pulse.pid
    name = f"engine {pid}" if has_pid else "engine"
    name = f"{name} (ours)" if pid == ours.child_pid else name
    isolated: list[Piece] = [(" ISOLATED", Tone.BAD)] if engine.pulse.isolated else []
    settling: list[Piece] = [(" settling", Tone.BUSY)] if engine.pulse.settling else []
    return [(name, Tone.GOOD), *isolated, *settling, *_age(world)]


def _age(world: World) -> list[Piece]:
    """How old what is shown is; below what a person would call live it is not said in seconds, so that nothing flickers."""
    unread = world.now() - world.read_at if world.read_at is not None else 0.0
    beat = world.engine.beat_age_s if world.engine is not None else None
    old = unread + (beat or 0.0)
    return [(", live", Tone.PLAIN)] if old < _LIVE_S else [(f", data {duration(old)} old", Tone.BAD)]


def _faults(count: int) -> list[Piece]:
    return [(count_of(count, "fault"), Tone.BAD if count else Tone.PLAIN)]


def _hosts(world: World, cluster: str) -> list[Piece]:
    all_of_them = world.state.instances_of(cluster) if cluster else world.state.instances.values()
    connected = sum(each.connected for each in all_of_them)
    made_up = sum(Scheme.SIM.begins(each.url) for each in all_of_them)
    hosts = "simulated hosts" if made_up and made_up == len(all_of_them) else "hosts"
    some = f" ({made_up} simulated)" if 0 < made_up < len(all_of_them) else ""
    tone = Tone.PLAIN if connected == len(all_of_them) else Tone.WARN
    return [(f"{connected}/{len(all_of_them)} {hosts}{some}", tone)]


def _tasks(world: World, cluster: str) -> list[Piece]:
    """Tasks that are known to run, of those that should."""
    totals = [each for name, each in world.totals.items() if cluster in {"", name}]
    running, wanted = sum(each.running for each in totals), sum(each.wanted for each in totals)
    return [(f"{running}/{wanted} tasks", Tone.PLAIN if running == wanted else Tone.WARN)]


def _use(world: World, cluster: str) -> list[Piece]:
    """What hosts use, with its course over the last minute."""
    used = use_of(world, cluster)
    if used is None:
        return []
    courses = [world.history.gauge(cluster, gauge, _COURSE) for gauge in (Gauge.CPU, Gauge.MEMORY)]
    cpu, memory = (f"{course} " if (course := spark(each, 100.0)) else "" for each in courses)
    return [(f"cpu {cpu}{used.cpu_percent:.0f}% mem {memory}{used.memory_percent:.0f}%", Tone.PLAIN)]


def _length(pieces: Iterable[Piece]) -> int:
    return sum(cell_width(text) for text, _ in pieces)
