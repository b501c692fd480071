"""Which events `dockyard events` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from core.cli.events import newest
from core.events import Event, Subject
from core.store import Recorded

if TYPE_CHECKING:
    from core.api import Dockyard
    from tests.core.cli.conftest import Shell

EVENTS = 2_500


class Told:
    """So many events, one each second, the last one just now."""

    def now(self) -> float:
        return float(EVENTS)

    def events(self, *, limit: int, before: int | None = None, **_which: Any) -> list[Recorded]:
        last = EVENTS if before is None else before - 1
        numbers = range(max(1, last - limit + 1), last + 1)
        return [Recorded(n, Event(float(n), Subject.SERVICE, "web", str(n), "default")) for n in numbers]


@pytest.mark.parametrize(
    ("since", "limit", "first"),
    [
        (None, None, EVENTS - 99),
        (None, 3, EVENTS - 2),
        (10.0, None, EVENTS - 10),
        (10.0, 3, EVENTS - 2),
        (1_500.0, None, EVENTS - 1_500),
        (1_000_000.0, None, 1),
        (1_000_000.0, 1_200, EVENTS - 1_199),
    ],
)
def test_the_newest_are_shown_or_those_of_a_time(since: float | None, limit: int | None, first: int) -> None:
    dockyard = cast("Dockyard", Told())
    found = newest(dockyard, {}, {"follow": False, "since": since, "limit": limit})
    assert [recorded.number for recorded in found] == list(range(first, EVENTS + 1))


def test_since_is_a_duration_and_takes_all_of_it(dockyard: Shell, web_json: str) -> None:
    dockyard.ok("taskdef", "register", web_json)
    assert "Task definition web:1 was registered." in dockyard.ok("events", "--since", "1h").out
    assert dockyard.ok("events", "--since", "0s", "--json").json() == {"events": []}
    refused = dockyard("events", "--since", "yesterday")
    assert refused.exit_code == 2
    assert "yesterday" in refused.err
