"""The keys that leave a session, however they come cut."""

from __future__ import annotations

import pytest

from core.cli.leaving_keys import DETACH, DISCONNECT, LeavingKeys


@pytest.mark.parametrize(
    ("pieces", "typed"),
    [
        ([b"abc"], False),
        ([b"\x10\x11"], True),
        ([b"ls\x10", b"\x11"], True),
        ([b"\x10\x10\x11"], True),
        ([b"\x10x\x11"], False),
        ([b"\x11\x10"], False),
    ],
)
def test_detach_keys_are_seen_and_passed_on(pieces: list[bytes], typed: bool) -> None:
    keys = LeavingKeys(DETACH)
    assert b"".join(map(keys.passed, pieces)) == b"".join(pieces)
    assert keys.typed is typed


@pytest.mark.parametrize(
    ("pieces", "passed", "typed"),
    [
        ([b"~."], b"", True),
        ([b"ls\r~", b"."], b"ls\r", True),
        ([b"a~."], b"a~.", False),
        ([b"\r~~."], b"\r~.", False),
        ([b"~x~."], b"~x~.", False),
        ([b"cd ~\r", b"~.rest"], b"cd ~\r", True),
    ],
)
def test_disconnecting_keys_count_at_the_beginning_of_a_line_and_are_not_passed_on(
    pieces: list[bytes], passed: bytes, typed: bool
) -> None:
    keys = LeavingKeys(DISCONNECT)
    assert b"".join(map(keys.passed, pieces)) == passed
    assert keys.typed is typed


def test_where_no_keys_leave_nothing_is_looked_for() -> None:
    keys = LeavingKeys(b"")
    assert keys.passed(b"\x10\x11~.") == b"\x10\x11~."
    assert not keys.typed
