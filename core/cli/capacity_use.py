"""What is used of the hosts, as the verbs of `dockyard capacity` show it: of all that runs there, and of our tasks apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.cli.invocation import Invocation
    from core.model.instance import ContainerInstance
    from core.vitals import InstancePulse

_UNKNOWN: Final = "-"


def pulses_of(invocation: Invocation, instances: Sequence[ContainerInstance]) -> Mapping[str, InstancePulse]:
    """Each instance's pulse by its id; an empty one where it is not of now: no engine runs, or it doesn't hear the host."""
    from core.vitals import InstancePulse  # noqa: PLC0415  # help and completion do without

    engine = invocation.dockyard().engine()
    heard = engine.hosts if engine.running else {}
    return {i.id: (heard.get(i.id) if i.connected else None) or InstancePulse() for i in instances}


def used_cells(instance: ContainerInstance, pulse: InstancePulse) -> tuple[str | None, str | None]:
    """CPU and memory that everything on the host uses, for a table; None: not known."""
    cpu, memory = pulse.cpu_percent, pulse.memory_mib
    return (
        None if cpu is None else f"{cpu:.0f}%",
        None if memory is None else f"{memory:.0f}/{instance.memory_mib} MiB",
    )


def use_facts(instance: ContainerInstance, pulse: InstancePulse) -> dict[str, str]:
    """The same for one host in full, with our tasks' share of it."""
    cpu, memory = used_cells(instance, pulse)
    ours = pulse.of_tasks()
    return {
        "Cpu used": cpu or _UNKNOWN,
        "Memory used": memory or _UNKNOWN,
        "Load": _UNKNOWN if pulse.load is None else f"{pulse.load:.2f}",
        "Used by our tasks": _UNKNOWN if ours is None else f"cpu {ours[0]:.0f}%, memory {ours[1]:.0f} MiB",
    }
