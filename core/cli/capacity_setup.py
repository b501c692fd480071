"""`dockyard capacity` add, rm, trust, doctor: what writes the config file, and what connects to a host itself."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.aside import Aside
from core.cli.asking import NO_ENGINE, ask, confirmed, note_other_file, protected, wait_for
from core.cli.failures import REFUSED
from core.cli.invocation import Invocation, invoked
from core.cli.options import Pair, json_option, wait_options, yes_option
from core.cli.printing import Cell, Tone, count_of
from core.cli.verbs import Verb
from core.client.capacity import added, settings_given
from core.client.names import find_instance
from core.client.progress import instance_added, instance_gone, instance_joined
from core.commands import Action
from core.config.edit import remove_capacity
from core.declare import apply_input
from core.errors import ConfigError, Refused
from core.reach import way_to
from core.schemes import Scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.cli.printing import Printer
    from core.client.stage import Stage
    from core.config import CapacityConfig, Config
    from core.hosts.doctor import Finding
    from core.hosts.ssh_join import ShownKey

_FILE = click.Path(path_type=Path)


@click.command(
    "add",
    cls=Verb,
    examples=[
        "dockyard capacity add edge-1 ssh://deploy@edge-1.example.net --wait",
        "dockyard capacity add edge-2 ssh://deploy@10.0.0.7:2222 --identity-file ~/.ssh/edge --attribute zone=a",
        "dockyard capacity add build tcp://build.example.net:2376 --tls-ca ca.pem --tls-cert cert.pem --tls-key key.pem",
        "dockyard capacity add local unix:///var/run/docker.sock",
    ],
)
@click.argument("name")
@click.argument("url")
@click.option(
    "--cluster",
    metavar="NAME",
    help="The cluster it belongs to; else default.",
    shell_complete=completing.clusters,
)
@click.option("--identity-file", type=_FILE, help="The SSH key; else what ssh would use.")
@click.option("--known-hosts", type=_FILE, help="The known_hosts file; else what ssh would use.")
@click.option("--ssh-config", type=_FILE, help="The ssh config; else ~/.ssh/config.")
@click.option(
    "--jump",
    metavar="[USER@]HOST[:PORT]",
    help="SSH hosts on the way, with commas; else what ssh config says.",
)
@click.option("--attribute", "attributes", type=Pair(), multiple=True, help="For placement; may be repeated.")
@click.option("--reserve-cpu", type=int, metavar="UNITS", help="Cpu units kept free (1024 are one core).")
@click.option("--reserve-memory", type=int, metavar="MIB", help="Memory kept free.")
@click.option("--tls-ca", type=_FILE, help="For tcp://: the authority's certificate.")
@click.option("--tls-cert", type=_FILE, help="For tcp://: the client's certificate.")
@click.option("--tls-key", type=_FILE, help="For tcp://: the client's key.")
@wait_options("1m")
@invoked
def add(
    invocation: Invocation, /, name: str, url: str, wait: bool, timeout_s: float, **given: Any
) -> int | None:
    """Write a host into the config file, where a running engine sees it at once.

    Nothing is installed on it: it needs Docker and, for ssh://, an sshd whose user may use Docker. --wait ends at once where its
    key is not trusted yet.
    """
    settings = settings_given(url, given)
    config = added(invocation.config_to_edit, invocation.state(), name, settings)
    capacity = config.capacity[name]
    invocation.printer.line(f"{name} is in {config.path}.")
    engine = invocation.dockyard().engine()
    if not engine.running:
        invocation.note_once(NO_ENGINE)
    else:
        note_other_file(invocation, config)
    return _joined(invocation, instance_added, capacity, timeout_s) if wait else None


def _joined(
    invocation: Invocation, judged: Callable[..., Stage], capacity: CapacityConfig, timeout_s: float
) -> int | None:
    """Wait until a host answers the engine."""
    judge = partial(judged, cluster=capacity.cluster, name=capacity.name)
    goes_on = f"The engine goes on trying to reach {capacity.name}."
    return REFUSED if wait_for(invocation, judge, timeout_s, goes_on).failed else None


@click.command(
    "rm", cls=Verb, examples=["dockyard capacity rm edge-1 --wait", "dockyard capacity rm edge-1 --force"]
)
@click.argument("name", shell_complete=completing.hosts)
@click.option("--force", is_flag=True, help="Give its tasks up unseen: for a host that never comes back.")
@yes_option
@wait_options("10m")
@invoked
def rm(invocation: Invocation, name: str, force: bool, yes: bool, wait: bool, timeout_s: float) -> int | None:
    """Take a host out of the config file. It drains first, and goes when it is empty.

    Stopped containers that Dockyard left on it and the volume that marks it are removed; named volumes, which hold data, stay.
    """
    config = invocation.config()
    state = invocation.state()
    instance = None
    if name not in config.capacity:
        instance = find_instance(state, name)
    else:
        instance = state.instance_named(config.capacity[name].cluster, name)
    tasks = len(state.tasks_on(instance.id)) if instance is not None else 0
    consequence = "given up unseen" if force else "moved elsewhere first"
    cluster = instance.cluster if instance is not None else config.capacity[name].cluster
    confirmed(
        f"Remove {name}? Its {count_of(tasks, 'task')}: {consequence}." if tasks else f"Remove {name}?",
        yes=yes,
        protected=protected(invocation, cluster),
    )
    if name in config.capacity:
        edited = remove_capacity(config, name)
        invocation.printer.line(f"{name} is no longer in {edited.path}.")
        note_other_file(invocation, edited)
        dropped = {
            i.name for i in state.instances.values() if not i.removed_from_config
        } - edited.capacity.keys()
        if dropped == {name}:
            # Even if it was the last one: this host was named by the operator, not lost from a file by mistake.
            ask(invocation, Action.APPLY_CONFIG, apply_input(edited) | {"force": True})
    if instance is not None and force:
        given = {"cluster": instance.cluster, "containerInstance": instance.id, "force": True}
        ask(invocation, Action.DEREGISTER_CONTAINER_INSTANCE, given)
        invocation.printer.line(f"{name} is deregistered.")
    if not wait or instance is None:
        return None
    judge = partial(instance_gone, key=instance.id, name=name)
    return REFUSED if wait_for(invocation, judge, timeout_s, "Draining goes on.").failed else None


@click.command("trust", cls=Verb, examples=["dockyard capacity trust edge-1"])
@click.argument("name", shell_complete=completing.hosts)
@yes_option
@wait_options("1m")
@invoked
def trust(invocation: Invocation, name: str, yes: bool, wait: bool, timeout_s: float) -> int | None:
    """Show an SSH host's key and write it into known_hosts.

    Compare the fingerprint with the host's own (there: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub). Jump hosts on the
    way are asked about first.
    """
    from core.client.trusting import fingerprint, trust_way  # noqa: PLC0415  # paramiko's weight is this verb's alone

    capacity = _capacity(invocation.config(), name)
    if not Scheme.SSH.begins(capacity.url):
        raise ConfigError(f"{name} is reached by {capacity.url}: only ssh:// hosts have host keys to trust")
    address, options = way_to(capacity)
    aside = Aside()

    def confirm(shown: ShownKey) -> bool:
        invocation.printer.note(f"{fingerprint(shown)}  (trusted, it is written into {shown.file})")
        confirmed(f"Is this the key of {shown.name}?", yes=yes)
        return True

    trusted = aside.run(
        lambda: trust_way(
            address, options, aside.passphrase(), lambda shown: aside.here(lambda: confirm(shown))
        )
    )
    assert trusted is not None, "who does not confirm ends the command"
    invocation.printer.line(f"{fingerprint(trusted)}  is trusted")
    # What the engine last said of it may be older than the trust: it is tried again within seconds.
    return _joined(invocation, instance_joined, capacity, timeout_s) if wait else None


@click.command("doctor", cls=Verb, examples=["dockyard capacity doctor edge-1"])
@click.argument("name", shell_complete=completing.hosts)
@json_option
@invoked
def doctor(invocation: Invocation, name: str, as_json: bool) -> int | None:
    """Try every step on the way to a host's Docker; say which fails and what to do.

    Name lookup, TCP, host key, login, forward, socket, API version, clock, disk, round trip.
    """
    from core.hosts.doctor import examine  # noqa: PLC0415  # the transport's weight is this verb's alone

    printer = invocation.printer
    address, options = way_to(_capacity(invocation.config(), name))
    findings: list[Finding] = []
    aside = Aside()

    def try_it() -> None:
        for finding in examine(address, options, aside.passphrase()):
            findings.append(finding)
            if not as_json:
                _show(printer, finding)

    aside.run(try_it)
    if as_json:
        printer.json(
            {
                "findings": [
                    {"step": f.step, "ok": f.ok, "detail": f.detail, "advice": f.advice, "tookMs": f.took_ms}
                    for f in findings
                ]
            }
        )
    return None if all(f.ok for f in findings) else REFUSED


def _show(printer: Printer, finding: Finding) -> None:
    sign = Cell("ok", Tone.GOOD) if finding.ok else Cell("FAILED", Tone.BAD)
    printer.columns((sign, 8), (finding.step, 14), (f"{finding.took_ms:.0f} ms", 9), (finding.detail, 0))
    if finding.advice:
        printer.columns(("", 8), ("", 14), ("", 9), (f"→ {finding.advice}", 0))


def _capacity(config: Config, name: str) -> CapacityConfig:
    if name not in config.capacity:
        from core.config.readers import nearest  # noqa: PLC0415  # only for this sentence

        known: Sequence[str] = sorted(config.capacity)
        hint = nearest(name, tuple(known)) if known else "; there is none yet: dockyard capacity add NAME URL"
        raise Refused("InvalidParameterException", f"{config.path}: there is no [capacity.{name}]{hint}")
    return config.capacity[name]
