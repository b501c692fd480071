"""Hosts that die, hang, fall silent and come back: what is replaced, what is not, and what never runs twice for long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.model.instance import Connectivity
from tests.engine.dockyard import OWN_LIMITS, Watch

if TYPE_CHECKING:
    from tests.engine.dockyard import Installation
    from tests.engine.testbed import Host


@pytest.fixture
def served(yard: Installation, request: pytest.FixtureRequest) -> Installation:
    """An engine with a service of six tasks, two on each host."""
    yard.write_config(getattr(request, "param", None))
    yard.start()
    yard.register()
    yard.create("web", 6)
    yard.wait_steady(6)
    return yard


#: Dockyard's own limits in place of the tests' short ones.
own_limits = pytest.mark.parametrize("served", [OWN_LIMITS], indirect=True, ids=["own limits"])


def stands(yard: Installation, host: Host, connectivity: Connectivity) -> bool:
    return yard.instance(host.name).connectivity is connectivity


def others(yard: Installation, host: Host) -> list[Host]:
    return [other for other in yard.hosts if other is not host]


def wait_replaced(yard: Installation, host: Host) -> None:
    """Wait until the host is LOST and what it held runs elsewhere."""
    yard.wait(lambda: stands(yard, host, Connectivity.LOST), f"{host.name} is LOST")
    yard.wait(lambda: yard.truth(hosts=others(yard, host)).total() == 6, "its tasks run elsewhere")
    yard.wait(lambda: sum(t.healthy_since is not None for t in yard.running()) == 6, "all of them healthy")


def test_a_dead_hosts_tasks_move_and_old_copies_are_gone_before_it_takes_new_work(
    served: Installation,
) -> None:
    yard, host = served, served.hosts[1]
    old = set(yard.truth(hosts=[host]))
    host.kill()
    yard.wait(lambda: stands(yard, host, Connectivity.DISCONNECTED), "h1 is DISCONNECTED")
    listed = yard.do("task", "ls")
    assert listed.count("unknown (was RUNNING)") == 2, listed
    wait_replaced(yard, host)
    assert "is lost" in yard.do("events", "--limit", "50")
    host.boot()
    yard.wait(lambda: stands(yard, host, Connectivity.CONNECTED), "h1 is back")
    yard.wait_steady(6)
    assert not yard.truth(hosts=[host]), "a rebooted host must not revive what was replaced"
    stopped = {t.id: t for t in yard.stopped()}
    assert all("was lost; the task was replaced" in stopped[task].stopped_reason for task in old)
    yard.do("service", "scale", "web", "9", "--wait", "--timeout", "60s")
    assert yard.truth(hosts=[host]).total() == 3


def test_a_hung_hosts_tasks_move_and_its_copies_are_stopped_when_it_answers_again(
    served: Installation,
) -> None:
    yard, host = served, served.hosts[2]
    old = set(yard.truth(hosts=[host]))
    host.hang()
    wait_replaced(yard, host)
    assert "answer" in yard.instance("h2").problem
    host.resume()
    yard.wait(lambda: stands(yard, host, Connectivity.CONNECTED), "h2 is back")
    assert not old & set(yard.truth()), "superseded copies are gone before the host takes new work"
    yard.wait_steady(6)


@own_limits
def test_a_link_cut_and_healed_in_time_costs_no_task(served: Installation) -> None:
    yard, host = served, served.hosts[0]
    before = yard.truth()
    host.cut()
    yard.wait(lambda: stands(yard, host, Connectivity.DISCONNECTED), "h0 is DISCONNECTED")
    host.heal()
    yard.wait(lambda: stands(yard, host, Connectivity.CONNECTED), "h0 is back")
    yard.wait_steady(6)
    assert yard.truth() == before


@own_limits
def test_with_all_links_down_for_a_minute_the_engine_suspects_itself_and_replaces_nothing(
    served: Installation,
) -> None:
    yard = served
    before = yard.truth()
    cut_at = yard.dockyard.now()
    for host in yard.hosts:
        host.cut()
    # Two of them fall silent for long enough first: the sentence counts those that are silent by now.
    yard.wait(lambda: "3 of 3 remote instances are silent" in yard.do("status"), "the engine is ISOLATED")
    yard.wait(lambda: yard.dockyard.now() - cut_at > 60, "twice the silence of a loss", 90)
    assert not [i for i in yard.state().instances.values() if i.lost]
    assert yard.truth() == before
    for host in yard.hosts:
        host.heal()
    yard.wait(yard.all_connected, "all hosts are back")
    yard.wait(lambda: not yard.dockyard.engine().pulse.isolated, "the engine trusts its network again")
    yard.wait_steady(6)
    assert yard.truth() == before


def test_a_host_back_before_its_replacements_are_healthy_never_breaks_the_floor(yard: Installation) -> None:
    yard.start()
    yard.register()
    # A replacement counts as healthy only after so long that the host is back before.
    yard.create("web", 6, "--healthy-after", "8s")
    yard.wait_steady(6)
    host = yard.hosts[1]
    with Watch(yard) as watch:
        host.cut()
        yard.wait(lambda: stands(yard, host, Connectivity.LOST), "h1 is LOST")
        yard.wait(lambda: yard.truth(hosts=others(yard, host)).total() == 6, "the replacements run")
        host.heal()
        yard.wait(lambda: stands(yard, host, Connectivity.CONNECTED), "h1 is back")
        yard.wait_steady(6)
    assert min(watch.counts) >= 6
    assert yard.truth(hosts=[host]).total() == 2, "what still ran there was kept"


def test_a_service_that_must_not_run_twice_waits_for_its_host(yard: Installation) -> None:
    yard.start()
    yard.register()
    yard.create("web", 3, "--replace", "no")
    yard.wait_steady(3)
    before = yard.truth()
    host = yard.hosts[0]
    host.cut()
    yard.wait(lambda: stands(yard, host, Connectivity.LOST), "h0 is LOST")
    assert "1 unknown" in yard.do("service", "ls")
    host.heal()
    yard.wait(lambda: stands(yard, host, Connectivity.CONNECTED), "h0 is back")
    yard.wait_steady(3)
    assert yard.truth() == before


def test_a_service_that_asks_replaces_only_after_a_yes(yard: Installation) -> None:
    yard.start()
    yard.register()
    yard.create("web", 3, "--replace", "ask")
    yard.wait_steady(3)
    host = yard.hosts[0]
    (held,) = yard.truth(hosts=[host])
    elsewhere = yard.truth(hosts=others(yard, host))

    def asked() -> list[str]:
        (service,) = yard.json("service", "describe", "web")["services"]
        return [arn.rpartition("/")[2] for arn in service["replaceAsked"]]

    host.cut()
    yard.wait(lambda: bool(asked()), "it asks")
    assert asked() == [yard.instance("h0").id]
    (question,) = yard.events("asks before it replaces them: ")
    assert question.endswith("dockyard service replace web h0 yes")
    assert "dockyard service replace default/web h0 yes" in yard.do("service", "describe", "web")

    # Neither time, nor a no, nor another engine makes a yes of it.
    yard.do("service", "replace", "web", "h0", "no")
    engine = yard.engine
    assert engine is not None
    engine.kill9()
    yard.launch()
    yard.wait(lambda: yard.dockyard.engine().running, "the next engine runs")
    started = yard.dockyard.now()
    yard.wait(lambda: stands(yard, host, Connectivity.LOST), "h0 is LOST for it as well")
    yard.wait(lambda: yard.dockyard.now() - started > 10, "longer than lost_after")
    assert asked() == [yard.instance("h0").id]
    assert yard.truth(hosts=others(yard, host)) == elsewhere

    yard.do(*question.partition("dockyard ")[2].split())
    yard.wait(lambda: yard.truth(hosts=others(yard, host)).total() == 3, "it is started elsewhere")
    yard.wait(lambda: sum(t.healthy_since is not None for t in yard.running()) == 3, "and is healthy")
    assert asked() == []
    host.heal()
    yard.wait(lambda: stands(yard, host, Connectivity.CONNECTED), "h0 is back")
    yard.wait_steady(3)
    assert held not in yard.truth(), "the replaced copy is gone"


@own_limits
def test_a_restarted_engine_gives_a_silent_host_its_time_anew(served: Installation) -> None:
    yard, host = served, served.hosts[1]
    before = yard.truth()
    engine = yard.engine
    assert engine is not None
    cut_at = yard.dockyard.now()
    host.cut()
    yard.wait(lambda: stands(yard, host, Connectivity.DISCONNECTED), "h1 is DISCONNECTED")
    engine.stop()
    yard.launch()
    yard.wait(lambda: yard.dockyard.engine().running, "the next engine runs")
    yard.wait(lambda: yard.dockyard.now() - cut_at > 33, "what would have been too long for the first")
    assert not yard.instance("h1").lost
    host.heal()
    yard.wait(yard.all_connected, "h1 is back")
    yard.wait_steady(6)
    assert yard.truth() == before


@own_limits
def test_an_engine_suspended_for_a_minute_charges_no_host_for_its_own_absence(served: Installation) -> None:
    yard = served
    before = yard.truth()
    engine = yard.engine
    assert engine is not None
    engine.suspend()
    since = yard.dockyard.now()
    yard.wait(lambda: yard.dockyard.now() - since > 60, "twice the silence of a loss", 90)
    engine.resume()
    yard.wait(lambda: bool(yard.events("The engine did not run for")), "the engine notices")
    yard.wait_steady(6)
    assert not yard.events("is lost")
    assert not yard.events("is disconnected")
    assert yard.truth() == before


def test_a_restarted_docker_is_healed_in_place(served: Installation) -> None:
    yard, host = served, served.hosts[0]
    old = set(yard.truth(hosts=[host]))
    host.restart_docker()
    yard.wait(lambda: not old & {t.id for t in yard.tasks()}, "what ended with Docker is STOPPED")
    yard.wait_steady(6)
    assert not yard.events("is lost")


def test_a_rebooted_host_is_healed_in_place(served: Installation) -> None:
    yard, host = served, served.hosts[0]
    old = set(yard.truth(hosts=[host]))
    host.reboot()
    yard.wait(lambda: not old & {t.id for t in yard.tasks()}, "what ended with the host is STOPPED")
    yard.wait(yard.all_connected, "h0 is back")
    yard.wait_steady(6)


def test_another_docker_at_the_address_is_quarantined_until_it_is_accepted(served: Installation) -> None:
    yard, host = served, served.hosts[2]
    host.cut()
    host.wipe()
    host.heal()
    yard.wait(lambda: stands(yard, host, Connectivity.QUARANTINED), "h2 is QUARANTINED")
    assert "capacity accept h2" in yard.do("capacity", "describe", "h2")
    assert not [seen for seen in yard.containers([host]) if seen.running]
    yard.do("capacity", "accept", "h2", "--yes")
    yard.wait(lambda: stands(yard, host, Connectivity.CONNECTED), "h2 is accepted")
    yard.wait_steady(6)
