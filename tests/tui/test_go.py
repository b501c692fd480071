"""What `:` understands, and the completion it shows."""

from __future__ import annotations

import pytest

from tui.go import completions, understand
from tui.place import Place
from tui.views import ALIASES
from tui.widgets.prompt import completed

CLUSTERS = ("prod", "staging")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", None),
        ("tas", "tasks"),
        ("ser", "services"),
        ("services p", "services prod"),
        ("sort r", "sort running"),
        ("cluster st", "cluster staging"),
        ("nothing", None),
    ],
)
def test_the_completion_that_is_shown(typed: str, shown: str | None) -> None:
    assert completed(typed, completions(typed, CLUSTERS, ("name", "running"))) == shown


@pytest.mark.parametrize("alias", ALIASES)
def test_what_is_shown_behind_an_alias_is_what_it_means(alias: str) -> None:
    shown = completed(alias, completions(alias, CLUSTERS, ()))
    meant = understand(alias, "", CLUSTERS, ())
    assert isinstance(meant, Place)
    assert shown is None or understand(shown, "", CLUSTERS, ()) == meant
