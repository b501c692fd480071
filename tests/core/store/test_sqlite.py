"""What only a file can get wrong: crashes, full disks, other writers, other versions, other users' eyes."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest

from core.commands import Command
from core.errors import StoreBusy, StoreError
from core.model.cluster import Cluster
from core.model.service import CircuitBreaker, Deployment, Service
from core.model.state import ROW_TYPES, Changes, Kind
from core.model.task import Task
from core.model.task_definition import RequiredAttribute, TaskDefinition
from core.record import Record, replace
from core.store import Pulse, schema
from core.store.codec import codec
from core.store.connection import patiently
from core.store.sqlite import SqliteStore, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with contextlib.closing(open_store(tmp_path / "state", holder=True)) as made:
        yield made


def tasks(count: int, why: str = "") -> tuple[Task, ...]:
    return tuple(Task(f"{n:032x}", "default", "web:1", "service:web", why=why) for n in range(count))


def dump(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return [
            line for (line,) in db.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL ORDER BY rowid")
        ]


# -- the file ----------------------------------------------------------------------------------------------------------


def test_the_file_and_its_companions_are_ours_alone(store: SqliteStore, tmp_path: Path) -> None:
    store.commit(Changes(rows=tasks(3)))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "state").iterdir()}
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_in_the_group_mode_the_files_are_the_groups_too(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o2770)
    with contextlib.closing(open_store(tmp_path / "shared")) as store:
        store.commit(Changes(rows=tasks(1)))
        modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "shared").iterdir()}
    assert modes == {0o660}


def test_a_state_outlives_its_connections(tmp_path: Path) -> None:
    with contextlib.closing(open_store(tmp_path)) as store:
        installation = store.installation
        store.commit(Changes(rows=tasks(3)))
    with contextlib.closing(open_store(tmp_path)) as store:
        assert store.installation == installation
        assert store.load().rows == list(tasks(3))
        assert store.commit(Changes()) == 2


def test_readers_hold_nothing_open(store: SqliteStore) -> None:
    store.commit(Changes(rows=tasks(3)))
    reader = store.reader()
    reader.load()
    reader.changes_since(0, 1)
    assert not reader._db.in_transaction
    store.commit(Changes(rows=tasks(3, "later")))
    busy, *_ = store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0, "a snapshot held by a reader would keep the log from being emptied"
    reader.close()


def test_pulses_do_not_wait_for_the_disk_and_commits_do(store: SqliteStore) -> None:
    seen: list[int] = []

    def pulses() -> Iterator[Pulse]:
        yield Pulse("engine", 1.0)
        seen.extend(store._db.execute("PRAGMA synchronous").fetchone())
        raise KeyError

    with pytest.raises(KeyError):
        store.put_pulses(pulses())
    assert store.pulse_times() == {}
    assert seen == [1]
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)


# -- crashes -----------------------------------------------------------------------------------------------------------

ENGINE = """
import sys
from pathlib import Path
from core.commands import Answer, Verdict
from core.events import Event, Subject
from core.model.state import ROW_TYPES, Changes
from core.model.task import Task
from core.store.sqlite import open_store

store = open_store(Path(sys.argv[1]), holder=True)
mark = store.load().seq
while True:
    mark += 1
    rows = tuple(Task(f"{n:032x}", "default", "web:1", "g", why=str(mark)) for n in range(20))
    answers = tuple(Answer(c.id, Verdict.ACCEPTED, float(mark)) for c in store.pending_commands(100))
    event = Event(float(mark), Subject.ENGINE, "engine", str(mark))
    assert store.commit(Changes(rows, events=(event,), answers=answers)) == mark
    print(mark, flush=True)
"""


def test_killed_twenty_times_nothing_is_torn_and_what_was_accepted_is_there(tmp_path: Path) -> None:
    chance = random.Random(20)
    accepted: list[str] = []
    client = open_store(tmp_path)
    for round_ in range(20):
        said = _kill_after(tmp_path, chance.randrange(1, 12), client, f"{round_}", accepted)
        after = client.load()
        assert after.seq >= said, "what commit returned for is on disk"
        assert {row.why for row in after.rows if isinstance(row, Task)} == {str(after.seq)}
        assert client.events(limit=1)[0].event.message == str(after.seq)
    assert [entry.command.id for entry in client.commands(limit=1000)] == accepted
    assert client._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    client.close()


def _kill_after(state: Path, commits: int, client: SqliteStore, name: str, accepted: list[str]) -> int:
    """Let an engine commit so many times while a client submits, kill it, and say which commit it reported last."""
    with subprocess.Popen(
        [sys.executable, "-c", ENGINE, str(state)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as engine:
        assert engine.stdout is not None
        said = 0
        for number in range(commits):
            said = int(engine.stdout.readline())
            client.submit(Command(f"{name}-{number}", "RunTask", "{}"))
            accepted.append(f"{name}-{number}")
        engine.kill()
        rest = engine.stdout.read().splitlines()
        return max([said, *(int(line) for line in rest if line.isdigit())])


# -- full disks and other writers --------------------------------------------------------------------------------------


def test_a_full_disk_fails_the_whole_commit_and_the_same_one_succeeds_later(store: SqliteStore) -> None:
    store.commit(Changes(rows=tasks(10)))
    before = store.load()
    (pages,) = store._db.execute("PRAGMA page_count").fetchone()
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    large = Changes(rows=tuple(replace(task, request="x" * 5000) for task in tasks(10)))
    with pytest.raises(StoreError, match=r"state\.db: can't be written, the disk is full"):
        store.commit(large)
    assert store.load() == before
    assert not store._db.in_transaction

    store._db.execute("PRAGMA max_page_count = 100000")
    assert store.commit(large) == before.seq + 1
    assert store.load().rows == list(large.rows)


def test_many_clients_and_an_engine_lose_nothing(store: SqliteStore) -> None:
    errors: list[BaseException] = []

    def submit(client: int) -> None:
        try:
            with contextlib.closing(store.reader()) as reader:
                for number in range(20):
                    reader.submit(Command(f"{client}-{number}", "RunTask", "{}"))
        except StoreError as error:
            errors.append(error)

    clients = [threading.Thread(target=submit, args=(n,)) for n in range(6)]
    for client in clients:
        client.start()
    while any(client.is_alive() for client in clients):
        store.commit(Changes(rows=tasks(20, "busy")))
    for client in clients:
        client.join()
    assert errors == []
    ids = {command.id for command in store.pending_commands(1000)}
    assert ids == {f"{client}-{number}" for client in range(6) for number in range(20)}


def test_a_writer_that_does_not_end_is_a_sentence_for_those_who_wait(store: SqliteStore) -> None:
    other = store.reader()
    other._db.execute("PRAGMA busy_timeout = 0")
    store._db.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="another process is writing"):
        other.commit(Changes(rows=tasks(1)))
    assert other.load().rows == [], "readers don't wait"
    store._db.execute("ROLLBACK")
    other.commit(Changes(rows=tasks(1)))
    other.close()


def test_a_client_tries_again_until_its_patience_ends() -> None:
    tries: list[int] = []

    def attempt() -> None:
        tries.append(1)
        if len(tries) < 4:
            raise StoreBusy("busy")

    patiently(attempt, random.Random(1))
    assert len(tries) == 4
    tries.clear()
    with pytest.raises(StoreBusy):
        patiently(attempt, random.Random(1), patience_s=0)
    assert len(tries) == 1


def test_many_who_open_a_new_state_at_once_make_one(tmp_path: Path) -> None:
    found: list[str] = []
    gate = threading.Barrier(8)

    def first() -> None:
        gate.wait()
        with contextlib.closing(open_store(tmp_path / "new")) as store:
            found.append(store.installation)

    threads = [threading.Thread(target=first) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


# -- versions ----------------------------------------------------------------------------------------------------------


def shapes(hint: Any, found: dict[str, str]) -> dict[str, str]:
    """The fields of every value nested in a row, which the tables don't show."""
    for inner in get_args(hint):
        shapes(inner, found)
    if (isinstance(hint, type) and issubclass(hint, Record)) or hasattr(hint, "_fields"):
        hints = get_type_hints(hint)
        for inner in hints.values():
            shapes(inner, found)
        found[hint.__name__] = ", ".join(hints)
    return found


def test_the_tables_are_those_recorded_for_this_version(store: SqliteStore, tmp_path: Path) -> None:
    """When this fails after a release: raise schema.VERSION, write the step from the recorded tables to the new ones.

    The record is made anew when its file is not there.
    """
    nested: dict[str, str] = {}
    for row_type in ROW_TYPES.values():
        shapes(row_type, nested)
    lines = [line for line in dump(tmp_path / "state" / "state.db") if "sqlite_sequence" not in line]
    made = "".join(f"{line};\n" for line in lines) + "".join(f"-- {n}: {nested[n]}\n" for n in sorted(nested))
    record = Path(__file__).with_name(f"tables-of-version-{schema.VERSION}.sql")
    if not record.exists():
        record.write_text(made)
        pytest.fail(f"{record.name} was made anew: look at what changed")
    assert made == record.read_text()


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state of the version before, which lacked a column that its tasks have now, and the step from there to here."""
    with contextlib.closing(open_store(tmp_path)) as store:
        store.commit(Changes(rows=(*tasks(3, why="lost with its column"), Cluster("default"))))
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as db:
        db.execute("ALTER TABLE tasks DROP COLUMN why")
        db.execute("UPDATE about SET value = '0.0.9' WHERE key = 'written_by'")
        db.commit()
    version = schema.VERSION
    monkeypatch.setattr(schema, "VERSION", version + 1)
    step = "ALTER TABLE tasks ADD COLUMN why TEXT NOT NULL DEFAULT ''"
    monkeypatch.setattr(schema, "STEPS", {version: (step,)})
    return tmp_path


def test_the_lock_holder_brings_an_older_state_up_to_date(older: Path) -> None:
    with contextlib.closing(open_store(older, holder=True)) as store:
        rows = store.load().rows
    assert sorted(rows, key=str) == sorted([*tasks(3), Cluster("default")], key=str)
    with contextlib.closing(open_store(older)) as client:
        assert client.load().rows == rows


#: What a column of the recorded tables may hold, by its type; nested values are JSON, of which these may be any.
_SOME_VALUE = {"INTEGER": 1, "REAL": 1.0}
_SOME_TEXT = {
    "circuit_breaker": "{}",
    "status": "ACTIVE",
    "rollout_state": "COMPLETED",
    "scheduling_strategy": "REPLICA",
    "replace": "yes",
    "network_mode": "bridge",
    "pid_mode": "",
    "ipc_mode": "",
    "required_attributes": '[{"name":"ecs.capability.gpu"},{"name":"ecs.cpu-architecture","value":"arm64"}]',
}


@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_every_version_that_was_ever_recorded_comes_up_to_date(version: int, tmp_path: Path) -> None:
    recorded = Path(__file__).with_name(f"tables-of-version-{version}.sql").read_text()
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as db:
        db.executescript(recorded)
        for table in ("services", "deployments", "definitions"):
            columns = db.execute(f"PRAGMA table_info({table})").fetchall()
            values = [_SOME_TEXT.get(name, _SOME_VALUE.get(kind, "[]")) for _, name, kind, *_ in columns]
            db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
        about = {
            "installation": "1" * 16,
            "seq": "1",
            "horizon": "0",
            "oldest_reader": "1",
            "written_by": "0",
        }
        db.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()
    (tmp_path / "state.db").chmod(0o600)
    with contextlib.closing(open_store(tmp_path, holder=True)) as store:
        definition, service, deployment = store.load().rows
    assert isinstance(service, Service)
    assert isinstance(deployment, Deployment)
    assert service.circuit_breaker == CircuitBreaker()
    assert isinstance(definition, TaskDefinition)
    assert definition.required_attributes == (RequiredAttribute("ecs.cpu-architecture", "arm64"),)
    for kind in Kind:
        with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as db:
            columns = db.execute(f"PRAGMA table_info({kind})").fetchall()
        assert {name for _, name, *_ in columns} == {"key", "seq", *(c.name for c in codec(kind).columns)}


def test_a_client_leaves_an_older_state_alone_and_says_what_to_do(older: Path) -> None:
    before = dump(older / "state.db")
    with pytest.raises(
        StoreError,
        match=rf"is of version {schema.VERSION - 1}, written by Dockyard 0\.0\.9; \(re\)start the engine",
    ):
        open_store(older)
    assert dump(older / "state.db") == before


def test_a_step_that_fails_leaves_the_older_state_as_it_was(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump(older / "state.db")
    monkeypatch.setattr(schema, "STEPS", {schema.VERSION - 1: ("DROP TABLE tasks", "no such statement")})
    with pytest.raises(StoreError, match="syntax error"):
        open_store(older, holder=True)
    assert dump(older / "state.db") == before


def test_a_newer_state_is_refused_to_writers_and_to_readers_it_does_not_allow(tmp_path: Path) -> None:
    def newer(oldest_reader: int) -> None:
        with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as db:
            db.execute("PRAGMA user_version = 9")
            db.execute("UPDATE about SET value = '9.0' WHERE key = 'written_by'")
            db.execute("UPDATE about SET value = ? WHERE key = 'oldest_reader'", (str(oldest_reader),))
            db.commit()

    open_store(tmp_path).close()
    newer(oldest_reader=1)
    open_store(tmp_path).close()
    sentence = r"written by a newer Dockyard, 9\.0 \(version 9 .*\); update this Dockyard"
    with pytest.raises(StoreError, match=sentence):
        open_store(tmp_path, holder=True)
    newer(oldest_reader=9)
    with pytest.raises(StoreError, match=sentence):
        open_store(tmp_path)


def test_a_file_that_is_no_state_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"not a database" * 100)
    with pytest.raises(
        StoreError, match=r"state\.db: is damaged \(file is not a database\); put a backup in its place"
    ):
        open_store(tmp_path)
    (tmp_path / "state.db").unlink()
    (tmp_path / "state.db").mkdir()
    with pytest.raises(StoreError, match=r"state\.db: can't be opened"):
        open_store(tmp_path)
