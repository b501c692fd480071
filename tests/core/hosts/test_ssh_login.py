"""Host keys, keys, agents, jumps and proxies, with a real sshd."""

from __future__ import annotations

import getpass
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.errors import ConfigError, HostUnreachable
from core.hosts import ssh_keys
from core.hosts.known_hosts import Verdict, trust
from core.hosts.link import Address
from core.hosts.ssh_join import fetch_host_key, join
from core.hosts.ssh_keyring import Keyring
from core.record import replace
from core.schemes import Scheme
from tests.core.hosts.sshd import Sshd, make_key, options, skip_without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.hosts.link import LinkOptions, Prompt


def enters(sshd: Sshd, settings: LinkOptions, prompt: Prompt | None = None) -> None:
    connection = join(sshd.address(), settings, prompt)
    assert connection.active
    connection.close()
    assert not connection.active


def refused(act: Callable[[], object], step: str) -> HostUnreachable:
    with pytest.raises(HostUnreachable) as found:
        act()
    assert found.value.step == step
    return found.value


# --- host keys ---


def test_an_unknown_host_is_refused_with_its_fingerprint_and_the_command_that_trusts_it(
    sshd: Sshd, key: Path, tmp_path: Path
) -> None:
    settings = options(tmp_path, "", key)
    error = refused(lambda: enters(sshd, settings), "host key")
    said = subprocess.run(
        ["ssh-keygen", "-lf", sshd.host_keys[0]], check=True, capture_output=True, text=True
    ).stdout
    assert said.split()[1] in str(error)
    assert "dockyard capacity trust edge-1" in error.hint

    shown = fetch_host_key(sshd.address(), settings)
    assert shown.verdict is Verdict.UNKNOWN
    assert shown.key.fingerprint() == said.split()[1]
    trust(shown.file, shown.name, shown.key)
    enters(sshd, settings)
    assert fetch_host_key(sshd.address(), settings).verdict is Verdict.KNOWN


def test_a_host_that_only_a_certificate_authority_vouches_for_is_told_as_that(
    sshd: Sshd, key: Path, tmp_path: Path
) -> None:
    settings = options(tmp_path, f"@cert-authority {sshd.known_line('*')}", key)
    error = refused(lambda: enters(sshd, settings), "host key")
    assert f"the certificate authority of {settings.known_hosts}:1 is not asked here" in str(error)
    settings = options(tmp_path, f"@cert-authority {sshd.known_line('*')}{sshd.known_line()}", key)
    enters(sshd, settings)


def test_a_changed_host_key_is_refused_and_names_the_line(sshd: Sshd, key: Path, tmp_path: Path) -> None:
    settings = options(tmp_path, sshd.known_line(), key)
    sshd.host_keys = [make_key(sshd.folder / "another")]
    sshd.restart("")
    error = refused(lambda: enters(sshd, settings), "host key")
    assert "CHANGED" in str(error)
    assert f"{settings.known_hosts}:1" in error.hint


def test_a_revoked_host_key_is_refused(sshd: Sshd, key: Path, tmp_path: Path) -> None:
    known = sshd.known_line() + "@revoked " + sshd.known_line("*")
    refused(lambda: enters(sshd, options(tmp_path, known, key)), "host key")


def test_the_type_that_is_known_is_asked_for(key: Path, tmp_path: Path) -> None:
    with Sshd(tmp_path / "many", host_keys=("ed25519", "ecdsa", "rsa")) as sshd:
        sshd.authorize(key)
        for kind in ("rsa", "ecdsa", "ed25519"):
            enters(sshd, options(tmp_path, sshd.known_line(kind=kind), key))


def test_a_host_key_alias_stands_for_name_and_port(sshd: Sshd, key: Path, tmp_path: Path) -> None:
    config = "Host *\n HostKeyAlias fleet\n"
    enters(sshd, options(tmp_path, sshd.known_line("fleet"), key, config))


def test_the_known_hosts_that_ssh_config_names_are_read(sshd: Sshd, key: Path, tmp_path: Path) -> None:
    (tmp_path / "fleet").write_text(sshd.known_line())
    settings = options(tmp_path, "", key, f"Host *\n UserKnownHostsFile {tmp_path}/none {tmp_path}/fleet\n")
    ssh_config = settings.ssh_config
    from_config = type(settings)(identity_file=key, ssh_config=ssh_config)
    enters(sshd, from_config)


def test_an_ipv6_host(sshd: Sshd, key: Path, tmp_path: Path) -> None:
    try:
        sshd.restart(f"ListenAddress [::1]:{sshd.port}")
    except AssertionError:
        pytest.skip("no IPv6 here")
    address = Address.parse(f"ssh://{getpass.getuser()}@[::1]:{sshd.port}")
    settings = options(tmp_path, sshd.known_line(f"[::1]:{sshd.port}"), key)
    join(address, settings).close()


# --- keys ---


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("ed25519", ()),
        ("ecdsa", ()),
        ("rsa", ("-b", "2048")),
        ("rsa", ("-b", "2048", "-m", "PEM")),
        ("ecdsa", ("-m", "PEM")),
        ("rsa", ("-b", "2048", "-m", "PKCS8")),
        ("ecdsa", ("-m", "PKCS8")),
    ],
    ids=["ed25519", "ecdsa", "rsa", "rsa-pem", "ecdsa-pem", "rsa-pkcs8", "ecdsa-pkcs8"],
)
def test_every_kind_of_key_plain_and_encrypted(
    sshd: Sshd, tmp_path: Path, kind: str, more: tuple[str, ...]
) -> None:
    plain = make_key(tmp_path / "plain", kind, *more)
    locked = make_key(tmp_path / "locked", kind, *more, passphrase="harbour")
    sshd.authorize(plain, locked)
    enters(sshd, options(tmp_path, sshd.known_line(), plain))
    enters(sshd, options(tmp_path, sshd.known_line(), locked), lambda _: "harbour")


def test_a_passphrase_is_asked_until_it_is_right_and_then_not_again(sshd: Sshd, tmp_path: Path) -> None:
    locked = make_key(tmp_path / "locked", passphrase="harbour")
    sshd.authorize(locked)
    answers = iter(["wrong", "harbour"])
    asked: list[str] = []

    def prompt(text: str) -> str:
        asked.append(text)
        return next(answers)

    settings = options(tmp_path, sshd.known_line(), locked)
    enters(sshd, settings, prompt)
    enters(sshd, settings, prompt)
    enters(sshd, settings)
    assert asked == [f"Passphrase for {locked}: "] * 2


def test_hosts_joined_at_once_share_one_question(sshd: Sshd, tmp_path: Path) -> None:
    locked = make_key(tmp_path / "locked", passphrase="harbour")
    sshd.authorize(locked)
    settings = options(tmp_path, sshd.known_line(), locked)
    asked: list[str] = []

    def prompt(text: str) -> str:
        asked.append(text)
        return "harbour"

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(enters, sshd, settings, prompt) for _ in range(4)]:
            done.result()
    assert len(asked) == 1


def test_an_encrypted_key_where_nobody_can_be_asked_is_told(sshd: Sshd, tmp_path: Path) -> None:
    locked = make_key(tmp_path / "locked", passphrase="harbour")
    error = refused(lambda: enters(sshd, options(tmp_path, sshd.known_line(), locked)), "login")
    assert f"{locked} is encrypted" in str(error)


def test_a_default_key_is_found(sshd: Sshd, tmp_path: Path, key: Path) -> None:
    folder = tmp_path / "home" / ".ssh"
    folder.mkdir()
    (folder / "id_ed25519").write_bytes(key.read_bytes())
    enters(sshd, options(tmp_path, sshd.known_line()))


def test_a_key_of_ssh_config_is_used(sshd: Sshd, tmp_path: Path, key: Path) -> None:
    enters(sshd, options(tmp_path, sshd.known_line(), config=f"Host 127.0.0.1\n IdentityFile {key}\n"))


def test_no_key_and_a_wrong_key_are_told(sshd: Sshd, tmp_path: Path) -> None:
    error = refused(lambda: enters(sshd, options(tmp_path, sshd.known_line())), "login")
    assert "There is no key to show" in str(error)
    missing = refused(lambda: enters(sshd, options(tmp_path, sshd.known_line(), tmp_path / "none")), "login")
    assert f"{tmp_path}/none: does not exist" in str(missing)
    wrong = make_key(tmp_path / "wrong")
    error = refused(lambda: enters(sshd, options(tmp_path, sshd.known_line(), wrong)), "login")
    assert f"refused {wrong}" in str(error)
    assert "authorized_keys" in error.hint


def test_a_server_that_takes_no_keys_is_told(sshd: Sshd, tmp_path: Path, key: Path) -> None:
    sshd.restart("PubkeyAuthentication no\nPasswordAuthentication yes")
    error = refused(lambda: enters(sshd, options(tmp_path, sshd.known_line(), key)), "login")
    assert "takes no keys, only" in str(error)


# --- the agent ---


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An ssh agent without keys, that confirms no use of one."""
    skip_without("ssh-agent")
    path = tmp_path / "agent.sock"
    with subprocess.Popen(
        ["ssh-agent", "-D", "-a", path],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "SSH_ASKPASS": "/bin/false"},
    ) as process:
        while not path.exists():
            assert process.poll() is None
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        yield path
        process.terminate()


def add(*keys: Path) -> None:
    subprocess.run(["ssh-add", "-q", *keys], check=True, capture_output=True)


def test_the_agents_keys_are_tried(agent: Path, sshd: Sshd, tmp_path: Path, key: Path) -> None:
    assert agent.exists()
    add(make_key(tmp_path / "other"), key)
    enters(sshd, options(tmp_path, sshd.known_line()))


def test_a_named_key_that_the_agent_holds_needs_no_passphrase(
    agent: Path, sshd: Sshd, tmp_path: Path
) -> None:
    assert agent.exists()
    locked = make_key(tmp_path / "locked", passphrase="harbour")
    sshd.authorize(locked)
    plain = tmp_path / "plain"
    plain.write_bytes(locked.read_bytes())
    plain.chmod(0o600)
    subprocess.run(
        ["ssh-keygen", "-q", "-p", "-P", "harbour", "-N", "", "-f", plain], check=True, capture_output=True
    )
    add(plain)
    enters(sshd, options(tmp_path, sshd.known_line(), locked))
    locked.unlink()
    enters(sshd, options(tmp_path, sshd.known_line(), Path(f"{locked}.pub")))


def test_a_named_key_goes_before_an_agent_full_of_others(
    agent: Path, sshd: Sshd, tmp_path: Path, key: Path
) -> None:
    assert agent.exists()
    sshd.restart("MaxAuthTries 2")
    add(*(make_key(tmp_path / f"other{n}") for n in range(4)))
    enters(sshd, options(tmp_path, sshd.known_line(), key))
    error = refused(lambda: enters(sshd, options(tmp_path, sshd.known_line())), "login")
    assert "MaxAuthTries" in str(error)
    assert "identity_file" in error.hint


def test_identities_only_keeps_the_agents_other_keys_back(
    agent: Path, sshd: Sshd, tmp_path: Path, key: Path
) -> None:
    assert agent.exists()
    add(key)
    wrong = make_key(tmp_path / "wrong")
    enters(sshd, options(tmp_path, sshd.known_line(), wrong))
    refused(
        lambda: enters(sshd, options(tmp_path, sshd.known_line(), wrong, "IdentitiesOnly yes\n")), "login"
    )


def test_a_default_key_that_the_agent_holds_goes_before_its_others(
    agent: Path, sshd: Sshd, tmp_path: Path, key: Path
) -> None:
    assert agent.exists()
    sshd.restart("MaxAuthTries 2")
    add(*(make_key(tmp_path / f"other{n}") for n in range(4)), key)
    folder = tmp_path / "home" / ".ssh"
    folder.mkdir()
    make_key(folder / "id_ed25519", passphrase="harbour")
    (folder / "id_ed25519.pub").write_bytes(Path(f"{key}.pub").read_bytes())  # it is the agent that opens it
    enters(sshd, options(tmp_path, sshd.known_line()))
    enters(sshd, options(tmp_path, sshd.known_line(), config="IdentitiesOnly yes\n"))


def test_an_agent_that_does_not_sign_is_told(agent: Path, sshd: Sshd, tmp_path: Path, key: Path) -> None:
    assert agent.exists()
    subprocess.run(["ssh-add", "-q", "-c", key], check=True, capture_output=True)
    error = refused(lambda: enters(sshd, options(tmp_path, sshd.known_line())), "login")
    assert "the ssh agent does not sign" in str(error)


def test_an_agent_of_ssh_config_is_asked(
    agent: Path, sshd: Sshd, tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(key)
    monkeypatch.delenv("SSH_AUTH_SOCK")
    enters(sshd, options(tmp_path, sshd.known_line(), config=f"IdentityAgent {agent}\n"))


def test_a_stale_agent_is_as_good_as_none(
    sshd: Sshd, tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))
    enters(sshd, options(tmp_path, sshd.known_line(), key))
    (tmp_path / "gone").touch()
    enters(sshd, options(tmp_path, sshd.known_line(), key))


# --- jumps and proxies ---


@pytest.fixture
def bastions(tmp_path: Path, key: Path) -> Iterator[tuple[Sshd, Sshd]]:
    with Sshd(tmp_path / "b1") as one, Sshd(tmp_path / "b2") as two:
        one.authorize(key)
        two.authorize(key)
        yield one, two


def chain(sshd: Sshd, bastions: tuple[Sshd, Sshd], key: Path, folder: Path, jump: str) -> LinkOptions:
    """Each host has a block of its own in ssh config."""
    hosts = {"edge": sshd, "b1": bastions[0], "b2": bastions[1]}
    blocks = [
        f"Host {name}\n HostName 127.0.0.1\n Port {server.port}\n IdentityFile {key}\n User {getpass.getuser()}\n"
        for name, server in hosts.items()
    ]
    known = "".join(server.known_line() for server in hosts.values())
    return options(folder, known, config=f"Host edge\n {jump}\n" + "".join(blocks))


EDGE = Address(Scheme.SSH, "edge")


def test_a_chain_of_jumps(sshd: Sshd, bastions: tuple[Sshd, Sshd], key: Path, tmp_path: Path) -> None:
    connection = join(EDGE, chain(sshd, bastions, key, tmp_path, "ProxyJump b1,b2"))
    assert connection.route == ("b1", "b2")
    connection.open("session", timeout_s=5).close()
    connection.close()
    for server in (*bastions, sshd):
        assert "Accepted publickey" in server.log.read_text()


def test_jump_hosts_that_dockyards_own_config_names(
    sshd: Sshd, bastions: tuple[Sshd, Sshd], key: Path, tmp_path: Path
) -> None:
    settings = chain(sshd, bastions, key, tmp_path, "ProxyCommand false")
    connection = join(EDGE, replace(settings, jump="b1, b2"))
    assert connection.route == ("b1", "b2")
    connection.close()


def test_a_jump_hosts_own_jump_is_taken(
    sshd: Sshd, bastions: tuple[Sshd, Sshd], key: Path, tmp_path: Path
) -> None:
    settings = chain(sshd, bastions, key, tmp_path, "ProxyJump b2")
    assert settings.ssh_config
    settings.ssh_config.write_text("Host b2\n ProxyJump b1\n" + settings.ssh_config.read_text())
    connection = join(EDGE, settings)
    assert connection.route == ("b1", "b2")
    connection.close()


def test_the_jump_hosts_keys_are_checked_and_come_first(
    sshd: Sshd, bastions: tuple[Sshd, Sshd], key: Path, tmp_path: Path
) -> None:
    settings = chain(sshd, bastions, key, tmp_path, "ProxyJump b1,b2")
    assert settings.known_hosts
    settings.known_hosts.write_text(bastions[0].known_line())
    refused(lambda: join(EDGE, settings), "host key")
    names = []
    while (shown := fetch_host_key(EDGE, settings)).verdict is not Verdict.KNOWN:
        names.append(shown.target.alias)
        trust(shown.file, shown.name, shown.key)
    assert names == ["b2", "edge"]
    join(EDGE, settings).close()


def test_a_jump_host_that_goes_takes_the_connection_with_it(
    sshd: Sshd, bastions: tuple[Sshd, Sshd], key: Path, tmp_path: Path
) -> None:
    connection = join(EDGE, chain(sshd, bastions, key, tmp_path, "ProxyJump b1,b2"))
    channel = connection.open("session", timeout_s=5)
    bastions[0].stop()
    channel.settimeout(10)
    assert channel.recv(1) == b""
    assert not connection.active
    connection.close()


def test_a_jump_host_that_forbids_the_way_is_told(
    sshd: Sshd, bastions: tuple[Sshd, Sshd], key: Path, tmp_path: Path
) -> None:
    settings = chain(sshd, bastions, key, tmp_path, "ProxyJump b1")
    bastions[0].restart("AllowTcpForwarding no")
    error = refused(lambda: join(EDGE, settings), "connect")
    assert "AllowTcpForwarding yes" in error.hint
    bastions[0].restart("")
    sshd.stop()
    assert "can't reach" in str(refused(lambda: join(EDGE, settings), "connect"))


def test_jumps_that_go_in_a_circle_are_refused(
    sshd: Sshd, bastions: tuple[Sshd, Sshd], key: Path, tmp_path: Path
) -> None:
    settings = chain(sshd, bastions, key, tmp_path, "ProxyJump b1")
    assert settings.ssh_config
    text = settings.ssh_config.read_text()
    settings.ssh_config.write_text(f"Host b1\n ProxyJump b2\nHost b2\n ProxyJump b1\n{text}")
    with pytest.raises(ConfigError, match="ProxyJump"):
        join(EDGE, settings)
    settings.ssh_config.write_text(f"Host *\n ProxyJump edge\n{text}")
    with pytest.raises(ConfigError, match="back to itself"):
        join(EDGE, settings)


def test_a_proxy_command_carries_the_connection_and_ends_with_it(
    sshd: Sshd, key: Path, tmp_path: Path
) -> None:
    relay = tmp_path / "relay.py"
    relay.write_text(
        "import os, pathlib, select, socket, sys\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
        "while True:\n"
        "    for r in select.select([s, 0], [], [])[0]:\n"
        "        data = s.recv(65536) if r is s else os.read(0, 65536)\n"
        "        if not data: sys.exit()\n"
        "        os.write(1, data) if r is s else s.sendall(data)\n"
    )
    config = f"Host edge\n HostName 127.0.0.1\n Port {sshd.port}\n ProxyCommand python3 {relay} %h %p\n"
    connection = join(
        Address(Scheme.SSH, "edge", user=getpass.getuser()), options(tmp_path, sshd.known_line(), key, config)
    )
    connection.open("session", timeout_s=5).close()
    assert len(connection.route) == 1
    pid = int((tmp_path / "pid").read_text())
    connection.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_proxy_command_that_fails_tells_in_its_own_words(key: Path, tmp_path: Path) -> None:
    config = "Host edge\n ProxyCommand sh -c 'echo the relay is out of order >&2; exit 1'\n"
    error = refused(lambda: join(EDGE, options(tmp_path, "", key, config)), "connect")
    assert "the relay is out of order" in str(error)


@pytest.fixture(autouse=True)
def no_key_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_keys, "KEYRING", Keyring())
