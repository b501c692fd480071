"""The keys that leave a session and let what it shows run on: Docker's Ctrl-P Ctrl-Q, and ssh's `~.`. Pure."""

from __future__ import annotations

from typing import Final

#: As `docker attach`.
DETACH: Final = b"\x10\x11"
#: As `ssh`: at the beginning of a line alone; `~~` is one `~`.
DISCONNECT: Final = b"~."
_LINE_ENDS: Final = b"\r\n"


class LeavingKeys:
    """Sees whether the keys are typed, however they come cut. `typed` says so."""

    def __init__(self, keys: bytes) -> None:
        """Watch for these; none at all where it is empty."""
        self._keys = keys
        self._begun = False
        self._at_line_start = True
        self.typed = False

    def passed(self, data: bytes) -> bytes:
        """What of it is to be passed on: all but the disconnecting keys, which are ours alone."""
        if self._keys == DISCONNECT:
            return self._ssh(data)
        for byte in data if self._keys else b"":
            if self._begun and byte == self._keys[1]:
                self.typed = True
            self._begun = byte == self._keys[0]
        return data

    def _ssh(self, data: bytes) -> bytes:
        passed = bytearray()
        for byte in data:
            if self._begun:
                self._begun = False
                if byte == DISCONNECT[1]:
                    self.typed = True
                    break
                if byte != DISCONNECT[0]:
                    passed += DISCONNECT[:1]
                passed.append(byte)
            elif self._at_line_start and byte == DISCONNECT[0]:
                self._begun = True
                continue
            else:
                passed.append(byte)
            self._at_line_start = byte in _LINE_ENDS
        return bytes(passed)
