"""Values: what the project says of a thing at a time. Immutable, equal when their fields are, made by the hundred thousand.

They are msgspec's structs, for what they cost. A frozen dataclass takes half a millisecond to be defined, and some 130 of them were
a third of what a verb took to start; a new one takes ten times as long to be made, and twenty times where another is replaced.
What changes in place is a plain class or a dataclass, never a record; a value with a member that is not shown, or does not count
when it is compared, is a frozen dataclass, which has words for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, dataclass_transform

from msgspec import Struct

if TYPE_CHECKING:
    # To mypy records are dataclasses: of no other `replace` than theirs does it check the names and types that are given.
    from dataclasses import field, replace

    @dataclass_transform(frozen_default=True, field_specifiers=(field,))
    class Record:
        """A value with the fields that its class names. JSON of it leaves out what is at its default."""

        __struct_fields__: ClassVar[tuple[str, ...]]

        def __init_subclass__(
            cls, *, kw_only: bool = False, order: bool = False, eq: bool = True, omit_defaults: bool = True
        ) -> None: ...

else:
    from msgspec import field
    from msgspec.structs import replace

    class Record(Struct, frozen=True, omit_defaults=True):
        """A value with the fields that its class names. JSON of it leaves out what is at its default."""


__all__ = ["Record", "field", "replace"]
