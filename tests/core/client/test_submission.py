from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from core.api import Dockyard, open_dockyard
from core.client import submission
from core.client.stage import Stage
from core.client.submission import new_command
from core.commands import Action, Answer, Verdict
from core.errors import NoEngine, NotInTime, Refused
from core.lock import EngineLock
from core.model.cluster import Cluster
from core.model.state import Changes
from core.store import Pulse
from core.store.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Dockyard]:
    """An installation without hosts and without an engine."""
    (tmp_path / "config.toml").write_text("[clusters.default]\n[clusters.staging]\n")
    opened = open_dockyard(tmp_path / "config.toml", tmp_path / "state")
    yield opened
    opened.close()


def test_without_an_engine_a_command_is_folded_here_and_says_so(yard: Dockyard) -> None:
    submitted = yard.submit(Action.CREATE_CLUSTER, {"clusterName": "new"})
    assert submitted.output()["cluster"]["clusterName"] == "new"
    assert not submitted.engine_running
    assert not yard.engine().running
    # The config's clusters are there too, as after an engine's start.
    assert set(yard.state().clusters) == {"default", "new", "staging"}


def test_a_refusal_is_raised_with_ecs_s_name_and_changes_nothing(yard: Dockyard) -> None:
    yard.submit(Action.CREATE_CLUSTER, {})
    before = dict(yard.state().clusters)
    with pytest.raises(Refused) as refused:
        yard.submit(Action.DELETE_CLUSTER, {"cluster": "nowhere"}).output()
    assert refused.value.code == "ClusterNotFoundException"
    assert dict(yard.state().clusters) == before


def test_a_dead_client_s_command_is_carried_out_once(yard: Dockyard) -> None:
    left_behind = new_command(Action.CREATE_CLUSTER, {"clusterName": "orphan"}, yard.now())
    store = open_store(yard.folder)
    store.submit(left_behind)
    yard.submit(Action.CREATE_CLUSTER, {"clusterName": "mine"})
    answer = yard.answer_of(left_behind.id)
    assert answer is not None
    assert answer.verdict is Verdict.ACCEPTED
    yard.submit(Action.CREATE_CLUSTER, {"clusterName": "later"})
    assert yard.answer_of(left_behind.id) == answer
    store.close()


def test_the_engine_s_answer_is_waited_for(yard: Dockyard) -> None:
    answered = threading.Event()

    def engine() -> None:
        store = open_store(yard.folder)
        while not answered.is_set():
            for command in store.pending_commands(10):
                answer = Answer(command.id, Verdict.ACCEPTED, 1.0, output=json.dumps({"by": "engine"}))
                store.commit(Changes(answers=(answer,)))
                answered.set()
            answered.wait(0.005)
        store.close()

    with EngineLock.take(yard.folder, doing="engine"):
        thread = threading.Thread(target=engine)
        thread.start()
        submitted = yard.submit(Action.CREATE_CLUSTER, {})
        thread.join()
    assert submitted.engine_running
    assert submitted.output() == {"by": "engine"}


def test_what_another_client_folded_waits_for_an_engine_too(
    yard: Dockyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold = submission._folded_here

    def by_another(*given: Any) -> bool:
        assert fold(*given)
        return False

    monkeypatch.setattr(submission, "_folded_here", by_another)
    submitted = yard.submit(Action.CREATE_CLUSTER, {"clusterName": "new"})
    assert submitted.answer is not None
    assert not submitted.engine_running


def test_no_answer_in_time_names_the_command_and_that_it_may_still_happen(yard: Dockyard) -> None:
    with EngineLock.take(yard.folder, doing="engine"):
        submitted = yard.submit(Action.CREATE_CLUSTER, {}, wait_answer_s=0.05)
    assert submitted.answer is None
    with pytest.raises(NotInTime, match=f"{submitted.command_id}; it may still happen"):
        submitted.output()
    # The engine went away without answering: the next client's turn does it.
    yard.submit(Action.CREATE_CLUSTER, {"clusterName": "next"})
    assert yard.answer_of(submitted.command_id) is not None


def test_an_engine_that_ends_while_it_is_waited_for_leaves_the_command_to_the_client(yard: Dockyard) -> None:
    lock = EngineLock.take(yard.folder, doing="engine")
    timer = threading.Timer(0.1, lock.release)
    timer.start()
    submitted = yard.submit(Action.CREATE_CLUSTER, {})
    timer.join()
    assert submitted.answer is not None
    assert not submitted.engine_running


def test_waiting_without_an_engine_ends_at_once_with_the_sentence(yard: Dockyard) -> None:
    with pytest.raises(NoEngine, match="No engine runs, so nothing can be waited for"):
        yard.wait(lambda _: Stage("web: 0/1 running"), 60.0, lambda _: None)


def test_an_engine_that_restarts_is_waited_for(yard: Dockyard) -> None:
    stages = iter([Stage("1"), Stage("2"), Stage("3"), Stage("4", done=True)])
    lock = EngineLock.take(yard.folder, doing="engine")
    writer = open_store(yard.folder)

    def judge(_: object) -> Stage:
        # Someone writes, so that the wait looks again at once.
        writer.put_pulses([Pulse("engine", yard.now())])
        stage = next(stages)
        if stage.text == "2":
            lock.release()
        return stage

    assert yard.wait(judge, 60.0, lambda _: None).done
    writer.close()


def test_what_is_done_already_needs_no_engine(yard: Dockyard) -> None:
    told: list[str] = []
    assert yard.wait(lambda _: Stage("web: 1/1 running", done=True), 0.0, told.append).done
    assert told == ["web: 1/1 running"]


def test_a_wait_that_is_over_says_where_it_came_to(yard: Dockyard) -> None:
    with (
        EngineLock.take(yard.folder, doing="engine"),
        pytest.raises(NotInTime, match=r"Not in time: web: 0/1 running\. It may still happen"),
    ):
        yard.wait(lambda _: Stage("web: 0/1 running"), 0.05, lambda _: None)


def test_what_others_commit_is_followed_and_a_copy_of_the_state_kept_true(yard: Dockyard) -> None:
    yard.submit(Action.CREATE_CLUSTER, {})
    other = yard.reader()
    following = other.following()
    first = following.read()
    assert first.reloaded
    there = {row.key for row in first.rows}
    assert "default" in there
    assert set(other.state().clusters) == there
    while (part := following.read()).more:
        assert not any(isinstance(row, Cluster) for row in part.rows)
    other.watch(0.0)
    assert not other.watch(0.0)
    yard.submit(Action.CREATE_CLUSTER, {"clusterName": "new"})
    assert other.watch(0.0)
    brought = following.read()
    assert [row.key for row in brought.rows] == ["new"]
    assert set(other.state().clusters) == there | {"new"}
    yard.submit(Action.DELETE_CLUSTER, {"cluster": "new"})
    assert following.read()
    assert other.state().clusters == yard.state().clusters
    other.close()
