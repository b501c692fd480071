"""What every store promises. Both implementations pass the same tests; another one joins by a line in `opened`."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.commands import Answer, Command, Verdict
from core.events import Event, Level, Subject
from core.model.cluster import Cluster
from core.model.ports import HostPort
from core.model.service import Service
from core.model.state import Changes, Kind, Row, kind_of
from core.model.task import Container, NetworkBinding, StopCode, Task, TaskStatus
from core.record import replace
from core.store import TOMBSTONES_S, Pulse, Snapshot, Store
from core.store.memory import MemoryStore
from core.store.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Opened:
    """A store just made, the connection of a client to it, and the clock it dates tombstones by."""

    def __init__(self, engine: Store, clock: Clock) -> None:
        self.engine = engine
        self.client: Store = engine.reader()
        self.clock = clock


@contextmanager
def opened(kind: str) -> Iterator[Opened]:
    clock = Clock()
    with TemporaryDirectory() as folder:
        engine: Store = (
            MemoryStore(clock) if kind == "memory" else open_store(Path(folder), holder=True, clock=clock)
        )
        made = Opened(engine, clock)
        yield made
        made.client.close()
        made.engine.close()


STORES = ["sqlite", "memory"]


@pytest.fixture(params=STORES)
def stores(request: pytest.FixtureRequest) -> Iterator[Opened]:
    with opened(request.param) as made:
        yield made


def task(number: int, **fields: object) -> Task:
    made = Task(id=f"{number:032x}", cluster="default", definition="web:1", group="service:web")
    return replace(made, **fields)  # type: ignore[arg-type]


def event(
    number: int, name: str = "web", cluster: str = "default", subject: Subject = Subject.SERVICE
) -> Event:
    return Event(
        float(number), subject, name, f"(service {name}) event {number}", cluster, Level.WARN, "EVENT"
    )


def by_key(snapshot: Snapshot) -> dict[tuple[Kind, str], Row]:
    return {(kind_of(row), row.key): row for row in snapshot.rows}


# -- rows --------------------------------------------------------------------------------------------------------------


def test_a_new_store_is_empty(stores: Opened) -> None:
    assert stores.client.load() == Snapshot(0, [])
    assert not stores.client.changes_since(0).more
    assert stores.client.pending_commands(10) == []
    assert stores.client.events() == []
    assert stores.client.installation == stores.engine.installation != ""


def test_rows_come_back_as_they_were_committed(stores: Opened) -> None:
    ended = task(
        7,
        containers=(
            Container(
                "web",
                "nginx:1",
                exit_code=137,
                oom_killed=True,
                network_bindings=(NetworkBinding(80, 32768),),
                reason="ä'\"",
            ),
        ),
        ports=(HostPort(80), HostPort(53, "udp", "127.0.0.1")),
        last_status=TaskStatus.STOPPED,
        stop_code=StopCode.ESSENTIAL_CONTAINER_EXITED,
        started_at=12.25,
    )
    service = Service("default", "web", "web:1", 3, tags=(("team", "a"),))
    stores.engine.commit(Changes(rows=(ended, service, Cluster("default"))))
    assert stores.client.load().rows == [Cluster("default"), service, ended]


def test_a_row_committed_again_replaces_the_one_of_its_key(stores: Opened) -> None:
    stores.engine.commit(Changes(rows=(task(1), task(2))))
    second = stores.engine.commit(
        Changes(rows=(task(1, why="pulling"),), deleted=((Kind.TASK, task(2).key),))
    )
    assert stores.client.load() == Snapshot(second, [task(1, why="pulling")])


def test_rows_are_loaded_by_kind_and_by_page(stores: Opened) -> None:
    seq = stores.engine.commit(Changes(rows=(Cluster("default"), *(task(n) for n in range(5)))))
    assert stores.client.load((Kind.CLUSTER, Kind.SERVICE)) == Snapshot(seq, [Cluster("default")])
    first = stores.client.load_page(Kind.TASK, "", 2)
    assert first == [task(0), task(1)]
    stores.engine.commit(Changes(rows=(task(2, why="pulling"),), deleted=((Kind.TASK, task(3).key),)))
    assert stores.client.load_page(Kind.TASK, first[-1].key, 2) == [task(2, why="pulling"), task(4)]
    assert stores.client.load_page(Kind.TASK, task(4).key, 2) == []


def test_every_commit_has_the_next_seq(stores: Opened) -> None:
    first = stores.engine.commit(Changes(rows=(task(1),)))
    assert stores.engine.commit(Changes(events=(event(1),))) == first + 1
    assert stores.client.load().seq == first + 1


# -- the feed ----------------------------------------------------------------------------------------------------------


def test_the_feed_tells_what_changed_since(stores: Opened) -> None:
    first = stores.engine.commit(Changes(rows=(task(1), task(2), task(3))))
    second = stores.engine.commit(Changes(rows=(task(2, why="x"),), deleted=((Kind.TASK, task(3).key),)))
    feed = stores.client.changes_since(first)
    assert (feed.seq, feed.rows, feed.deleted) == (second, (task(2, why="x"),), ((Kind.TASK, task(3).key),))
    assert not feed.more
    assert not feed.reload
    nothing = stores.client.changes_since(second)
    assert (nothing.seq, nothing.rows, nothing.deleted, nothing.more) == (second, (), (), False)


def test_a_page_is_never_cut_inside_a_commit(stores: Opened) -> None:
    first = stores.engine.commit(Changes(rows=tuple(task(n) for n in range(10))))
    second = stores.engine.commit(Changes(rows=tuple(task(n) for n in range(10, 20))))
    page = stores.client.changes_since(0, limit=5)
    assert (page.seq, len(page.rows), page.more) == (first, 10, True)
    page = stores.client.changes_since(page.seq, limit=10)
    assert (page.seq, len(page.rows), page.more) == (second, 10, False)


def test_a_row_deleted_and_made_again_is_not_told_as_deleted(stores: Opened) -> None:
    seq = stores.engine.commit(Changes(rows=(Cluster("a"),)))
    stores.engine.commit(Changes(deleted=((Kind.CLUSTER, "a"),)))
    stores.engine.commit(Changes(rows=(Cluster("a", created_at=5.0),)))
    feed = stores.client.changes_since(seq)
    assert (feed.rows, feed.deleted) == ((Cluster("a", created_at=5.0),), ())


def test_who_was_away_for_longer_than_tombstones_stand_loads_anew(stores: Opened) -> None:
    early = stores.engine.commit(Changes(rows=(task(1), task(2))))
    late = stores.engine.commit(Changes(deleted=((Kind.TASK, task(1).key),)))
    stores.clock.now += TOMBSTONES_S - 1
    stores.engine.commit(Changes(rows=(task(3),)))
    assert stores.client.changes_since(early).deleted == ((Kind.TASK, task(1).key),)
    stores.clock.now += 100
    stores.engine.commit(Changes(rows=(task(4),)))
    assert stores.client.changes_since(early).reload
    assert stores.client.changes_since(late).rows == (task(3), task(4))
    assert stores.client.changes_since(0).rows == (task(2), task(3), task(4)), (
        "who knows nothing has nothing to forget"
    )


def test_who_knows_a_seq_that_never_was_loads_anew(stores: Opened) -> None:
    stores.engine.commit(Changes(rows=(task(1),)))
    assert stores.client.changes_since(99).reload


KEYS = st.integers(0, 5)
STEPS = st.lists(st.tuples(st.lists(KEYS, max_size=4), st.lists(KEYS, max_size=2)), min_size=1, max_size=8)


@pytest.mark.parametrize("kind", STORES)
@settings(deadline=None, max_examples=40)
@given(steps=STEPS, start=st.integers(0, 8), limit=st.integers(1, 6))
def test_a_reader_that_follows_ends_where_a_reader_that_loads_begins(
    kind: str, steps: list[tuple[list[int], list[int]]], start: int, limit: int
) -> None:
    with opened(kind) as stores:
        known: dict[tuple[Kind, str], Row] = {}
        seq, there = 0, set[int]()
        for number, (put, delete) in enumerate(steps):
            gone = sorted((set(delete) & there) - set(put))
            there = (there | set(put)) - set(gone)
            rows = tuple(task(n, why=str(number)) for n in sorted(set(put)))
            stores.engine.commit(Changes(rows=rows, deleted=tuple((Kind.TASK, task(n).key) for n in gone)))
            if number == start:
                loaded = stores.client.load()
                known, seq = by_key(loaded), loaded.seq
        more = True
        while more:
            feed = stores.client.changes_since(seq, limit)
            for entry in feed.deleted:
                known.pop(entry, None)
            known.update({(kind_of(row), row.key): row for row in feed.rows})
            seq, more = feed.seq, feed.more
        assert known == by_key(stores.client.load())
        assert {int(key, 16) for _, key in known} == there


# -- commands ----------------------------------------------------------------------------------------------------------


def test_commands_wait_in_the_order_of_their_coming_until_they_are_answered(stores: Opened) -> None:
    asked = [Command(f"c{n}", "RunTask", f'{{"count":{n}}}', "alice@laptop", float(n)) for n in range(3)]
    for command in asked:
        stores.client.submit(command)
    assert stores.engine.pending_commands(10) == asked
    assert stores.engine.pending_commands(2) == asked[:2]
    assert stores.client.answer_of("c0") is None

    yes = Answer("c0", Verdict.ACCEPTED, 9.0, output='{"tasks":[]}')
    no = Answer("c1", Verdict.REFUSED, 9.0, "ClientException", "There is no such thing.")
    stores.engine.commit(Changes(answers=(yes, no)))
    assert stores.engine.pending_commands(10) == asked[2:]
    assert stores.client.answer_of("c0") == yes
    assert stores.client.answer_of("c1") == no
    log = stores.client.commands()
    assert [(entry.command, entry.answer) for entry in log] == [
        (asked[0], yes),
        (asked[1], no),
        (asked[2], None),
    ]
    assert [entry.command.id for entry in stores.client.commands(before=log[2].number, limit=1)] == ["c1"]


def test_the_same_command_again_changes_nothing(stores: Opened) -> None:
    command = Command("c", "RunTask", "{}")
    stores.client.submit(command)
    stores.engine.commit(Changes(answers=(Answer("c", Verdict.ACCEPTED, 1.0),)))
    stores.client.submit(replace(command, input='{"other":1}'))
    stores.engine.commit(Changes(answers=(Answer("c", Verdict.REFUSED, 2.0),)))
    assert stores.engine.pending_commands(10) == []
    assert stores.client.answer_of("c") == Answer("c", Verdict.ACCEPTED, 1.0), "the first answer stands"
    assert [entry.command for entry in stores.client.commands()] == [command]


def test_an_answer_to_nobody_is_no_matter(stores: Opened) -> None:
    stores.engine.commit(Changes(answers=(Answer("unknown", Verdict.ACCEPTED, 1.0),)))
    assert stores.client.answer_of("unknown") is None


# -- events and pulses -------------------------------------------------------------------------------------------------


def test_events_are_paged_backwards_from_the_newest_and_forwards_from_a_number(stores: Opened) -> None:
    stores.engine.commit(Changes(events=tuple(event(n) for n in range(5))))
    stores.engine.commit(Changes(events=tuple(event(n) for n in range(5, 10))))
    newest = stores.client.events(limit=3)
    assert [recorded.event for recorded in newest] == [event(7), event(8), event(9)]
    before = stores.client.events(before=newest[0].number, limit=3)
    assert [recorded.event for recorded in before] == [event(4), event(5), event(6)]
    after = stores.client.events(after=before[-1].number, limit=2)
    assert [recorded.event for recorded in after] == [event(7), event(8)]
    assert stores.client.events(after=newest[-1].number) == []


def test_events_are_found_by_what_they_are_about(stores: Opened) -> None:
    wanted = event(3, "b", "prod")
    stores.engine.commit(
        Changes(events=(event(1, "a"), event(2, "b"), wanted, event(4, "b", "prod", Subject.TASK)))
    )
    found = stores.client.events(cluster="prod", subject=Subject.SERVICE, name="b")
    assert [recorded.event for recorded in found] == [wanted]
    assert len(stores.client.events(name="b")) == 3
    assert [recorded.event for recorded in stores.client.events(after=0, cluster="prod", limit=1)] == [wanted]


def test_a_pulse_replaces_the_one_of_its_name_and_is_no_change(stores: Opened) -> None:
    seq = stores.engine.commit(Changes(rows=(task(1),)))
    stores.engine.put_pulses([Pulse("engine", 1.0), Pulse("instance/a", 1.0, '{"cpu":3}')])
    stores.engine.put_pulses([Pulse("engine", 2.0)])
    assert stores.client.pulse_times() == {"engine": 2.0, "instance/a": 1.0}
    assert [*stores.client.pulses(["instance/a", "instance/b", "engine"])] == [
        Pulse("instance/a", 1.0, '{"cpu":3}'),
        Pulse("engine", 2.0),
    ]
    stores.engine.put_pulses([Pulse("engine", 3.0)], ["instance/a", "instance/b"])
    assert stores.client.pulse_times() == {"engine": 3.0}
    assert stores.client.load().seq == seq


# -- who else writes ---------------------------------------------------------------------------------------------------


def test_the_version_tells_that_someone_else_wrote(stores: Opened) -> None:
    seen = stores.client.data_version()
    assert stores.client.data_version() == seen
    stores.engine.commit(Changes(rows=(task(1),)))
    assert stores.client.data_version() != seen
    seen = stores.engine.data_version()
    stores.client.submit(Command("c", "RunTask", "{}"))
    assert stores.engine.data_version() != seen
