"""~/.ssh/config: our own reading against what `ssh -G` makes of the same file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.hosts import ssh_config
from core.hosts.ssh_config import Hop, SshTarget, read_files, resolve

needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="the oracle is the ssh client")

CONFIGS = {
    "first value wins": "Host edge\n HostName 10.0.0.1\n Port 2201\nHost *\n HostName 10.9.9.9\n Port 2299\n User deploy\n",
    "equals and quotes": 'Host = edge\n HostName="10.0.0.1"\n Port=2222\n User "two words"\n',
    "negation": "Host *.net !edge.net\n Port 1\nHost *\n Port 2\n",
    "keywords in any case": "HOST edge\n hostNAME 10.0.0.1\n",
    "patterns heed case": "Host EDGE\n Port 1\nHost edge\n Port 2\n",
    "percent h": "Host edge\n HostName %h.example.net\n",
    "several identities": "Host edge\n IdentityFile ~/.ssh/a\n IdentityFile /b\nHost *\n IdentityFile ~/.ssh/c\n IdentitiesOnly yes\n",
    "match host after hostname": "Host edge\n HostName 10.0.0.1\nMatch host 10.0.0.1\n Port 2222\n",
    "match host with equals": "Match host=edge\n Port 2222\n",
    "match original host": "Host edge\n HostName x\nMatch originalhost edge\n Port 2222\n",
    "match user": "Match user nobody\n Port 1\nMatch user !nobody,*\n Port 2\n",
    "match negated": "Match !host other\n Port 2222\n",
    "match all": "Match all\n Port 2222\n",
    "match exec true": 'Match exec "test %n = edge"\n Port 2222\n',
    "match exec false": "Match host edge exec false\n Port 2222\nMatch all\n Port 3\n",
    "match final": "Match final\n User late\nHost *\n Port 2222\n",
    "match local user": "Match localuser nobody-at-all\n Port 1\n",
    "jump chain": "Host edge\n ProxyJump u1@b1:2201,u2@b2:2202,[2001:db8::1]:2203\n",
    "jump none": "Host edge\n ProxyJump none\nHost *\n ProxyJump bastion\n",
    "jump before command": "Host edge\n ProxyJump bastion\nHost *\n ProxyCommand nc %h %p\n",
    "command before jump": "Host edge\n ProxyCommand nc -X 5 %h %p\nHost *\n ProxyJump bastion\n",
    "command with quotes": "Host edge\n ProxyCommand sh -c 'nc \"$0\" %p' %h\n",
    "known hosts": "Host edge\n UserKnownHostsFile /a /b\n HostKeyAlias fleet\n IdentityAgent none\n",
    "comments and blanks": "# x\n\n  # y\nHost edge # z\n Port 2222\n",
    "tabs": "Host\tedge\n\tPort\t2222\n",
    "nothing": "",
}


@pytest.fixture(autouse=True)
def no_ssh_of_the_developer() -> None:
    """In place of the shared one: ssh takes the home folder from the password file, so $HOME is left alone here."""


def targets(monkeypatch: pytest.MonkeyPatch, config: Path, alias: str, **more: object) -> list[SshTarget]:
    """By the client, then by our own reading."""
    by_client = resolve(alias, config=config, **more)  # type: ignore[arg-type]
    monkeypatch.setattr(shutil, "which", lambda _: None)
    return [by_client, resolve(alias, config=config, **more)]  # type: ignore[arg-type]


@needs_ssh
@pytest.mark.parametrize("text", CONFIGS.values(), ids=CONFIGS.keys())
def test_our_reading_is_that_of_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    config = tmp_path / "config"
    config.write_text(text)
    for alias in ("edge", "edge.net", "web.net"):
        by_client, own = targets(monkeypatch, config, alias)
        assert own == by_client
        monkeypatch.undo()


def test_the_urls_own_user_and_port_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text("Host edge\n User deploy\n Port 2222\nMatch user me\n HostName 10.0.0.1\n")
    for target in targets(monkeypatch, config, "edge", user="me", port=2200):
        assert (target.user, target.port, target.host) == ("me", 2200, "10.0.0.1")


@needs_ssh
def test_includes_are_followed_within_their_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inc1").write_text("HostName 10.9.9.9\nHost other\n Port 1\n")
    (tmp_path / "inc2").write_text("Host *\n User included\n")
    config = tmp_path / "config"
    config.write_text(
        f"Host edge\n Include {tmp_path}/inc1\n Port 2209\nHost nobody\n Include {tmp_path}/inc2\n"
        f"Host *\n Include {tmp_path}/none* {tmp_path}/inc[3-9]\n"
    )
    by_client, own = targets(monkeypatch, config, "edge")
    assert own == by_client
    assert (own.host, own.port) == ("10.9.9.9", 2209)
    assert own.user != "included"


def test_the_home_of_nobody_is_a_file_that_isnt_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    config = tmp_path / "config"
    config.write_text("Include ~no-such-user/config\nHost edge\n IdentityFile ~no-such-user/id\n Port 2209\n")
    target = resolve("edge", config=config)
    assert target.port == 2209
    assert Path("~no-such-user/id") in target.identity_files


def test_an_include_that_never_ends_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(f"Include {config}\n")
    with pytest.raises(ConfigError, match="deeper"):
        read_files("edge", user="", port=None, config=config)


@pytest.mark.parametrize(
    "criterion", ["localnetwork 10.0.0.0/8", "tagged x", "version *", "sessiontype shell", "what ever"]
)
def test_a_criterion_that_is_not_known_never_matches(tmp_path: Path, criterion: str) -> None:
    config = tmp_path / "config"
    config.write_text(
        f"Match {criterion}\n Port 1\nMatch !{criterion}\n Port 2\nMatch host edge {criterion}\n Port 3\n"
    )
    assert "port" not in read_files("edge", user="", port=None, config=config)


@pytest.mark.parametrize("text", ["Host\n", 'Host "edge\n', "Host edge\n Port x\n"])
def test_a_file_that_ssh_refuses_is_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    config = tmp_path / "config"
    config.write_text(text)
    for which in (shutil.which, lambda _: None):
        monkeypatch.setattr(shutil, "which", which)
        with pytest.raises(ConfigError, match="ssh config"):
            resolve("edge", config=config)


@pytest.mark.skipif(not shutil.which("ssh"), reason="needs the ssh client")
def test_what_ssh_has_against_a_file_is_told(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("Host *\n Prot 2222\n")
    with pytest.raises(ConfigError, match=r"line 2: Bad configuration option: prot$"):
        resolve("edge", config=config)


def test_names_are_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYS", "/keys")
    config = tmp_path / "config"
    config.write_text(
        "Host edge\n User me\n HostName %h.net\n Port 2222\n IdentityFile ${KEYS}/%r@%h\n ProxyCommand relay %h %p %r 100%%\n"
    )
    for target in targets(monkeypatch, config, "edge"):
        assert target.identity_files == (Path("/keys/me@edge.net"),)
        assert target.proxy_command == "relay edge.net 2222 me 100%"
        monkeypatch.setenv("KEYS", "/keys")


def test_no_identity_named_means_the_defaults_may_be_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("")
    for target in targets(monkeypatch, config, "edge"):
        assert target.identity_files == ()
        assert target.user_known_hosts[0] == Path("~/.ssh/known_hosts").expanduser()
    assert ssh_config.default_identities()[0].name == "id_ed25519"
    config.write_text("IdentityFile ~/.ssh/id_rsa\n")
    for target in targets(monkeypatch, config, "edge"):
        assert target.identity_files == (Path("~/.ssh/id_rsa").expanduser(),), "named is named"


@pytest.mark.parametrize(
    ("text", "hop"),
    [
        ("bastion", Hop("bastion")),
        ("me@bastion:2201", Hop("bastion", "me", 2201)),
        ("[2001:db8::1]:2203", Hop("2001:db8::1", "", 2203)),
        ("ssh://me@bastion:22", Hop("bastion", "me", 22)),
    ],
)
def test_a_hop_is_read(text: str, hop: Hop) -> None:
    assert Hop.parse(text) == hop


@pytest.mark.parametrize("text", ["", "me@", "bastion:ssh", "-oProxyCommand=x", "a b@[::1"])
def test_a_bad_hop_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="ProxyJump"):
        Hop.parse(text)
