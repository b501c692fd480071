"""The world as the UI knows it: totals that always add up, events and commands in bounds, and what was touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from core.client.following import Extent
from core.events import Event, Subject
from core.model.cluster import Cluster
from core.model.instance import Connectivity, ContainerInstance
from core.model.service import Deployment, Service
from core.model.state import Kind, kind_of
from core.model.task import Task, TaskStatus
from core.record import replace
from core.store import Recorded
from tests.tui import shop
from tui.faults import Faults
from tui.totals import Totals
from tui.world import KEPT, News, World

if TYPE_CHECKING:
    from core.model.state import Row, State

TOUCHING = [row for row in shop.ROWS if isinstance(row, Task | ContainerInstance)]


def changed(row: Row, how: int) -> Row:
    match row:
        case Task():
            return replace(
                row,
                last_status=list(TaskStatus)[how],
                cpu_units=how,
                instance=shop.EDGE_3.id if how == 1 else row.instance,
            )
        case ContainerInstance():
            return replace(row, connectivity=list(Connectivity)[how])
        case _:
            return row


@given(st.lists(st.tuples(st.sampled_from(TOUCHING), st.one_of(st.none(), st.integers(0, 4))), max_size=25))
def test_totals_kept_change_by_change_are_those_counted_afresh(steps: list[tuple[Row, int | None]]) -> None:
    world = shop.world()
    for row, how in steps:
        gone = ((kind_of(row), row.key),) if how is None else ()
        world.absorb(News(() if how is None else (changed(row, how),), gone, read_at=shop.NOW))
        kept = {name: totals for name, totals in world.totals.items() if totals != Totals()}
        assert kept == all_totals(world.state)


def all_totals(state: State) -> dict[str, Totals]:
    found: dict[str, Totals] = {}
    for task in state.tasks.values():
        if not task.stopped:
            found.setdefault(task.cluster, Totals()).count(state, task, 1)
    return found


def test_everything_is_taken_over_in_slices_and_shown_at_the_end() -> None:
    world = World(shop.now)
    times = iter(range(10_000))
    work = world.absorbing(replace(shop.NEWS, engine=None), lambda: float(next(times)))
    for _ in work:
        assert not world.state.tasks
        assert world.read_at is None
    assert world.state.tasks.keys() == {each.id for each in shop.TASKS}
    assert world.totals == all_totals(world.state)
    assert next(times) > len(shop.ROWS), "it looked at its clock at every row"


def parts() -> tuple[News, News, News, News]:
    """The shop as a feed tells it that reads part by part: services, all else but tasks, tasks, and what changed meanwhile."""
    tasks = tuple(row for row in shop.ROWS if isinstance(row, Task))
    services = tuple(row for row in shop.ROWS if isinstance(row, Cluster | Service | Deployment))
    others = tuple(row for row in shop.ROWS if row not in {*services, *tasks})
    now = shop.NEWS.engine
    return (
        News(services, reloaded=True, engine=now, read_at=shop.NOW, more=True, extent=Extent.SERVICES),
        News(others, read_at=shop.NOW, more=True, extent=Extent.HOSTS),
        News(tasks, read_at=shop.NOW, more=True, extent=Extent.HOSTS),
        News((replace(tasks[1], why="moving"),), ((Kind.TASK, tasks[0].id),), read_at=shop.NOW),
    )


def is_partial(world: World) -> bool:
    return not world.is_whole


def test_the_first_time_services_are_there_first_and_all_but_tasks_before_them() -> None:
    world, (services, others, tasks, changes) = World(shop.now), parts()
    assert world.absorb(services).everything, "it is shown"
    assert is_partial(world)
    assert world.state.services
    assert not world.state.instances
    assert world.absorb(others).everything, "hosts are shown"
    assert is_partial(world)
    assert world.state.instances
    assert sentences(world) == [], "without tasks nobody knows what is wrong with a service"
    assert not world.absorb(tasks).everything
    assert is_partial(world)
    assert world.totals == {}
    assert world.absorb(changes).everything
    assert not is_partial(world)
    assert world.totals == all_totals(world.state)
    assert len(world.state.tasks) == len(shop.TASKS) - 1
    assert world.state.tasks[shop.TASKS[1].id].why == "moving"
    assert sentences(world)
    assert not world.absorb(News((shop.TASKS[2],), read_at=shop.NOW)).everything


def test_later_what_is_known_stays_until_all_is_read_anew() -> None:
    world, (services, others, tasks, changes) = shop.world(), parts()
    before = world.state
    for part in (services, others, tasks):
        assert not world.absorb(part).everything
        assert not is_partial(world)
        assert world.state is before
    assert world.absorb(changes).everything
    assert world.state is not before
    assert shop.TASKS[0].id not in world.state.tasks
    assert world.totals == all_totals(world.state)


def test_a_reading_that_failed_half_way_is_begun_anew() -> None:
    world, (services, others, tasks, changes) = World(shop.now), parts()
    world.absorb(services)
    world.absorb(others)
    world.absorb(replace(tasks, problem="state.db: disk I/O error"))
    assert is_partial(world)
    for part in (services, others, tasks, changes):
        world.absorb(part)
    assert not is_partial(world)
    assert world.totals == all_totals(world.state)


def test_old_events_are_forgotten() -> None:
    world = shop.world()
    flood = [Recorded(n, Event(shop.NOW, Subject.ENGINE, "", f"event {n}")) for n in range(10, 10 + 2 * KEPT)]
    touched = world.absorb(News(events=tuple(flood), read_at=shop.NOW))
    assert len(touched.events) == 2 * KEPT
    assert list(world.events) == [each.number for each in flood[-KEPT:]]


def test_only_commands_whose_answer_is_new_are_touched() -> None:
    world = shop.world()
    assert world.absorb(News(commands=shop.COMMANDS, read_at=shop.NOW)).commands == ()
    answered = replace(shop.COMMANDS[0], answer=None)
    assert world.absorb(News(commands=(answered,), read_at=shop.NOW)).commands == (answered.command.id,)


def test_while_the_store_cant_be_read_what_is_known_stays_and_gets_old() -> None:
    world = shop.world()
    world.absorb(News(problem="state.db: disk I/O error", read_at=shop.NOW + 60))
    assert world.state.services
    assert world.read_at == shop.NOW
    assert sentences(world)[0] == "state.db: disk I/O error"


def sentences(world: World) -> list[str]:
    return [fault.sentence for fault in Faults(world).found().values()]


def test_a_service_that_is_only_on_its_way_is_no_fault() -> None:
    world = shop.world()
    assert [fault.partition(":")[0] for fault in sentences(world)] == ["edge-3 is DISCONNECTED", "prod/web"]
    started = replace(shop.WAITING, instance=shop.EDGE_1.id, last_status=TaskStatus.PENDING)
    elsewhere = replace(shop.TASKS[3], instance=shop.EDGE_2.id)
    world.absorb(News((started, elsewhere, replace(shop.WEB, why="1 starting")), read_at=shop.NOW))
    assert [fault.partition(":")[0] for fault in sentences(world)] == ["edge-3 is DISCONNECTED"]
