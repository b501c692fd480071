"""The thread on which forms are tried: the newest question counts, and nothing is kept from the next one."""

from __future__ import annotations

import threading
from queue import SimpleQueue

from core.errors import DockyardError, StoreBusy
from tests.tui import shop
from tui.forms.bench import Bench

PATIENCE_S = 20.0


class Yard(shop.Yard):
    closed: SimpleQueue[bool]

    def close(self) -> None:
        self.closed.put(True)


def test_a_newer_question_makes_those_that_wait_idle() -> None:
    Yard.closed = SimpleQueue()
    told: SimpleQueue[str | DockyardError] = SimpleQueue()
    began, go_on = threading.Event(), threading.Event()

    def slow(_yard: object) -> str:
        began.set()
        go_on.wait(PATIENCE_S)
        return "first"

    bench = Bench(Yard)
    bench.ask(slow, told.put)
    assert began.wait(PATIENCE_S)
    bench.ask(lambda _: "idle", told.put)
    bench.ask(lambda _: "newest", told.put)
    go_on.set()
    assert [told.get(timeout=PATIENCE_S) for _ in range(2)] == ["first", "newest"]
    bench.close()
    assert Yard.closed.get(timeout=PATIENCE_S)
    assert told.empty()


def test_an_installation_that_cant_be_opened_is_told_and_tried_again() -> None:
    Yard.closed = SimpleQueue()
    refusals = [StoreBusy("The state is busy.")]
    told: SimpleQueue[str | DockyardError] = SimpleQueue()

    def opened() -> Yard:
        if refusals:
            raise refusals.pop()
        return Yard()

    bench = Bench(opened)
    bench.ask(lambda _: "never", told.put)
    assert str(told.get(timeout=PATIENCE_S)) == "The state is busy."
    bench.ask(lambda _: "then", told.put)
    assert told.get(timeout=PATIENCE_S) == "then"

    def fails(_yard: object) -> str:
        raise DockyardError("No.")

    bench.ask(fails, told.put)
    assert str(told.get(timeout=PATIENCE_S)) == "No."
    bench.close()
