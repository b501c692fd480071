"""Verbs that change something: each makes a plan, asks in a dialog, and submits what follows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tui.handlers.confirming import ask_for, confirm
from tui.handlers.targets import keys_of, things_of
from tui.place import About
from tui.plans import config, hosts, moving, others, protection, scaling, schedules, services, stacks, tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.config import Config
    from core.model.state import State
    from tui.plans.plan import Plan
    from tui.screens.main import Main

    Planner = Callable[[State, list[str]], Plan]

_REMOVALS: Final = {
    About.SERVICE: services.delete,
    About.TASK: others.stop_tasks,
    About.REVISION: others.end_revisions,
    About.SCHEDULE: schedules.delete,
    About.STACK: stacks.delete,
}


def _confirmed(plan: Planner, main: Main) -> None:
    """A verb without anything to type."""
    keys = keys_of(main)
    if keys:
        confirm(main, plan(main.session.world.state, keys))


def _of_services(plan: Planner, main: Main) -> None:
    """A verb of services, also on the rows of their deployments."""
    state, things = main.session.world.state, things_of(main)
    keys = [thing.key for thing in things]
    if things and things[0].about is About.DEPLOYMENT:
        keys = sorted({state.deployments[key].service_key for key in keys if key in state.deployments})
    if keys:
        confirm(main, plan(state, keys))


def _remove(main: Main) -> None:
    things = things_of(main)
    if not things:
        return
    about, state = things[0].about, main.session.world.state
    keys = [thing.key for thing in things]
    if about is About.INSTANCE:
        confirm(main, hosts.remove(state, keys, _config(main)))
    elif about is About.CLUSTER:
        confirm(main, others.delete_clusters(state, keys, _config(main)))
    else:
        confirm(main, _REMOVALS[about](state, keys))


def _config(main: Main) -> Config | None:
    """The config file as it was read last; None where it can't be used."""
    engine = main.session.world.engine
    return engine.config if engine is not None else None


def _apply_config(main: Main) -> None:
    confirm(main, config.apply(main.session.world.state, _config(main)))


def _drain(main: Main) -> None:
    world, keys = main.session.world, keys_of(main)
    if hosts.hosts_of(world.state, keys):
        label = hosts.drain_label(world.state, keys)
        ask_for(main, lambda typed: hosts.drain(world.state, keys, typed, world.now()), "", label)


def _turn_schedule(main: Main) -> None:
    world, keys = main.session.world, keys_of(main)
    if keys:
        confirm(main, schedules.turn(world.state, keys, world.now()))


def _scale(main: Main) -> None:
    world, keys = main.session.world, keys_of(main)
    found = services.services_of(world.state, keys)
    if found:
        as_it_is = str(found[0].desired_count) if len(found) == 1 else ""
        ask_for(main, lambda typed: services.scale(world.state, keys, typed), as_it_is, "a number, +N or -N")


def _rebalance(main: Main) -> None:
    world, keys = main.session.world, keys_of(main)
    if services.services_of(world.state, keys):
        ask_for(main, lambda typed: moving.rebalance(world.state, keys, typed), "", moving.REBALANCE_LABEL)


def _autoscale(main: Main) -> None:
    world, keys = main.session.world, keys_of(main)
    found = services.services_of(world.state, keys)
    if found:
        first = scaling.first_typed(found[0]) if len(found) == 1 else ""
        ask_for(
            main, lambda typed: scaling.autoscale(world.state, keys, typed), first, scaling.AUTOSCALE_LABEL
        )


def _protect(main: Main) -> None:
    world, keys = main.session.world, keys_of(main)
    if keys:
        ask_for(
            main,
            lambda typed: protection.protect(world.state, keys, typed),
            protection.first_typed(world.state, keys, world.now()),
            protection.PROTECT_LABEL,
        )


def _tags(main: Main) -> None:
    world, things = main.session.world, things_of(main)
    if things:
        about, keys = things[0].about, [thing.key for thing in things]
        ask_for(main, lambda typed: tags.tag(world.state, about, keys, typed), "", tags.LABEL)


def _attributes(main: Main) -> None:
    world, keys = main.session.world, keys_of(main)
    if keys:
        ask_for(main, lambda typed: tags.put_attributes(world.state, keys, typed), "", tags.LABEL)


HANDLERS: Final[Mapping[str, Callable[[Main], None]]] = {
    "service.scale": _scale,
    "service.restart": partial(_confirmed, services.restart),
    "service.rollback": partial(_of_services, services.roll_back),
    "service.rebalance": _rebalance,
    "service.autoscale": _autoscale,
    "service.halt": partial(_of_services, moving.stop_deployments),
    "service.replace": partial(_confirmed, moving.confirm_replacements),
    "deployment.stop": partial(_of_services, moving.stop_deployments),
    "tags": _tags,
    "task.protect": _protect,
    "schedule.run": partial(_confirmed, schedules.run_now),
    "schedule.turn": _turn_schedule,
    "remove": _remove,
    "capacity.drain": _drain,
    "capacity.lost": partial(_confirmed, hosts.declare_lost),
    "capacity.accept": partial(_confirmed, hosts.accept),
    "capacity.attributes": _attributes,
    "config.apply": _apply_config,
}
