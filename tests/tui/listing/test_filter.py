"""What a person may type after `/`."""

from __future__ import annotations

import pytest

from tui.listing.column import Column
from tui.listing.filter import parse
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
