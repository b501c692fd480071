"""The keys of files: which are missed, and how they are opened later."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from core.hosts.ssh_keyring import KeyLocked, Keyring, KeyUnusable
from tests.core.hosts.sshd import make_key

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    return make_key(tmp_path / "locked", passphrase="harbour")


def test_a_locked_key_is_missed_until_somebody_unlocks_it(locked: Path) -> None:
    ring = Keyring()
    with pytest.raises(KeyLocked, match=f"{locked} is encrypted"):
        ring.key(locked, None)
    assert ring.missing() == (), "the login may have succeeded without it"
    ring.miss([locked])
    assert ring.missing() == (str(locked),)
    assert not ring.unlock(locked, "quay")
    assert not ring.unlock(locked, "")
    assert ring.missing() == (str(locked),)
    assert ring.unlock(locked, "harbour")
    assert ring.missing() == ()
    assert ring.key(locked, None).get_name() == "ssh-ed25519"


def test_a_key_that_an_agent_holds_now_is_missed_no_more(locked: Path) -> None:
    ring = Keyring()
    ring.miss([locked])
    ring.found(locked)
    assert ring.missing() == ()


def test_a_file_that_was_written_anew_is_another_key(locked: Path) -> None:
    ring = Keyring()
    assert ring.unlock(locked, "harbour")
    before = ring.key(locked, None)
    locked.unlink()
    make_key(locked, passphrase="quay")
    os.utime(locked, ns=(1, 1))
    with pytest.raises(KeyLocked):
        ring.key(locked, None)
    assert ring.key(locked, lambda _: "quay") != before


def test_what_is_no_key_is_told(tmp_path: Path) -> None:
    ring, no_key = Keyring(), tmp_path / "no_key"
    no_key.write_text("good day")
    with pytest.raises(KeyUnusable, match=f"{no_key}: not a private key"):
        ring.key(no_key, None)
    assert not ring.unlock(no_key, "harbour")
    assert not ring.unlock(tmp_path / "none", "harbour")


def test_who_waits_for_a_missed_key_is_told_of_each_once(tmp_path: Path) -> None:
    ring = Keyring()
    one, two = tmp_path / "one", tmp_path / "two"
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(ring.wait_missing, ())
        ring.miss([])
        ring.miss([one])
        assert waiting.result(10) == one
        waiting = pool.submit(ring.wait_missing, {one})
        ring.miss([one, two])
        assert waiting.result(10) == two
