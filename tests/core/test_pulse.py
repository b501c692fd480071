"""The pulse: at most one a second, but at once when it says what an operator must not see late."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine import Engine
from core.model.settings import Settings
from core.model.state import State
from core.pulse import Pulses, read_pulses, read_scaling
from core.store import Pulse
from core.store.memory import MemoryStore
from core.vitals import EnginePulse, InstancePulse, ServicePulse, TaskUse

NOW = 1000.0


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda: NOW)


@pytest.fixture
def engine() -> Engine:
    return Engine(State(), Settings(), Random(1), NOW)


def told(store: MemoryStore) -> EnginePulse:
    return read_pulses(store.pulses())[0]


def test_a_second_beat_within_the_gap_writes_nothing(store: MemoryStore, engine: Engine) -> None:
    pulses = Pulses(store, EnginePulse(pid=7))
    pulses.beat(engine, NOW)
    pulses.beat(engine, NOW + 0.5)
    assert (told(store).pid, told(store).at) == (7, NOW)
    pulses.beat(engine, NOW + 1.0)
    assert told(store).at == NOW + 1.0


def test_that_it_is_cut_off_is_told_at_once(store: MemoryStore, engine: Engine) -> None:
    pulses = Pulses(store, EnginePulse())
    pulses.beat(engine, NOW)
    engine.vigil.silence = replace(
        engine.vigil.silence, isolated="2 of 3 remote instances are silent at once"
    )
    pulses.beat(engine, NOW + 0.1)
    assert told(store).isolated == "2 of 3 remote instances are silent at once"
    engine.vigil.silence = replace(
        engine.vigil.silence, isolated="3 of 3 remote instances are silent at once"
    )
    pulses.beat(engine, NOW + 0.2)
    assert told(store).isolated == "3 of 3 remote instances are silent at once"


def test_a_config_that_cant_be_used_is_told_at_once(store: MemoryStore, engine: Engine) -> None:
    pulses = Pulses(store, EnginePulse())
    pulses.beat(engine, NOW)
    pulses.me = replace(pulses.me, config_problem="config.toml: [engine] pol_interval")
    pulses.beat(engine, NOW + 0.1)
    assert told(store).config_problem == "config.toml: [engine] pol_interval"


def test_what_a_newer_engine_says_beyond_what_we_know_is_passed_over() -> None:
    pulses = {
        "engine": Pulse("engine", NOW, '{"pid": 7, "mood": "good"}'),
        "instance/a": Pulse("instance/a", NOW, '{"heard_at": 1.0, "smell": 3}'),
    }
    assert read_pulses(pulses) == (EnginePulse(pid=7), {"a": InstancePulse(heard_at=1.0)})


def test_what_auto_scaling_made_of_a_service_is_written_when_it_is_new(
    store: MemoryStore, engine: Engine
) -> None:
    pulses = Pulses(store, EnginePulse())
    engine.scalings.told["default/web"] = ServicePulse(NOW, 2, 2, 41.5, None, "average CPU is 42 %")
    pulses.beat(engine, NOW)
    assert read_scaling(store.pulses()) == {
        "default/web": ServicePulse(NOW, 2, 2, 41.5, None, "average CPU is 42 %")
    }
    written = store.pulses()["service/default/web"]
    pulses.beat(engine, NOW + 2.0)
    assert store.pulses()["service/default/web"] == written


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=3),
        st.dictionaries(st.text(max_size=2), st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), max_size=3),
        max_size=6,
    )
)
def test_what_tasks_use_reads_as_it_was_told(used: dict[str, dict[str, tuple[float, float]]]) -> None:
    kept = TaskUse(used)
    assert kept == used
    assert len(kept) == len(used)
    assert kept.get("nobody's") is None
