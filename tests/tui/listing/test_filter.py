"""What a person may type after `/`."""

from __future__ import annotations

import pytest

from tui.listing.column import Column
from tui.listing.filter import parse, unknown_column
from tui.listing.row import Row

COLUMNS = (Column("name", "NAME"), Column("status", "STATUS"), Column("task_definition", "TASK DEF"))
WEB = Row("1", ("web-frontend", "RUNNING", "web:12"))
API = Row("2", ("api", "PENDING", "api:3"))


@pytest.mark.parametrize(
    ("text", "web", "api"),
    [
        ("", True, True),
        ("web", True, False),
        ("running", True, False),
        ("^api$", False, True),
        ("web|api", True, True),
        ("!web", False, True),
        ("~wbfr", True, False),
        ("!~wbfr", False, True),
        ("status:pend", False, True),
        ("STATUS:pend", False, True),
        ("!status:pend", True, False),
        ("status:web", False, False),
        ("task_definition:^web", True, False),
        ("web:12", True, False),
        ("e status:running", True, False),
        ("web !running", False, False),
        ("[", False, False),
        ("(", False, False),
        ("!", True, True),
        ("~", True, True),
        ("  ", True, True),
    ],
)
def test_which_rows_a_filter_shows(text: str, web: bool, api: bool) -> None:
    wanted = parse(text, COLUMNS)
    assert (wanted.matches(WEB), wanted.matches(API)) == (web, api)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("statsu:x", "There is no column statsu: did you mean status?"),
        ("web !Name_:x", "There is no column Name_: did you mean name?"),
        ("foo:x", "There is no column foo: there are name, status, task_definition."),
        ("status:x STATUS:y !name:z", ""),
        ("http://web:80 10.0.0.1:80 (?i:x) :x web", ""),
    ],
)
def test_a_column_that_there_is_not_is_told(text: str, told: str) -> None:
    assert unknown_column(text, COLUMNS) == told
