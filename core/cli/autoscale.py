"""`dockyard service autoscale`: between which bounds, and after what, a service's desired count moves by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from core.cli import completing
from core.cli.asking import ask
from core.cli.invocation import Invocation, invoked
from core.cli.options import Duration, cluster_option, json_option
from core.cli.verbs import Verb
from core.client.names import find_service
from core.commands import Action
from core.ecs import describe_auto_scaling
from core.errors import UsageError
from core.model.auto_scaling import ScalingMetric
from core.scheduler.auto_scaling import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.model.service import Service

_OFF: Final = "off"
_PERCENT: Final = "PERCENT|off"
#: What the options of `service create` begin with.
_PREFIX: Final = "autoscale-"
#: By what names they come.
_POLICY_OPTIONS: Final = (
    "least",
    "most",
    "cpu",
    "memory",
    "scale_out_cooldown",
    "scale_in_cooldown",
    "scale_in",
)
_SUSPENSIONS: Final = ("in", "out", "all", "none")


class Target(click.ParamType[float]):
    """A target in percent, or 0 for `off`."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if value == _OFF:
            return 0.0
        try:
            number = float(str(value).removesuffix("%"))
        except ValueError:
            number = 0.0
        if not 0 < number <= 10_000:
            self.fail(f"{value!r} is neither a percentage above 0 nor off", param, ctx)
        return number


def _policy_options(prefix: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The bounds, and what the count follows."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in (
            click.option(
                f"--{prefix}scale-in/--{prefix}no-scale-in",
                "scale_in",
                default=None,
                help="Whether it may take tasks away; it may.",
            ),
            click.option(
                f"--{prefix}scale-in-cooldown",
                "scale_in_cooldown",
                type=Duration(),
                help="No other step until so long after one; else 5m.",
            ),
            click.option(
                f"--{prefix}scale-out-cooldown",
                "scale_out_cooldown",
                type=Duration(),
                help="Only a larger step until so long after one; else 5m.",
            ),
            click.option(
                f"--{prefix}memory", "memory", type=Target(), metavar=_PERCENT, help="The same for memory."
            ),
            click.option(
                f"--{prefix}cpu",
                "cpu",
                type=Target(),
                metavar=_PERCENT,
                help="Keep the average use of CPU at so much of what tasks reserve.",
            ),
            click.option(
                f"--{prefix}max", "most", type=click.IntRange(0), metavar="N", help="Never more tasks."
            ),
            click.option(
                f"--{prefix}min", "least", type=click.IntRange(0), metavar="N", help="Never fewer tasks."
            ),
        ):
            function = option(function)
        return function

    return decorate


@click.command(
    "autoscale",
    cls=Verb,
    examples=[
        "dockyard service autoscale web --min 2 --max 10 --cpu 60",
        "dockyard service autoscale web --memory 70 --scale-in-cooldown 10m",
        "dockyard service autoscale web --suspend in",
        "dockyard service autoscale web --off",
    ],
)
@click.argument("name", shell_complete=completing.services)
@_policy_options("")
@click.option(
    "--suspend", type=click.Choice(_SUSPENSIONS), help="Don't scale in, or out, or at all, until `none`."
)
@click.option("--off", is_flag=True, help="Leave the desired count to the operator again.")
@cluster_option
@json_option
@invoked
def autoscale(
    invocation: Invocation, /, name: str, off: bool, cluster: str | None, as_json: bool, **options: Any
) -> None:
    """Let a service's desired count follow what its tasks use, between two bounds. What is not named stays as it is.

    It scales out when the use is above the target for three minutes, and in when it is below nine tenths of it for fifteen, as AWS's
    target tracking does. `dockyard service explain` says how far it is; each step is an event with its reason.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if off and given:
        raise UsageError("--off stands alone")
    if not off and not given:
        raise UsageError("Nothing to change: name at least one option")
    service = find_service(invocation.state(), name, cluster)
    scaling = {} if off else changed_scaling(service, given)
    command = {"cluster": service.cluster, "service": service.name, "autoScaling": scaling}
    output = ask(invocation, Action.UPDATE_SERVICE, command)
    if as_json:
        invocation.printer.json(output)
        return
    changed = invocation.state().services.get(service.key, service)
    invocation.printer.line(f"Service {service.name}: auto scaling {told(changed.auto_scaling)}.")


def autoscale_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a service that is to be created, by names that tell them from its others."""
    return _policy_options(_PREFIX)(function)


def autoscale_given(options: dict[str, Any]) -> dict[str, Any]:
    """What `autoscale_options` say, as CreateService's autoScaling; empty where they say nothing. Raises UsageError."""
    given = {name: options[name] for name in _POLICY_OPTIONS if options[name] is not None}
    return _with({"policies": []}, given, _PREFIX) if given else {}


def changed_scaling(service: Service, given: dict[str, Any]) -> dict[str, Any]:
    """UpdateService's autoScaling: what the service has, as the options change it. Raises UsageError for what is missing."""
    has = describe_auto_scaling(service.auto_scaling) if service.auto_scaling is not None else None
    return _with(has or {"policies": []}, given, "")


def _with(has: dict[str, Any], given: dict[str, Any], prefix: str) -> dict[str, Any]:
    """An autoScaling as options change it, whose names begin with the prefix. Raises UsageError for what is missing."""
    bounds = {"minCapacity": given.get("least"), "maxCapacity": given.get("most")}
    has |= {member: value for member, value in bounds.items() if value is not None}
    if missing := [
        f"--{prefix}{option}"
        for option, member in (("min", "minCapacity"), ("max", "maxCapacity"))
        if member not in has
    ]:
        raise UsageError(f"{' and '.join(missing)}: missing; the desired count is kept between two bounds")
    policies = {policy["predefinedMetricType"]: policy for policy in has["policies"]}
    for option, metric in (("cpu", ScalingMetric.CPU), ("memory", ScalingMetric.MEMORY)):
        target = given.get(option)
        if target == 0:
            policies.pop(metric.value, None)
        elif target is not None:
            known = policies.get(metric.value, {"predefinedMetricType": metric.value})
            policies[metric.value] = known | {"targetValue": target}
    if not policies:
        ends = "" if prefix else " (--off ends it)"
        raise UsageError(f"--{prefix}cpu or --{prefix}memory: missing; it follows one of them, or both{ends}")
    said = {
        "scaleOutCooldown": given.get("scale_out_cooldown"),
        "scaleInCooldown": given.get("scale_in_cooldown"),
    }
    every: dict[str, Any] = {member: round(value) for member, value in said.items() if value is not None}
    if "scale_in" in given:
        every["disableScaleIn"] = not given["scale_in"]
    has["policies"] = [policies[metric] | every for metric in sorted(policies)]
    if "suspend" in given:
        what = given["suspend"]
        has["suspendedState"] = {
            "dynamicScalingInSuspended": what in {"in", "all"},
            "dynamicScalingOutSuspended": what in {"out", "all"},
        }
    return has
