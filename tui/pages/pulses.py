"""The dashboard: hosts, services, tasks, faults, cpu and memory, each as a figure and its course. Pure.

Tiles are laid out by the size of the screen; what stands in them is text, so that it reads without colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import set_cell_size

from core.cli.printing import count_of
from core.model.service import ServiceStatus
from core.record import Record
from core.safe_text import plain
from tui.history import KEPT, Gauge, known, span
from tui.listing.order import cell_width
from tui.listing.row import Tone
from tui.place import Place
from tui.sparks import chart
from tui.totals import Totals
from tui.use import use_of
from tui.views.cells import amount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.model.instance import ContainerInstance
    from tui.history import Samples
    from tui.world import World

Piece = tuple[str, Tone]
Line = tuple[Piece, ...]

#: From so many percent on a host, or all of them, have little left.
_TIGHT_PERCENT: Final = 85.0
#: A tile is not made narrower than this while there is another way.
_NARROWEST: Final = 36
_GAP: Final = 2
#: A chart of faults goes up to here at least, so that one of them looks like few.
_FEW: Final = 4.0


class Tile(Record):
    """One figure and its course. `full` is the top of its chart; Enter leads to `place`, sorted by `sort`, the highest first."""

    name: str
    figure: str
    tone: Tone
    note: str
    samples: Samples
    full: float
    place: Place
    sort: str = ""


def tiles(world: World, cluster: str) -> list[Tile]:
    """The dashboard of a cluster, or of all for the empty name."""
    return [
        _hosts(world, cluster),
        _services(world, cluster),
        _tasks(world, cluster),
        _faults(world, cluster),
        *_use(world, cluster),
    ]


def _instances(world: World, cluster: str) -> list[ContainerInstance]:
    return world.state.instances_of(cluster) if cluster else list(world.state.instances.values())


def _hosts(world: World, cluster: str) -> Tile:
    instances = _instances(world, cluster)
    silent = sorted(each.name for each in instances if not each.connected)
    draining = sum(each.status.value == "DRAINING" for each in instances)
    notes = [f"not connected: {', '.join(silent)}"] if silent else []
    notes += [f"{draining} draining"] if draining else []
    return Tile(
        "hosts",
        f"{len(instances) - len(silent)}/{len(instances)} connected",
        Tone.WARN if silent else Tone.GOOD,
        "; ".join(notes) or ("all answer" if instances else "none yet"),
        world.history.gauge(cluster, Gauge.HOSTS, KEPT),
        float(len(instances)),
        Place("capacity", cluster),
    )


def _services(world: World, cluster: str) -> Tile:
    state = world.state
    services = [
        each
        for each in state.services.values()
        if each.status is ServiceStatus.ACTIVE and cluster in {"", each.cluster}
    ]
    unsteady = sorted(each.name for each in services if not each.steady)
    return Tile(
        "services",
        f"{len(services) - len(unsteady)}/{len(services)} steady",
        Tone.BUSY if unsteady else Tone.GOOD,
        f"on their way: {', '.join(unsteady)}" if unsteady else "all steady" if services else "none yet",
        world.history.gauge(cluster, Gauge.STEADY, KEPT),
        float(len(services)),
        Place("services", cluster),
    )


def _tasks(world: World, cluster: str) -> Tile:
    totals = [each for name, each in world.totals.items() if cluster in {"", name}] or [Totals()]
    running, wanted, pending = (
        sum(each.running for each in totals),
        sum(each.wanted for each in totals),
        sum(each.pending for each in totals),
    )
    samples = world.history.gauge(cluster, Gauge.TASKS, KEPT)
    return Tile(
        "tasks",
        f"{running}/{wanted} running",
        Tone.GOOD if running >= wanted else Tone.WARN,
        f"{pending} pending",
        samples,
        float(max((wanted, *known(samples)))),
        Place("tasks", cluster),
    )


def _faults(world: World, cluster: str) -> Tile:
    found = [
        each for each in world.faults.found().values() if not each.cluster or cluster in {"", each.cluster}
    ]
    samples = world.history.gauge(cluster, Gauge.FAULTS, KEPT)
    return Tile(
        "faults",
        count_of(len(found), "fault"),
        Tone.BAD if found else Tone.GOOD,
        plain(found[0].sentence) if found else "nothing is wrong",
        samples,
        max((_FEW, *known(samples))),
        Place("faults", cluster),
    )


def _use(world: World, cluster: str) -> tuple[Tile, Tile]:
    used = use_of(world, cluster)
    live = [each for each in _instances(world, cluster) if each.connected]
    cores = sum(each.cpu_units for each in live) / 1024
    memory = sum(each.memory_mib for each in live)
    totals = [each for name, each in world.totals.items() if cluster in {"", name}]
    reserved_cpu = sum(each.cpu_units for each in totals) / 1024
    reserved_memory = sum(each.memory_mib for each in totals)

    def tile(name: str, percent: float | None, note: str, gauge: Gauge, sort: str) -> Tile:
        figure = f"{percent:.0f}% used" if percent is not None else "not measured"
        tone = Tone.WARN if percent is not None and percent >= _TIGHT_PERCENT else Tone.PLAIN
        samples = world.history.gauge(cluster, gauge, KEPT)
        return Tile(name, figure, tone, note, samples, 100.0, Place("services", cluster), sort)

    return (
        tile(
            "cpu",
            used and used.cpu_percent,
            f"{cores:.3g} cores, {reserved_cpu:.3g} reserved",
            Gauge.CPU,
            "cpu",
        ),
        tile(
            "memory",
            used and used.memory_percent,
            f"{amount(memory)}, {amount(reserved_memory)} reserved",
            Gauge.MEMORY,
            "memory",
        ),
    )


def columns_for(width: int, count: int) -> int:
    """How many tiles stand beside one another."""
    return max(1, min(3, count, (width + _GAP) // (_NARROWEST + _GAP)))


class Box(Record):
    """Where a tile is on the screen."""

    left: int
    top: int
    width: int
    height: int


def boxes(width: int, height: int, count: int, chosen: int) -> list[Box]:
    """The places of so many tiles. Where there is no height for all, the chosen one is on the screen, and others may be off it."""
    columns = columns_for(width, count)
    rows = -(-count // columns)
    wide = max(1, (width - _GAP * (columns - 1)) // columns)
    # A tile has a title, a note and a chart, and a line between it and the next.
    high = max(3, height // rows)
    above = max(0, (chosen // columns + 1) * high - height)
    return [
        Box((n % columns) * (wide + _GAP), (n // columns) * high - above, wide, high) for n in range(count)
    ]


def tile_lines(tile: Tile, box: Box, *, is_chosen: bool) -> list[Line]:
    """A tile's lines, each exactly as wide as its box."""
    sign = "▸ " if is_chosen else "  "
    course = f"{_scale(tile)} over {span(tile.samples)}" if len(tile.samples) > 1 else ""
    title = f"{sign}{tile.name.upper()} "
    room = box.width - cell_width(title) - cell_width(tile.figure) - cell_width(course) - 1
    right = course if room > 0 else ""
    filler = " " * max(0, box.width - cell_width(title) - cell_width(tile.figure) - cell_width(right))
    lines: list[Line] = [
        _cut(
            ((title, Tone.KEY), (tile.figure, tile.tone), (filler, Tone.PLAIN), (right, Tone.DIM)), box.width
        ),
        _cut(((f"  {tile.note}", Tone.DIM),), box.width),
    ]
    height = max(0, box.height - len(lines) - 1)
    lines += [
        ((f"{line:{box.width}}", tile.tone),) for line in chart(tile.samples, tile.full, box.width, height)
    ]
    return [*lines, ((" " * box.width, Tone.PLAIN),)][: box.height]


def _scale(tile: Tile) -> str:
    """What the lowest and the highest of a course stand for."""
    return "0-100%" if tile.full == 100.0 and tile.name in {"cpu", "memory"} else f"0-{tile.full:g}"


def _cut(pieces: Sequence[Piece], width: int) -> Line:
    """The pieces in exactly this width."""
    kept: list[Piece] = []
    for text, tone in pieces:
        part = (
            text if cell_width(text) <= width else set_cell_size(text, max(0, width - 1)) + "…" * (width > 0)
        )
        kept.append((part, tone))
        width -= cell_width(part)
    return (*kept, (" " * width, Tone.PLAIN)) if width else tuple(kept)


def page(world: World, cluster: str, width: int, height: int, chosen: int) -> list[Line]:
    """The whole dashboard."""
    shown = tiles(world, cluster)
    lines: list[list[Piece]] = [[] for _ in range(height)]
    for number, (tile, box) in enumerate(zip(shown, boxes(width, height, len(shown), chosen), strict=True)):
        for y, line in enumerate(tile_lines(tile, box, is_chosen=number == chosen), start=box.top):
            if 0 <= y < height:
                used = sum(cell_width(text) for text, _ in lines[y])
                lines[y] += [(" " * (box.left - used), Tone.PLAIN), *line]
    return [tuple(piece for piece in line if piece[0]) for line in lines]
