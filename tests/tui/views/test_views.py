"""Rows are made anew exactly where something they show changed; every view has what a view must have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events import Event, Subject
from core.model.instance import Connectivity, ContainerInstance
from core.model.schedule import Overlap, Schedule
from core.model.service import Deployment, DeploymentStatus, RolloutState, Service
from core.model.state import kind_of
from core.model.tags import STACK_TAG
from core.model.task import Task, TaskStatus
from core.model.task_definition import TaskDefinition, TaskDefinitionStatus
from core.record import replace
from core.store import Recorded
from tests.tui import shop
from tui.listing.row import Tone
from tui.place import About, Place, Thing
from tui.views import ALIASES, BY_NAME, PULSES_ALIASES, VIEWS
from tui.views.view import ids_touched
from tui.world import News

if TYPE_CHECKING:
    from core.model.state import Row as StateRow
    from tui.listing.row import Row
    from tui.views.view import View
    from tui.world import World

PLACES = (
    *[Place(view.name, cluster) for view in VIEWS if not view.thing for cluster in ("", "prod", "staging")],
    Place("tasks", "prod", Thing(About.SERVICE, "prod/web")),
    Place("tasks", "prod", Thing(About.INSTANCE, shop.EDGE_1.id)),
    Place("tasks", "prod", Thing(About.DEPLOYMENT, shop.TASKS[0].deployment)),
    Place("containers", "prod", Thing(About.TASK, shop.TASKS[0].id)),
    Place("deployments", "prod", Thing(About.SERVICE, "prod/web")),
    Place("revisions", "", Thing(About.FAMILY, "web")),
    Place("tasks", "prod", Thing(About.SCHEDULE, "prod/backup")),
    Place("events", "prod", Thing(About.SCHEDULE, "prod/backup")),
    Place("services", "prod", Thing(About.STACK, "prod/shop")),
    Place("schedules", "prod", Thing(About.STACK, "prod/shop")),
)


def all_rows(world: World, place: Place) -> dict[str, Row]:
    view = BY_NAME[place.view]
    made = (view.row(world, place, row_id) for row_id in view.ids(world, place))
    return {row.id: row for row in made if row is not None}


def changed(row: StateRow, how: int) -> StateRow:  # noqa: PLR0911  # one for each kind
    """The row, different in one of a few ways that screens show."""
    match row:
        case Task():
            status = list(TaskStatus)[how % 5]
            return replace(
                row, last_status=status, instance="" if how == 5 else row.instance, why=f"why {how}"
            )
        case Service():
            stack = ((STACK_TAG, f"shop{how % 2 or ''}"),)
            definition = f"web:{11 + how % 2}"
            return replace(row, desired_count=how, why=f"why {how}", definition=definition, tags=stack)
        case Deployment():
            return replace(row, rollout_state=list(RolloutState)[how % 3], failed_tasks=how)
        case ContainerInstance():
            return replace(row, connectivity=list(Connectivity)[how % 5], name=f"{row.name}-{how}")
        case Schedule():
            return replace(
                row,
                definition=f"web:{11 + how % 2}",
                overlap=list(Overlap)[how % 3],
                next_at=float(how),
                planned_at=float(how),
            )
        case TaskDefinition():
            return replace(row, status=list(TaskDefinitionStatus)[how % 2])
        case _:
            return row


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(shop.ROWS), st.integers(0, 5)),
        st.tuples(st.sampled_from(shop.ROWS), st.none()),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize(
    "place", PLACES, ids=lambda place: f"{place.view}-{place.cluster}-{place.of and place.of.about}"
)
@given(changes=CHANGES)
def test_rows_made_anew_are_all_rows_that_changed(
    place: Place, changes: list[tuple[StateRow, int | None]]
) -> None:
    world = shop.world()
    view = BY_NAME[place.view]
    shown = all_rows(world, place)
    for row, how in changes:
        gone = () if how is not None else ((kind_of(row), row.key),)
        fresh = () if how is None else (changed(row, how),)
        touched = world.absorb(News(fresh, gone, read_at=shop.NOW))
        for row_id in ids_touched(view, world, touched):
            made = view.row(world, place, row_id)
            if made is None:
                shown.pop(row_id, None)
            else:
                shown[row_id] = made
    assert shown == all_rows(world, place)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_view_is_whole(view: View) -> None:
    world, place = shop.world(), Place(view.name)
    rows = all_rows(world, place)
    assert rows
    assert view.empty.endswith((".", "FILE", "N", "host", "FAMILY", "--no-ui"))
    assert view.sort in {column.id for column in view.columns}
    for row in rows.values():
        assert len(row.cells) == len(row.tones) == len(row.sort_places or row.sort) == len(view.columns)
        assert all(cell and cell == cell.strip() for cell in row.cells)
        assert sorted([row.sort_key(n) for n in range(len(view.columns))], key=str)
        if view.sorts_by is not None:
            column = [column.id for column in view.columns].index(view.sort)
            assert view.sorts_by(world, row.id) == row.sort_key(column)
        if view.thing is None:
            view.enter(world, place, row.id)


def test_names_of_views_are_told_apart() -> None:
    assert len(ALIASES) == sum(1 + len(view.aliases) for view in VIEWS) + 1 + len(PULSES_ALIASES)


def test_tasks_on_a_silent_host_read_unknown() -> None:
    world, place = shop.world(), Place("tasks", "prod")
    row = all_rows(world, place)[shop.TASKS[3].id]
    assert row.dim
    assert row.cells[3:5] == ("unknown", "UNKNOWN")
    assert row.cells[7] == "edge-3 silent for 40s, was RUNNING"


@pytest.mark.parametrize(
    ("why", "shown"),
    [
        ("", "1 unknown"),
        ("1 to move", "1 unknown; 1 to move"),
        ("1 unknown, on silent hosts", "1 unknown, on silent hosts"),
    ],
)
def test_a_service_says_once_that_tasks_are_unknown(why: str, shown: str) -> None:
    world = shop.world()
    web = replace(world.state.services["prod/web"], why=why)
    world.absorb(News((web,), read_at=shop.NOW))
    row = all_rows(world, Place("services", "prod"))["prod/web"]
    assert row.cells[[column.id for column in BY_NAME["services"].columns].index("why")] == shown


def test_a_service_that_went_back_says_from_what_and_why() -> None:
    world = shop.world()
    state = world.state
    primary = state.primary_of("prod/web")
    assert primary is not None
    back = replace(primary, created_at=1.0, primary_at=shop.NOW, rollout_state=RolloutState.COMPLETED)
    failed = Deployment(
        "ecs-svc/9",
        "prod",
        "web",
        "web:13",
        status=DeploymentStatus.INACTIVE,
        rollout_state=RolloutState.FAILED,
        last_failure="on edge-1, there is no such image",
        primary_at=shop.NOW - 60,
    )
    web = replace(state.services["prod/web"], why="", steady=True)
    world.absorb(News((back, failed, web), read_at=shop.NOW))
    row = all_rows(world, Place("services", "prod"))["prod/web"]
    assert "rolled back from web:13: on edge-1, there is no such image" in " ".join(row.cells)


def test_a_stopped_task_says_why() -> None:
    row = all_rows(shop.world(), Place("tasks", "prod"))[shop.STOPPED.id]
    assert row.dim
    assert "Essential container in task exited" in row.cells[7]


def test_a_container_that_runs_on_out_of_memory_sorts_among_exit_codes() -> None:
    world = shop.world()
    runs = shop.TASKS[0]
    out = tuple(replace(container, oom_killed=True) for container in runs.containers)
    world.absorb(News((replace(runs, containers=out),), read_at=shop.NOW))
    exits = next(n for n, column in enumerate(BY_NAME["containers"].columns) if column.id == "exit")
    rows = sorted(all_rows(world, Place("containers")).values(), key=lambda row: row.sort_key(exits))
    assert [row.cells[exits] for row in rows][: len(out) + 1] == [*["OOM"] * len(out), "137 OOM"]


def test_foreign_text_is_safe_in_every_table() -> None:
    world = shop.world()
    evil = "\x1b[2J\u202e[bold]"
    world.absorb(
        News(
            (
                replace(shop.WEB, why=evil),
                replace(shop.EDGE_3, problem=evil, name=evil),
                replace(shop.TASKS[0], why=evil, group=evil),
                replace(shop.STOPPED, stopped_reason=evil),
            ),
            events=(Recorded(9, Event(shop.NOW, Subject.SERVICE, evil, evil, evil)),),
            read_at=shop.NOW,
        )
    )
    for view in VIEWS:
        for row in all_rows(world, Place(view.name)).values():
            assert all(cell.isprintable() for cell in row.cells)


def test_what_needs_attention_is_a_fault() -> None:
    rows = all_rows(shop.world(), Place("services"))
    assert [key for key, row in sorted(rows.items()) if row.is_fault] == ["prod/web"]
    assert rows["prod/web"].tones[3] is Tone.WARN
