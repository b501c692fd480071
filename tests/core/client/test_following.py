"""Who follows a store knows all of it in the end, whatever is committed while it is read part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from core.client.following import Extent, Following
from core.model.cluster import Cluster
from core.model.instance import ContainerInstance
from core.model.state import Changes, Kind, kind_of
from core.model.task import Task
from core.store.memory import MemoryStore

if TYPE_CHECKING:
    from core.client.following import Part
    from core.model.state import Row

PAGE = 3
#: Tasks that are put and that are deleted between two reads.
STEPS = st.lists(
    st.tuples(st.sets(st.integers(0, 9), max_size=5), st.sets(st.integers(0, 9), max_size=5)), max_size=12
)


def task(number: int, why: str = "") -> Task:
    return Task(id=f"{number:032x}", cluster="default", definition="web:1", group="service:web", why=why)


class Copy:
    """What a reader makes of the parts."""

    def __init__(self) -> None:
        self.rows: dict[tuple[Kind, str], Row] = {}

    def take(self, part: Part) -> None:
        if part.reloaded:
            self.rows = {}
        self.rows.update(((kind_of(row), row.key), row) for row in part.rows)
        for entry in part.deleted:
            self.rows.pop(entry, None)


@given(before=st.integers(0, 10), steps=STEPS)
def test_a_reader_ends_with_what_is_there(before: int, steps: list[tuple[set[int], set[int]]]) -> None:
    store = MemoryStore(lambda: 0.0)
    there = set(range(before))
    store.commit(Changes((Cluster("default"), *map(task, there))))
    following, copy = Following(store), Copy()
    with patch("core.client.following.FIRST_PAGE", 2), patch("core.client.following.PAGE", PAGE):
        for turn, (put, delete) in enumerate(steps):
            copy.take(following.read())
            gone = (there & delete) - put
            there = (there | put) - gone
            store.commit(
                Changes(
                    tuple(task(n, f"turn {turn}") for n in sorted(put)),
                    tuple((Kind.TASK, task(n).key) for n in sorted(gone)),
                )
            )
        more = True
        while more:
            part = following.read()
            copy.take(part)
            more = part.more
    assert copy.rows == {(kind_of(row), row.key): row for row in store.load().rows}
    assert {key for kind, key in copy.rows if kind is Kind.TASK} == {task(n).key for n in there}


def test_services_come_first_then_hosts_and_tasks_page_by_page() -> None:
    store = MemoryStore(lambda: 0.0)
    store.commit(
        Changes(
            (
                Cluster("default"),
                ContainerInstance("i", "edge", "default", "ssh://edge"),
                *map(task, range(6)),
            )
        )
    )
    following = Following(store)
    with patch("core.client.following.FIRST_PAGE", 2), patch("core.client.following.PAGE", PAGE):
        parts = [following.read() for _ in range(6)]
    assert [[row.key for row in part.rows] for part in parts] == [
        ["default"],
        ["i"],
        [task(n).key for n in range(2)],
        [task(n).key for n in range(2, 5)],
        [task(5).key],
        [],
    ]
    assert [part.reloaded for part in parts] == [True, False, False, False, False, False]
    assert [part.more for part in parts] == [True, True, True, True, True, False]
    assert [part.extent for part in parts] == [Extent.SERVICES, *[Extent.HOSTS] * 4, Extent.WHOLE]


def test_where_what_changed_is_forgotten_everything_is_told_anew() -> None:
    now = 0.0
    store = MemoryStore(lambda: now)
    store.commit(Changes((Cluster("default"), task(1))))
    following = Following(store)
    while following.read().more:
        pass
    store.commit(Changes(deleted=((Kind.TASK, task(1).key),)))
    now = 2 * 3600.0
    store.commit(Changes((task(2),)))
    store.commit(Changes((task(3),)))
    assert following.read().reloaded
