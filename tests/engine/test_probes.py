"""A service's probe on real hosts: what its engine asks of containers by each host's own connection, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.probe import TargetReason, TargetState
from tests.engine.dockyard import Watch

if TYPE_CHECKING:
    from core.model.task import Task
    from tests.engine.dockyard import Installation

#: A web server that answers /well with 200, until its file is gone: then with 404.
SERVE = "mkdir -p /www && echo well > /www/well && trap 'exit 0' TERM; httpd -f -p 80 -h /www & wait $!"
QUICK = ("--probe-interval", "1s", "--probe-timeout", "1s", "--probe-unhealthy-threshold", "2")


def states(yard: Installation, service: str = "web") -> list[TargetState | None]:
    return [t.target_health.state if t.target_health else None for t in yard.tasks(service)]


def spoil(yard: Installation, task: Task) -> None:
    """What it serves is gone."""
    (there,) = [seen for seen in yard.containers() if seen.task == task.id]
    host = next(h for h in yard.hosts if h.name == there.host)
    host.docker("exec", there.id, "rm", "/www/well")


def test_a_service_is_kept_healthy_by_what_its_containers_answer(yard: Installation) -> None:
    """No port is published: each container is asked at its own address, from its own host."""
    engine = yard.start()
    yard.register(image="demo/busybox:1", command=["sh", "-c", SERVE])
    yard.create("web", 3, "--probe", "http://web:80/well", *QUICK)
    yard.wait_steady(3)
    assert states(yard) == [TargetState.HEALTHY] * 3

    sick = yard.tasks()[0]
    with Watch(yard) as watch:
        spoil(yard, sick)
        yard.wait(lambda: sick.id in {t.id for t in yard.stopped()}, "the sick one goes")
    assert min(watch.counts) >= 3, "another one was there before it went"
    yard.wait_steady(3)
    ended = yard.state().tasks[sick.id]
    because = "Health checks failed with these codes: [404]"
    assert ended.stopped_reason == f"Task failed health checks in (probe http://web:80/well): {because}"
    assert len(yard.events(f"(task {sick.id})")) > 0

    before = {t.id for t in yard.tasks()}
    engine.kill9()
    yard.start()
    assert {t.id for t in yard.tasks()} == before
    assert states(yard) == [TargetState.HEALTHY] * 3, "nothing is forgotten with an engine"

    # Another check of the same tasks: what runs is not touched, until it fails; and who waits hears what it says.
    yard.do("service", "update", "web", "--probe", "exec:web test -e /www/well", *QUICK, "--wait")
    assert states(yard) == [TargetState.HEALTHY] * 3
    yard.do("service", "update", "web", "--probe", "exec:web sh -c 'echo the queue is full; exit 3'", *QUICK)
    yard.wait(lambda: TargetState.UNHEALTHY in states(yard), "a command that fails")
    said = next(t.target_health for t in yard.tasks() if t.probe_fails)
    assert said is not None
    assert said.description == "Health checks failed: exit code 3, the queue is full"
    assert before & {t.id for t in yard.tasks()}


def test_where_sshd_forbids_forwarding_it_is_said_and_a_command_still_serves(yard: Installation) -> None:
    for host in yard.hosts:
        host.restart_sshd("AllowTcpForwarding no")
    yard.start()
    yard.register()
    yard.create("web", 2, "--probe", "http://web:80/", *QUICK, wait=False)
    yard.wait(lambda: states(yard) == [TargetState.UNAVAILABLE] * 2, "no way leads there")
    assert {t.target_health.reason for t in yard.tasks() if t.target_health} == {TargetReason.NO_WAY}
    assert len(yard.events("can't be probed")) == 1
    told = yard.do("service", "explain", "web")
    assert "forbids forwarding to" in told
    assert "a check by exec needs none" in told
    assert not yard.steady()

    before = {t.id for t in yard.tasks()}
    yard.do("service", "update", "web", "--probe", "exec:web true", *QUICK)
    yard.wait_steady(2)
    assert {t.id for t in yard.tasks()} == before


def test_a_port_that_moves_with_its_probe_and_fails_is_rolled_back_and_what_served_goes_on(
    yard: Installation,
) -> None:
    yard.start()
    yard.register(image="demo/busybox:1", command=["sh", "-c", SERVE])
    yard.create("web", 2, "--probe", "http://web:80/well", *QUICK)
    yard.do("service", "update", "web", "--circuit-breaker", "rollback")
    before = {t.id for t in yard.tasks()}
    yard.register(image="demo/busybox:1", command=["sh", "-c", f"{SERVE} # moved"])
    yard.do("service", "update", "web", "--task-definition", "web", "--probe", "http://web:8080/well", *QUICK)
    with Watch(yard) as watch:
        yard.wait(lambda: len(yard.events("which is probed by http://web:80/well.")) == 1, "it goes back")
        yard.wait_steady(2)
    assert min(watch.counts) >= 2
    assert {t.id for t in yard.tasks()} == before
    assert len(yard.events("The last: on h")) == 1
