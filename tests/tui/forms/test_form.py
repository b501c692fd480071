"""A form as a value: what is said when, and the command line that does the same."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.forms.form import Entry, Form, Judged, Kind, arguments, items, sorted_out

ENTRIES = (
    Entry("name", "name", is_required=True),
    Entry("count", "tasks", option="--count", value="1", about=("desiredCount",)),
    Entry("strategy", "strategy", Kind.CHOICE, "--strategy", "ONE", choices=("ONE", "ALL"), usual="ONE"),
    Entry("env", "environment", Kind.LIST, "--env"),
    Entry("off", "not yet", Kind.FLAG, "--disabled", "no"),
    Entry("cluster", "cluster", option="--cluster", choices=("prod", "prod-2", "staging")),
)


def form(**values: str) -> Form:
    made = Form(ENTRIES, ("service", "create"))
    for entry_id, value in values.items():
        made.put(entry_id, value)
    return made


@pytest.mark.parametrize(
    ("values", "twin"),
    [
        ({"name": "web"}, "dockyard service create web --count 1"),
        ({"name": "my web"}, "dockyard service create 'my web' --count 1"),
        ({"name": "web", "count": ""}, "dockyard service create web"),
        ({"name": "web", "strategy": "ALL"}, "dockyard service create web --count 1 --strategy ALL"),
        ({"name": "web", "off": "yes"}, "dockyard service create web --count 1 --disabled"),
        (
            {"name": "web", "count": "", "env": "A=b 'C=d e'"},
            "dockyard service create web --env A=b --env 'C=d e'",
        ),
        ({"name": "-x", "count": "-1"}, "dockyard service create --count=-1 -- -x"),
    ],
)
def test_the_command_line_that_does_the_same(values: dict[str, str], twin: str) -> None:
    assert form(**values).twin() == twin


def test_nobody_is_blamed_for_what_is_still_empty() -> None:
    made = form()
    made.judged = Judged({"name": "is missing", "count": "too many"})
    assert made.error("name") == ""
    made.leave("name")
    assert (made.error("name"), made.error("count")) == ("is missing", "")
    made.blame_all()
    assert made.error("count") == "too many"
    assert made.first_wrong() == "name"


def test_what_was_typed_is_known_to_be_lost() -> None:
    made = form()
    assert [made.put("count", "2"), made.put("count", "2")] == [True, False], "the same is no change"
    assert [form().is_dirty, made.is_dirty] == [False, True]
    made.put("count", "1")
    assert [made.is_dirty] == [False]


def test_names_are_completed_and_chosen_in_turn() -> None:
    made = form(cluster="pro")
    assert made.completions("cluster") == ("prod", "prod-2")
    assert made.completed("cluster") == "prod"
    assert made.choose("cluster", 1) == "prod"
    made.put("cluster", "prod")
    assert made.completions("cluster") == ("prod", "prod-2", "staging"), "a whole name leads on to the others"
    assert made.completed("cluster") == "prod-2", "and never back to another name"
    made.put("cluster", "staging")
    assert made.completed("cluster") is None
    made.put("cluster", "prod")
    assert made.choose("cluster", 1) == "prod-2"
    assert made.choose("cluster", -1) == "staging"
    assert made.choose("strategy", 1) == "ALL"
    assert made.choose("off", 1) == "yes"
    assert made.choose("name", 1) == "", "nothing is known"


def test_names_that_become_known_later_are_offered() -> None:
    made = form(cluster="x")
    made.judged = Judged(known={"cluster": ("x1", "x2")})
    assert made.completions("cluster") == ("x1", "x2")


def test_complaints_go_to_the_field_they_are_about() -> None:
    entries = (*ENTRIES, Entry("more", "more", about=("desiredCount.more", "Creation of")))
    told = [
        "desiredCount: must be at least 0.",
        "desiredCount.more: no.",
        "desiredCounter: no.",
        "Creation of it.",
    ]
    errors, others = sorted_out(entries, told)
    assert errors == {"count": "desiredCount: must be at least 0.", "more": "desiredCount.more: no."}
    assert others == ("desiredCounter: no.",)


@given(st.text(max_size=40))
def test_a_list_can_be_read_at_every_moment_of_typing(text: str) -> None:
    assert all(isinstance(item, str) for item in items(text))


@given(st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1), max_size=4))
def test_a_lists_items_come_back_from_the_command_line(texts: list[str]) -> None:
    entries = (Entry("env", "environment", Kind.LIST, "--env"),)
    given_ = [*arguments(entries, {"env": shlex.join(texts)})]
    words = shlex.split(shlex.join(given_))
    said = []
    while words:
        word = words.pop(0)
        said.append(words.pop(0) if word == "--env" else word.removeprefix("--env="))
    assert said == texts
