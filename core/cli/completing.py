"""Names for a shell to complete: what there is in the state, and in the config where that is meant. Errors complete nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from core.cli.invocation import Invocation
from core.errors import DockyardError
from core.model.service import ServiceStatus
from core.model.task_definition import TaskDefinitionStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    from core.model.state import State


def clusters(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Cluster names."""
    return _matching(begun, _from_state(ctx, lambda state: list(state.clusters)))


def hosts(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Names of hosts, in the state or the config."""
    try:
        configured = list(_invocation(ctx).config().capacity)
    except DockyardError:
        configured = []
    known = _from_state(ctx, lambda state: [i.name for i in state.instances.values()])
    return _matching(begun, [*known, *configured])


def definitions(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Families; behind a colon their ACTIVE revisions."""

    def names(state: State) -> list[str]:
        active = [d for d in state.definitions.values() if d.active]
        return [d.name if ":" in begun else d.family for d in active]

    return _matching(begun, _from_state(ctx, names))


def inactive_revisions(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Revisions that can be deleted."""

    def names(state: State) -> list[str]:
        inactive = TaskDefinitionStatus.INACTIVE
        return [d.name for d in state.definitions.values() if d.status is inactive]

    return _matching(begun, _from_state(ctx, names))


def definitions_or_files(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Families and revisions; files where none of them begins so."""
    found = definitions(ctx, parameter, begun)
    return [CompletionItem(name) for name in found] or files(ctx, parameter, begun)


def files(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The shell's own completion of files."""
    return [CompletionItem(begun, type="file")]


def services(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Service names."""

    def names(state: State) -> list[str]:
        return [s.name for s in state.services.values() if s.status is not ServiceStatus.INACTIVE]

    return _matching(begun, _from_state(ctx, names))


def stacks(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Names of stacks."""
    from core.client.stacks import stacks as found  # noqa: PLC0415  # only while completing

    return _matching(begun, _from_state(ctx, lambda state: [stack.name for stack in found(state)]))


def schedules(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Names of schedules."""
    return _matching(begun, _from_state(ctx, lambda state: [s.name for s in state.schedules.values()]))


def time_zones(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """IANA's names."""
    from zoneinfo import available_timezones  # noqa: PLC0415  # reads a folder

    return _matching(begun, list(available_timezones()))


def providers(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Names of capacity providers."""

    def names(state: State) -> list[str]:
        return [p.name for cluster in state.clusters.values() for p in cluster.capacity_providers]

    return _matching(begun, _from_state(ctx, names))


def tasks(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Ids of tasks that have not stopped."""
    return _matching(
        begun, _from_state(ctx, lambda state: [t.id for t in state.tasks.values() if not t.stopped])
    )


def _matching(begun: str, names: list[str]) -> list[str]:
    return sorted({name for name in names if name.startswith(begun)})


def _from_state(ctx: click.Context, names: Callable[[State], list[str]]) -> list[str]:
    from core.store.folder import find_folder  # noqa: PLC0415  # only while completing

    invocation = _invocation(ctx)
    if not find_folder(invocation.state_dir).is_dir():
        return []
    try:
        return names(invocation.state())
    except DockyardError:
        return []


def _invocation(ctx: click.Context) -> Invocation:
    """While completing, no verb runs: what was said before it is in the root's parameters."""
    invocation = ctx.ensure_object(Invocation)
    said = ctx.find_root().params
    invocation.config_path = said.get("config_path") or invocation.config_path
    invocation.state_dir = said.get("state_dir") or invocation.state_dir
    return invocation
