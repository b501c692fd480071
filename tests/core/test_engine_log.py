"""The headless engine's output: lines for people, or objects for programs."""

from __future__ import annotations

import io
import json
import logging

import pytest

from core.engine_log import EngineLog
from core.events import Event, Level, Subject

EVENT = Event(
    1.5, Subject.SERVICE, "web", "(service web) has reached a steady state.", "default", Level.INFO, "STEADY"
)


def test_an_event_is_one_readable_line() -> None:
    output = io.StringIO()
    EngineLog("text", output).event(EVENT)
    assert output.getvalue() == "1970-01-01T00:00:01.500Z INFO  (service web) has reached a steady state.\n"


def test_on_request_it_is_one_json_object() -> None:
    output = io.StringIO()
    log = EngineLog("json", output)
    log.event(EVENT)
    log.say(2.0, logging.WARNING, "disk")
    event, word = map(json.loads, output.getvalue().splitlines())
    assert event == {
        "at": "1970-01-01T00:00:01.500Z",
        "level": "INFO",
        "message": "(service web) has reached a steady state.",
        "subject": "service",
        "name": "web",
        "cluster": "default",
        "event": "STEADY",
    }
    assert word == {"at": "1970-01-01T00:00:02.000Z", "level": "WARN", "message": "disk", "subject": "engine"}


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_line_is_one_line_whatever_an_event_says(log_format: str) -> None:
    output = io.StringIO()
    EngineLog(log_format, output).say(0.0, logging.ERROR, "one\ntwo\x1b[2J")
    assert output.getvalue().count("\n") == 1
    assert "\x1b" not in output.getvalue()


def test_a_terminal_that_is_gone_stops_nothing() -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    EngineLog("text", Gone()).event(EVENT)
