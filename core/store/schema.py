"""The state file's tables, their version, and how an older file becomes one of this version.

A change of any row's fields changes the tables: raise VERSION, add the step to STEPS, and raise OLDEST_READER where clients
of older versions would misread the result. A test holds the tables against their recorded text, so that none is forgotten.
"""

from __future__ import annotations

import secrets
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.errors import StoreError
from core.model.state import Kind
from core.store.codec import codec
from core.store.connection import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

VERSION: Final = 3
#: The oldest version of a client that may read a file of this version.
OLDEST_READER: Final = 3
#: What turns a file of version n into one of n + 1, by n.
STEPS: Final[Mapping[int, tuple[str, ...]]] = MappingProxyType(
    {
        1: (
            """ALTER TABLE services ADD COLUMN "circuit_breaker" TEXT NOT NULL DEFAULT '{}'""",
            """ALTER TABLE instances ADD COLUMN "route" TEXT NOT NULL DEFAULT ''""",
            """ALTER TABLE services ADD COLUMN "zone_rebalancing" INTEGER NOT NULL DEFAULT 0""",
            """ALTER TABLE services ADD COLUMN "rebalance_at_once" INTEGER NOT NULL DEFAULT 0""",
            """ALTER TABLE services ADD COLUMN "moving" TEXT NOT NULL DEFAULT '[]'""",
            """ALTER TABLE services ADD COLUMN "rebalance_again_at" REAL""",
            """ALTER TABLE deployments ADD COLUMN "failures" INTEGER NOT NULL DEFAULT 0""",
            """ALTER TABLE deployments ADD COLUMN "failed_at" REAL""",
            """ALTER TABLE clusters ADD COLUMN "capacity_providers" TEXT NOT NULL DEFAULT '[]'""",
            """ALTER TABLE services ADD COLUMN "capacity_provider_strategy" TEXT NOT NULL DEFAULT '[]'""",
            """ALTER TABLE tasks ADD COLUMN "capacity_provider" TEXT NOT NULL DEFAULT ''""",
            """ALTER TABLE tasks ADD COLUMN "protected_until" REAL""",
            """ALTER TABLE instances ADD COLUMN "drain_deadline" REAL""",
            """ALTER TABLE instances ADD COLUMN "image_pull" TEXT NOT NULL DEFAULT ''""",
            """ALTER TABLE instances ADD COLUMN "pulled_images" TEXT NOT NULL DEFAULT '[]'""",
            """ALTER TABLE instances ADD COLUMN "images_cleaned_at" REAL NOT NULL DEFAULT 0.0""",
            """ALTER TABLE deployments ADD COLUMN "image_digests" TEXT NOT NULL DEFAULT '[]'""",
        ),
        2: (
            """ALTER TABLE services ADD COLUMN "told_at" REAL NOT NULL DEFAULT 0.0""",
            """ALTER TABLE instances ADD COLUMN "gpus" TEXT NOT NULL DEFAULT '[]'""",
            """ALTER TABLE tasks ADD COLUMN "gpu_count" INTEGER NOT NULL DEFAULT 0""",
            """ALTER TABLE tasks ADD COLUMN "gpus" TEXT NOT NULL DEFAULT '[]'""",
            """ALTER TABLE services ADD COLUMN "probe" TEXT NOT NULL DEFAULT 'null'""",
            """ALTER TABLE tasks ADD COLUMN "target_health" TEXT NOT NULL DEFAULT 'null'""",
            """ALTER TABLE tasks ADD COLUMN "schedule" TEXT NOT NULL DEFAULT ''""",
            """CREATE TABLE schedules (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, "cluster" TEXT NOT NULL,
            "name" TEXT NOT NULL, "expression" TEXT NOT NULL, "timezone" TEXT NOT NULL, "definition" TEXT NOT NULL,
            "target" TEXT NOT NULL, "description" TEXT NOT NULL, "state" TEXT NOT NULL, "start_at" REAL, "end_at" REAL,
            "missed_runs" TEXT NOT NULL, "overlap" TEXT NOT NULL, "maximum_event_age_s" INTEGER NOT NULL, "next_at" REAL,
            "done_at" REAL NOT NULL, "runs" TEXT NOT NULL, "created_by" TEXT NOT NULL, "created_at" REAL NOT NULL,
            "updated_at" REAL NOT NULL)""",
            "CREATE INDEX schedules_seq ON schedules (seq)",
            """ALTER TABLE services ADD COLUMN "auto_scaling" TEXT NOT NULL DEFAULT 'null'""",
            """ALTER TABLE services ADD COLUMN "scaled" TEXT NOT NULL DEFAULT '{}'""",
            """ALTER TABLE services ADD COLUMN "bake_time_minutes" INTEGER NOT NULL DEFAULT 0""",
            """ALTER TABLE services ADD COLUMN "early_success" TEXT NOT NULL DEFAULT 'null'""",
            """ALTER TABLE deployments ADD COLUMN "baking_since" REAL""",
            """ALTER TABLE deployments ADD COLUMN "probe" TEXT NOT NULL DEFAULT 'null'""",
            """ALTER TABLE services ADD COLUMN "propagate_tags" TEXT NOT NULL DEFAULT 'NONE'""",
            """ALTER TABLE services ADD COLUMN "managed_tags" INTEGER NOT NULL DEFAULT 0""",
            """ALTER TABLE tasks ADD COLUMN "propagated_tags" TEXT NOT NULL DEFAULT '[]'""",
            """ALTER TABLE definitions ADD COLUMN "delete_requested_at" REAL""",
            # Which GPUs a host has the config says, so none of its attributes does.
            """UPDATE definitions SET "required_attributes" = (SELECT json_group_array(json(value)) FROM json_each("required_attributes")
            WHERE json_extract(value, '$.name') <> 'ecs.capability.gpu') WHERE instr("required_attributes", 'ecs.capability.gpu')""",
            """CREATE TABLE families (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, "name" TEXT NOT NULL,
            "last_revision" INTEGER NOT NULL)""",
            "CREATE INDEX families_seq ON families (seq)",
            """ALTER TABLE schedules ADD COLUMN "tags" TEXT NOT NULL DEFAULT '[]'""",
            """ALTER TABLE schedules ADD COLUMN "window_minutes" INTEGER NOT NULL DEFAULT 0""",
            """ALTER TABLE schedules ADD COLUMN "after_completion" TEXT NOT NULL DEFAULT 'NONE'""",
            """ALTER TABLE schedules ADD COLUMN "planned_at" REAL""",
            """ALTER TABLE clusters ADD COLUMN "default_strategy" TEXT NOT NULL DEFAULT '[]'""",
            """ALTER TABLE clusters ADD COLUMN "tags" TEXT NOT NULL DEFAULT '[]'""",
            """ALTER TABLE instances ADD COLUMN "tags" TEXT NOT NULL DEFAULT '[]'""",
            """ALTER TABLE tasks ADD COLUMN "changed_tags" TEXT NOT NULL DEFAULT 'null'""",
        ),
    }
)

#: Beside the tables of rows. `about` is what the file says of itself; numbers stand there as text.
_LOGS: Final = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE tombstones (
    kind TEXT NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (kind, key)
);
CREATE INDEX tombstones_seq ON tombstones (seq);
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL,
    message TEXT NOT NULL, cluster TEXT NOT NULL, level TEXT NOT NULL, event_name TEXT NOT NULL
);
CREATE INDEX events_of ON events (subject, name, number);
CREATE TABLE commands (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, action TEXT NOT NULL, input TEXT NOT NULL,
    submitted_by TEXT NOT NULL, submitted_at REAL NOT NULL,
    verdict TEXT, answered_at REAL, code TEXT, message TEXT, output TEXT
);
CREATE INDEX commands_pending ON commands (number) WHERE verdict IS NULL;
CREATE TABLE pulses (name TEXT PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL);
"""


def tables() -> tuple[str, ...]:
    """The statements that make an empty file of this version."""
    made = []
    for kind in Kind:
        columns = (
            f'"{column.name}" {column.sql_type}{" NOT NULL" if column.required else ""}'
            for column in codec(kind).columns
        )
        made.append(f"CREATE TABLE {kind} (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, {', '.join(columns)})")
        made.append(f"CREATE INDEX {kind}_seq ON {kind} (seq)")
    return (*made, *(statement.strip() for statement in _LOGS.split(";") if statement.strip()))


def version_of(db: sqlite3.Connection) -> int:
    """The file's version; 0 when nothing is in it yet."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def create(db: sqlite3.Connection, written_by: str) -> None:
    """Fill an empty file, unless someone else just did. Anyone may."""
    with transaction(db):
        if version_of(db):
            return
        for statement in tables():
            db.execute(statement)
        about = {"installation": secrets.token_hex(8), "seq": "0", "horizon": "0"}
        db.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        _stamp(db, VERSION, written_by)


def migrate(db: sqlite3.Connection, written_by: str) -> None:
    """Bring an older file to this version in one transaction. Only the engine's lock holder may."""
    with transaction(db):
        for version in range(version_of(db), VERSION):
            for statement in STEPS[version]:
                db.execute(statement)
        _stamp(db, VERSION, written_by)


def check_readable(db: sqlite3.Connection, *, holder: bool) -> None:
    """Refuse a file of a newer version, to writers always, and to readers that would misread it."""
    about = dict(db.execute("SELECT key, value FROM about"))
    if holder or int(about["oldest_reader"]) > VERSION:
        raise StoreError(
            f"the state was written by a newer Dockyard, {about['written_by']} (version {version_of(db)} of the file, "
            f"and this one knows {VERSION}); update this Dockyard"
        )


def _stamp(db: sqlite3.Connection, version: int, written_by: str) -> None:
    about = {"oldest_reader": str(OLDEST_READER), "written_by": written_by}
    db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", about.items())
    db.execute(f"PRAGMA user_version = {version}")
