"""The cluster query language: ECS's own examples, its typing, and sentences that say where an expression is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refused
from core.scheduler.query import Subject, compile_expression
from core.scheduler.query_fields import FIELDS, OPERATORS

HOST = Subject(
    agent_connected=True,
    agent_version="20.10.24+dfsg1",
    instance_id="i-abcd1234",
    registered_at=1529360908.7,  # 2018-06-18T22:28:28Z
    running_tasks_count=2,
    groups=frozenset({"service:production", "family:job"}),
    attributes={
        "ecs.instance-type": "t2.small",
        "ecs.availability-zone": "us-east-1a",
        "rack": "a 1",
        "n": "10",
        "dockyard.docker-version": "20.10.24+dfsg1",
    },
)


@pytest.mark.parametrize(
    "text",
    [
        # ECS Developer Guide, "Cluster query language", examples
        "attribute:ecs.instance-type == t2.small",
        "attribute:ecs.availability-zone in [us-east-1a, us-east-1b]",
        "attribute:ecs.instance-type =~ t2.* and attribute:ecs.availability-zone != us-east-1d",
        "task:group == service:production",
        "not(task:group == database)",
        "runningTasksCount == 2",
        "ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']",
        "registeredAt > 2018-06-18T21:28:28+00:00",
        "agentConnected == true and not (agentVersion < 1.9.0)",
        # every spelling
        "runningTasksCount greater_than 1 && runningTasksCount less_than 3",
        "runningTasksCount greater_than_equal 2 and runningTasksCount less_than_equal 2",
        "runningTasksCount equals 2 and runningTasksCount not_equals 3",
        "attribute:rack matches 'a .' and attribute:rack not_matches b.*",
        "attribute:gpu not_exists and attribute:gpu !exists and attribute:rack exists",
        "attribute:rack !in [b, c] and attribute:rack not_in [b]",
        # versions are numbers part by part, dates may lack zone or time
        "agentVersion > 3.0 and agentVersion == 20.10.24 and agentVersion < 20.11",
        "registeredAt == 2018-06-18T22:28:28Z and registeredAt == 2018-06-18T22:28:28 and registeredAt > 2018-06-18",
        "attribute:dockyard.docker-version > 9.1 and attribute:dockyard.docker-version >= 20.10.24",
        "attribute:dockyard.docker-version in [20.10.24, 27.0] and attribute:dockyard.docker-version exists",
        # not before and, and before or
        "attribute:gpu exists and attribute:gpu exists or attribute:rack exists",
        "!attribute:gpu exists and attribute:rack exists",
        "not (attribute:gpu exists or attribute:rack not_exists)",
        # patterns match as a whole, bare ones may hold balanced parentheses
        "(attribute:ecs.instance-type =~ t2.(micro|small))",
        "attribute:ecs.instance-type !~ t2",
        "attribute:rack == \"a 1\" || attribute:rack == 'in'",
        # text is compared as text
        "attribute:n < 9",
        "task:group != service:other and task:group !~ service:o.*",
    ],
)
def test_it_matches(text: str) -> None:
    assert compile_expression(text).matches(HOST)
    assert not compile_expression(f"not ({text})").matches(HOST)


@pytest.mark.parametrize(
    "text",
    [
        # the bounds themselves, in every spelling
        "runningTasksCount greater_than 2",
        "runningTasksCount > 2",
        "runningTasksCount less_than 2",
        "runningTasksCount < 2",
        "runningTasksCount greater_than_equal 3",
        "runningTasksCount >= 3",
        "runningTasksCount less_than_equal 1",
        "runningTasksCount <= 1",
        "task:group != service:production",  # another of its groups is not what is asked
        "attribute:gpu != none",  # ECS: lists those that have the attribute with another value
        "attribute:gpu not_in [none]",
        "attribute:ecs.instance-type =~ t2",
        "agentVersion < 19.3",
        "attribute:dockyard.docker-version >= 24",
        "agentConnected == false",
    ],
)
def test_it_does_not_match(text: str) -> None:
    assert not compile_expression(text).matches(HOST)


@pytest.mark.parametrize(
    ("text", "at", "what"),
    [
        ("", 1, "it ends where a field such as runningTasksCount or attribute:NAME is expected"),
        ("runingTasksCount == 1", 1, "did you mean runningTasksCount?"),
        ("attribute:x equal a", 13, "did you mean equals?"),
        ("attribute:x == a an attribute:y exists", 18, "did you mean and?"),
        ("attribute:x == 'a", 16, "a quote is not closed"),
        ("attribute:x in []", 17, "expected a value, found ']'"),
        ("attribute:x in [a b]", 19, "expected a comma or a closing bracket, found 'b'"),
        ("attribute:x = a", 13, "unexpected '='"),
        ("(attribute:x exists", 20, "it ends where and, or, or a closing parenthesis is expected"),
        ("agentVersion =~ 1.*", 14, "agentVersion takes ==, !=, >, >=, <, <=, not =~"),
        (
            "attribute:dockyard.docker-version =~ 2.*",
            35,
            "attribute:dockyard.docker-version takes ==, !=, >, >=, <, <=, in, not_in, exists, not_exists, not =~",
        ),
        ("agentVersion > new", 16, "'new' is not a version such as 1.14.5"),
        ("runningTasksCount > many", 21, "'many' is not a whole number"),
        ("registeredAt > yesterday", 16, "'yesterday' is not a time such as 2018-06-18T22:28:28+00:00"),
        ("agentConnected == yes", 19, "'yes' is neither true nor false"),
        ("attribute:x =~ (a+)+", 16, "repeats a group that holds a repeat or alternatives"),
        ("attribute:x =~ (a|aa)*b", 16, "repeats a group that holds a repeat or alternatives"),
        ("attribute:x =~ .*.*.*.*", 16, "holds more than 3 repeats"),
        ("attribute:x =~ a?a?a?a?a?a?a?aaaaaaa", 16, "can be taken in more than 64 ways"),
        (r"attribute:x =~ (a)\1", 16, r"uses the back-reference \1"),
        ("attribute:x =~ (?=a)", 16, "of which only (?:…) is served"),
        ("attribute:x =~ '['", 16, "is not a regular expression"),
        ("!" * 60 + "attribute:x exists", 51, "nested deeper than 50 levels"),
    ],
)
def test_a_refusal_says_where_and_what(text: str, at: int, what: str) -> None:
    with pytest.raises(Refused) as refused:
        compile_expression(text)
    assert refused.value.code == "InvalidParameterException"
    assert f"at character {at}: " in refused.value.message
    assert what in refused.value.message


_pieces = st.sampled_from(
    [
        *FIELDS,
        *OPERATORS,
        "attribute:x",
        "(",
        ")",
        "[",
        "]",
        ",",
        "and",
        "or",
        "not",
        "!",
        "&&",
        "'a b'",
        "1",
        "2.*",
        "'",
        "\\",
    ]
)


@given(st.one_of(st.text(max_size=80), st.lists(_pieces, max_size=14).map(" ".join)))
def test_any_text_compiles_or_is_refused(text: str) -> None:
    try:
        expression = compile_expression(text)
    except Refused as refused:
        assert refused.message  # noqa: PT017  # nothing else may be raised
    else:
        assert isinstance(expression.matches(HOST), bool)


@given(st.integers(0, 30), st.integers(0, 30))
def test_versions_compare_by_number(minor: int, other: int) -> None:
    host = Subject(True, f"1.{minor}.0", "i", 0.0, 0, frozenset(), {})
    assert compile_expression(f"agentVersion >= 1.{other}").matches(host) is (minor >= other)
