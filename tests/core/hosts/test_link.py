"""Capacity URLs, by the rules of docker/cli's connection helper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from core.hosts.link import Address
from core.schemes import Scheme

GOOD = [
    ("unix:///var/run/docker.sock", Address(Scheme.UNIX, socket_path="/var/run/docker.sock")),
    ("tcp://edge:2376", Address(Scheme.TCP, "edge", 2376)),
    ("tcp://[::1]/", Address(Scheme.TCP, "::1")),
    ("ssh://edge", Address(Scheme.SSH, "edge")),
    ("ssh://me@edge:10022", Address(Scheme.SSH, "edge", 10022, "me")),
    ("ssh://me@edge/", Address(Scheme.SSH, "edge", None, "me")),
    ("ssh://me@edge//", Address(Scheme.SSH, "edge", None, "me")),
    (
        "ssh://me@edge:22/run/user/1000/docker.sock",
        Address(Scheme.SSH, "edge", 22, "me", "/run/user/1000/docker.sock"),
    ),
    ("ssh://me@[2001:db8::1]:10022", Address(Scheme.SSH, "2001:db8::1", 10022, "me")),
    ("ssh://[fe80::1%25eth0]", Address(Scheme.SSH, "fe80::1%eth0")),
    ("ssh://me%40corp@edge", Address(Scheme.SSH, "edge", None, "me@corp")),
    ("ssh://$(shutdown)me@edge", Address(Scheme.SSH, "edge", None, "$(shutdown)me")),
]

BAD = [
    ("", "begins with unix://, tcp:// or ssh://"),
    ("edge", "begins with"),
    ("https://edge", "begins with"),
    ("unix://", "absolute path"),
    ("unix://var/run/docker.sock", "absolute path"),
    ("tcp://", "names no host"),
    ("tcp://me@edge", "names no user"),
    ("tcp://edge/path", "no path"),
    ("ssh://", "names no host"),
    ("ssh://me@", "names no host"),
    ("ssh:///var/run/docker.sock", "names no host"),
    ("ssh://me:secret@edge", "no password"),
    ("ssh://me:@edge", "no password"),
    ("ssh://edge?x=1", "no query"),
    ("ssh://edge?", "no query"),
    ("ssh://edge#x", "no fragment"),
    ("ssh://edge:port", "no URL"),
    ("ssh://edge:70000", "no URL"),
    ("ssh://[::1", "no URL"),
    ("ssh://-oProxyCommand=x", "dash"),
    ("ssh://my edge", "no spaces"),
    ("tcp://my%20edge", "no spaces"),
    ("ssh://edge:0", "no port 0"),
    ("ssh://ed\nge", "control character"),
    ("ssh://edge/a\x00b", "control character"),
    ("ssh://edge/a%00b", "control character"),
    ("ssh://m%1be@edge", "control character"),
]


@pytest.mark.parametrize(("url", "address"), GOOD, ids=[url for url, _ in GOOD])
def test_a_good_url_is_read(url: str, address: Address) -> None:
    assert Address.parse(url) == address


@pytest.mark.parametrize(("url", "reason"), BAD, ids=[repr(url) for url, _ in BAD])
def test_a_bad_url_is_refused_with_a_reason(url: str, reason: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Address.parse(url)
    assert reason in str(refused.value)


def test_a_refused_password_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as refused:
        Address.parse("ssh://me:secret@edge")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url", [url for url, _ in GOOD if "%" not in url and "//" not in url.partition("://")[2]]
)
def test_an_address_is_written_as_it_is_read(url: str) -> None:
    address = Address.parse(url)
    assert Address.parse(str(address)) == address


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for url in (text, f"ssh://{text}", f"unix:///{text}"):
        try:
            address = Address.parse(url)
        except ConfigError:
            continue
        assert "\n" not in address.host + address.user + address.socket_path
