"""The way to a host: what a connection depends on."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from core.config import CapacityConfig, Config
from core.open_host import HostOpener
from tests.core.builders import instance

BARE = Config(Path("config.toml"), "")
EDGE = replace(instance("edge"), name="edge", url="ssh://edge")


def test_a_host_that_left_the_config_is_reached_as_before_until_it_is_empty() -> None:
    capacity = CapacityConfig("edge", "ssh://edge", identity_file=Path("/keys/edge"))
    opener = HostOpener("us", replace(BARE, capacity={"edge": capacity}), lambda _: None, time.monotonic)
    before = opener.way(EDGE)
    opener.take(BARE)
    assert opener.way(EDGE) == before
    opener.take(replace(BARE, capacity={"edge": replace(capacity, identity_file=Path("/keys/new"))}))
    assert opener.way(EDGE) != before


def test_what_does_not_concern_the_way_costs_no_connection() -> None:
    capacity = CapacityConfig("edge", "ssh://edge")
    opener = HostOpener("us", replace(BARE, capacity={"edge": capacity}), lambda _: None, time.monotonic)
    before = opener.way(EDGE)
    opener.take(
        replace(BARE, capacity={"edge": replace(capacity, cluster="other", attributes=(("zone", "a"),))})
    )
    assert opener.way(EDGE) == before
