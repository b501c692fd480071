"""Containers that are restarted in place on a real host."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from core.streams import Streams, places
from tests.engine.dockyard import Engine

if TYPE_CHECKING:
    from tests.engine.dockyard import Installation

#: ECS's least restartAttemptPeriod.
PERIOD_S = 60


def test_a_container_is_restarted_in_its_task_also_when_no_engine_saw_its_end(yard: Installation) -> None:
    engine = yard.start()
    policy = {"enabled": True, "restartAttemptPeriod": PERIOD_S}
    yard.register(
        image="demo/busybox:1", command=["sh", "-c", "echo up; exec sleep 1000"], restartPolicy=policy
    )
    yard.create("web", 1)
    yard.wait_steady(1)
    (task,) = yard.tasks()
    (container,) = task.containers
    assert container.started_at is not None
    (there,) = yard.containers()
    host = next(h for h in yard.hosts if h.name == there.host)
    ripe_at = container.started_at + PERIOD_S + 1
    yard.wait(lambda: time.time() > ripe_at, "it has run for its attempt period", PERIOD_S + 30)

    log = yard.folder / "followed.log"
    follower = Engine([*yard._arguments(), "task", "logs", task.id, "--follow"], log)
    yard.wait(lambda: log.read_text() == "up\n", "what it said when it started")

    engine.kill9()
    yard.docker(host).kill(there.id)
    yard.start()
    yard.wait_steady(1)
    shown = yard.json("task", "describe", task.id)["tasks"][0]
    assert shown["lastStatus"] == "RUNNING"
    assert shown["containers"][0]["restartCount"] == 1
    assert shown["containers"][0]["runtimeId"] == there.id
    assert "exitCode" not in shown["containers"][0]
    assert [seen.id for seen in yard.containers() if seen.running] == [there.id]
    told = yard.events("is restarted in place (restart 1)")
    assert len(told) == 1
    assert "exited with code 137" in told[0]

    yard.wait(lambda: log.read_text() == "up\nup\n", "its followed log goes on")
    streams = Streams(yard.dockyard.config())
    (place,) = places(yard.state(), yard.state().tasks[task.id])
    assert [line.text for line in streams.logs(place, earlier=True)] == ["up"], "of its run before alone"
    streams.close()
    yard.docker(host).kill(there.id)
    yard.wait(lambda: task.id in {t.id for t in yard.stopped()}, "it ran too short to be restarted again")
    yard.wait_steady(1)
    dead = yard.json("task", "describe", task.id)["tasks"][0]
    assert (dead["stopCode"], dead["containers"][0]["exitCode"]) == ("EssentialContainerExited", 137)
    assert dead["containers"][0]["restartCount"] == 1
    assert follower.ended(30.0) == 0
