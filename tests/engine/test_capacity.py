"""Draining, evening out, starting on named hosts and protecting, on three SSH hosts: what was foretold is what their Docker shows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.engine.dockyard import Watch

if TYPE_CHECKING:
    from tests.engine.dockyard import Installation


def running(yard: Installation, service: str = "web") -> Counter[str]:
    """How many containers of a service run on each host."""
    return Counter(seen.host for seen in yard.containers() if seen.running and seen.service == service)


def test_a_drain_goes_as_foretold_and_its_deadline_outlives_the_engine(yard: Installation) -> None:
    engine = yard.start()
    yard.register()
    yard.create("web", 9)
    yard.do("task", "start", "web", "--on", "h1", "--wait", "--timeout", "60s")
    foretold = yard.json("capacity", "drain", "h1", "--dry-run")["effects"]
    assert Counter(effect["effect"] for effect in foretold) == {"moves": 3, "stays": 1}
    targets = Counter(effect["toContainerInstanceName"] for effect in foretold if effect["effect"] == "moves")
    expected = running(yard) + targets
    del expected["h1"]
    with Watch(yard) as watch:
        yard.do("capacity", "drain", "h1", "--deadline", "20s")
        yard.wait(lambda: not running(yard)["h1"], "the service's tasks have left h1")
    assert min(watch.counts) >= 9
    assert running(yard) == expected
    blocked = yard.cli("capacity", "drain", "h1", "--wait", "--timeout", "1s")
    assert "h1: 1 task left (belongs to no service" in blocked.stderr
    assert [seen.host for seen in yard.containers() if seen.running and not seen.service] == ["h1"]
    engine.kill9()
    yard.launch()
    yard.wait(
        lambda: not [seen for seen in yard.containers([yard.hosts[1]]) if seen.running],
        "the deadline, set before the engine was killed, has emptied h1",
    )
    assert yard.events("the deadline of its drain passed; 1 task was left and is told to stop.")
    yard.wait_steady(9)


def test_a_service_is_evened_out_though_the_engine_is_killed_midway(yard: Installation) -> None:
    engine = yard.start()
    yard.register()
    yard.do("capacity", "drain", "h1")
    yard.create("web", 9, "--maximum-percent", "150")
    yard.wait_steady(9)
    yard.do("capacity", "activate", "h1", "--wait")
    yard.wait_steady(9)
    assert not running(yard)["h1"], "nothing moves by itself"
    foretold = yard.json("service", "rebalance", "web", "--dry-run")["effects"]
    assert Counter(e["toContainerInstanceName"] for e in foretold) == {"h1": 3}
    with Watch(yard) as watch:
        yard.do("service", "rebalance", "web", "--at-once", "1")
        yard.wait(lambda: running(yard)["h1"] >= 1, "the first has come")
        engine.kill9()
        yard.start()
        yard.wait(lambda: bool(yard.events("is balanced with")), "it is balanced")
    yard.wait_steady(9)
    assert running(yard) == {"h0": 3, "h1": 3, "h2": 3}
    assert min(watch.counts) >= 9
    assert max(watch.counts) <= 10
    assert "could take it" in yard.do("task", "explain", yard.running()[0].id)


def test_a_protected_task_is_the_one_that_is_left(yard: Installation) -> None:
    yard.start()
    yard.register()
    yard.create("web", 4)
    yard.wait_steady(4)
    kept = yard.running()[2].id
    yard.do("task", "protect", kept, "--for", "1h")
    yard.do("service", "scale", "web", "1", "--wait", "--timeout", "60s")
    yard.wait_steady(1)
    assert set(yard.truth()) == {kept}
    yard.do("service", "scale", "web", "0")
    yard.wait(lambda: yard.state().services["default/web"].why == "1 protected from scale-in", "it says so")
    assert set(yard.truth()) == {kept}
    yard.do("task", "unprotect", kept)
    yard.wait(lambda: not yard.truth(), "it has gone")


def test_a_cluster_s_default_strategy_and_its_tags_hold_over_a_killed_engine(yard: Installation) -> None:
    groups = (
        '[capacity_providers.steady]\nmembers = ["h0"]\n[capacity_providers.spare]\nmembers = ["h1", "h2"]'
    )
    yard.write_config(extra=groups)
    engine = yard.start()
    yard.register()
    put = ("cluster", "put-capacity-providers", "default", "--default-capacity-provider")
    yard.do(*put, "steady=0,base=2", "--default-capacity-provider", "spare=1")
    yard.do("cluster", "tag", "default", "team=shop")
    yard.do("capacity", "tag", "h0", "rack=7")
    yard.create("web", 5)
    assert (running(yard)["h0"], running(yard).total()) == (2, 5)
    first = min(task.id for task in yard.running())
    yard.do("task", "tag", first[:8], "who=ada")
    engine.kill9()
    yard.start()
    yard.do("service", "scale", "web", "7", "--wait", "--timeout", "60s")
    assert (running(yard)["h0"], running(yard).total()) == (2, 7)
    ran = yard.json("task", "run", "web", "--count", "3", "--wait", "--timeout", "60s")["tasks"]
    assert Counter(task["capacityProviderName"] for task in ran) == {"steady": 2, "spare": 1}
    there = Counter(seen.host for seen in yard.containers() if seen.running and not seen.service)
    assert (there["h0"], there.total()) == (2, 3)
    yard.do(
        "service", "create", "logs", "--task-definition", "web", "--scheduling-strategy", "DAEMON", "--wait"
    )
    assert running(yard, "logs") == {"h0": 1, "h1": 1, "h2": 1}
    file = yard.folder / "service.json"
    file.write_text('{"serviceName": "web", "taskDefinition": "web", "desiredCount": 7}')
    assert yard.do("apply", file, "--dry-run") == "= service default/web\n"
    tags = {
        "cluster": yard.json("cluster", "tag", "default"),
        "host": yard.json("capacity", "tag", "h0"),
        "task": yard.json("task", "tag", first),
    }
    assert {of: [(t["key"], t["value"]) for t in found["tags"]] for of, found in tags.items()} == {
        "cluster": [("team", "shop")],
        "host": [("rack", "7")],
        "task": [("who", "ada")],
    }
