"""An opened host looks secrets up by the config as it is now, not as it was when the host was opened."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from core.config import parse
from core.errors import ActionFailed
from core.open_host import HostOpener

if TYPE_CHECKING:
    from pathlib import Path


def test_a_rule_that_is_added_is_used_by_hosts_that_are_open(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    opener = HostOpener("us", parse(b"", path), lambda _: None, time.time)
    secret = opener._sources("local").secret
    with pytest.raises(
        ActionFailed, match=r"There is no secret token: put it in a file of that name in .*/secrets,"
    ):
        secret("token", time.monotonic() + 20)
    opener.take(parse(b'[secrets.token]\ncommand = ["printf", "hunter2"]\n', path))
    assert secret("token", time.monotonic() + 20) == "hunter2"
