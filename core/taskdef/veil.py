"""Values that a comparison must not show: what is a secret by its name, and passwords within addresses. Pure.

A comparison is printed where a definition is not: in the log of whatever runs `apply`. `describe` shows what there is.
"""

from __future__ import annotations

import re
from typing import Any, Final

_TELLING: Final = re.compile(
    r"passw|passphrase|pwd|secret|token|credential|private|(api|access|signing|encryption|master|account)[_.-]?key"
    r"|(^|[_.-])(key|auth|dsn|pass)$",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"://[^/@\s:]*:[^/@\s]+@")
_NOT_SHOWN: Final = "(not shown)"


class _Veiled(str):
    """Compares as the text that it is."""

    __slots__ = ()


def veiled(value: Any) -> Any:
    """A JSON document whose secrets still compare, and are not shown by `shown_plainly`."""
    match value:
        case {"name": str(name), "value": str(text)}:
            hides = _TELLING.search(name) or _ADDRESS.search(text)
            return {**value, "value": _Veiled(text) if hides and text else text}
        case {"options": dict(options)}:
            rest = veiled({key: item for key, item in value.items() if key != "options"})
            hidden = {k: _Veiled(v) if _TELLING.search(k) and v else v for k, v in options.items()}
            return {**rest, "options": hidden}
        case dict():
            return {key: veiled(item) for key, item in value.items()}
        case list():
            return [veiled(item) for item in value]
        case str() if _ADDRESS.search(value):
            return _Veiled(value)
        case _:
            return value


def is_veiled(value: Any) -> bool:
    """Whether a value is one that must not be shown."""
    return isinstance(value, _Veiled)


def shown_plainly(value: Any) -> Any:
    """A veiled document for people to read."""
    match value:
        case _Veiled():
            return _NOT_SHOWN
        case dict():
            return {key: shown_plainly(item) for key, item in value.items()}
        case list():
            return [shown_plainly(item) for item in value]
        case _:
            return value
