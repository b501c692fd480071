"""What a config declares reaches the state the same by both ways: the engine's own look at the file, and a client's command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.config import read
from core.declare import apply_input, declared
from core.fold.config import DeclaredInstance, declared_by
from core.fold.inputs import ApplyConfig

if TYPE_CHECKING:
    from pathlib import Path

FULL = """
[clusters.default]
[clusters.empty]
[capacity.edge-1]
url = "ssh://deploy@edge-1.example.net"
cluster = "default"
identity_file = "~/.ssh/edge"
known_hosts = "~/.ssh/known_edges"
attributes = { zone = "a", rack = "7" }
image_pull = "once"
gpus = ["1", "GPU-1f3a"]
reserve = { cpu = 512, memory_mib = 1024, ports = [22, "53/udp"] }
[capacity."edge-2.example.net"]
url = "ssh://edge-2.example.net"
[capacity.local]
url = "unix:///var/run/docker.sock"
[capacity_providers.steady]
cluster = "default"
members = ["edge-1", "edge-2.example.net", "local"]
[capacity_providers.spare]
expression = "attribute:zone == a"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(FULL)
    return path


def test_a_command_declares_what_the_file_does(file: Path) -> None:
    config = read(file)
    given = ApplyConfig.model_validate_json(json.dumps(apply_input(config)))
    assert declared_by(given) == declared(config)


def test_the_file_of_that_test_says_everything_a_host_can_have(file: Path) -> None:
    edge = declared(read(file)).capacity[0]
    bare = DeclaredInstance("edge-1", "", "")
    unsaid = [
        name for name in DeclaredInstance.__struct_fields__ if getattr(edge, name) == getattr(bare, name)
    ]
    assert unsaid == ["name"]


def test_a_host_says_how_it_pulls_or_else_its_cluster_or_nobody(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    url = 'url = "unix:///var/run/docker.sock"'
    file.write_text(
        f"""
[clusters.shop]
image_pull = "prefer-cached"
[capacity.own]
cluster = "shop"
image_pull = "always"
{url}
[capacity.plain]
cluster = "shop"
{url}
[capacity.other]
{url}
"""
    )
    assert {host.name: host.image_pull for host in declared(read(file)).capacity} == {
        "own": "always",
        "plain": "prefer-cached",
        "other": "",
    }
