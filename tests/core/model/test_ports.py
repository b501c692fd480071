"""Published ports as people read them: adjacent ones as one, also where two protocols take turns."""

from __future__ import annotations

import pytest

from core.model.ports import ports_shown


@pytest.mark.parametrize(
    ("ports", "shown"),
    [
        ([], []),
        ([(8080, 80, "tcp")], ["8080→80/tcp"]),
        ([(61000, 9000, "tcp"), (61001, 9001, "tcp"), (61002, 9002, "tcp")], ["61000-61002→9000-9002/tcp"]),
        ([(32768, 9000, "tcp"), (32770, 9001, "tcp")], ["32768→9000/tcp", "32770→9001/tcp"]),
        ([(0, 9000, "tcp"), (0, 9001, "tcp"), (0, 80, "tcp")], ["any→9000-9001/tcp", "any→80/tcp"]),
        ([(0, 79, "tcp"), (1, 80, "tcp")], ["any→79/tcp", "1→80/tcp"]),
        (
            [(1, 1, "tcp"), (1, 1, "udp"), (2, 2, "tcp"), (2, 2, "udp"), (9, 3, "udp")],
            ["1-2→1-2/tcp", "1-2→1-2/udp", "9→3/udp"],
        ),
    ],
)
def test_adjacent_ports_are_shown_as_one(ports: list[tuple[int, int, str]], shown: list[str]) -> None:
    assert ports_shown(ports) == shown
