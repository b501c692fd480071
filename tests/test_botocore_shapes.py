"""The walk that holds our answers against ECS's model: whatever is made wrong in a right answer is found."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from core.ecs import ADDITIONS
from core.model.instance import Connectivity
from tests.botocore_shapes import ALWAYS, departures, ecs, exceptions
from tests.core.fold.desk import desk

if TYPE_CHECKING:
    from collections.abc import Iterator

#: By the JSON type of what stands there, something else of a type that ECS has nowhere at that place.
WRONG = {str: 5, int: "5", float: "5", bool: 1, list: {}, dict: []}


def answers() -> Iterator[tuple[str, Any]]:
    """An answer of each kind, everything in it right."""
    made = desk()
    definition = {
        "family": "job",
        "containerDefinitions": [
            {
                "name": "main",
                "image": "a",
                "memory": 9,
                "environment": [{"name": "A", "value": "b"}],
                "command": ["c"],
            }
        ],
        "volumes": [{"name": "v1"}],
    }
    yield "RegisterTaskDefinition", made.do("RegisterTaskDefinition", **definition)
    yield (
        "CreateService",
        made.do(
            "CreateService",
            serviceName="api",
            taskDefinition="web",
            desiredCount=1,
            tags=[{"key": "a", "value": "b"}],
            placementStrategy=[{"type": "spread", "field": "host"}],
        ),
    )
    task = made.task(on="a")
    yield "StopTask", made.do("StopTask", task=task.id)
    made.connect("a", connectivity=Connectivity.DISCONNECTED)
    yield (
        "UpdateContainerInstancesState",
        made.do("UpdateContainerInstancesState", containerInstances=["a", "gone"], status="DRAINING"),
    )


ANSWERS = dict(answers())


def found(action: str, answer: Any) -> list[str]:
    return list(departures(answer, ecs().operation_model(action).output_shape, ADDITIONS))


def places(value: Any, shape: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The paths of everything in an answer that ECS's model knows, with the shape that is there."""
    yield (), shape
    match shape.type_name:
        case "structure":
            inner = [(key, value[key], shape.members[key]) for key in value if key in shape.members]
        case "list":
            inner = [(index, item, shape.member) for index, item in enumerate(value)]
        case _:
            inner = []
    for key, item, member in inner:
        yield from (((key, *path), there) for path, there in places(item, member))


def changed(answer: Any, path: tuple[Any, ...], change: Any) -> Any:
    """A copy of an answer in which the value at a path is another one; a function is called with what holds it."""
    made = copy.deepcopy({"answer": answer})
    *outer, last = ("answer", *path)
    holder: Any = made
    for key in outer:
        holder = holder[key]
    if callable(change):
        change(holder[last])
    else:
        holder[last] = change
    return made["answer"]


@pytest.mark.parametrize("action", ANSWERS)
def test_every_planted_departure_is_found(action: str) -> None:
    answer = ANSWERS[action]
    assert found(action, answer) == []
    for path, shape in places(answer, ecs().operation_model(action).output_shape):
        here: Any = answer
        for key in path:
            here = here[key]
        assert found(action, changed(answer, path, WRONG[type(here)])), path
        assert found(action, changed(answer, path, None)), path
        if getattr(shape, "enum", None):
            assert found(action, changed(answer, path, "NO_SUCH_WORD")), path
        if shape.type_name == "structure":
            assert found(action, changed(answer, path, lambda it: it.update(stranger=1))), path
            for name in ALWAYS.get(shape.name, ()):
                assert found(action, changed(answer, path, lambda it, name=name: it.pop(name))), (path, name)


def test_what_ecs_always_sends_is_in_its_model() -> None:
    for name, members in ALWAYS.items():
        assert members <= ecs().shape_for(name).members.keys()
    for name, ours in ADDITIONS.items():
        assert not ours & ecs().shape_for(name).members.keys()


def test_an_action_has_its_own_exceptions() -> None:
    assert "ServiceNotActiveException" in exceptions("UpdateService")
    assert "ServiceNotActiveException" not in exceptions("CreateCluster")
    assert "ServiceNotActiveException" in exceptions("RollbackService")
