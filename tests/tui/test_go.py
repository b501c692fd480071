"""What `:` understands, and the completion it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import parse
from core.errors import ConfigError, UsageError
from tui.go import _ELSEWHERE, _WORDS, Known, Run, Theme, checked_aliases, completions, understand
from tui.place import Place
from tui.views import ALIASES
from tui.widgets.field import completed

KNOWN = Known(
    ("prod", "staging"), ("name", "running"), ("ansi", "nord"), {"p": "tasks prod", "dark": "theme nord"}
)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", None),
        ("tas", "tasks"),
        ("ser", "services"),
        ("services p", "services prod"),
        ("sort r", "sort running"),
        ("cluster st", "cluster staging"),
        ("theme n", "theme nord"),
        ("dar", "dark"),
        ("nothing", None),
    ],
)
def test_the_completion_that_is_shown(typed: str, shown: str | None) -> None:
    assert completed(typed, completions(typed, KNOWN)) == shown


@pytest.mark.parametrize("alias", ALIASES)
def test_what_is_shown_behind_an_alias_is_what_it_means(alias: str) -> None:
    shown = completed(alias, completions(alias, KNOWN))
    meant = understand(alias, "", KNOWN)
    assert isinstance(meant, Place)
    assert shown is None or understand(shown, "", KNOWN) == meant


def test_words_of_the_operator_s_own_stand_for_what_they_say() -> None:
    assert understand("p", "", KNOWN) == Place("tasks", "prod")
    assert understand("dark", "", KNOWN) == Theme("nord")
    with pytest.raises(UsageError, match="There is no theme 'ansy'; did you mean ansi"):
        understand("theme ansy", "", KNOWN)


def test_who_comes_from_elsewhere_is_told_the_name_that_it_has_here() -> None:
    with pytest.raises(UsageError, match="There is no view or command 'pods'; did you mean tasks"):
        understand("pods", "", KNOWN)
    assert not set(_ELSEWHERE) & ({*ALIASES, *_WORDS}), "what is understood needs no telling"
    assert set(_ELSEWHERE.values()) <= {*ALIASES, *_WORDS}


def test_a_word_that_wants_a_name_says_which_there_are() -> None:
    with pytest.raises(UsageError, match=r"Which column\? There are name, running"):
        understand("sort", "", KNOWN)
    assert understand("theme", "", KNOWN) == Run("theme"), "it is chosen from a list"


@pytest.mark.parametrize(
    ("word", "meant", "sentence"),
    [
        ("tasks", "services", "[ui.aliases] tasks: the word has a meaning already; choose another one"),
        (
            "x1",
            "servces prod",
            "[ui.aliases] x1: there is no view or command 'servces'; did you mean services?",
        ),
    ],
)
def test_an_alias_that_can_t_be_meant_is_an_error(word: str, meant: str, sentence: str) -> None:
    config = parse(f'[ui.aliases]\n{word} = "{meant}"'.encode(), Path("config.toml"))
    with pytest.raises(ConfigError) as caught:
        checked_aliases(config)
    assert str(caught.value) == f"config.toml {sentence}"
