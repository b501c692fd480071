"""Adjacent ports for a containerPortRange: where they are looked for, what is passed over, who publishes them."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from core.model.task_definition import PAUSE_CONTAINER
from core.taskdef.docker_body import create_body
from core.taskdef.parse import parse
from core.taskdef.port_ranges import adjacent, host_port_of, wanted_ranges
from core.taskdef.run_context import RunContext
from tests.core.taskdef.samples import container, task

ONE = (("9000-9009", "tcp"),)


def test_a_range_is_above_what_docker_and_the_kernel_give_out_while_there_is_room() -> None:
    for number in range(50):
        found = adjacent(ONE, (), f"task-{number}")
        assert found is not None
        assert 61000 <= found[ONE[0]] <= 65526
    full = {(port, "tcp") for port in range(61000, 65536)} - {(port, "tcp") for port in range(63000, 63009)}
    found = adjacent(ONE, full, "task")
    assert found is not None
    assert 49153 <= found[ONE[0]] <= 60990
    assert adjacent(ONE, full | {(port, "tcp") for port in range(49153, 61000)}, "task") is None
    assert adjacent(ONE, {(port, "udp") for port in range(49153, 65536)}, "task") is not None


def test_the_last_gap_is_found_wherever_the_search_begins() -> None:
    wanted = (("1-1000", "tcp"),)
    gap = range(61700, 62700)
    full = {(port, "tcp") for port in range(49153, 65536) if port not in gap}
    assert {(adjacent(wanted, full, f"task-{number}") or {})[wanted[0]] for number in range(50)} == {
        gap.start
    }
    assert adjacent(wanted, full | {(62699, "tcp")}, "task") is None


def test_the_next_task_tries_elsewhere() -> None:
    firsts = {(adjacent(ONE, (), f"task-{number}") or {})[ONE[0]] for number in range(20)}
    assert len(firsts) > 15
    assert adjacent(ONE, (), "task") == adjacent(ONE, (), "task")


@given(
    st.lists(st.tuples(st.integers(1, 60), st.sampled_from(("tcp", "udp"))), min_size=1, max_size=5),
    st.sets(st.tuples(st.integers(61000, 65535), st.sampled_from(("tcp", "udp"))), max_size=200),
    st.text(max_size=5),
)
def test_ranges_are_whole_and_never_over_each_other_or_what_is_taken(
    lengths: list[tuple[int, str]], taken: set[tuple[int, str]], seed: str
) -> None:
    wanted = tuple(
        (f"{1000 * n + 1000}-{1000 * n + 1000 + length}", p) for n, (length, p) in enumerate(lengths)
    )
    found = adjacent(wanted, taken, seed)
    assert found is not None
    held = [
        (found[one] + n, one[1])
        for one, (length, _) in zip(wanted, lengths, strict=True)
        for n in range(length + 1)
    ]
    assert len(held) == len(set(held))
    assert not taken & set(held)
    assert all(49153 <= port <= 65535 for port, _ in held)


def test_the_body_publishes_the_range_port_by_port() -> None:
    ports = [{"containerPortRange": "9000-9002"}, {"containerPort": 80}]
    bridged = parse(task(container(portMappings=ports)))
    assert wanted_ranges(bridged, "web") == (("9000-9002", "tcp"),)
    assert wanted_ranges(bridged, PAUSE_CONTAINER) == ()
    context = RunContext(
        installation="i", instance="n", cluster="c", task="t", host_ranges={("9000-9002", "tcp"): 61500}
    )
    bindings = create_body(bridged, "web", context)["HostConfig"]["PortBindings"]
    assert {port: place[0]["HostPort"] for port, place in bindings.items()} == {
        "9000/tcp": "61500", "9001/tcp": "61501", "9002/tcp": "61502", "80/tcp": "",
    }  # fmt: skip
    assert [host_port_of(p, defaultdict(int)) for p in bridged.containers[0].port_mappings] == [0, 1, 2, 0]
    assert bridged.static_ports == ()


def test_in_awsvpc_the_pause_container_publishes_all_ranges() -> None:
    first = container("a", portMappings=[{"containerPortRange": "9000-9002"}])
    second = container("b", portMappings=[{"containerPortRange": "9100-9101", "protocol": "udp"}])
    shared = parse(task(first, second, networkMode="awsvpc"))
    assert wanted_ranges(shared, PAUSE_CONTAINER) == (("9000-9002", "tcp"), ("9100-9101", "udp"))
    assert wanted_ranges(shared, "a") == ()
