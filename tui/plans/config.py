"""Having the engine take over the config file as it is now. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.commands import Action
from core.declare import apply_input
from tui.plans.plan import Plan, Request, listed, twin

if TYPE_CHECKING:
    from core.config import Config
    from core.model.state import State


def apply(state: State, config: Config | None) -> Plan:
    """A running engine does so by itself, but for a change that drops more than one host, or all."""
    if config is None:
        return Plan(
            "Apply the config file", ("The config file can't be used: see the status line",), (), "Apply"
        )
    given = apply_input(config)
    standing = {each.name: each for each in state.instances.values() if not each.removed_from_config}
    dropped = sorted(standing.keys() - config.capacity.keys())
    new = sorted(config.capacity.keys() - standing.keys())
    lines = [
        *([f"takes in {listed(new)}"] if new else []),
        *([f"drops {listed(dropped)}: drained, and gone when empty"] if dropped else []),
    ]
    is_held_back = len(dropped) > 1 or (bool(dropped) and len(dropped) == len(standing))
    options = ["--force"] if is_held_back else []
    request = Request(
        Action.APPLY_CONFIG,
        given | {"force": is_held_back},
        f"{config.path} is applied",
        twin("config", "apply", *options),
    )
    return Plan(
        f"Apply {config.path}",
        tuple(lines or ["its hosts are those that there are"]),
        (request,),
        f"Drop {len(dropped)} hosts" if is_held_back else "Apply",
        destroys=bool(dropped),
        of_clusters=frozenset(standing[name].cluster for name in dropped),
    )
