"""The feed on a real store: everything at first, then what changed; it rings once, and outlives a store it can't read."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from core.api import open_dockyard
from core.client.following import Following
from core.errors import StoreError
from core.events import Event, Subject
from core.model.state import Changes, Kind
from core.record import replace
from core.store import Pulse
from core.store.sqlite import SqliteStore, open_store
from tests.tui import shop
from tui.asking import Asker
from tui.feed import Feed
from tui.turns import Turns
from tui.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.api import Dockyard, Submitted
    from core.errors import DockyardError
    from core.store import Store

PATIENCE_S = 60.0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SqliteStore]:
    """The store as an engine writes it."""
    (tmp_path / "config.toml").write_text("[clusters.prod]\n")
    store = open_store(tmp_path / "state", holder=True)
    store.commit(Changes(shop.ROWS, events=tuple(each.event for each in shop.EVENTS)))
    yield store
    store.close()


@pytest.fixture
def yard(engine: SqliteStore, tmp_path: Path) -> Iterator[Dockyard]:
    opened = open_dockyard(tmp_path / "config.toml", tmp_path / "state")
    yield opened
    opened.close()


class Watching:
    """A world that a feed is taken into whenever it rings."""

    def __init__(self, feed: Feed, world: World | None = None) -> None:
        """With a world that was taken from the feed already, or from its start."""
        self.feed = feed
        self.rings = 0
        self.world = world or World(time.time)
        self._rung = threading.Event()
        if world is None:
            feed.read_first()
        feed.listen(self._ring)

    def _ring(self) -> None:
        self.rings += 1
        self._rung.set()

    def until(self, condition: Callable[[World], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition(self.world):
            assert time.monotonic() < deadline, "it didn't come"
            if self._rung.wait(0.1):
                self._rung.clear()
                self.world.absorb(self.feed.take())


def readings(monkeypatch: pytest.MonkeyPatch) -> list[Following]:
    """Each beginning of reading everything, from now on."""
    begun: list[Following] = []

    def follow(store: Store) -> Following:
        begun.append(Following(store))
        return begun[-1]

    monkeypatch.setattr("core.api.Following", follow)
    return begun


@pytest.fixture
def watching(yard: Dockyard) -> Iterator[Watching]:
    feed = Feed(yard.reader(), Turns())
    yield Watching(feed)
    feed.close()


def test_everything_comes_and_then_what_changes(engine: SqliteStore, watching: Watching) -> None:
    watching.until(lambda world: len(world.state.tasks) == len(shop.TASKS) and world.engine is not None)
    assert len(watching.world.events) == len(shop.EVENTS)
    assert watching.world.engine is not None
    assert not watching.world.engine.running
    event = Event(shop.NOW, Subject.SERVICE, "web", "(service web) has started 1 tasks.", "prod")
    engine.commit(Changes((replace(shop.WEB, desired_count=9),), ((Kind.TASK, shop.TASKS[0].id),), (event,)))
    watching.until(lambda world: world.state.services["prod/web"].desired_count == 9)
    assert shop.TASKS[0].id not in watching.world.state.tasks
    watching.until(lambda world: event in world.events.values())


def test_it_rings_once_however_much_changes(engine: SqliteStore, watching: Watching) -> None:
    watching.until(lambda world: world.engine is not None)
    deadline = time.monotonic() + PATIENCE_S
    while not watching._rung.is_set():
        engine.commit(Changes((replace(shop.WEB, desired_count=watching.rings),)))
        assert time.monotonic() < deadline
    rings = watching.rings
    for count in range(20):
        engine.commit(Changes((replace(shop.WEB, desired_count=100 + count),)))
    watching.until(lambda world: world.state.services["prod/web"].desired_count == 119)
    assert watching.rings - rings < 20


def test_many_tasks_come_after_all_else_and_the_engine_with_the_first_rows(
    yard: Dockyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("tui.feed", "core.client.following"):
        monkeypatch.setattr(f"{module}.FIRST_PAGE", 2)
    monkeypatch.setattr("core.client.following.PAGE", 2)
    # Nobody reads on before the first part is taken.
    monkeypatch.setattr("tui.feed._MOST_AT_FIRST", 1)
    watching = Watching(Feed(yard.reader(), Turns()))
    watching.until(lambda world: bool(world.state.services))
    world = watching.world
    assert not world.is_whole
    assert world.engine is not None
    assert len(world.state.tasks) < len(shop.TASKS)
    watching.until(lambda world: world.is_whole)
    assert world.state.tasks.keys() == {each.id for each in shop.TASKS}
    watching.feed.close()


def test_what_a_first_picture_shows_is_read_before_anybody_listens(
    engine: SqliteStore, yard: Dockyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("tui.feed", "core.client.following"):
        monkeypatch.setattr(f"{module}.FIRST_PAGE", 2)
    feed = Feed(yard.reader(), Turns())
    assert not feed.has_news()
    feed.read_first()
    assert feed.has_news()
    world = World(time.time)
    world.absorb(feed.take())
    assert world.state.services
    assert world.engine is not None
    assert not world.is_whole
    engine.commit(Changes((replace(shop.WEB, desired_count=9),)))
    assert not feed.has_news(), "a thread that read on would keep the picture waiting"
    watching = Watching(feed, world)
    watching.until(lambda world: world.is_whole and world.state.services["prod/web"].desired_count == 9)
    feed.close()


def test_a_store_that_cant_be_read_at_first_is_told_with_the_first_picture(
    yard: Dockyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = yard.reader()

    def fails(**_: object) -> None:
        raise StoreError("state.db: disk I/O error")

    feed = Feed(reader, Turns())
    with monkeypatch.context() as broken:
        broken.setattr(reader, "events", fails)
        feed.read_first()
    world = World(time.time)
    world.absorb(feed.take())
    assert world.problem == "state.db: disk I/O error"
    watching = Watching(feed, world)
    watching.until(lambda world: not world.problem and bool(world.state.services))
    feed.close()


def test_looking_anew_amid_the_first_reading_throws_nothing_away(
    engine: SqliteStore, yard: Dockyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("tui.feed", "core.client.following"):
        monkeypatch.setattr(f"{module}.FIRST_PAGE", 2)
    monkeypatch.setattr("core.client.following.PAGE", 2)
    begun = readings(monkeypatch)
    reader = yard.reader()
    feed = Feed(reader, Turns())
    feed.read_first()
    feed.look_now()
    watching = Watching(feed)
    watching.until(lambda world: world.is_whole and world.engine is not None)
    assert len(begun) == 1
    feed.close()


def test_looking_anew_amid_changes_reads_everything_anew(
    engine: SqliteStore, yard: Dockyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.client.following.PAGE", 1)
    begun = readings(monkeypatch)
    feed = Feed(yard.reader(), Turns())
    feed.read_first()
    feed.take()
    for task in shop.TASKS:
        engine.commit(Changes((replace(task, version=task.version + 1),)))
    feed._read()
    assert feed.take().more, "others follow"
    feed.look_now()
    feed._read()
    assert len(begun) == 2
    feed.close()


def test_a_feed_that_nobody_listened_to_closes_what_it_reads(
    yard: Dockyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, closed = yard.reader(), list[str]()
    monkeypatch.setattr(reader, "close", lambda: closed.append(threading.current_thread().name))
    feed = Feed(reader, Turns())
    feed.read_first()
    feed.close()
    assert closed == [threading.current_thread().name]
    listened = Feed(reader, Turns())
    listened.listen(lambda: None)
    listened.close()
    reaches(lambda: len(closed) == 2)
    assert closed[1] == "feed"


def test_what_waits_is_bounded_while_nobody_takes_it(
    engine: SqliteStore, yard: Dockyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = Watching(Feed(yard.reader(), Turns()))
    watching.until(lambda world: world.engine is not None and world.is_whole)
    monkeypatch.setattr("tui.feed._MOST_WAITING", 3)
    feed, state = watching.feed, watching.world.state
    for n, each in enumerate(shop.TASKS):
        event = Event(shop.NOW, Subject.ENGINE, "", f"event {n}")
        engine.commit(Changes((), ((Kind.TASK, each.id),), (event,)))
        reaches(lambda n=n: feed._last_event == len(shop.EVENTS) + min(n + 1, 4))  # type: ignore[misc]
    assert len(shop.TASKS) > 4
    news = feed.take()
    assert len(news.deleted) == 4, "one more than may wait; the others are not read before it is taken"
    assert state.tasks, "and none of it is taken over by itself"
    watching.world.absorb(news)
    watching.until(lambda world: not world.state.tasks)
    last = list(watching.world.events.values())[-1]
    assert last.message == f"event {len(shop.TASKS) - 1}"
    feed.close()


def reaches(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it didn't come"
        time.sleep(0.001)


def test_a_store_that_cant_be_read_is_told_and_read_again(
    engine: SqliteStore, yard: Dockyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = yard.reader()
    watching = Watching(Feed(reader, Turns()))
    watching.until(lambda world: bool(world.state.services))

    def fails(**_: object) -> None:
        raise StoreError("state.db: disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(reader, "events", fails)
        watching.until(lambda world: world.problem == "state.db: disk I/O error")
        assert watching.world.state.services
        engine.commit(Changes((replace(shop.WEB, desired_count=77),)))
    watching.until(lambda world: not world.problem and world.state.services["prod/web"].desired_count == 77)
    watching.feed.close()


def test_reading_everything_anew_on_demand(watching: Watching) -> None:
    watching.until(lambda world: bool(world.state.services) and world.engine is not None)
    before = watching.world.state
    watching.feed.look_now()
    watching.until(lambda world: world.state is not before)
    assert watching.world.state.services.keys() == before.services.keys()


def test_what_hosts_use_stays_while_everything_is_read_anew_in_parts(
    engine: SqliteStore, yard: Dockyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("tui.feed", "core.client.following"):
        monkeypatch.setattr(f"{module}.FIRST_PAGE", 2)
    monkeypatch.setattr("core.client.following.PAGE", 2)
    monkeypatch.setattr("tui.feed._MOST_AT_FIRST", 1)
    engine.put_pulses([Pulse("instance/a", shop.NOW, '{"memory_mib": 512}')])
    watching = Watching(Feed(yard.reader(), Turns()))
    watching.until(lambda world: world.is_whole and world.engine is not None and bool(world.engine.hosts))
    before = watching.world.state
    known: list[bool] = []

    def is_read_anew(world: World) -> bool:
        assert world.engine is not None
        known.append("a" in world.engine.hosts)
        return world.state is not before

    watching.feed.look_now()
    watching.until(is_read_anew)
    assert len(known) > 2, "it came in parts"
    assert all(known), "what is shown of hosts meanwhile is what was known"
    watching.feed.close()


def test_protected_clusters_follow_the_config_file(watching: Watching, tmp_path: Path) -> None:
    watching.until(lambda world: world.engine is not None)
    assert watching.world.protected == frozenset()
    config = tmp_path / "config.toml"
    config.write_text("[clusters.prod]\nprotected = true\n")
    watching.until(lambda world: world.protected == {"prod"})
    config.write_text("[clusters.prod]\nprotected = ")
    watching.until(lambda world: world.engine is not None and world.engine.config_problem != "")
    assert watching.world.protected == {"prod"}, "half a file unprotects nothing"
    config.write_text("[clusters.prod]\n")
    watching.until(lambda world: world.protected == frozenset())


def test_many_commands_are_answered_by_few_threads(engine: SqliteStore, yard: Dockyard) -> None:
    from core.commands import Action  # noqa: PLC0415

    told: list[Submitted | DockyardError] = []
    asker = Asker(yard)
    for count in range(40):
        given = {"cluster": "prod", "service": "web", "desiredCount": count}
        asker.ask(Action.UPDATE_SERVICE, given, told.append)
    deadline = time.monotonic() + PATIENCE_S
    while len(told) < 40:
        assert time.monotonic() < deadline
        assert sum(thread.name == "commands" for thread in threading.enumerate()) <= 16, (
            "those of another test, too"
        )


def test_a_command_is_answered_from_another_thread(engine: SqliteStore, yard: Dockyard) -> None:
    from core.commands import Action, Verdict  # noqa: PLC0415

    told: list[Submitted | DockyardError] = []
    done = threading.Event()

    def tell(outcome: Submitted | DockyardError) -> None:
        told.append(outcome)
        done.set()

    Asker(yard).ask(Action.UPDATE_SERVICE, {"cluster": "prod", "service": "web", "desiredCount": 6}, tell)
    assert done.wait(PATIENCE_S)
    answer = getattr(told[0], "answer", None)
    assert answer is not None
    assert answer.verdict is Verdict.ACCEPTED
    assert yard.state().services["prod/web"].desired_count == 6
