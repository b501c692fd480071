"""Pages about one thing: they stay short, and what is dear to make is made seldom."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING

from core.model.capacity_provider import CapacityProvider, ProviderShare
from core.model.probe import Probe, ProbeProtocol, TargetHealth, TargetReason, TargetState
from core.model.service import EarlySuccess, RolloutState, SourceCleanup
from core.model.task import TaskStatus
from core.record import replace
from tests.tui import shop
from tui.glyphs import UNICODE
from tui.pages.describe import describe
from tui.pages.text import plain_text
from tui.panes.text import TextPane
from tui.place import About, Place, Thing
from tui.trail import visit
from tui.widgets.pager import Pager
from tui.world import News, Touched

if TYPE_CHECKING:
    import pytest

    from tui.pages.text import Line
    from tui.world import World

WEB = Thing(About.SERVICE, shop.WEB.key)


def test_a_description_lists_a_hundred_tasks_and_counts_the_others() -> None:
    world = shop.world()
    world.absorb(News(tuple(replace(shop.TASKS[0], id=f"{n:032x}") for n in range(5000)), read_at=shop.NOW))
    page = plain_text(describe(world, WEB))
    assert page.count("service:web") == 100
    assert "and 4905 more: the table of tasks has them all" in page


def test_what_a_silent_host_used_when_it_was_last_heard_is_not_shown_as_of_now() -> None:
    def page(host: str) -> str:
        return plain_text(describe(shop.world(), Thing(About.INSTANCE, host)))

    assert "cpu 34%, 4096 MiB" in page(shop.EDGE_1.id)
    assert "cpu 34%" not in page(shop.EDGE_3.id)


def test_what_a_probe_asks_and_says_is_on_its_services_and_its_tasks_pages() -> None:
    running = next(
        t for t in shop.TASKS if t.service == shop.WEB.name and t.last_status is TaskStatus.RUNNING
    )
    said = TargetHealth(TargetState.UNHEALTHY, TargetReason.TIMEOUT, "Request timed out")
    sick = replace(running, target_health=said, healthy_since=None)
    world = shop.world()
    world.absorb(News((replace(shop.WEB, probe=Probe(ProbeProtocol.TCP, "web", 80)), sick), read_at=shop.NOW))
    page = plain_text(describe(world, WEB))
    assert "tcp://web:80, every 10 s within 5 s; healthy after 2, unhealthy after 3" in page
    page = plain_text(describe(world, Thing(About.TASK, sick.id)))
    assert "unhealthy: Request timed out" in page
    assert "UNHEALTHY" in page


def test_how_long_a_deployment_bakes_is_on_its_and_its_services_pages() -> None:
    world = shop.world()
    primary = world.state.primary_of(shop.WEB.key)
    assert primary is not None
    early = EarlySuccess(90, SourceCleanup.DEFERRED)
    baking = replace(primary, rollout_state=RolloutState.IN_PROGRESS, baking_since=world.now() - 70.0)
    web = replace(shop.WEB, bake_time_minutes=5, early_success=early)
    world.absorb(News((web, baking), read_at=shop.NOW))
    page = plain_text(describe(world, WEB))
    assert "5 min" in page
    assert "with 90 % of the tasks healthy, older ones go afterwards" in page
    assert "It bakes for another 4 min." in page
    assert "bakes for another 4 min" in plain_text(describe(world, Thing(About.DEPLOYMENT, primary.key)))


def test_a_page_that_is_dear_is_not_made_at_every_change(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[float] = []

    def dear(_world: World, _thing: Thing) -> list[Line]:
        end = time.perf_counter() + 0.01
        while time.perf_counter() < end:
            """Compute something."""
        made.append(time.perf_counter())
        return []

    monkeypatch.setattr("tui.pages.registry.PAGES", {"describe": dear})
    pane = TextPane(shop.world(), Pager(UNICODE))
    pane.show(visit(Place("describe", "prod", WEB)))
    deadline = time.monotonic() + 20
    while len(made) < 4:
        pane.news(Touched())
        assert time.monotonic() < deadline
    assert all(later - earlier > 0.1 for earlier, later in pairwise(made[1:]))


def test_what_tags_and_default_strategies_say_is_on_the_pages_of_what_has_them() -> None:
    shares = (ProviderShare("steady", 1, base=2), ProviderShare("spare", 3))
    prod = shop.world().state.clusters["prod"]
    groups = (CapacityProvider("spare", ("edge-1",)), CapacityProvider("steady", ("edge-2",)))
    world = shop.world()
    rows = (
        replace(prod, capacity_providers=groups, default_strategy=shares, tags=(("team", "shop"),)),
        replace(shop.EDGE_1, tags=(("rack", "7"),)),
        replace(shop.WEB, capacity_provider_strategy=shares),
    )
    world.absorb(News(rows, read_at=shop.NOW))
    cluster = plain_text(describe(world, Thing(About.CLUSTER, "prod")))
    assert "spare, steady" in cluster
    assert "steady=1,base=2, spare=3" in cluster
    assert "team=shop" in cluster
    assert "rack=7" in plain_text(describe(world, Thing(About.INSTANCE, shop.EDGE_1.id)))
    assert "steady=1,base=2, spare=3" in plain_text(describe(world, WEB))
