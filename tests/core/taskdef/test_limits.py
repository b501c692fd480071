"""What limits a task as a whole, and when its containers' own limits do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.taskdef.limits import TaskLimit, task_limit
from core.taskdef.parse import parse
from tests.core.taskdef.samples import Json, task


def one(name: str, **limits: int) -> Json:
    return {"name": name, "image": "nginx:1", **limits}


@pytest.mark.parametrize(
    ("containers", "whole", "limit"),
    [
        pytest.param(
            [one("a")], {"cpu": "512", "memory": "64"}, None, id="one container's limit is the task's"
        ),
        pytest.param([one("a", memory=9), one("b", memory=9)], {}, None, id="nothing limits the task"),
        pytest.param(
            [one("a", memory=32), one("b", memory=32)],
            {"memory": "64"},
            None,
            id="theirs are no more together",
        ),
        pytest.param(
            [one("a", memory=64), one("b", memory=32, memoryReservation=8)],
            {"memory": "80"},
            TaskLimit(None, 80, 4),
            id="theirs are more together",
        ),
        pytest.param(
            [one("a", cpu=100), one("b")],
            {"memory": "64"},
            TaskLimit(None, 64, 102),
            id="without a ceiling it weighs as its containers",
        ),
        pytest.param(
            [one("a", memory=32), one("b", memory=32)],
            {"cpu": "512", "memory": "64"},
            TaskLimit(512, 64),
            id="shares are no ceiling",
        ),
    ],
)
def test_what_limits_a_task_as_a_whole(containers: list[Json], whole: Json, limit: TaskLimit | None) -> None:
    assert task_limit(parse(task(*containers, **whole))) == limit


def test_a_limit_in_the_kernels_units() -> None:
    assert TaskLimit(512, 64).memory_bytes == 64 << 20
    assert TaskLimit(512, 64).cpu_us_per_s == 500_000
    assert TaskLimit(memory_mib=4).memory_bytes == 6 << 20, "the least that Docker takes"
    assert [TaskLimit(shares=shares).weight for shares in (2, 1024, 262_144)] == [1, 39, 10_000]
    assert TaskLimit().memory_bytes is TaskLimit().cpu_us_per_s is TaskLimit().weight is None


@given(*[st.none() | st.integers(1, 1 << 40)] * 3)
def test_a_container_tells_its_tasks_limit(cpu: int | None, memory: int | None, shares: int | None) -> None:
    limit = TaskLimit(cpu, memory, shares)
    assert TaskLimit.of_label(limit.label) == limit


@pytest.mark.parametrize("label", ["", "[]", '{"memory": "64"}', "64"])
def test_another_label_is_no_limit(label: str) -> None:
    with pytest.raises(ValueError):  # json's own, or ours
        TaskLimit.of_label(label)
