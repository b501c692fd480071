"""A probe as it is written, and what its matcher takes."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.probe import CHARACTERS, Probe, ProbeProtocol


@pytest.mark.parametrize(
    ("probe", "written"),
    [
        (Probe(ProbeProtocol.HTTP, "web", 80, "/healthz"), "http://web:80/healthz"),
        (Probe(ProbeProtocol.HTTPS, "web", 443), "https://web:443/"),
        (Probe(ProbeProtocol.TCP, "db", 5432), "tcp://db:5432"),
        (Probe(ProbeProtocol.EXEC, "db", command=("sh", "-c", "test -e /up")), "exec:db sh -c 'test -e /up'"),
    ],
)
def test_it_is_written_as_on_a_command_line(probe: Probe, written: str) -> None:
    assert str(probe) == written


@given(st.lists(st.text(max_size=200), min_size=1, max_size=5))
def test_however_long_its_command_is_it_is_told_in_short(command: list[str]) -> None:
    told = str(Probe(ProbeProtocol.EXEC, "web", command=tuple(command)))
    assert len(told) <= CHARACTERS
    whole = f"exec:web {shlex.join(command)}"
    assert told == whole or (told.endswith("…") and whole.startswith(told[:-1]))


@given(st.integers(200, 599), st.integers(200, 599), st.integers(200, 599))
def test_codes_and_ranges_match(one: int, two: int, status: int) -> None:
    first, last = sorted((one, two))
    assert Probe(ProbeProtocol.HTTP, "web", 80, matcher=f"{first}-{last}").matches(status) == (
        first <= status <= last
    )
    listed = Probe(ProbeProtocol.HTTP, "web", 80, matcher=f"{one},{two}")
    assert listed.matches(status) == (status in {one, two})
