"""Between values and columns: scalars as they are, everything nested as JSON. Made from the records' own fields. Pure.

Nested values leave out what is at its default, so that they stay small, and so that a new field with a default needs no migration.
"""

from __future__ import annotations

import functools
import json
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from msgspec.structs import fields

from core.model.state import ROW_TYPES, Kind
from core.record import Record

Convert = Callable[[Any], Any]

_SQL_TYPES: Final[Mapping[object, str]] = {str: "TEXT", int: "INTEGER", bool: "INTEGER", float: "REAL"}
#: So many nested texts of so few characters are remembered with their values: ports and the like repeat, containers don't.
_REMEMBERED: Final = 4096
_SHORT: Final = 64
#: Texts that no two rows share. All others are kept once, however many rows say them, and sizes too: of 100,000 tasks that is 100 MB.
_UNIQUE: Final = frozenset({"runtime_id", "ended_run"})


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

    def encode(self, row: object) -> list[Any]:
        """The row's values for its columns."""
        values = (getattr(row, column.name) for column in self.columns)
        return [
            value if encode is None else encode(value)
            for value, encode in zip(values, self.encoders, strict=True)
        ]

    def decode(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        """The values that table rows stand for. This is the loop that a start with 100,000 tasks waits for."""
        make, decoders = self.make, self.decoders
        for row in rows:
            values = list(row)
            for place, decode in decoders:
                values[place] = decode(values[place])
            yield make(*values)


def codec_of(cls: type[Any]) -> Codec:
    """The codec of a record."""
    hints = get_type_hints(cls)
    columns = tuple(_column(field.name, hints[field.name]) for field in fields(cls))
    return Codec(
        columns,
        _maker(cls),
        tuple(column.encode for column in columns),
        tuple((place, column.decode) for place, column in enumerate(columns) if column.decode is not None),
    )


def _maker(cls: type[Any]) -> Callable[..., Any]:
    """Makes a record of its members' values in their order: of most that is the class itself."""
    names = tuple(field.name for field in fields(cls))
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
    encode, decode = _nested(hint)
    return Column(name, "TEXT", required=True, encode=_to_json(encode), decode=_from_json(decode))


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


def _to_json(encode: Convert | None) -> Convert:
    dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    return dumps if encode is None else lambda value: dumps(encode(value))


def _from_json(decode: Convert | None) -> Convert:
    loads = json.JSONDecoder().raw_decode

    def read(text: str) -> Any:
        value, _ = loads(text)
        return value if decode is None else decode(value)

    remembered = functools.lru_cache(_REMEMBERED)(read)
    return lambda text: remembered(text) if len(text) <= _SHORT else read(text)


@functools.cache
def _nested(hint: Any) -> tuple[Convert | None, Convert | None]:
    """How a nested value becomes what JSON knows, and back; None where it passes as it is."""
    inner, optional = _unwrap(hint)
    if optional:
        encode, decode = _nested(inner)
        return encode and _or_none(encode), decode and _or_none(decode)
    if inner in _SQL_TYPES:
        return None, None
    if get_origin(inner) is tuple:
        return _tuple(get_args(inner))
    if isinstance(inner, type) and issubclass(inner, StrEnum):
        return None, {member.value: member for member in inner}.__getitem__
    if isinstance(inner, type) and issubclass(inner, tuple):
        return list, lambda values: inner(*values)
    if _is_record(inner):
        return _record(inner)
    raise TypeError(f"no column can hold {hint}")


def _or_none(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _tuple(args: tuple[Any, ...]) -> tuple[Convert | None, Convert]:
    if len(args) == 2 and args[1] is Ellipsis:
        encode, decode = _nested(args[0])
        to_list: Convert | None = encode and (lambda values: [encode(value) for value in values])
        if decode is None:
            return to_list, tuple
        if _is_leaf(args[0]):
            # Ports are the same on every host: tuples that are equal are one.
            once = functools.lru_cache(_REMEMBERED)(lambda values: values)
            return to_list, lambda values: once(tuple(decode(value) for value in values))
        return to_list, lambda values: tuple(decode(value) for value in values)
    pairs = [_nested(arg) for arg in args]
    if all(decode is None for _, decode in pairs):
        return None, tuple
    raise TypeError(f"no column can hold a tuple of {args}")


def _is_record(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Record)


def _is_leaf(hint: Any) -> bool:
    """Whether it is a record of scalars alone."""
    return _is_record(hint) and all(inner in _SQL_TYPES for inner in get_type_hints(hint).values())


def _record(cls: type) -> tuple[Convert, Convert]:
    hints = get_type_hints(cls)
    members = [(field.name, field.default, *_nested(hints[field.name])) for field in fields(cls)]
    decoders = {
        name: convert
        for name, _, _, decode in members
        if (convert := decode or (_shared(name, hints[name]) if hints[name] is str else None)) is not None
    }

    def encode_record(value: Any) -> dict[str, Any]:
        found = ((name, default, encode, getattr(value, name)) for name, default, encode, _ in members)
        return {
            name: item if encode is None else encode(item)
            for name, default, encode, item in found
            if item != default
        }

    def decode_record(record: dict[str, Any]) -> Any:
        for name, decode in decoders.items():
            if name in record:
                record[name] = decode(record[name])
        return cls(**record)

    return encode_record, decode_record


CODECS: Final[Mapping[Kind, Codec]] = types.MappingProxyType(
    {kind: codec_of(ROW_TYPES[kind]) for kind in Kind}
)
