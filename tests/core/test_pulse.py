"""The pulse: at most one a second, but at once when it says what an operator must not see late."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine import Engine
from core.model.instance import ContainerInstance
from core.model.settings import Settings
from core.model.state import State
from core.pulse import Heard, Pulses
from core.record import replace
from core.reports import Utilisation
from core.store import Pulse
from core.store.memory import MemoryStore
from core.vitals import EnginePulse, InstancePulse, ServicePulse, TaskUse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOW = 1000.0


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda: NOW)


@pytest.fixture
def engine() -> Engine:
    return Engine(State(), Settings(), Random(1), NOW)


def heard(store: MemoryStore) -> Heard:
    made = Heard()
    made.listen(store)
    return made


def told(store: MemoryStore) -> EnginePulse:
    return heard(store).engine


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


def test_what_a_newer_engine_says_beyond_what_we_know_is_passed_over(store: MemoryStore) -> None:
    store.put_pulses(
        [
            Pulse("engine", NOW, '{"pid": 7, "mood": "good"}'),
            Pulse("instance/a", NOW, '{"heard_at": 1.0, "smell": 3}'),
            Pulse("weather", NOW, "{}"),
        ]
    )
    assert heard(store).engine == EnginePulse(pid=7)
    assert heard(store).hosts == {"a": InstancePulse(heard_at=1.0)}


def test_only_what_was_written_since_is_read_again(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def read(me: MemoryStore, names: Iterable[str]) -> Iterator[Pulse]:
        asked.append(sorted(names))
        yield from (me._pulses[name] for name in asked[-1] if name in me._pulses)

    monkeypatch.setattr(MemoryStore, "pulses", read)
    ear = Heard()
    store.put_pulses([Pulse(f"instance/{name}", NOW, '{"heard_at": 1.0}') for name in "ab"])
    ear.listen(store)
    before = ear.hosts
    # An engine's clock may go back.
    store.put_pulses([Pulse("instance/b", NOW - 5, '{"heard_at": 2.0}')])
    ear.listen(store)
    ear.listen(store)
    assert asked == [["instance/a", "instance/b"], ["instance/b"], []]
    assert ear.hosts == {"a": InstancePulse(heard_at=1.0), "b": InstancePulse(heard_at=2.0)}
    assert before["b"] == InstancePulse(heard_at=1.0), "whoever shows it is in another thread"
    ear.listen_to_engine(store)
    assert asked[3:] == [["engine"]]


@pytest.mark.parametrize(
    "body", ["", "[]", '{"heard_at": "soon"}', '{"measured_at": 1.0, "tasks": {"t": {"c": [null, 1.0]}}}']
)
def test_what_can_not_be_understood_is_passed_over(store: MemoryStore, body: str) -> None:
    good = [Pulse("engine", NOW, '{"pid": 7}'), Pulse("instance/a", NOW, '{"heard_at": 1.0}')]
    bad = [Pulse("instance/b", NOW, body), Pulse("use/a", NOW, body), Pulse("service/default/web", NOW, body)]
    store.put_pulses([*bad[:1], *good, *bad[1:]])
    ear = heard(store)
    assert (ear.engine.pid, ear.hosts) == (7, {"a": InstancePulse(heard_at=1.0)})
    store.put_pulses([Pulse("engine", NOW, '{"pid": "seven"}')])
    ear.listen_to_engine(store)
    assert ear.engine.pid == 7


HOSTS = [ContainerInstance(name, name, "default", f"ssh://{name}") for name in "ab"]


def test_what_a_host_uses_is_written_when_it_was_measured_and_not_whenever_it_was_heard(
    store: MemoryStore,
) -> None:
    engine = Engine(State(HOSTS), Settings(), Random(1), NOW)
    pulses = Pulses(store, EnginePulse())
    pulses.measured(Utilisation("a", NOW, 12.5, 512.0, 0.5, {("t", "c"): (2.5, 64.0)}))
    engine.view("a").heard_at = NOW
    pulses.beat(engine, NOW)
    ear = heard(store)
    used = InstancePulse(NOW, None, NOW, 12.5, 512.0, 0.5, TaskUse({"t": {"c": (2.5, 64.0)}}))
    assert ear.hosts == {"a": used, "b": InstancePulse()}
    engine.view("a").heard_at = NOW + 2.0
    pulses.beat(engine, NOW + 2.0)
    assert store.pulse_times() == {
        "engine": NOW + 2.0,
        "instance/a": NOW + 2.0,
        "instance/b": NOW,
        "use/a": NOW,
    }
    ear.listen(store)
    assert ear.hosts["a"] == heard(store).hosts["a"] == replace(used, heard_at=NOW + 2.0)


def test_pulses_of_what_is_no_more_go(store: MemoryStore) -> None:
    left = ("instance/gone", "use/gone", "service/default/gone", "instance/a", "use/a", "weather")
    store.put_pulses([Pulse(name, NOW - 5.0) for name in left])
    engine = Engine(State(HOSTS), Settings(), Random(1), NOW)
    pulses = Pulses(store, EnginePulse())
    pulses.measured(Utilisation("b", NOW, 12.5))
    pulses.beat(engine, NOW)
    assert store.pulse_times().keys() == {"engine", "instance/a", "use/a", "instance/b", "use/b", "weather"}
    engine.state.delete(HOSTS[1])
    pulses.beat(engine, NOW + 2.0)
    assert store.pulse_times().keys() == {"engine", "instance/a", "use/a", "weather"}


def test_what_auto_scaling_made_of_a_service_is_written_when_it_is_new(
    store: MemoryStore, engine: Engine
) -> None:
    pulses = Pulses(store, EnginePulse())
    engine.scalings.told["default/web"] = ServicePulse(NOW, 2, 2, 41.5, None, "average CPU is 42 %")
    pulses.beat(engine, NOW)
    assert heard(store).scaling == {"default/web": ServicePulse(NOW, 2, 2, 41.5, None, "average CPU is 42 %")}
    pulses.beat(engine, NOW + 2.0)
    assert store.pulse_times() == {"engine": NOW + 2.0, "service/default/web": NOW}


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
