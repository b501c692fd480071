"""What the config file says exists, folded: hosts and clusters appear, change, and go when they are empty. Pure.

The config says what exists, the state in which condition it is. A file that suddenly names fewer hosts is more often a
mistake than a wish: more than one host, or all of them, go only when the operator says so again (`force`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.errors import Refused
from core.events import Event, Level, Subject
from core.fold.clusters import ensure_cluster, held_by
from core.fold.retire import left_uncleaned, to_be_cleaned
from core.model.capacity_provider import CapacityProvider
from core.model.ids import new_id
from core.model.instance import ContainerInstance, InstanceStatus
from core.model.ports import HostPort
from core.record import Record, replace
from core.scheduler.query import compile_expression

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.fold.context import TurnContext
    from core.fold.inputs import ApplyConfig
    from core.model.state import State


class DeclaredInstance(Record):
    """A host as the config names it."""

    name: str
    cluster: str
    url: str
    #: How it is reached beside its address, sorted.
    way: tuple[tuple[str, str], ...] = ()
    #: Sorted by name.
    attributes: tuple[tuple[str, str], ...] = ()
    reserved_ports: tuple[HostPort, ...] = ()
    reserved_cpu_units: int = 0
    reserved_memory_mib: int = 0
    #: Its GPUs, by number or UUID.
    gpus: tuple[str, ...] = ()
    #: When images are pulled on it; empty leaves it to the settings.
    image_pull: str = ""


class DeclaredProvider(Record):
    """A capacity provider as the config names it."""

    cluster: str
    provider: CapacityProvider


class Declared(Record):
    """All of the config that is state: which clusters and hosts there are.

    With `force` whatever is not named goes, with `additive` nothing does.
    """

    clusters: tuple[str, ...] = ()
    capacity: tuple[DeclaredInstance, ...] = ()
    capacity_providers: tuple[DeclaredProvider, ...] = ()
    force: bool = False
    additive: bool = False


def apply_config(state: State, given: ApplyConfig, turn: TurnContext) -> dict[str, Any]:
    """ApplyConfig (ours). Raises Refused for a host that is named twice, as no file can name it."""
    held_back = fold_config(state, declared_by(given), turn)
    return {"heldBack": list(held_back)}


def declared_by(given: ApplyConfig) -> Declared:
    """What a command declares. Raises Refused."""
    names = [host.name for host in given.capacity]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused("InvalidParameterException", f"capacity: {twice[0]} is named more than once.")
    capacity = tuple(
        DeclaredInstance(
            name=host.name,
            cluster=host.cluster,
            url=host.url,
            way=tuple(sorted(host.way.items())),
            attributes=tuple(sorted(host.attributes.items())),
            reserved_ports=tuple(HostPort(p.port, p.protocol, p.ip) for p in host.reserved_ports),
            reserved_cpu_units=host.reserved_cpu_units,
            reserved_memory_mib=host.reserved_memory_mib,
            gpus=host.gpus,
            image_pull=host.image_pull,
        )
        for host in given.capacity
    )
    providers = tuple(
        DeclaredProvider(p.cluster, CapacityProvider(p.name, p.members, p.expression))
        for p in given.capacity_providers
    )
    for provider in given.capacity_providers:
        if provider.expression:
            compile_expression(provider.expression)
    return Declared(given.clusters, capacity, providers, force=given.force)


def fold_config(state: State, declared: Declared, turn: TurnContext) -> tuple[str, ...]:
    """Bring the rows up to the config. Returns the names of hosts that it no longer names and that stay for now.

    Without an engine every verb of the command line does this: what stays undone is said by the engine alone.
    """
    for name in sorted(_clusters_named(declared)):
        ensure_cluster(state, name, turn.now, declared=True)
    for name in sorted(state.clusters):
        _share_out(state, name, declared, turn)
    known = {instance.name: instance for instance in state.instances.values()}
    for host in sorted(declared.capacity, key=lambda h: h.name):
        if host.name in known:
            _update(state, known[host.name], host, turn)
        else:
            _register(state, host, turn)
    if declared.additive:
        return ()
    held_back = _drop(state, declared, turn)
    _drop_clusters(state, declared, turn.now)
    return held_back


def _clusters_named(declared: Declared) -> set[str]:
    of_providers = (declared_provider.cluster for declared_provider in declared.capacity_providers)
    return {*declared.clusters, *(host.cluster for host in declared.capacity), *of_providers}


def _share_out(state: State, name: str, declared: Declared, turn: TurnContext) -> None:
    """The capacity providers of a cluster, as the config has them now."""
    cluster = state.clusters[name]
    now = {d.provider.name: d.provider for d in declared.capacity_providers if d.cluster == name}
    kept = {provider.name: provider for provider in cluster.capacity_providers} if declared.additive else {}
    providers = tuple(provider for _, provider in sorted((kept | now).items()))
    state.put(replace(cluster, capacity_providers=providers))
    gone = {p.name for p in cluster.capacity_providers} - {p.name for p in providers}
    for provider in sorted({share.provider for share in cluster.default_strategy} & gone):
        text = (
            f"The default capacity provider strategy of cluster {name} names {provider}, which the config no longer does: services "
            "and runs that say nothing else are refused until it names it again, or the cluster has another default."
        )
        state.say(Event(turn.now, Subject.CLUSTER, name, text, name, Level.WARN))
    for key in sorted(state.index.services_of_cluster[name]):
        used = {share.provider for share in state.services[key].capacity_provider_strategy}
        for provider in sorted(used & gone):
            text = (
                f"(service {state.services[key].name}) is placed by capacity provider {provider}, which the config no longer "
                "names: its tasks there stay, and new ones for it wait."
            )
            state.say(Event(turn.now, Subject.SERVICE, state.services[key].name, text, name, Level.WARN))


def _register(state: State, host: DeclaredInstance, turn: TurnContext) -> None:
    instance = ContainerInstance(
        id=new_id(turn.chance),
        name=host.name,
        cluster=host.cluster,
        url=host.url,
        way=host.way,
        connectivity_at=turn.now,
        reserved_ports=host.reserved_ports,
        reserved_cpu_units=host.reserved_cpu_units,
        reserved_memory_mib=host.reserved_memory_mib,
        gpus=host.gpus,
        image_pull=host.image_pull,
        own_attributes=host.attributes,
        declared_attributes=host.attributes,
        attributes=host.attributes,
    )
    state.put(instance)
    _say(state, instance, turn.now, f"is registered at {host.url}.")


def _update(state: State, instance: ContainerInstance, host: DeclaredInstance, turn: TurnContext) -> None:
    """A host the config still names, or names again. Its id, and with it its tasks, stay, also at another address."""
    now = turn.now
    was = dict(instance.declared_attributes)
    own = {name: value for name, value in instance.own_attributes if was.get(name) != value}
    own |= dict(host.attributes)
    said = {name: value for name, value in instance.attributes if name not in was}
    changed = replace(
        instance,
        url=host.url,
        way=host.way,
        route=instance.route if (instance.url, instance.way) == (host.url, host.way) else "",
        reserved_ports=host.reserved_ports,
        reserved_cpu_units=host.reserved_cpu_units,
        reserved_memory_mib=host.reserved_memory_mib,
        gpus=host.gpus,
        image_pull=host.image_pull,
        cpu_units=max(0, instance.cpu_units + instance.reserved_cpu_units - host.reserved_cpu_units),
        memory_mib=max(0, instance.memory_mib + instance.reserved_memory_mib - host.reserved_memory_mib),
        own_attributes=tuple(sorted(own.items())),
        declared_attributes=host.attributes,
        attributes=tuple(sorted((said | own).items())),
    )
    if instance.removed_from_config:
        changed = replace(
            changed, removed_from_config=False, status=InstanceStatus.ACTIVE, drain_deadline=None
        )
        _say(state, changed, now, "is in the config again.")
    if instance.url != host.url:
        _say(state, changed, now, f"is now at {host.url}.")
    if instance.cluster != host.cluster:
        changed = _moved(state, changed, host.cluster, turn)
    state.put(changed)


def _moved(state: State, instance: ContainerInstance, cluster: str, turn: TurnContext) -> ContainerInstance:
    """An instance changes its cluster only when it is empty: tasks belong to a cluster, too."""
    tasks = len(state.tasks_on(instance.id))
    if tasks:
        if turn.by_engine:
            what = f"has {tasks} tasks of cluster {instance.cluster}: it moves to {cluster} when it is drained and applied again."
            _say(state, instance, turn.now, what, Level.WARN)
        return instance
    moved = replace(instance, cluster=cluster)
    _say(state, moved, turn.now, f"moves from cluster {instance.cluster} to {cluster}.")
    return moved


def _drop(state: State, declared: Declared, turn: TurnContext) -> tuple[str, ...]:
    named = {host.name for host in declared.capacity}
    standing = [i for i in state.instances.values() if not i.removed_from_config]
    dropped = sorted((i for i in standing if i.name not in named), key=lambda i: i.name)
    if not declared.force and (len(dropped) > 1 or (dropped and len(dropped) == len(standing))):
        if turn.by_engine:
            _hold_back(state, dropped, turn.now)
        return tuple(instance.name for instance in dropped)
    for instance in dropped:
        _remove(state, instance, turn.now)
    return ()


def _hold_back(state: State, dropped: Sequence[ContainerInstance], now: float) -> None:
    names = ", ".join(instance.name for instance in dropped)
    text = (
        f"The config no longer names {names}. More than one host, or all of them, go only by: "
        "dockyard config apply --force"
    )
    state.say(Event(now, Subject.ENGINE, "config", text, level=Level.WARN))


def _remove(state: State, instance: ContainerInstance, now: float) -> None:
    tasks = len(state.tasks_on(instance.id))
    if not tasks and not to_be_cleaned(instance):
        state.delete(instance)
        left = left_uncleaned(instance)
        level = Level.WARN if left else Level.INFO
        _say(state, instance, now, f"is no longer in the config and was removed{left}.", level)
        return
    state.put(replace(instance, status=InstanceStatus.DRAINING, removed_from_config=True))
    if tasks:
        what = f"is no longer in the config: it drains its {tasks} tasks and goes when it is empty."
        _say(state, instance, now, what, Level.WARN)
    else:
        _say(state, instance, now, "is no longer in the config: it goes when what is ours there is removed.")


def _drop_clusters(state: State, declared: Declared, now: float) -> None:
    """Clusters that the config named and names no more go when they hold nothing."""
    named = _clusters_named(declared)
    for name, cluster in sorted(state.clusters.items()):
        if cluster.declared and name not in named and held_by(state, name) is None:
            state.delete(cluster)
            text = f"Cluster {name} is no longer in the config and was removed."
            state.say(Event(now, Subject.CLUSTER, name, text, name))


def _say(state: State, instance: ContainerInstance, now: float, what: str, level: Level = Level.INFO) -> None:
    text = f"Container instance {instance.name} {what}"
    state.say(Event(now, Subject.INSTANCE, instance.name, text, instance.cluster, level))
