"""The form that adds capacity: a Docker host and the way to it, tried as the config file would be read with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from core.errors import ConfigError, Refused
from tui.forms.form import Entry, Judged, Kind, arguments, items, sorted_out
from tui.forms.judging import read_entries
from tui.forms.paths import goes_on
from tui.forms.sheet import Sheet, clusters, first_cluster
from tui.plans.plan import twin

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click

    from core.client.yard import Yard
    from core.model.state import State

_VERB: Final = ("capacity", "add")
#: `…/config.toml: [capacity.edge-1.tls] key: sentence`: the table and the key.
_PROBLEM: Final = re.compile(
    r".*?: \[capacity\.(?:\"[^\"]*\"|[^\].]+)(?P<table>[^\]]*)\](?P<key> \w+)?: (?P<said>.*)"
)


def add_capacity(state: State, here: str) -> Sheet:
    """What `capacity add` takes."""
    entries = (
        Entry("name", "name", is_required=True, hint="edge-1", about=("name", "is there already")),
        Entry(
            "url",
            "address",
            is_required=True,
            hint="ssh://deploy@edge-1:22, unix:///var/run/docker.sock or tcp://host:2376",
            about=("url",),
        ),
        Entry(
            "cluster",
            "cluster",
            option="--cluster",
            value=first_cluster(state, here),
            choices=clusters(state),
            about=("cluster", "There is no cluster"),
        ),
        Entry(
            "jump",
            "jump host",
            option="--jump",
            hint="ops@bastion:22; else what ssh config says",
            about=("jump",),
        ),
        Entry(
            "identity_file",
            "ssh key",
            option="--identity-file",
            hint="else what ssh would use; a passphrase is asked for",
            about=("identity_file",),
        ),
        Entry(
            "known_hosts",
            "known hosts",
            option="--known-hosts",
            hint="else what ssh would use",
            about=("known_hosts",),
        ),
        Entry(
            "ssh_config",
            "ssh config",
            option="--ssh-config",
            hint="else ~/.ssh/config",
            about=("ssh_config",),
        ),
        Entry(
            "attributes",
            "attributes",
            Kind.LIST,
            "--attribute",
            hint="zone=a disk=ssd, for placement",
            about=("attributes",),
        ),
        Entry(
            "reserve_cpu",
            "keep free cpu",
            option="--reserve-cpu",
            hint="units, 1024 are one core",
            about=(".reserve cpu",),
        ),
        Entry("reserve_memory", "keep free MiB", option="--reserve-memory", about=(".reserve memory_mib",)),
        Entry(
            "tls_ca", "TLS authority", option="--tls-ca", hint="for tcp://: ca.pem", about=(".tls ca", "tls")
        ),
        Entry(
            "tls_cert",
            "TLS certificate",
            option="--tls-cert",
            hint="for tcp://: cert.pem",
            about=(".tls cert",),
        ),
        Entry("tls_key", "TLS key", option="--tls-key", hint="for tcp://: key.pem", about=(".tls key",)),
    )
    return Sheet(
        "Add capacity",
        "Add",
        entries,
        _VERB,
        lambda yard, values: _judge(entries, yard, values),
        "A Docker host: it needs Docker and, for ssh://, an sshd whose user may use Docker. Nothing is installed on it.",
    )


def settings_of(entries: tuple[Entry, ...], values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The host's name, and the keys of its table. For values that were judged good."""
    from core.client.capacity import settings_given  # noqa: PLC0415  # as the verbs

    _, given = read_entries(_command, entries, values)
    return given["name"], settings_given(given["url"], given)


_PATHS: Final = ("identity_file", "known_hosts", "ssh_config", "tls_ca", "tls_cert", "tls_key")


def _judge(entries: tuple[Entry, ...], yard: Yard, values: Mapping[str, str]) -> Judged:
    from core.client.capacity import settings_given, tried  # noqa: PLC0415  # as above
    from core.config.read import read_to_edit  # noqa: PLC0415

    known = {name: goes_on(values[name]) for name in _PATHS if values[name]}
    errors, given = read_entries(_command, entries, values)
    if not given:
        return Judged(errors, known=known)
    try:
        settings = settings_given(given["url"], given)
    except ConfigError as wrong:
        return Judged({"url": str(wrong), **errors}, known=known)
    try:
        config = read_to_edit(yard.config_path)
        tried(config, yard.state(), given["name"], settings)
    except Refused as refused:
        found, others = sorted_out(entries, [refused.message])
    except ConfigError as wrong:
        found, others = sorted_out(entries, map(_plainly, str(wrong).splitlines()))
    else:
        found, others = {}, ()
    if errors or found or others:
        return Judged({**found, **errors}, others if not errors else (), known=known)
    name = given["name"]
    words = twin(*_VERB, *arguments(entries, values))
    attributes = items(values["attributes"])
    with_them = f" with {', '.join(attributes)}" if attributes else ""
    return Judged(
        lines=(
            f"{name} joins cluster {settings.get('cluster', 'default')}{with_them}",
            f"first every step of the way to its Docker is tried, then it is written into {config.path}",
            f"$ {words}",
        ),
        known=known,
    )


def _plainly(problem: str) -> str:
    """A problem of the config file without its place, which is the form's own."""
    found = _PROBLEM.match(problem)
    if found is None:
        return problem
    key = f"{found['table']}{found['key'] or ''}".strip()
    return f"{key}: {found['said']}" if key else found["said"]


def _command() -> click.Command:
    from core.cli.capacity_setup import add  # noqa: PLC0415  # as above

    return add
