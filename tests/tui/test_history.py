"""What was used is remembered for some minutes, within bounds, and nothing is made up where nobody knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.instance import Connectivity
from core.record import replace
from tests.tui import shop
from tests.tui.past import COURSE, live_through, pulse
from tui.glyphs import ASCII
from tui.history import KEPT, KEPT_SHORT, STEP_S, Gauge, History, Ring
from tui.place import About
from tui.sparks import BLOCKS, chart, spark, without_sparks
from tui.world import News, World


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 9)), min_size=1),
    st.integers(0, 4),
    st.integers(1, 9),
)
def test_a_ring_is_the_last_steps_with_gaps_where_there_was_no_sample(
    samples: list[tuple[int, int]], later: int, count: int
) -> None:
    ring, expected, step = Ring(7), dict[int, float](), 0
    for gap, value in samples:
        step += gap
        ring.put(step, float(value))
        expected[step] = float(value)
    now = step + later
    first = max(min(expected), step - 6, now - count + 1)
    shown = tuple(expected.get(each) for each in range(first, now + 1))
    assert ring.last(count, now) == (shown if now - count < step else ())


def test_pulses_become_samples_of_hosts_services_tasks_and_clusters() -> None:
    world = shop.world()
    live_through(world, len(COURSE))
    history = world.history
    assert history.used(About.INSTANCE, shop.EDGE_1.id, 3) == ((60.0, 40.0, 34.0), (3400.0, 2600.0, 2360.0))
    cpu, memory = history.used(About.TASK, shop.TASKS[0].id, 2)
    assert cpu == pytest.approx((16.0, 13.6)), "percent of one core, on a host of four"
    assert memory == (180.0, 168.0)
    service, _ = history.used(About.SERVICE, "prod/web", 2)
    assert service == pytest.approx((48.0, 40.8)), "three of its tasks are on hosts that answer"
    assert history.gauge("prod", Gauge.CPU, 2) == (40.0, 34.0)
    assert history.gauge("", Gauge.HOSTS, 1) == (3.0,)
    assert history.gauge("prod", Gauge.TASKS, 1) == (5.0,)
    assert history.gauge("prod", Gauge.FAULTS, 1) == (2.0,)
    assert history.gauge("", Gauge.STEADY, 1) == (2.0,)


def test_a_second_pulse_of_a_step_is_no_sample_and_silence_is_a_gap() -> None:
    world = shop.world()
    live_through(world, 2)
    world.absorb(News(engine=pulse(4), read_at=shop.NOW))
    assert world.history.gauge("", Gauge.CPU, 9) == (5.0, 10.0)
    world.now = lambda: shop.NOW + 2 * STEP_S
    world.absorb(News(engine=replace(pulse(4), running=False), read_at=shop.NOW))
    assert world.history.gauge("", Gauge.CPU, 9) == (5.0, 10.0), (
        "what a stopped engine last said is no sample"
    )
    world.absorb(News(engine=pulse(4), read_at=shop.NOW))
    assert world.history.gauge("", Gauge.CPU, 9) == (5.0, 10.0, None, 90.0)


def test_a_silent_host_is_not_measured_and_is_forgotten() -> None:
    world = shop.world()
    live_through(world, 3)
    silent = replace(shop.EDGE_1, connectivity=Connectivity.DISCONNECTED)
    world.absorb(News((silent,), read_at=shop.NOW))
    for step in range(1, KEPT_SHORT + 2):
        world.now = lambda at=shop.NOW + step * STEP_S: at  # type: ignore[misc]
        world.absorb(News(engine=pulse(0), read_at=shop.NOW))
    assert world.history.used(About.INSTANCE, shop.EDGE_1.id, KEPT) == ((), ())
    assert world.history.used(About.TASK, shop.TASKS[0].id, KEPT) == ((), ())
    assert world.history.used(About.INSTANCE, shop.EDGE_2.id, 1)[0] == (5.0,)


def test_no_more_tasks_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.history.MOST_TASKS", 3)
    world = World(shop.now)
    world.absorb(replace(shop.NEWS, engine=pulse(0)))
    kept = [task for task in shop.TASKS if world.history.used(About.TASK, task.id, 1)[0]]
    assert len(kept) == 3
    assert world.history.used(About.SERVICE, "prod/web", 1)[0], "services are kept all the same"


def test_a_new_history_knows_nothing() -> None:
    assert History().gauge("", Gauge.CPU, 9) == ()


@pytest.mark.parametrize(
    ("samples", "full", "shown"),
    [
        ((), 100.0, ""),
        ((50.0,), 100.0, ""),
        ((0.0, 50.0, 100.0, 250.0), 100.0, "▁▅██"),
        ((None, 0.0, None, 100.0), 100.0, "▁ █"),
        ((0.0, 0.0), 0.0, "▁▁"),
    ],
)
def test_sparks(samples: tuple[float | None, ...], full: float, shown: str) -> None:
    assert spark(samples, full) == shown


def test_a_chart_stands_on_its_last_line_and_ends_at_the_right() -> None:
    assert chart((100.0, 50.0, None, 1.0), 100.0, 6, 2) == ["  █   ", "  ██ ▁"]
    assert chart((1.0, 2.0, 3.0), 3.0, 2, 1) == ["▅█"]
    assert chart((), 0.0, 2, 2) == ["  ", "  "]


def test_sparks_are_for_the_eye_alone() -> None:
    assert ASCII.shown(BLOCKS) == "_.:-=+*#"
    assert without_sparks("web\t▂▃ ▅ 34%\t▂▃ 1.5G") == "web\t34%\t1.5G"
