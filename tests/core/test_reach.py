"""The way to a host: what a connection depends on, and who remembers it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import CapacityConfig, Config
from core.config.values import TlsConfig
from core.declare import declared
from core.errors import ConfigError
from core.hosts.link import LinkOptions, TlsOptions
from core.reach import link_options, way_to, way_to_instance
from core.record import replace
from tests.core.builders import instance
from tests.core.fold.desk import Desk, definition

KEYED = CapacityConfig(
    "edge", "ssh://edge", identity_file=Path("/keys/edge"), known_hosts=Path("/keys/known")
)
TLS = CapacityConfig(
    "far", "tcp://far:2376", tls=TlsConfig(Path("/ca"), Path("/cert"), Path("/key"), verify=False)
)


def config(*capacity: CapacityConfig) -> Config:
    return Config(Path("config.toml"), "", capacity={each.name: each for each in capacity})


def test_a_way_stands_for_the_options_it_was_made_of() -> None:
    assert link_options("edge", KEYED.way) == LinkOptions(
        "edge", identity_file=Path("/keys/edge"), known_hosts=Path("/keys/known")
    )
    assert link_options("edge", replace(KEYED, jump="ops@b1,b2").way).jump == "ops@b1,b2"
    tls = TlsOptions(Path("/ca"), Path("/cert"), Path("/key"), verify=False)
    assert link_options("far", TLS.way) == LinkOptions("far", tls=tls)
    assert link_options("far", replace(TLS, tls=TlsConfig()).way) == LinkOptions("far", tls=TlsOptions())
    assert link_options("bare", CapacityConfig("bare", "ssh://bare").way) == LinkOptions("bare")


def test_what_does_not_concern_the_way_is_not_in_it() -> None:
    assert replace(KEYED, cluster="other", attributes=(("zone", "a"),)).way == KEYED.way
    assert replace(KEYED, identity_file=Path("/keys/new")).way != KEYED.way


def test_a_host_that_left_the_config_is_reached_as_before_until_it_is_empty() -> None:
    desk = Desk()
    desk.config(declared(config(KEYED, TLS)))
    desk.do("RegisterTaskDefinition", **definition())
    desk.connect("edge")
    desk.task(on="edge")
    desk.config(declared(config(TLS)))
    left = desk.instance("edge")
    assert left.removed_from_config
    assert way_to_instance(left, config(TLS)) == way_to(KEYED)


def test_a_client_goes_its_own_config_s_way_and_the_engine_s_where_it_has_none() -> None:
    row = replace(instance("edge"), name="edge", url="ssh://edge", way=KEYED.way)
    own = CapacityConfig("edge", "ssh://edge", identity_file=Path("/mine"))
    assert way_to_instance(row, config(own)) == way_to(own)
    assert way_to_instance(row, config(replace(own, url="ssh://elsewhere"))) == way_to(KEYED)


def test_a_simulated_host_has_no_docker_behind_it() -> None:
    with pytest.raises(ConfigError, match="edge is a simulated host"):
        way_to(CapacityConfig("edge", "sim://edge"))
