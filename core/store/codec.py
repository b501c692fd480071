"""Between values and columns: scalars as they are, everything nested as JSON. Made from the records' own fields. Pure.

Nested values leave out what is at its default, so that they stay small, and so that a new field with a default needs no migration.
Infinite numbers have no form in JSON, and are in no nested value.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from msgspec import DecodeError
from msgspec.json import Decoder, Encoder
from msgspec.structs import astuple, force_setattr

from core.errors import StoreError
from core.model.state import ROW_TYPES, Kind
from core.record import Record

Convert = Callable[[Any], Any]

_SQL_TYPES: Final[Mapping[object, str]] = {str: "TEXT", int: "INTEGER", bool: "INTEGER", float: "REAL"}
#: So many nested texts of so few characters are remembered with their values: ports and the like repeat, containers don't.
_REMEMBERED: Final = 4096
_SHORT: Final = 64
#: Texts that no two rows share. All others are kept once, however many rows say them, and sizes too: of 100,000 tasks that is 100 MB.
_UNIQUE: Final = frozenset({"runtime_id", "ended_run"})
_ENCODE: Final = Encoder().encode


class Column(Record):
    """One column. `encode` and `decode` are None where the value passes as it is."""

    name: str
    sql_type: str
    required: bool
    encode: Convert | None
    decode: Convert | None


class Codec(Record):
    """How the rows of one kind stand in a table, in the order of `columns`."""

    columns: tuple[Column, ...]
    make: Callable[..., Any]
    encoders: tuple[Convert | None, ...]
    decoders: tuple[tuple[int, Convert], ...]

    def encode(self, row: Any) -> list[Any]:
        """The row's values for its columns."""
        return [
            value if encode is None else encode(value)
            for value, encode in zip(astuple(row), self.encoders, strict=True)
        ]

    def decode(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        """The values that table rows stand for. This is the loop that a start with 100,000 tasks waits for."""
        make, decoders = self.make, self.decoders
        for row in rows:
            values = list(row)
            for place, decode in decoders:
                values[place] = decode(values[place])
            yield make(*values)


@functools.cache
def codec(kind: Kind) -> Codec:
    """The codec of a kind of row, made when it is first asked for: half a millisecond and more each."""
    cls = ROW_TYPES[kind]
    hints = get_type_hints(cls)
    columns = tuple(_column(name, hints[name]) for name in cls.__struct_fields__)
    return Codec(
        columns,
        _maker(cls),
        tuple(column.encode for column in columns),
        tuple((place, column.decode) for place, column in enumerate(columns) if column.decode is not None),
    )


def _maker(cls: type[Any]) -> Callable[..., Any]:
    """Makes a record of its members' values in their order: of most that is the class itself."""
    names = cls.__struct_fields__
    if cls.__match_args__ == names:
        return cls
    return lambda *values: cls(**dict(zip(names, values, strict=True)))


def _column(name: str, hint: Any) -> Column:
    inner, optional = _unwrap(hint)
    if inner in _SQL_TYPES:
        return Column(name, _SQL_TYPES[inner], not optional, None, None if optional else _shared(name, inner))
    if isinstance(inner, type) and issubclass(inner, StrEnum):
        known: dict[str | None, StrEnum | None] = {member.value: member for member in inner}
        if optional:
            known[None] = None
        return Column(name, "TEXT", not optional, _plain_text, known.__getitem__)
    return Column(name, "TEXT", required=True, encode=_to_json, decode=_from_json(name, hint))


def _shared(name: str, hint: Any) -> Convert | None:
    """How a scalar is read that is never None."""
    if hint is bool:
        return bool
    if hint is int:
        return _number
    return sys.intern if hint is str and name not in _UNIQUE else None


@functools.lru_cache(_REMEMBERED)
def _number(value: int) -> int:
    return value


def _plain_text(value: StrEnum | None) -> str | None:
    return None if value is None else value.value


def _unwrap(hint: Any) -> tuple[Any, bool]:
    """`X | None` as X and True."""
    if get_origin(hint) in {Union, types.UnionType}:
        inner = [arg for arg in get_args(hint) if arg is not types.NoneType]
        if len(inner) == 1:
            return inner[0], True
    return hint, False


# -- nested values -----------------------------------------------------------------------------------------------------


def _to_json(value: Any) -> str:
    return _ENCODE(value).decode()


def _from_json(name: str, hint: Any) -> Convert:
    # Not strict: 512.0 is the number 512, whichever version wrote it so.
    parse, share = Decoder(hint, strict=False).decode, _sharing(hint)

    def read(text: str) -> Any:
        try:
            value = parse(text)
        except DecodeError as error:
            raise StoreError(
                f"a row of the state can't be read, for its {name!r} is not as this version writes it: {error}"
            ) from error
        return value if share is None else share(value)

    remembered = functools.lru_cache(_REMEMBERED)(read)
    return lambda text: remembered(text) if len(text) <= _SHORT else read(text)


@functools.cache
def _sharing(hint: Any) -> Convert | None:
    """How what was read becomes one with its equals; None where nothing in it is worth that."""
    inner, optional = _unwrap(hint)
    if optional:
        share = _sharing(inner)
        return share and (lambda value: None if value is None else share(value))
    if inner is str:
        return sys.intern
    if get_origin(inner) is tuple:
        return _sharing_items(get_args(inner))
    return _sharing_members(inner) if isinstance(inner, type) and issubclass(inner, Record) else None


def _sharing_items(args: tuple[Any, ...]) -> Convert | None:
    if len(args) != 2 or args[1] is not Ellipsis:
        return None
    if _is_leaf(args[0]):
        # Ports are the same on every host: tuples that are equal are one.
        return functools.lru_cache(_REMEMBERED)(lambda values: values)
    share = _sharing(args[0])
    return share and (lambda values: tuple(map(share, values)))


def _is_leaf(hint: Any) -> bool:
    """Whether it is a record of scalars alone."""
    if not isinstance(hint, type) or not issubclass(hint, Record):
        return False
    return all(inner in _SQL_TYPES for inner in get_type_hints(hint).values())


def _sharing_members(cls: type[Record]) -> Convert | None:
    shared = [
        (name, share)
        for name, hint in get_type_hints(cls).items()
        if name not in _UNIQUE and (share := _sharing(hint)) is not None
    ]

    def share_members(value: Any) -> Any:
        # It was made a moment ago, and nobody has seen it yet.
        for name, share in shared:
            if item := getattr(value, name):
                force_setattr(value, name, share(item))
        return value

    return share_members if shared else None
