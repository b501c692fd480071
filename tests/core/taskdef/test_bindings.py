"""Ports of containers that publish none of their own: the pause's in awsvpc, the host's in host mode."""

from __future__ import annotations

from core.fold.judge import judge
from core.model.names import container_name
from core.model.settings import Settings
from core.model.state import State
from core.model.task import Container, ContainerStatus, NetworkBinding
from core.model.task_definition import PAUSE_CONTAINER, TaskDefinition
from core.observed import HostView
from core.record import replace
from core.reports import ContainerSeen, SeenState
from core.taskdef.bindings import with_shared_ports
from core.taskdef.parse import parse
from tests.core.builders import NOW, deployment, instance, task
from tests.core.taskdef.samples import container
from tests.core.taskdef.samples import task as document

HTTP = NetworkBinding(80, 32768)
DNS = NetworkBinding(53, 32769, "udp")


def definition(mode: str) -> TaskDefinition:
    return parse(
        document(
            container("web", portMappings=[{"containerPort": 80}]),
            container("dns", portMappings=[{"containerPort": 53, "protocol": "udp"}]),
            networkMode=mode,
        )
    )


def containers(*, pause: bool) -> tuple[Container, ...]:
    up = Container("web", "a", status=ContainerStatus.RUNNING)
    holder = replace(up, name=PAUSE_CONTAINER, network_bindings=(DNS, HTTP))
    return (*[holder] * pause, up, Container("dns", "a"))


def test_in_awsvpc_a_running_container_has_what_its_pause_publishes_of_its_ports() -> None:
    bound = with_shared_ports(definition("awsvpc"), containers(pause=True))
    assert [c.network_bindings for c in bound] == [(DNS, HTTP), (HTTP,), ()]


def test_on_the_host_s_network_a_port_is_the_host_s() -> None:
    bound = with_shared_ports(definition("host"), containers(pause=False))
    assert [c.network_bindings for c in bound] == [(NetworkBinding(80, 80),), ()]


def test_what_docker_says_of_a_bridged_container_stays() -> None:
    given = containers(pause=False)
    assert with_shared_ports(definition("bridge"), given) is given


def test_the_task_is_judged_with_them() -> None:
    state, view = State(), HostView()
    made = replace(definition("awsvpc"), family="web", revision=1)
    one = replace(
        task("t1"),
        definition=made.name,
        containers=tuple(Container(name, "a") for name in (PAUSE_CONTAINER, "web", "dns")),
    )
    for row in (instance("a"), made, deployment(), one):
        state.put(row)
    for c in one.containers:
        name = container_name(one, c.name)
        bindings = (DNS, HTTP) if c.name == PAUSE_CONTAINER else ()
        view.containers[name] = ContainerSeen(
            name, "id", SeenState.RUNNING, "t1", c.name, started_at=NOW - 1, network_bindings=bindings
        )
    judge(state, view, one, NOW, Settings())
    assert [c.network_bindings for c in state.tasks["t1"].containers] == [(DNS, HTTP), (HTTP,), (DNS,)]
