"""Variables, files of variables, amounts and ports as Compose writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.compose import converted, read_compose
from core.compose.dotenv import filled, variables
from core.compose.interpolation import Interpolation
from core.compose.ports import port_mappings
from core.compose.values import cpu_units, mib, seconds
from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("plain", "plain"),
        ("$A-$B.", "a-."),
        ("${A}${B}", "a"),
        ("$$A $${A}", "$A ${A}"),
        ("${E-x}|${E:-x}|${B-x}|${A:-x}", "|x|x|a"),
        ("${A+y}|${E+y}|${E:+y}|${B+y}", "y|y||"),
        ("${B:-${A}-${C:-d}}", "a-d"),
        ("${B:-a}b}", "ab}"),
        ("${A?no}${A:?no}", "aa"),
    ],
)
def test_variables_are_filled_in_as_compose_does(text: str, made: str) -> None:
    assert Interpolation({"A": "a", "E": ""}).value(text, "x") == made


def test_what_is_not_set_is_remembered_and_keys_are_left_alone() -> None:
    interpolation = Interpolation({"A": "a"})
    assert interpolation.value({"$A": ["$A", 1, None, "$B"]}, "x") == {"$A": ["a", 1, None, ""]}
    assert list(interpolation.unset) == ["B"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("50$", "x: a $ begins a variable such as ${NAME}; write $$ for a dollar"),
        ("${A", "x: the } of ${A is missing"),
        ("${A%b}", "x: ${A%b} is no variable Compose knows"),
        ("${B?say $A}", "x: $B must be set: say a"),
        ("${E:?}", "x: $E must be set: it is required"),
    ],
)
def test_a_wrong_variable_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Interpolation({"A": "a", "E": ""}).value(text, "x")
    assert str(caught.value) == sentence


def test_a_file_of_variables_has_quotes_comments_and_export() -> None:
    text = '# one\nexport A=1\nB = two words # said\nC=\'$x #\'\nD="a\\n\\"b\\"" # c\nE=\nF\nG: yaml\nH="1\n2"\n\nI=a#b\n'
    assert variables(text, "x") == {
        "A": "1", "B": "two words", "C": "$$x #", "D": 'a\n"b"', "E": "", "F": None, "G": "yaml", "H": "1\n2", "I": "a#b",
    }  # fmt: skip
    for wrong, sentence in (
        ("A=1\n=2", "x: line 2: must be"),
        ("A='1", "x: line 1: the closing ' is missing"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            variables(wrong, "x")


def test_variables_in_a_file_of_variables_are_filled_in_unless_they_are_quoted() -> None:
    text = "A=1\nB=$A-${C:-c}\nD='$A'\nE=\"\\$A ${B}\"\nOF_SHELL\nNOT_SET\n"
    assert filled(text, "x", {"OF_SHELL": "yes", "A": "shell's"}) == {
        "A": "1", "B": "shell's-c", "D": "$A", "E": "$A shell's-c", "OF_SHELL": "yes",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "amount"),
    [("1g", 1024), ("512m", 512), ("1.5GiB", 1536), (67108864, 64), ("100k", 1), ("2MB", 2), ("1b", 1)],
)
def test_sizes_are_mebibytes_rounded_up(written: Any, amount: int) -> None:
    assert mib(written, "x") == amount


@pytest.mark.parametrize(
    ("written", "amount"),
    [("1m30s", 90), ("10", 10), ("500ms", 1), ("1h", 3600), ("1.5s", 2), (7, 7), ("0s", 0)],
)
def test_durations_are_seconds_rounded_up(written: Any, amount: int) -> None:
    assert seconds(written, "x") == amount


@pytest.mark.parametrize(
    ("entry", "made"),
    [
        ("80", [{"containerPort": 80}]),
        (80, [{"containerPort": 80}]),
        ("22:22", [{"containerPort": 22, "hostPort": 22}]),
        ("0.0.0.0:53:53/udp", [{"containerPort": 53, "hostPort": 53, "protocol": "udp"}]),
        ("[::]:80:80", [{"containerPort": 80, "hostPort": 80}]),
        ("0.0.0.0::80", [{"containerPort": 80}]),
        ("127.0.0.1:80:80", []),
        ("[::1]:80:80", []),
        ("3000-3002", [{"containerPortRange": "3000-3002"}]),
        ("8000-8001:80-81", [{"containerPort": 80, "hostPort": 8000}, {"containerPort": 81, "hostPort": 8001}]),
        ("8000-8010:80", [{"containerPort": 80}]),
        ({"target": 80, "published": 8080, "mode": "host"}, [{"containerPort": 80, "hostPort": 8080}]),
        ({"target": 80, "host_ip": "10.0.0.1", "published": "80"}, []),
    ],
)  # fmt: skip
def test_ports_in_their_forms(entry: Any, made: list[dict[str, Any]]) -> None:
    assert port_mappings([entry], "x", lambda *_: None) == made


def test_a_port_that_was_for_one_address_is_not_opened_on_all() -> None:
    said: list[str] = []
    port_mappings(["127.0.0.1:5432:5432"], "x", lambda key, sentence: said.append(f"{key}: {sentence}"))
    assert said == [
        "ports: 127.0.0.1:5432:5432 is not published: ECS publishes a port on all addresses of its host"
    ]


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (cpu_units, 1.8e305),
        (cpu_units, "nan"),
        (cpu_units, "inf"),
        (mib, "9" * 400 + "g"),
        (seconds, "9" * 400 + "h"),
    ],
)
def test_an_amount_beyond_all_numbers_is_a_sentence(read: Callable[[Any, str], int], value: Any) -> None:
    with pytest.raises(ConfigError, match=r"^x: there is no such amount$"):
        read(value, "x")


def test_the_home_of_nobody_is_a_path_like_others() -> None:
    text = b"services: {web: {image: 'web:1', volumes: ['~no-such-user/data:/data']}}"
    (made,) = converted(read_compose("/srv/compose.yaml", text, {})).definitions
    assert made["volumes"][0]["host"] == {"sourcePath": "/srv/~no-such-user/data"}
