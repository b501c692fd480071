"""Auto scaling as it is typed: `min 2 max 10 cpu 60 memory off suspend in`, or `off`. What is not named stays as it is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.cli.autoscale import changed_scaling
from core.commands import Action
from core.config.durations import format_duration
from core.errors import UsageError
from core.model.auto_scaling import ScalingMetric
from core.scheduler.auto_scaling import told
from tui.plans.plan import Plan, Request, duration_of, twin
from tui.plans.services import names_of, of_service, services_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.service import Service
    from core.model.state import State

#: What the field is for.
AUTOSCALE_LABEL = "min 2 max 10 cpu 60; or off"
_OFF: Final = "off"
_SUSPENSIONS: Final = ("in", "out", "all", "none")
#: Each word that may be typed, and the option of the command line that it is.
_WORDS: Final = {
    "min": "least",
    "max": "most",
    "cpu": "cpu",
    "memory": "memory",
    "scale-out-cooldown": "scale_out_cooldown",
    "scale-in-cooldown": "scale_in_cooldown",
    "scale-in": "scale_in",
    "suspend": "suspend",
}
_METRICS: Final = {ScalingMetric.CPU: "cpu", ScalingMetric.MEMORY: "memory"}


def first_typed(service: Service) -> str:
    """What stands in the field at first: how it scales now."""
    scaling = service.auto_scaling
    if scaling is None:
        return ""
    targets = [f"{_METRICS[policy.metric]} {policy.target_percent:g}" for policy in scaling.policies]
    return " ".join([f"min {scaling.min_capacity}", f"max {scaling.max_capacity}", *targets])


def autoscale(state: State, keys: Iterable[str], typed: str) -> Plan:
    """Let desired counts follow what tasks use, or leave them to the operator again."""
    services = services_of(state, keys)
    title = f"Auto scaling of {names_of(services)}"
    lines = [f"{service.name}: now {told(service.auto_scaling)}" for service in services]
    lines.append(f"Words: {', '.join(_WORDS)}; or off")
    said = typed.split()
    if said == [_OFF]:
        lines.append("the desired count stays where it is, and is the operator's again")
        return Plan(title, tuple(lines), tuple(_request(s, {}, ["--off"]) for s in services), "Turn off")
    requests = []
    try:
        given, options = _read(said)
        requests = [_request(service, changed_scaling(service, given), options) for service in services]
    except (UsageError, ValueError) as problem:
        lines.append(str(problem).replace("--", ""))
    else:
        lines.append(
            "out when the average is above the target for three minutes, in when it is below nine tenths of it for fifteen"
        )
    return Plan(title, tuple(lines), tuple(requests), "Scale by itself")


def _request(service: Service, scaling: dict[str, Any], options: list[str]) -> Request:
    return Request(
        Action.UPDATE_SERVICE,
        of_service(service) | {"autoScaling": scaling},
        f"Service {service.name}: auto scaling {'is changed' if scaling else 'is off'}",
        twin("service", "autoscale", service.name, *options, cluster=service.cluster),
    )


def _read(words: list[str]) -> tuple[dict[str, Any], list[str]]:
    """What was typed, by the names of the command line's parameters, and as its options. Raises ValueError with a sentence."""
    if not words or len(words) % 2:
        raise ValueError("Type pairs, as in: min 2 max 10 cpu 60")
    given: dict[str, Any] = {}
    options: list[str] = []
    for word, value in zip(words[::2], words[1::2], strict=True):
        if word not in _WORDS:
            raise ValueError(f"{word!r} is none of {', '.join(_WORDS)}")
        given[_WORDS[word]], written = _value(word, value)
        options += written
    return given, options


def _value(word: str, value: str) -> tuple[Any, list[str]]:
    match word:
        case "min" | "max":
            if not value.isdecimal() or len(value) > 6:
                raise ValueError(f"{word}: {value!r} is not a number of tasks")
            return int(value), [f"--{word}", value]
        case "cpu" | "memory":
            return _percent(word, value), [f"--{word}", value]
        case "scale-in":
            if value not in {"yes", "no"}:
                raise ValueError(f"scale-in: {value!r} is neither yes nor no")
            return value == "yes", ["--scale-in" if value == "yes" else "--no-scale-in"]
        case "suspend":
            if value not in _SUSPENSIONS:
                raise ValueError(f"suspend: {value!r} is none of {', '.join(_SUSPENSIONS)}")
            return value, ["--suspend", value]
        case _:
            seconds = duration_of(value)
            return seconds, [f"--{word}", format_duration(seconds)]


def _percent(word: str, value: str) -> float:
    if value == _OFF:
        return 0.0
    try:
        percent = float(value.removesuffix("%"))
    except ValueError:
        percent = 0.0
    if not 0 < percent <= 10_000:
        raise ValueError(f"{word}: {value!r} is neither a percentage above 0 nor off")
    return percent
