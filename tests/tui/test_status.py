"""The status line says the truth about the engine and the age of what is shown, before anything else."""

from __future__ import annotations

import pytest

from core.client.engine_process import EngineStatus
from core.model.instance import Connectivity
from core.model.state import Kind
from core.record import replace
from tests.tui import shop
from tui.status import Ours, status_line
from tui.world import News, World

NOTHING = Ours()
NONE = EngineStatus(running=False, holder=None, pulse=shop.ENGINE.pulse, beat_age_s=720.0)


def said(world: World, ours: Ours = NOTHING, width: int = 160, cluster: str = "", faults: int = 0) -> str:
    return "".join(text for text, _ in status_line(world, ours, faults, cluster, width)).removeprefix(
        " dockyard  "
    )


@pytest.mark.parametrize(
    ("engine", "ours", "begins"),
    [
        (shop.ENGINE, Ours(), "engine 812, live · "),
        (shop.ENGINE, Ours(child_pid=812), "engine 812 (ours), live · "),
        (replace(shop.ENGINE, beat_age_s=42.0), Ours(), "engine 812, data 42s old · "),
        (
            replace(shop.ENGINE, pulse=replace(shop.ENGINE.pulse, isolated="all hosts are silent")),
            Ours(),
            "engine 812 ISOLATED, live · ",
        ),
        (NONE, Ours(), "no engine, data 12m old · "),
        (NONE, Ours(note="starting an engine"), "starting an engine · "),
    ],
)
def test_what_is_said_of_the_engine(engine: EngineStatus, ours: Ours, begins: str) -> None:
    assert said(shop.world(replace(shop.NEWS, engine=engine)), ours).startswith(begins)


def test_what_was_read_long_ago_is_old_though_the_engine_beats() -> None:
    world = shop.world(replace(shop.NEWS, read_at=shop.NOW - 90))
    assert "data 1m old" in said(world)


def test_a_state_that_cant_be_read_is_no_engine_that_is_missing() -> None:
    world = World(shop.now)
    world.absorb(News(problem="no permission"))
    assert said(world).startswith("state unreadable")


def test_simulated_hosts_are_called_so() -> None:
    def with_urls(*urls: str) -> str:
        world = shop.world()
        instances = sorted(world.state.instances.values(), key=lambda instance: instance.id)
        for number, instance in enumerate(instances):
            world.state.put(replace(instance, url=urls[number % len(urls)]))
        return said(world)

    assert "/4 simulated hosts" in with_urls("sim://a")
    assert "/4 hosts (2 simulated)" in with_urls("sim://a", "ssh://b", "unix:///c")
    assert "simulated" not in with_urls("ssh://a")


def test_parts_are_left_out_from_the_end() -> None:
    world = shop.world()
    whole = said(world, cluster="prod", faults=2)
    assert whole == "engine 812, live · 2 faults · 2/3 hosts · 5/7 tasks · prod · cpu 34% mem 50%"
    for width in range(8, 100):
        short = said(world, width=width, cluster="prod", faults=2)
        assert whole.startswith(short) or whole.replace(" 812", "").startswith(short)
        assert short == "engine, live" or len(short) + 11 <= width
    # Sooner than the tasks the engine's pid is left out.
    assert (
        said(world, width=60, cluster="prod", faults=2) == "engine, live · 2 faults · 2/3 hosts · 5/7 tasks"
    )


def test_what_hosts_come_to_is_told_anew_when_a_row_or_a_pulse_of_theirs_is_another() -> None:
    world = shop.world()

    def told() -> str:
        return "".join(text for text, _ in status_line(world, Ours(), 0, "prod", 200))

    measured = world.engine
    assert measured is not None
    assert "99%" not in told()
    assert "2/3 hosts" in told()
    world.absorb(News((replace(shop.EDGE_3, connectivity=Connectivity.CONNECTED),), read_at=shop.NOW))
    assert "3/3 hosts" in told()
    hosts = {key: replace(pulse, cpu_percent=99.0) for key, pulse in measured.hosts.items()}
    world.absorb(News(engine=replace(measured, hosts=hosts), read_at=shop.NOW))
    assert "99%" in told()
    world.absorb(News(deleted=((Kind.INSTANCE, shop.EDGE_3.id),), read_at=shop.NOW))
    assert "2/2 hosts" in told()
