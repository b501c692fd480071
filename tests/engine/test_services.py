"""Services on three SSH hosts: started, healed, scaled, rolled, drained."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.engine.dockyard import Watch

if TYPE_CHECKING:
    from core.model.task import Task
    from tests.engine.dockyard import Installation


def test_forty_tasks_over_three_hosts(yard: Installation) -> None:
    yard.start()
    yard.register()
    yard.create("web", 40)
    yard.wait_steady(40)
    spread = Counter(seen.host for seen in yard.containers() if seen.running)
    assert sorted(spread.values()) == [13, 13, 14]
    assert yard.do("service", "ls").splitlines()[1].split()[3] == "40/40"
    claimed = {task["taskArn"].rpartition("/")[2] for task in yard.json("task", "ls")["tasks"]}
    assert claimed == set(yard.truth())

    victim = next(seen for seen in yard.containers() if seen.running)
    host = next(h for h in yard.hosts if h.name == victim.host)
    yard.docker(host).kill(victim.id)
    yard.wait(lambda: victim.task not in {t.id for t in yard.tasks()}, "the killed task is STOPPED")
    yard.wait_steady(40)
    dead = yard.json("task", "describe", victim.task)["tasks"][0]
    assert dead["stoppedReason"] == "Essential container in task exited"
    assert dead["containers"][0]["exitCode"] == 137

    yard.do("service", "scale", "web", "4", "--wait", "--timeout", "60s")
    yard.wait_steady(4)
    yard.do("service", "rm", "web", "--yes", "--force", "--wait", "--timeout", "60s")
    assert not [seen for seen in yard.containers() if seen.running]


def test_a_rolling_update_never_goes_below_its_floor_nor_above_its_cap(yard: Installation) -> None:
    yard.start()
    yard.register()
    yard.create("web", 6, "--minimum-healthy-percent", "100", "--maximum-percent", "150")
    yard.wait_steady(6)
    before = set(yard.truth())
    yard.register(image="demo/web:2")
    with Watch(yard) as watch:
        yard.do("service", "update", "web", "--task-definition", "web", "--wait", "--timeout", "60s")
    yard.wait_steady(6)
    assert not before & set(yard.truth())
    assert {t.definition for t in yard.tasks()} == {"web:2"}
    assert min(watch.counts) >= 6
    assert max(watch.counts) <= 9
    assert yard.events("has reached a steady state")


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("{registry}/demo/web:nope", "check name and tag"),
        ("demo/web:bad", "Essential container in task exited"),
    ],
    ids=["a tag that is not there", "a command that ends with 1"],
)
def test_a_bad_update_leaves_the_old_tasks_serving_and_rollback_ends_it(
    yard: Installation, image: str, reason: str
) -> None:
    yard.start()
    yard.register()
    yard.create("web", 4)
    yard.wait_steady(4)
    before = yard.truth()
    yard.register(image=image.format(registry=yard.bed.registry))
    with Watch(yard) as watch:
        yard.do("service", "update", "web", "--task-definition", "web")
        yard.wait(
            lambda: sum(t.definition == "web:2" and reason in told(t) for t in yard.stopped()) >= 3,
            "three failures with their reason",
        )
        yard.wait(lambda: backing_off(yard, reason), "the service says that it backs off, and after what")
        yard.do("service", "rollback", "web", "--wait", "--timeout", "60s")
    assert min(watch.counts) >= 4
    yard.wait_steady(4)
    assert {t.definition for t in yard.tasks()} == {"web:1"}
    assert yard.truth() == before, "what served all the while goes on serving"


def test_tasks_are_placed_by_the_version_of_their_host_s_docker(yard: Installation) -> None:
    yard.start()
    yard.register()
    hosts = yard.json("capacity", "ls")["containerInstances"]
    for host in hosts:
        version = host["versionInfo"]["dockerVersion"]
        assert {"name": "dockyard.docker-version", "value": version} in host["attributes"]
    newer = "memberOf=attribute:dockyard.docker-version >= 1.13"
    yard.create("web", 2, "--placement-constraint", newer)
    yard.wait_steady(2)
    older = "memberOf=attribute:dockyard.docker-version < 1.13"
    yard.do("service", "create", "old", "--task-definition", "web", "--placement-constraint", older)
    yard.wait(
        lambda: (
            yard.events("3 instances don't meet the constraint attribute:dockyard.docker-version < 1.13")
            != []
        ),
        "no host has so old a Docker",
    )


def backing_off(yard: Installation, reason: str) -> bool:
    why = yard.state().services["default/web"].why
    return "backing off after" in why and reason in why


def told(task: Task) -> str:
    """All that a stopped task says of its end."""
    return " ".join((task.stopped_reason, *(c.reason for c in task.containers)))


def test_a_drained_host_is_emptied_above_the_floor_and_takes_nothing_until_it_is_activated(
    yard: Installation,
) -> None:
    yard.start()
    yard.register()
    yard.create("web", 9)
    yard.wait_steady(9)
    with Watch(yard) as watch:
        yard.do("capacity", "drain", "h1", "--wait", "--timeout", "60s")
    assert min(watch.counts) >= 9
    assert not yard.truth(hosts=[yard.hosts[1]])
    yard.wait_steady(9)
    yard.do("service", "scale", "web", "12", "--wait", "--timeout", "60s")
    assert not yard.truth(hosts=[yard.hosts[1]])
    yard.do("capacity", "activate", "h1", "--wait")
    yard.do("service", "scale", "web", "15", "--wait", "--timeout", "60s")
    assert yard.truth(hosts=[yard.hosts[1]]).total() == 3


def test_a_host_that_is_removed_is_left_as_it_was_found(yard: Installation) -> None:
    host = yard.hosts[1]
    yard.start()
    yard.register()
    yard.create("web", 3)
    yard.create("gone", 3)
    yard.do("service", "scale", "gone", "0", "--wait", "--timeout", "60s")
    assert host.docker("ps", "--all", "--quiet").split()
    yard.do("capacity", "rm", "h1", "--yes", "--wait", "--timeout", "60s")
    assert host.docker("ps", "--all", "--quiet").split() == []
    assert host.docker("volume", "ls", "--quiet").split() == []
    yard.wait_steady(3)


def test_a_host_port_is_given_once_and_the_second_service_says_what_it_lacks(yard: Installation) -> None:
    yard.start()
    port = [{"containerPort": 80, "hostPort": 8088}]
    # One of the three is taken by a container that is not ours.
    yard.hosts[2].docker("run", "-d", "--name", "foreign", "-p", "8088:80", "demo/web:1")
    yard.register(portMappings=port)
    yard.create("web", 2)
    yard.wait_steady(2)
    assert {seen.host for seen in yard.containers() if seen.running} == {"h0", "h1"}
    yard.create("late", 1, wait=False)
    yard.wait(lambda: any("8088" in t.why for t in yard.tasks("late")), "the waiting task says why")
    assert "8088" in yard.do("task", "explain", yard.tasks("late")[0].id)
    # The foreign container came unseen: whoever ran into it first taught the engine.
    assert len(yard.stopped("web") + yard.stopped("late")) <= 1
    yard.hosts[2].docker("rm", "-f", "foreign")
    yard.wait_steady(1, "late")
    assert yard.truth("late", [yard.hosts[2]]).total() == 1


def test_a_task_that_fails_its_check_is_replaced_start_first(yard: Installation) -> None:
    yard.start()
    check = {"command": ["CMD-SHELL", "test ! -e /tmp/sick"], "interval": 5, "timeout": 2, "retries": 1}
    yard.register(healthCheck=check)
    yard.create("web", 2)
    yard.wait_steady(2)
    sick = next(seen for seen in yard.containers() if seen.running)
    host = next(h for h in yard.hosts if h.name == sick.host)
    with Watch(yard) as watch:
        host.docker("exec", sick.id, "touch", "/tmp/sick")
        yard.wait(lambda: sick.task in {t.id for t in yard.stopped()}, "the sick task is replaced")
        yard.wait_steady(2)
    assert min(watch.counts) >= 2
    assert (
        next(t for t in yard.stopped() if t.id == sick.task).stopped_reason
        == "Task failed container health checks"
    )


def test_the_containers_of_an_awsvpc_task_share_a_network_start_in_order_and_go_together(
    yard: Installation,
) -> None:
    yard.start()
    web = {"name": "web", "image": "demo/web:1", "memory": 16, "essential": True}
    ready = {
        "command": ["CMD-SHELL", "wget -q -O- http://127.0.0.1/"],
        "interval": 5,
        "timeout": 2,
        "retries": 3,
    }
    caller = {
        "name": "caller",
        "image": "demo/busybox:1",
        "memory": 16,
        "command": ["sh", "-c", "trap 'exit 0' TERM; wget -O- http://127.0.0.1/; while :; do sleep 1; done"],
        "dependsOn": [{"containerName": "web", "condition": "HEALTHY"}],
    }
    yard.register_all(
        {
            "family": "pair",
            "networkMode": "awsvpc",
            "containerDefinitions": [web | {"healthCheck": ready}, caller],
        }
    )
    yard.create("pair", 3, definition="pair")
    yard.wait_steady_tasks(3, "pair")
    assert yard.do("task", "logs", yard.running("pair")[0].id, "--container", "caller").count("web 1") == 1
    # The essential container's end is the task's: all of it goes, and another takes its place.
    victim = next(seen for seen in yard.containers() if "-web-" in seen.name and seen.running)
    host = next(h for h in yard.hosts if h.name == victim.host)
    yard.docker(host).kill(victim.id)
    yard.wait(lambda: victim.task in {t.id for t in yard.stopped("pair")}, "the whole task is STOPPED")
    assert not [c.name for c in yard.containers([host]) if c.task == victim.task and c.running]
    yard.wait_steady_tasks(3, "pair")
