"""Tags and deleted revisions on real hosts: what a service runs stays until it runs another, over a killed engine too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.dockyard import Installation


def test_a_deleted_revision_that_runs_stays_and_no_number_comes_again(yard: Installation) -> None:
    engine = yard.start()
    for _ in range(2):
        yard.register("web", "demo/busybox:1", command=["sleep", "1000"])
    tags = ("--tag", "team=shop", "--propagate-tags", "SERVICE", "--enable-ecs-managed-tags")
    yard.do("service", "create", "web", "--task-definition", "web:1", *tags, "--wait")
    yard.do("taskdef", "deregister", "web:1", "web:2", "--yes")
    told = yard.do("taskdef", "delete", "web:1", "web:2", "--yes")
    assert "web:1 is DELETE_IN_PROGRESS; it goes when it is no longer used by service default/web." in told
    yard.do("service", "scale", "web", "2", "--wait")
    (task, other) = yard.json("task", "ls")["tasks"]
    assert task["tags"] == other["tags"] == [
        {"key": "team", "value": "shop"},
        {"key": "aws:ecs:clusterName", "value": "default"},
        {"key": "aws:ecs:serviceName", "value": "web"},
    ]  # fmt: skip
    engine.kill9()
    yard.start()
    yard.wait(lambda: set(yard.state().definitions) == {"web:1"}, "what nothing uses is gone")
    yard.register("web", "demo/busybox:1", command=["sleep", "1000"])
    assert set(yard.state().definitions) == {"web:1", "web:3"}
    assert len([t for t in yard.state().tasks.values() if t.wanted]) == 2
