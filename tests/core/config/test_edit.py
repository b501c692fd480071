"""Writing the config back: comments stay, nothing else changes, and what can't be written is shown."""

from __future__ import annotations

import copy
import socket
import stat
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.config import Config, RegistryConfig, edit, password_of, read
from core.config.edit import (
    add_capacity,
    add_cluster,
    remove_capacity,
    remove_cluster,
)
from core.errors import ConfigChanged, ConfigError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
# Our hosts.

[capacity.edge-1]      # in the rack
url = "ssh://deploy@edge-1"   # by name
attributes = { zone = "a" }

[clusters.default]
# of all things

[capacity.edge-2]
url = "ssh://deploy@edge-2"
[capacity.edge-2.reserve]
cpu = 512

[ui] # mine
theme = "nord"
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "config.toml").write_text(TEXT)
    return read(tmp_path / "config.toml")


def lines_changed(config: Config) -> tuple[list[str], list[str]]:
    old, new = TEXT.splitlines(), config.path.read_text().splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_a_host_is_added_at_the_end(config: Config) -> None:
    settings = {"url": "ssh://x@h:2222", "attributes": {"zone": "b"}, "reserve": {"ports": [22]}}
    after = add_capacity(config, "edge-3", settings)
    assert after == read(config.path)
    assert after.capacity["edge-3"].attributes == (("zone", "b"),)
    assert config.path.read_text() == TEXT + (
        '\n[capacity.edge-3]\nurl = "ssh://x@h:2222"\nattributes = {zone = "b"}\nreserve = {ports = [22]}\n'
    )


def test_a_host_is_removed_and_the_rest_stays(config: Config) -> None:
    after = remove_capacity(config, "edge-2")
    assert sorted(after.capacity) == ["edge-1"]
    gone, new = lines_changed(after)
    assert gone == [
        "[capacity.edge-2]",
        'url = "ssh://deploy@edge-2"',
        "[capacity.edge-2.reserve]",
        "cpu = 512",
    ]
    assert new == []


def test_the_last_host_can_be_removed(config: Config) -> None:
    assert remove_capacity(remove_capacity(config, "edge-1"), "edge-2").capacity == {}


def test_a_host_that_a_capacity_provider_names_is_not_removed(config: Config) -> None:
    config.path.write_text(TEXT + '\n[capacity_providers.steady]\nmembers = ["edge-1"]\n')
    after = read(config.path)
    with pytest.raises(
        ConfigError, match=r"\[capacity_providers\.steady\] members: names edge-1; take it out"
    ):
        remove_capacity(after, "edge-1")
    assert sorted(remove_capacity(after, "edge-2").capacity) == ["edge-1"]


def test_clusters_come_and_go(config: Config) -> None:
    after = add_cluster(config, "prod", {"color": "#ff0000"})
    assert remove_cluster(after, "prod") == read(config.path)
    with pytest.raises(ConfigError, match=r"\[clusters\.default\]: is there already"):
        add_cluster(read(config.path), "default")
    with pytest.raises(ConfigError, match=r"there is no \[clusters\.nope\]"):
        remove_cluster(read(config.path), "nope")


def test_a_cluster_with_hosts_is_not_removed(config: Config) -> None:
    after = add_cluster(config, "prod")
    after = add_capacity(after, "edge-3", {"url": "ssh://edge-3", "cluster": "prod"})
    before = config.path.read_text()
    with pytest.raises(ConfigError, match=r"\[capacity\.edge-3\] cluster: there is no cluster prod"):
        remove_cluster(after, "prod")
    assert config.path.read_text() == before


def test_a_wrong_setting_changes_nothing_and_says_what_is_wrong(config: Config) -> None:
    with pytest.raises(ConfigError, match=r"\[capacity\.edge-3\] url: is missing"):
        add_capacity(config, "edge-3", {"cluster": "default"})
    assert config.path.read_text() == TEXT


def test_a_file_changed_since_is_not_overwritten(config: Config) -> None:
    config.path.write_text(TEXT + "# edited by hand\n")
    with pytest.raises(ConfigError, match=r"was changed since it was read"):
        add_cluster(config, "prod")
    assert "edited by hand" in config.path.read_text()


def test_a_read_only_file_stays_and_the_text_to_add_is_shown(config: Config) -> None:
    config.path.chmod(0o444)
    with pytest.raises(ConfigError) as caught:
        add_capacity(config, "edge-3", {"url": "ssh://h"})
    assert str(caught.value).endswith(
        'can\'t be written (it is read-only); add this to it yourself:\n\n[capacity.edge-3]\nurl = "ssh://h"\n'
    )
    assert config.path.read_text() == TEXT
    assert [entry.name for entry in config.path.parent.iterdir()] == ["config.toml"], (
        "no temporary file is left"
    )


def test_what_cannot_be_edited_safely_is_shown_instead(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('capacity = { a = { url = "sim://a" } }\n')
    with pytest.raises(ConfigError, match=r"(?s)can't be edited safely; .*\[capacity\.b\]"):
        add_capacity(read(path), "b", {"url": "sim://b"})
    assert path.read_text() == 'capacity = { a = { url = "sim://a" } }\n'


def test_mode_and_symlink_are_kept(tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles.toml"
    dotfiles.write_text(TEXT)
    dotfiles.chmod(0o640)
    link = tmp_path / "config.toml"
    link.symlink_to(dotfiles)
    add_cluster(read(link), "prod")
    assert link.is_symlink()
    assert "[clusters.prod]" in dotfiles.read_text()
    assert stat.S_IMODE(dotfiles.stat().st_mode) == 0o640


def test_the_first_file_says_what_went_without_saying(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "new"), "DOCKER_HOST": f"unix://{tmp_path}/docker.sock"}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "docker.sock"))
        after = add_capacity(read(None, environ), "edge-1", {"url": "ssh://edge-1"})
    assert sorted(after.capacity) == ["edge-1", "local"], "the local Docker doesn't vanish by adding another"
    assert after == read(None, environ)
    assert stat.S_IMODE(after.path.stat().st_mode) == 0o600


NAMES = st.sampled_from(["a", "b-1", "c.d", "e"])
HOSTS = st.fixed_dictionaries(
    {"url": st.sampled_from(["sim://a", "ssh://u@h"])},
    optional={"attributes": st.just({"zone": "a"}), "reserve": st.just({"ports": [1, "2/udp"]})},
)
STEPS = st.lists(st.tuples(st.sampled_from(["add", "remove"]), NAMES, HOSTS), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STEPS)
def test_any_row_of_edits_says_what_it_should_and_keeps_every_comment(tmp_path: Path, steps: Any) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    config, wanted = read(path), copy.deepcopy(tomllib.loads(TEXT))
    for step, name, host in steps:
        hosts = wanted["capacity"]
        if step == "add" and name not in hosts:
            config, hosts[name] = add_capacity(config, name, host), host
        elif step == "remove" and name in hosts:
            config = remove_capacity(config, name)
            del hosts[name]
    text = path.read_text()
    assert tomllib.loads(text) == wanted
    assert [
        comment
        for comment in ("# Our hosts.", "# in the rack", "# by name", "# of all", "# mine")
        if comment not in text
    ] == []


def test_a_password_is_looked_up_when_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    assert password_of(RegistryConfig("r", "u", password_file=tmp_path / "secret"), {}) == "from the file"
    assert (
        password_of(RegistryConfig("r", "u", password_env="P"), {"P": "from the environment"})
        == "from the environment"
    )
    assert password_of(RegistryConfig("r", "u", password="plain"), {}) == "plain"
    with pytest.raises(ConfigError, match=r'\[registries\."r"\] password_env: \$P is not set'):
        password_of(RegistryConfig("r", "u", password_env="P"), {})
    with pytest.raises(ConfigError, match=r"password_file: .*nope can't be read"):
        password_of(RegistryConfig("r", "u", password_file=tmp_path / "nope"), {})


def test_a_file_as_editors_on_windows_write_it_is_read_and_edited(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes("\ufeff# ours\r\n[capacity.a]\r\nurl = 'unix:///a'\r\n".encode())
    edited = add_capacity(read(path), "b", {"url": "unix:///b"})
    assert sorted(edited.capacity) == ["a", "b"]
    edited = remove_capacity(edited, "a")
    assert sorted(read(path).capacity) == ["b"]
    assert "# ours" in path.read_text()


def test_an_empty_file_can_be_edited(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    assert "edge-1" in add_capacity(read(path), "edge-1", {"url": "ssh://edge-1"}).capacity


def test_of_two_who_write_at_once_the_second_is_refused_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the same file, and found it unchanged."""
    path = tmp_path / "config.toml"
    path.write_text("[clusters.default]\n")
    mine, theirs = read(path), read(path)
    checked = edit._says

    def between(*given: Any) -> bool:
        monkeypatch.setattr(edit, "_says", checked)
        add_capacity(theirs, "theirs", {"url": "ssh://theirs"})
        return checked(*given)

    monkeypatch.setattr(edit, "_says", between)
    with pytest.raises(ConfigChanged, match="was changed since it was read"):
        add_capacity(mine, "mine", {"url": "ssh://mine"})
    assert list(read(path).capacity) == ["theirs"]
