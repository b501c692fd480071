"""A host that is to be added to the config file: the keys of its table, tried and written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.client.names import find_cluster
from core.config.edit import add_capacity, add_cluster, try_capacity
from core.errors import ConfigChanged, Refused
from core.hosts.link import Address
from core.schemes import Scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.config import Config
    from core.model.state import State

Json = dict[str, Any]
_PATHS: Final = ("identity_file", "known_hosts", "ssh_config")


def settings_given(url: str, given: Mapping[str, Any]) -> Json:
    """The keys of the host's table, as TOML has them, from the options of `capacity add`. Raises ConfigError."""
    if not Scheme.SIM.begins(url):
        Address.parse(url)
    settings: Json = {"url": url}
    if given["cluster"]:
        settings["cluster"] = given["cluster"]
    settings |= {key: _path(given[key]) for key in _PATHS if given[key] is not None}
    if given["jump"]:
        settings["jump"] = given["jump"]
    if given["attributes"]:
        settings["attributes"] = dict(given["attributes"])
    reserve = {"cpu": given["reserve_cpu"], "memory_mib": given["reserve_memory"]}
    if any(reserve.values()):
        settings["reserve"] = {key: value for key, value in reserve.items() if value}
    tls = {key: given[f"tls_{key}"] for key in ("ca", "cert", "key")}
    if any(tls.values()):
        settings["tls"] = {key: _path(value) for key, value in tls.items() if value}
    return settings


def added(read: Callable[[], Config], state: State, name: str, settings: Json) -> Config:
    """The config with the host, written after whatever others write into it at the same moment. Raises ConfigError, Refused."""
    while True:
        with suppress(ConfigChanged):
            config = read()
            cluster = _missing_cluster(config, state, settings)
            return add_capacity(add_cluster(config, cluster) if cluster else config, name, settings)


def tried(config: Config, state: State, name: str, settings: Json) -> Config:
    """The config as it would be; nothing is written. Raises ConfigError, Refused as `added` would."""
    cluster = _missing_cluster(config, state, settings)
    return try_capacity(config, name, {k: v for k, v in settings.items() if not (cluster and k == "cluster")})


def _missing_cluster(config: Config, state: State, settings: Json) -> str:
    """A cluster that was created and stands in no file yet: a host may only name one that does. Raises Refused for others."""
    cluster: str | None = settings.get("cluster")
    if cluster is None or cluster in config.clusters:
        return ""
    try:
        return find_cluster(state, cluster).name
    except Refused as refused:
        raise Refused(
            refused.code, f"{refused.message} To make one: dockyard cluster create {cluster}"
        ) from None


def _path(path: Path | str) -> str:
    """As it was meant on the command line: `~` stays, anything relative starts here and not at the config file."""
    return str(path) if str(path).startswith("~") else str(Path(path).absolute())
