"""Deployments that fail and DAEMON services, on real hosts over SSH: what serves goes on serving, and each host has its one task."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from core.model.service import RolloutState
from tests.engine.dockyard import Watch

if TYPE_CHECKING:
    from core.model.service import Deployment
    from tests.engine.dockyard import Installation


@pytest.mark.parametrize(
    ("image", "reason"),
    [("{registry}/demo/web:nope", "check name and tag"), ("demo/web:bad", "exit code 1")],
    ids=["a tag that is not there", "a command that ends with 1"],
)
def test_a_bad_deployment_is_rolled_back_by_itself_and_costs_no_healthy_task(
    yard: Installation, image: str, reason: str
) -> None:
    yard.start()
    yard.register()
    yard.create("web", 4, "--circuit-breaker", "rollback")
    yard.wait_steady(4)
    before = yard.truth()
    yard.register(image=image.format(registry=yard.bed.registry))
    with Watch(yard) as watch:
        waited = yard.cli(
            "service", "update", "web", "--task-definition", "web", "--wait", "--timeout", "60s"
        )
        yard.wait(lambda: yard.state().services["default/web"].definition == "web:1", "it is rolled back")
        yard.wait_steady(4)
    assert waited.exit_code == 1, "the deployment that was asked for has failed"
    assert "circuit breaker: rolling back to deploymentId" in waited.stderr
    assert min(watch.counts) >= 4
    assert yard.truth() == before
    (said,) = yard.events("deployment failed: tasks failed to start.")
    assert reason in said
    primary, failed = yard.state().deployments_of("default/web")
    assert (primary.rollout_state, failed.rollout_state) == (RolloutState.COMPLETED, RolloutState.FAILED)


def test_a_deployment_bakes_whoever_keeps_it_until_its_time_is_over(yard: Installation) -> None:
    def primary() -> Deployment:
        found = yard.state().primary_of("default/web")
        assert found is not None
        return found

    engine = yard.launch()
    yard.register()
    yard.do(
        "service", "create", "web", "--task-definition", "web", "--desired-count", "2", "--bake-time", "1h"
    )
    yard.wait(lambda: primary().baking_since is not None, "it bakes")
    since = primary().baking_since
    engine.kill9()
    yard.start()
    yard.wait_steady(2)
    assert (primary().rollout_state, primary().baking_since) == (RolloutState.IN_PROGRESS, since)
    waited = yard.cli("service", "wait", "web", "--timeout", "1s")
    assert waited.exit_code == 3
    assert "web: 2/2 running (bakes for another 60 min)" in waited.stderr
    yard.do("service", "update", "web", "--bake-time", "0", "--wait", "--timeout", "30s")
    assert (primary().rollout_state, primary().baking_since) == (RolloutState.COMPLETED, None)


def test_a_daemon_follows_hosts_that_come_and_go(yard: Installation) -> None:
    h0, h1, h2 = yard.hosts

    def one_each(*names: str) -> bool:
        running = Counter(seen.host for seen in yard.containers() if seen.running and seen.service == "logs")
        return running == Counter(names) and yard.state().services["default/logs"].steady

    yard.write_config(hosts=[h0, h1])
    engine = yard.launch()
    yard.register()
    yard.do("service", "create", "logs", "--task-definition", "web", "--scheduling-strategy", "DAEMON")
    yard.wait(lambda: one_each("h0", "h1"), "one task on each of two hosts")
    assert yard.do("service", "ls").splitlines()[1].split()[3] == "2/2"
    yard.write_config()
    yard.wait(lambda: one_each("h0", "h1", "h2"), "one on the third as well")
    kept = yard.truth("logs")

    engine.kill9()
    yard.start()
    yard.wait(lambda: one_each("h0", "h1", "h2"), "the next engine finds them")
    assert yard.truth("logs") == kept

    h2.kill()
    yard.wait(lambda: yard.instance("h2").lost, "h2 is LOST")
    yard.wait(lambda: yard.state().services["default/logs"].desired_count == 2, "it is not counted")
    h2.power_on()
    yard.wait(lambda: one_each("h0", "h1", "h2"), "h2 has its task again")

    yard.do("capacity", "drain", "h1", "--wait", "--timeout", "60s")
    yard.wait(lambda: one_each("h0", "h2"), "the drained host has none")
    yard.do("capacity", "activate", "h1", "--wait")
    yard.wait(lambda: one_each("h0", "h1", "h2"), "and has it again")
    yard.do("capacity", "rm", "h1", "--yes", "--wait", "--timeout", "60s")
    yard.wait(lambda: one_each("h0", "h2"), "a host that is removed has none")
    assert not [seen for seen in yard.containers([h1]) if seen.running]
