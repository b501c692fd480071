"""Lanes: widths, one target at a time, overdue jobs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.actions import (
    Action,
    CreateContainer,
    Lane,
    PullImage,
    RemoveContainer,
    StartContainer,
    StopContainer,
    lane_of,
)
from core.lanes import Job, Lanes

WIDTHS = {Lane.START: 4, Lane.PULL: 2, Lane.STOP: 6}

targets = st.integers(0, 5).map(str)
actions: st.SearchStrategy[Action] = st.one_of(
    targets.map(lambda n: StartContainer(f"c{n}", "t")),
    targets.map(lambda n: StopContainer(f"c{n}", "t")),
    targets.map(lambda n: RemoveContainer(f"c{n}", "t")),
    targets.map(lambda n: PullImage(f"i{n}")),
)


@given(st.lists(actions, max_size=60), st.data())
def test_whatever_comes_widths_hold_targets_are_alone_and_all_is_done_once(
    wanted: list[Action], data: st.DataObject
) -> None:
    lanes = Lanes(WIDTHS, grace_s=1.0)
    running: list[Job] = []
    done: list[Action] = []
    for action in wanted:
        lanes.add(action)
        running += lanes.begin(0.0)
        assert len({job.action.target for job in running}) == len(running)
        for lane, width in WIDTHS.items():
            assert sum(lane_of(job.action) is lane for job in running) <= width
        ends: bool = data.draw(st.booleans())
        if running and ends:
            position: int = data.draw(st.integers(0, len(running) - 1))
            ended = running.pop(position)
            assert lanes.end(ended)
            done.append(ended.action)
    running += lanes.begin(0.0)
    while running:
        ended = running.pop()
        assert lanes.end(ended)
        done.append(ended.action)
        running += lanes.begin(0.0)
    assert sorted(map(repr, done)) == sorted(map(repr, wanted))


def test_an_overdue_job_gives_its_place_to_the_next_and_its_answer_comes_too_late() -> None:
    lanes = Lanes({Lane.START: 1, Lane.PULL: 1, Lane.STOP: 1}, grace_s=1.0)
    lanes.add(StartContainer("a", "t", deadline_s=10.0))
    lanes.add(StartContainer("b", "t"))
    (stuck,) = lanes.begin(100.0)
    assert lanes.next_overdue_at() == 111.0
    assert lanes.overdue(110.9) == []
    assert lanes.overdue(111.0) == [stuck]
    assert [job.action.target for job in lanes.begin(111.0)] == ["b"]
    assert not lanes.end(stuck)


def test_what_is_created_is_started_before_more_is_created() -> None:
    lanes = Lanes({Lane.START: 1, Lane.PULL: 1, Lane.STOP: 1}, grace_s=1.0)
    create = CreateContainer("c", "t", "main", "web:1", "digest", "default")
    for action in (create, StartContainer("a", "t"), StartContainer("b", "t")):
        lanes.add(action)
    begun = []
    for _ in range(3):
        (job,) = lanes.begin(0.0)
        begun.append(job.action.target)
        lanes.end(job)
    assert begun == ["a", "b", "c"]
