"""The tree: cluster, service, task and container below one another, each with the keys of its own table. Pure.

What its rows say is what the kinds' own tables say of them. Tasks that have stopped are in the table of tasks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from core.model.cluster import Cluster
from core.model.ids import SHORT
from core.model.instance import ContainerInstance
from core.model.service import Deployment, Service, ServiceStatus
from core.model.task import Task
from core.model.task_definition import PAUSE_CONTAINER
from core.record import replace
from tui.commands import Scope
from tui.history import Gauge
from tui.listing.column import Align, Column
from tui.listing.row import Row, Tone
from tui.place import About, Place, Thing
from tui.sparks import WIDTH
from tui.totals import Totals
from tui.use import use_of
from tui.views import cells, containers, services, tasks
from tui.views.view import BLANK, Cell, Fold, Tree, View, row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from core.model.state import Row as StateRow
    from core.model.state import State
    from tui.world import World

_COLUMNS = (
    Column("name", "NAME", minimum=24, maximum=60),
    Column("status", "STATUS", 1, minimum=10, maximum=20),
    Column("running", "RUNNING", 1, align=Align.RIGHT),
    Column("health", "HEALTH", 3, minimum=9),
    Column("host", "HOST", 2, minimum=6, maximum=20),
    Column("why", "WHY", 2, minimum=16, maximum=48),
    Column("restarts", "RESTARTS", 5, align=Align.RIGHT),
    Column("cpu", "CPU", 6, align=Align.RIGHT, has_spark=True, is_restless=True),
    Column("memory", "MEM", 6, align=Align.RIGHT, has_spark=True, is_restless=True),
    Column("age", "AGE", 4, align=Align.RIGHT, is_restless=True),
)
_IDS: Final = tuple(column.id for column in _COLUMNS)
#: Where a row's cells are in the table of its kind, where their columns are not called the same.
_CALLED: Final[Mapping[About, Mapping[str, str]]] = {
    About.SERVICE: {"health": "healthy"},
    About.TASK: {"name": "id"},
    About.CONTAINER: {"why": "reason"},
}
_VIEWS: Final = {
    About.SERVICE: services.VIEW,
    About.TASK: tasks.VIEW,
    About.CONTAINER: containers.VIEW,
}
#: For each column of the tree where its cell is in the table of a kind; None: it has none.
_PICKED: Final = {
    about: tuple(
        next((n for n, its in enumerate(view.columns) if its.id == _CALLED[about].get(column, column)), None)
        for column in _IDS
    )
    for about, view in _VIEWS.items()
}
_ABOUTS: Final = {about.value: about for about in About}
_SIGNS: Final = {Fold.UNFOLDED: "▾ ", Fold.FOLDED: "▸ ", Fold.LEAF: "  "}
_NUMBER: Final = re.compile(r"\d{1,18}")


def row_id(about: About, key: str) -> str:
    """What identifies a row: keys of different kinds could be the same."""
    return f"{about.value} {key}"


def _thing(of: str) -> Thing:
    about, _, key = of.partition(" ")
    return Thing(_ABOUTS[about], key)


def _ids(world: World, place: Place) -> Iterable[str]:
    return [
        row_id(About.CLUSTER, name) for name in sorted(world.state.clusters) if place.cluster in {"", name}
    ]


def _children(world: World, of: str) -> Iterator[str]:
    thing, state = _thing(of), world.state
    match thing.about:
        case About.CLUSTER:
            for key in state.index.services_of_cluster[thing.key]:
                if _is_listed(state, key):
                    yield row_id(About.SERVICE, key)
            for key in state.index.tasks_of_cluster[thing.key]:
                if not _is_listed(state, state.tasks[key].service_key):
                    yield row_id(About.TASK, key)
        case About.SERVICE:
            yield from (row_id(About.TASK, key) for key in state.index.tasks_of_service[thing.key])
        case About.TASK if thing.key in state.tasks:
            yield from _containers(state.tasks[thing.key])
        case _:
            return


def _containers(task: Task) -> Iterator[str]:
    for container in task.containers:
        if container.name != PAUSE_CONTAINER:
            yield row_id(About.CONTAINER, f"{task.id}/{container.name}")


def _parent(world: World, of: str) -> str | None:
    thing = _thing(of)
    match thing.about:
        case About.SERVICE:
            return row_id(About.CLUSTER, thing.key.partition("/")[0])
        case About.TASK if (task := world.state.tasks.get(thing.key)) is not None:
            return _above(world.state, task)
        case About.CONTAINER:
            return row_id(About.TASK, thing.key.partition("/")[0])
        case _:
            return None


def _above(state: State, task: Task) -> str:
    """A task whose service is gone hangs on its cluster."""
    if _is_listed(state, task.service_key):
        return row_id(About.SERVICE, task.service_key)
    return row_id(About.CLUSTER, task.cluster)


def _row(world: World, place: Place, of: str) -> Row | None:
    thing = _thing(of)
    if thing.about is About.CLUSTER:
        return _cluster(world, place, thing.key)
    task = world.state.tasks.get(thing.key.partition("/")[0])
    if thing.about is not About.SERVICE and (task is None or task.stopped):
        return None
    view = _VIEWS[thing.about]
    made = view.row(world, Place(view.name, place.cluster), thing.key)
    if made is None:
        return None
    picked = _PICKED[thing.about]
    return Row(
        of,
        tuple(BLANK.text if n is None else made.cells[n] for n in picked),
        tuple(Tone.PLAIN if n is None else made.tones[n] for n in picked),
        (_path(world, of), *(None if n is None else made.sort_value(n) for n in picked[1:])),
        made.dim,
    )


def _cluster(world: World, place: Place, name: str) -> Row | None:
    cluster = world.state.clusters.get(name)
    if cluster is None or place.cluster not in {"", name}:
        return None
    hosts = world.state.instances_of(name)
    connected = sum(each.connected for each in hosts)
    totals, used = world.totals.get(name, Totals()), use_of(world, name)
    faults = world.faults.count_by_cluster()[name]
    values: dict[str, Cell] = {
        "name": Cell(name, Tone.KEY),
        "status": Cell(
            f"{connected}/{len(hosts)} hosts", Tone.PLAIN if connected == len(hosts) else Tone.WARN
        ),
        "running": cells.part(totals.running, totals.wanted),
        "why": Cell(f"{faults} fault{'s' * (faults != 1)}", Tone.BAD) if faults else BLANK,
        "cpu": cells.percent(used and used.cpu_percent, world.history.gauge(name, Gauge.CPU, WIDTH)),
        "memory": cells.percent(used and used.memory_percent, world.history.gauge(name, Gauge.MEMORY, WIDTH)),
        "age": cells.age(world.now(), cluster.created_at),
        "restarts": BLANK,
    }
    made = row(row_id(About.CLUSTER, name), [values.get(column, BLANK) for column in _IDS])
    own = (made.sort_value(column) for column in range(1, len(made.cells)))
    return replace(made, sort=(_path(world, made.id), *own), sort_places=())


def _path(world: World, of: str) -> tuple[str, ...]:
    """What the tree is sorted by: each row comes right after its parent, services before tasks without one, web-9 before web-10."""
    parent, thing = _parent(world, of), _thing(of)
    rank = "1" if thing.about is About.TASK else "0"
    name = _NUMBER.sub(lambda digits: digits[0].zfill(18), _label(of)) if rank == "0" else thing.key
    above = _path(world, parent) if parent is not None else ()
    return (*above, f"{rank}{name}", *([thing.key] if rank == "0" else []))


def _is_listed(state: State, key: str) -> bool:
    """Whether a service has a row."""
    service = state.services.get(key)
    return service is not None and service.status is not ServiceStatus.INACTIVE


def _label(of: str) -> str:
    thing = _thing(of)
    match thing.about:
        case About.TASK:
            return thing.key[:SHORT]
        case About.CLUSTER:
            return thing.key
        case _:
            return thing.key.partition("/")[2]


def _placed(world: World, made: Row, fold: Fold) -> Row:
    parents: list[str] = []
    above = _parent(world, made.id)
    while above is not None:
        parents.insert(0, above)
        above = _parent(world, above)
    if fold is Fold.ALONE:
        name = " › ".join([*map(_label, parents), made.cells[0]])
    else:
        name = "  " * len(parents) + _SIGNS[fold] + made.cells[0]
    return replace(made, cells=(name, *made.cells[1:]))


def _is_searched(of: str) -> bool:
    """Containers are called the same in every task: those that are unfolded are looked at alone."""
    return _thing(of).about is not About.CONTAINER


def _touched_by(world: World, changed: StateRow) -> Iterator[str]:
    match changed:
        case Cluster():
            yield row_id(About.CLUSTER, changed.name)
        case Service() | Deployment():
            service = changed.key if isinstance(changed, Service) else changed.service_key
            yield row_id(About.SERVICE, service)
            yield row_id(About.CLUSTER, changed.cluster)
            if not _is_listed(world.state, service):
                for task in world.state.tasks_of_service(service):
                    yield from _of_task(task)
        case Task():
            yield from _of_task(changed)
            yield row_id(About.CLUSTER, changed.cluster)
        case ContainerInstance():
            yield row_id(About.CLUSTER, changed.cluster)
            for task in world.state.tasks_on(changed.id):
                yield from _of_task(task)
        case _:
            return


def _of_task(task: Task) -> Iterator[str]:
    yield row_id(About.TASK, task.id)
    yield from _containers(task)
    if task.service:
        yield row_id(About.SERVICE, task.service_key)


def _enter(_world: World, _place: Place, _key: str) -> None:
    """Rows are entered as their own tables do it."""
    return


VIEW = View(
    name="tree",
    scope=Scope.TREE,
    about=None,
    aliases=("xray", "x"),
    columns=_COLUMNS,
    ids=_ids,
    row=_row,
    touched_by=_touched_by,
    enter=_enter,
    empty="No clusters yet. The engine makes those of the config file when it starts: dockyard --no-ui",
    sort="name",
    thing=_thing,
    tree=Tree(_children, _parent, _placed, _is_searched),
)
