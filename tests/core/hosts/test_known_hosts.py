"""known_hosts: judged as OpenSSH judges, ssh-keygen as the oracle where it can be one."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING

import pytest

from core.errors import ConfigError
from core.hosts.known_hosts import HostKey, KnownHosts, Verdict, lookup_name, trust
from tests.core.hosts.sshd import make_key

if TYPE_CHECKING:
    from pathlib import Path

ED1 = HostKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519\0\0\0 " + b"1" * 32)
ED2 = HostKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519\0\0\0 " + b"2" * 32)
RSA = HostKey("ssh-rsa", b"\0\0\0\x07ssh-rsa" + b"3" * 32)


def line(names: str, key: HostKey, marker: str = "") -> str:
    return f"{marker} {names} {key.kind} {base64.b64encode(key.blob).decode()} a comment".strip()


def known(tmp_path: Path, *lines: str) -> KnownHosts:
    file = tmp_path / "known_hosts"
    file.write_text("\n".join(lines) + "\n")
    return KnownHosts.read([file])


@pytest.mark.parametrize(
    ("names", "host", "port", "verdict"),
    [
        ("edge", "edge", 22, Verdict.KNOWN),
        ("edge", "EDGE", 22, Verdict.KNOWN),
        ("other,edge", "edge", 22, Verdict.KNOWN),
        ("edge", "edge", 2222, Verdict.UNKNOWN),
        ("[edge]:2222", "edge", 2222, Verdict.KNOWN),
        ("[edge]:2222", "edge", 22, Verdict.UNKNOWN),
        ("*", "edge", 2222, Verdict.KNOWN),
        ("*.example.net", "edge.example.net", 22, Verdict.KNOWN),
        ("*.example.net,!edge.example.net", "edge.example.net", 22, Verdict.UNKNOWN),
        ("[127.0.0.*]:2225", "127.0.0.9", 2225, Verdict.KNOWN),
        ("edge-?", "edge-1", 22, Verdict.KNOWN),
        ("edge-[12]", "edge-1", 22, Verdict.UNKNOWN),
        ("2001:db8::1", "2001:db8::1", 22, Verdict.KNOWN),
    ],
)
def test_names(tmp_path: Path, names: str, host: str, port: int, verdict: Verdict) -> None:
    assert known(tmp_path, line(names, ED1)).judge(lookup_name(host, port), ED1) is verdict


def test_an_alias_is_looked_up_without_the_port(tmp_path: Path) -> None:
    assert known(tmp_path, line("fleet", ED1)).judge(lookup_name("edge", 2222, "fleet"), ED1) is Verdict.KNOWN


def test_another_key_of_a_known_type_has_changed_and_of_another_type_is_unknown(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("edge", ED1))
    assert hosts.judge("edge", ED2) is Verdict.CHANGED
    assert hosts.judge("edge", RSA) is Verdict.UNKNOWN
    assert hosts.kinds("edge") == ("ssh-ed25519",)


def test_several_lines_for_one_host_all_count(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("edge", ED1), line("edge", ED2))
    assert hosts.judge("edge", ED1) is hosts.judge("edge", ED2) is Verdict.KNOWN


def test_a_revoked_key_is_refused_though_another_line_trusts_it(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("edge", ED1), line("*", ED1, "@revoked"))
    assert hosts.judge("edge", ED1) is Verdict.REVOKED
    assert hosts.judge("edge", ED2) is Verdict.CHANGED


def test_lines_that_are_of_no_use_do_not_spoil_the_file(tmp_path: Path) -> None:
    hosts = known(
        tmp_path,
        "# a comment",
        "",
        line("*", RSA, "@cert-authority"),
        "edge ssh-ed25519 not-base64!",
        "edge",
        "|1|bad|hash ssh-ed25519 AAAA",
        line("edge", ED1),
    )
    assert hosts.judge("edge", ED1) is Verdict.KNOWN
    assert hosts.judge("edge", RSA) is Verdict.UNKNOWN


def test_names_hashed_by_ssh_keygen_are_found(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    key = make_key(tmp_path / "key")
    kind, blob, *_ = key.with_suffix(".pub").read_text().split()
    file.write_text(f"edge {kind} {blob}\n[edge]:2222 {kind} {blob}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", file], check=True, capture_output=True)
    assert "edge" not in file.read_text()
    hosts = KnownHosts.read([file])
    shown = HostKey(kind, base64.b64decode(blob))
    assert hosts.judge("edge", shown) is Verdict.KNOWN
    assert hosts.judge("[edge]:2222", shown) is Verdict.KNOWN
    assert hosts.judge("[edge]:2223", shown) is Verdict.UNKNOWN


def test_the_fingerprint_is_the_one_that_ssh_keygen_prints(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", "ecdsa")
    kind, blob, *_ = key.with_suffix(".pub").read_text().split()
    said = subprocess.run(["ssh-keygen", "-lf", key], check=True, capture_output=True, text=True).stdout
    assert HostKey(kind, base64.b64decode(blob)).fingerprint() == said.split()[1]


def test_trusting_makes_a_private_file_and_keeps_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "ssh" / "known_hosts"
    trust(file, "edge", ED1)
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text(file.read_text().rstrip("\n"))  # as an editor may leave it
    trust(file, "[edge]:2222", ED2)
    hosts = KnownHosts.read([file])
    assert hosts.judge("edge", ED1) is Verdict.KNOWN
    assert hosts.judge("[edge]:2222", ED2) is Verdict.KNOWN


def test_a_file_that_cannot_be_written_tells_the_line_to_add(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ConfigError) as refused:
        trust(tmp_path / "taken" / "known_hosts", "edge", ED1)
    assert line("edge", ED1).removesuffix(" a comment") in str(refused.value)


def test_a_missing_file_knows_nothing_and_an_unreadable_one_is_an_error(tmp_path: Path) -> None:
    assert KnownHosts.read([tmp_path / "none"]).judge("edge", ED1) is Verdict.UNKNOWN
    with pytest.raises(ConfigError):
        KnownHosts.read([tmp_path])
