"""What a terminal sends between the two marks of a paste holds no keys: an Esc in it would make keys of all that follows."""

from __future__ import annotations

from typing import Final

_BEGIN: Final = "\x1b[200~"
_END: Final = "\x1b[201~"
_ESCAPE: Final = "\x1b"
_SHOWN: Final = "\u241b"


class Pastes:
    """Takes what was read, in pieces that may end anywhere, and gives it on with every Esc in a paste as its symbol."""

    def __init__(self) -> None:
        """Start outside of a paste."""
        self._is_inside = False
        #: Outside the end of what was given on, which may be the begin of the first mark; inside what was kept back, as for the last.
        self._rest = ""

    def through(self, data: str) -> str:
        """What the parser may see. Nothing is kept back outside of a paste: a single Esc is a key."""
        given: list[str] = []
        while data:
            data = self._inside(data, given) if self._is_inside else self._outside(data, given)
        return "".join(given)

    def _outside(self, data: str, given: list[str]) -> str:
        seen = self._rest + data
        at = seen.find(_BEGIN)
        if at < 0:
            given.append(data)
            self._rest = seen[1 - len(_BEGIN) :]
            return ""
        end = at + len(_BEGIN)
        given.append(seen[len(self._rest) : end])
        self._is_inside, self._rest = True, ""
        return seen[end:]

    def _inside(self, data: str, given: list[str]) -> str:
        seen = self._rest + data
        text, mark, after = seen.partition(_END)
        if mark:
            self._is_inside, self._rest = False, ""
        else:
            kept = next((n for n in range(len(_END) - 1, 0, -1) if seen.endswith(_END[:n])), 0)
            text, self._rest = seen[: len(seen) - kept], seen[len(seen) - kept :]
        given.append(text.replace(_ESCAPE, _SHOWN) + mark)
        return after
