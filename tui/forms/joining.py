"""The way to a Docker host walked step by step before an operator's eyes: the doctor, host keys, and waiting until it has joined.

It runs in a thread of its own and knows no screen: a Guide shows what it tells and asks what it asks.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from core.errors import STEPS, ConfigError, DockyardError
from core.schemes import Scheme
from tui.listing.row import Tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.client.yard import Yard
    from core.hosts.doctor import Finding
    from core.hosts.link import Address, LinkOptions
    from core.hosts.ssh_join import ShownKey

#: How long a host may take to be one of the engine's.
_JOIN_S: Final = 60.0
_STEP: Final = 12


class Guide(Protocol):
    """Who shows it. All of it is called from the walk's thread; what asks waits for the answer."""

    def tell(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """One line more."""
        ...

    def confirms(self, title: str, lines: tuple[str, ...], go: str) -> bool:
        """Whether the operator says yes to what a dialog asks."""
        ...

    def secret(self, question: str) -> str:
        """A key's passphrase; empty when it isn't given."""
        ...

    def is_left(self) -> bool:
        """Whether nobody looks any more: what is not done yet is not wanted."""
        ...


def add(guide: Guide, yard: Yard, name: str, settings: dict[str, Any], written: Callable[[], None]) -> bool:
    """Try the way, write the host into the config, wait until the engine has it. Raises DockyardError.

    `written` is told once the config names it, whatever comes after.
    """
    from core.client.capacity import added, tried  # noqa: PLC0415  # the transport's weight is paid by who needs it
    from core.config.read import read_to_edit  # noqa: PLC0415

    read = partial(read_to_edit, yard.config_path)
    state = yard.state()
    if not Scheme.SIM.begins(settings["url"]):
        from core.reach import way_to  # noqa: PLC0415  # as above

        way = way_to(tried(read(), state, name, settings).capacity[name])
        if not examined(guide, *way, trusts=True) and not guide.confirms(
            f"Add {name} anyway",
            ("Not every step went well: the engine goes on trying to reach it, and says what it lacks.",),
            "Add it",
        ):
            guide.tell("Nothing was written into the config; a key that was trusted stays so.", Tone.WARN)
            return False
    if guide.is_left():
        return False
    config = added(read, state, name, settings)
    written()
    guide.tell(f"{name} is in {config.path}.", Tone.GOOD)
    engine = yard.engine()
    if engine.running and not engine.reads(config.path):
        guide.tell(f"The engine runs by {engine.pulse.config_path}, not by this file.", Tone.WARN)
    return joined(guide, yard, config.capacity[name].cluster, name)


def joined(guide: Guide, yard: Yard, cluster: str, name: str) -> bool:
    """Wait until the engine has a host. Raises NoEngine, NotInTime."""
    from core.client.progress import instance_joined  # noqa: PLC0415  # as above

    judge = partial(instance_joined, cluster=cluster, name=name)
    stage = yard.wait(judge, _JOIN_S, lambda text: guide.tell(text, Tone.BUSY))
    if stage.failed:
        guide.tell(stage.text, Tone.BAD)
    else:
        guide.tell(f"{name} is CONNECTED.", Tone.GOOD)
    return not stage.failed


def doctor(guide: Guide, yard: Yard, name: str, cluster: str) -> bool:
    """Try every step on the way to a host's Docker. Raises DockyardError."""
    is_good = examined(guide, *_way(yard, name, cluster), trusts=False)
    guide.tell(
        "Every step went well." if is_good else "Not every step went well.",
        Tone.GOOD if is_good else Tone.BAD,
    )
    return is_good


def trust(guide: Guide, yard: Yard, name: str, cluster: str) -> bool:
    """Show the keys on the way to a host that are not known, and write down those that are confirmed. Raises DockyardError."""
    address, options = _way(yard, name, cluster)
    if address.scheme is not Scheme.SSH:
        raise ConfigError(f"{name} is reached by {address}: only ssh:// hosts have host keys to trust")
    return trusted(guide, address, options) and joined(guide, yard, cluster, name)


def examined(guide: Guide, address: Address, options: LinkOptions, *, trusts: bool) -> bool:
    """The doctor's steps, as they come. A key that is not known is asked about, and the way begins anew when it is trusted."""
    from core.hosts.doctor import examine  # noqa: PLC0415  # as above

    while True:
        failed = ""
        for finding in examine(address, options, guide.secret):
            _tell(guide, finding)
            failed = failed or (finding.step if not finding.ok and finding.step in STEPS else "")
        if failed == "host key" and trusts and trusted(guide, address, options):
            continue
        return not failed


def trusted(guide: Guide, address: Address, options: LinkOptions) -> bool:
    """Whether the keys on the way are trusted, after asking. Raises DockyardError."""
    from core.client.trusting import fingerprint, trust_way  # noqa: PLC0415  # as above

    def confirm(shown: ShownKey) -> bool:
        lines = (
            f"{shown.name} shows this key, which is not known here:",
            f"{shown.key.kind}  {shown.key.fingerprint()}",
            "Compare it with the host's own, seen by another way than this one. There:",
            f"ssh-keygen -lf /etc/ssh/ssh_host_{_file_of(shown.key.kind)}_key.pub",
            f"Trusted, it is written into {shown.file}.",
        )
        return guide.confirms(f"Is this the key of {shown.name}?", lines, "Trust it")

    found = trust_way(address, options, guide.secret, confirm)
    if found is None:
        guide.tell("The key is not trusted.", Tone.WARN)
    else:
        guide.tell(f"{fingerprint(found)}  is trusted", Tone.GOOD)
    return found is not None


def _file_of(kind: str) -> str:
    """How sshd's key files are called: `ssh-ed25519` is `ed25519`."""
    return next((name for name in ("ed25519", "ecdsa", "rsa") if name in kind), kind)


def _tell(guide: Guide, finding: Finding) -> None:
    sign = "ok" if finding.ok else "FAILED"
    took = f"{finding.took_ms:.0f} ms"
    tone = Tone.PLAIN if finding.ok else Tone.BAD
    guide.tell(f"{sign:<7}{finding.step:<{_STEP}}{took:>8}  {finding.detail}", tone)
    if finding.advice:
        guide.tell(f"       → {finding.advice}", Tone.WARN)


def _way(yard: Yard, name: str, cluster: str) -> tuple[Address, LinkOptions]:
    """As the config says it, else as the host's row remembers it. Raises ConfigError."""
    from core.reach import way_to, way_to_instance  # noqa: PLC0415  # as above

    config = yard.config()
    instance = yard.state().instance_named(cluster, name)
    if instance is not None:
        return way_to_instance(instance, config)
    if name in config.capacity:
        return way_to(config.capacity[name])
    raise DockyardError(f"{name} is gone: neither the config nor the state has it")
