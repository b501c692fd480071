"""Every statement that the SQLite store runs, but for those that make its tables."""
# ruff: noqa: S608  # what is put together here are names of our own tables and columns; all values are bound

from __future__ import annotations

from typing import Final

from core.model.state import ROW_TYPES, Kind

_COLUMNS: Final = {
    kind: ", ".join(f'"{name}"' for name in ROW_TYPES[kind].__struct_fields__) for kind in Kind
}
_COMMAND: Final = "id, action, input, submitted_by, submitted_at"
_ANSWER: Final = "id, verdict, answered_at, code, message, output"
_EVENT: Final = "at, subject, name, message, cluster, level, event_name"

# -- rows --------------------------------------------------------------------------------------------------------------

ALL_ROWS: Final = {kind: f"SELECT {_COLUMNS[kind]} FROM {kind} ORDER BY key" for kind in Kind}
PAGE: Final = {
    kind: f"SELECT {_COLUMNS[kind]} FROM {kind} WHERE key > ? ORDER BY key LIMIT ?" for kind in Kind
}
CHANGED_ROWS: Final = {
    kind: f"SELECT {_COLUMNS[kind]} FROM {kind} WHERE seq > :seq AND seq <= :end ORDER BY seq"
    for kind in Kind
}
WRITE_ROW: Final = {
    kind: f"INSERT OR REPLACE INTO {kind} (key, seq, {_COLUMNS[kind]}) VALUES (?, ?{', ?' * len(ROW_TYPES[kind].__struct_fields__)})"
    for kind in Kind
}
DELETE_ROW: Final = {kind: f"DELETE FROM {kind} WHERE key = ?" for kind in Kind}

WRITE_TOMBSTONE: Final = "INSERT OR REPLACE INTO tombstones (kind, key, seq, at) VALUES (?, ?, ?, ?)"
CHANGED_TOMBSTONES: Final = "SELECT kind, key FROM tombstones WHERE seq > :seq AND seq <= :end ORDER BY seq"
OLD_TOMBSTONES: Final = "SELECT max(seq) FROM tombstones WHERE at < ?"
DELETE_TOMBSTONES: Final = "DELETE FROM tombstones WHERE seq <= ?"

#: The seq of the change that a page ends with: that of the limit's change, and with it the whole commit it belongs to.
PAGE_END: Final = "SELECT seq FROM ({}) ORDER BY seq LIMIT 1 OFFSET :limit - 1".format(
    " UNION ALL ".join(f"SELECT seq FROM {table} WHERE seq > :seq" for table in (*Kind, "tombstones"))
)

# -- logs --------------------------------------------------------------------------------------------------------------

WRITE_COMMAND: Final = f"INSERT OR IGNORE INTO commands ({_COMMAND}) VALUES (?, ?, ?, ?, ?)"
PENDING_COMMANDS: Final = f"SELECT {_COMMAND} FROM commands WHERE verdict IS NULL ORDER BY number LIMIT ?"
COMMANDS: Final = (
    f"SELECT number, {_COMMAND}, {_ANSWER} FROM commands WHERE number < ? ORDER BY number DESC LIMIT ?"
)
WRITE_ANSWER: Final = "UPDATE commands SET verdict = ?, answered_at = ?, code = ?, message = ?, output = ? WHERE id = ? AND verdict IS NULL"
ANSWER: Final = f"SELECT {_ANSWER} FROM commands WHERE id = ? AND verdict IS NOT NULL"
DELETE_COMMANDS: Final = (
    "DELETE FROM commands WHERE number <= (SELECT max(number) FROM commands) - ? AND verdict IS NOT NULL"
)

WRITE_EVENT: Final = f"INSERT INTO events ({_EVENT}) VALUES (?, ?, ?, ?, ?, ?, ?)"
DELETE_EVENTS: Final = "DELETE FROM events WHERE number <= (SELECT max(number) FROM events) - ?"

WRITE_PULSE: Final = "INSERT OR REPLACE INTO pulses (name, at, body) VALUES (?, ?, ?)"
DELETE_PULSE: Final = "DELETE FROM pulses WHERE name = ?"
PULSE_TIMES: Final = "SELECT name, at FROM pulses"
PULSE: Final = "SELECT name, at, body FROM pulses WHERE name = ?"

# -- the file itself ---------------------------------------------------------------------------------------------------

ABOUT: Final = "SELECT value FROM about WHERE key = ?"
WRITE_ABOUT: Final = "INSERT OR REPLACE INTO about (key, value) VALUES (?, ?)"


def events(columns: tuple[str, ...], *, oldest_first: bool) -> str:
    """Events between two numbers whose columns have the values of the same names."""
    conditions = "".join(f" AND {column} = :{column}" for column in columns)
    order = "ASC" if oldest_first else "DESC"
    return (
        f"SELECT number, {_EVENT} FROM events WHERE number > :after AND number < :before{conditions}"
        f" ORDER BY number {order} LIMIT :limit"
    )
