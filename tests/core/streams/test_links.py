"""Links are opened once, and none outlives their end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

from core.errors import HostError
from core.streams import links
from core.streams.links import Links
from tests.core.builders import instance

if TYPE_CHECKING:
    from core.config import Config

EDGE = instance("edge-1")
PATIENCE_S = 20.0


class Opened:
    """A link, and the way to it that a test holds up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.goes_on, self.closed = (threading.Event() for _ in range(3))
        self.count = 0
        monkeypatch.setattr(links, "open_link", self.open)
        monkeypatch.setattr(links, "way_to_instance", lambda _instance, _config: (None, None))

    def open(self, *_way: Any) -> Opened:
        self.count += 1
        self.begun.set()
        assert self.goes_on.wait(PATIENCE_S)
        return self

    def alive(self) -> bool:
        return not self.closed.is_set()

    def close(self) -> None:
        self.closed.set()


def test_a_link_is_kept_until_it_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Opened(monkeypatch)
    opened.goes_on.set()
    kept = Links(cast("Config", None), None)
    assert kept.to(EDGE) is kept.to(EDGE)
    assert opened.count == 1
    opened.closed.set()
    kept.to(EDGE)
    assert opened.count == 2


def test_what_is_being_opened_when_all_is_closed_is_closed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Opened(monkeypatch)
    kept = Links(cast("Config", None), None)
    told: list[HostError] = []

    def ask() -> None:
        try:
            kept.to(EDGE)
        except HostError as error:
            told.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    assert opened.begun.wait(PATIENCE_S)
    kept.close()
    opened.goes_on.set()
    asking.join(PATIENCE_S)
    assert opened.closed.is_set()
    assert [str(error) for error in told] == ["the connection to edge-1 was given up"]
    with pytest.raises(HostError, match="given up"):
        kept.to(EDGE)
