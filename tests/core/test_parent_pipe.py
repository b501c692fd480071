"""What a terminal UI says to the engine that is its child arrives whole, in order, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from core.parent_pipe import Passphrase, Stay, heard, say


def test_what_is_said_is_heard_until_the_end() -> None:
    theirs, ours = os.pipe()
    secret = Passphrase(Path("/keys/one two"), 'ha"r\nbour ü')
    say(ours, secret)
    say(ours, Stay())
    os.close(ours)
    assert list(heard(theirs)) == [secret, Stay()]


def test_half_a_line_and_what_a_newer_ui_says_are_passed_over() -> None:
    theirs, ours = os.pipe()
    os.write(ours, b'{"say": "dance"}\n')
    os.write(ours, b'{"say": "stay"')
    os.close(ours)
    assert list(heard(theirs)) == []
