"""The keys of the config file: for each its field and how its value is read; and what keys get wrong together. Pure."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from core.config.durations import format_duration
from core.config.readers import (
    Reader,
    attributes,
    color,
    command,
    duration,
    file,
    flag,
    gpus,
    jump_hosts,
    key_bindings,
    mount_options,
    names,
    nfs_export,
    one_of,
    ports,
    secret,
    text,
    url,
    whole,
)
from core.config.ui_readers import aliases, colors, command_line
from core.config.values import (
    CapacityConfig,
    CapacityProviderConfig,
    ClusterConfig,
    EfsConfig,
    EngineConfig,
    ImagePull,
    OnQuit,
    PluginConfig,
    RegistryConfig,
    ReserveConfig,
    SecretRule,
    TlsConfig,
    UiConfig,
)
from core.errors import Refused
from core.model.settings import Settings
from core.record import Record
from core.schemes import Scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CLUSTER_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")
#: ECS: CreateCapacityProvider, name.
_PROVIDER_NAME: Final = re.compile(r"(?!(?i:aws|ecs|fargate))[A-Za-z0-9_-]{1,255}")
_PLUGIN_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_CAPACITY_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


class Key(Record):
    """A key: the field it fills, and how it is read (a Table for a table of its own, Named for tables by their names)."""

    field: str
    read: Reader | Table | Named
    required: bool = False


class Table(Record):
    """A table: the value it becomes and its keys. `check` says what the keys together get wrong: (key, sentence)."""

    value: Callable[..., Any]
    keys: Mapping[str, Key]
    check: Callable[[Any], list[tuple[str, str]]] = lambda _: []


class Named(Record):
    """A table of tables, one for each name."""

    table: Table
    #: What a name may be, and how to say so.
    name: re.Pattern[str]
    rule: str


# -- what the keys of one table get wrong together ---------------------------------------------------------------------


def _check_engine(engine: EngineConfig) -> list[tuple[str, str]]:
    settings = engine.settings
    problems = []
    if settings.disconnect_after_s < 2 * settings.poll_interval_s:
        need = format_duration(2 * settings.poll_interval_s)
        problems.append(
            (
                "disconnect_after",
                f"must be at least twice poll_interval ({need}), or one late poll is silence",
            )
        )
    if settings.lost_after_s < settings.disconnect_after_s:
        need = format_duration(settings.disconnect_after_s)
        problems.append(("lost_after", f"must not be shorter than disconnect_after ({need})"))
    if settings.stopped_retention_s < settings.container_cleanup_s:
        need = format_duration(settings.container_cleanup_s)
        problems.append(("stopped_retention", f"must not be shorter than container_cleanup ({need})"))
    return problems


def _check_capacity(capacity: CapacityConfig) -> list[tuple[str, str]]:
    scheme = capacity.url.partition("://")[0]
    problems = [
        (key, f"is for ssh:// addresses, and this is {scheme}://")
        for key in ("identity_file", "known_hosts", "ssh_config", "jump")
        if scheme != Scheme.SSH and getattr(capacity, key)
    ]
    if scheme != Scheme.TCP and capacity.tls is not None:
        problems.append(("tls", f"is for tcp:// addresses, and this is {scheme}://"))
    return problems


def _check_tls(tls: TlsConfig) -> list[tuple[str, str]]:
    if (tls.cert is None) == (tls.key is None):
        return []
    given, missing = ("cert", "key") if tls.key is None else ("key", "cert")
    return [(missing, f"is missing: a client certificate needs both, and only {given} is given")]


def _check_provider(provider: CapacityProviderConfig) -> list[tuple[str, str]]:
    if bool(provider.members) == bool(provider.expression):
        which = "is given beside members" if provider.members else "is missing, and so is members"
        return [("expression", f"{which}; give one of the two")]
    if provider.expression:
        # Few files have one, and every start reads a file.
        from core.scheduler.query import compile_expression  # noqa: PLC0415  # as said

        try:
            compile_expression(provider.expression)
        except Refused as why:
            return [("expression", why.message)]
    return []


def _check_registry(registry: RegistryConfig) -> list[tuple[str, str]]:
    sources = [key for key in ("password", "password_file", "password_env") if getattr(registry, key)]
    if registry.docker_config is not None:
        clash = ["username"] * bool(registry.username) + sources
        return (
            [(clash[0], "can't stand beside docker_config, which knows user and password")] if clash else []
        )
    if not registry.username:
        return [("username", "is missing; or name a docker config.json by docker_config")]
    if len(sources) != 1:
        which = "is missing; give" if not sources else f"is given twice ({', '.join(sources)}); give"
        return [("password", f"{which} one of password, password_file, password_env")]
    return []


def _check_secret(rule: SecretRule) -> list[tuple[str, str]]:
    sources = [key for key in ("command", "file", "env") if getattr(rule, key)]
    if len(sources) != 1:
        which = "is missing; give" if not sources else f"is given beside {sources[1]}; give"
        return [(sources[0] if sources else "command", f"{which} one of command, file, env")]
    if rule.command and "{" in rule.command[0]:
        return [("command", "its first word is the program, and can't be a secret's name")]
    return []


# -- the tables --------------------------------------------------------------------------------------------------------

_HOUR_S: Final = 3600.0


def _engine(**fields: Any) -> EngineConfig:
    of_hosts = ("max_starts", "max_pulls", "task_cpu_mem_limit")
    host_work = {name: fields.pop(name) for name in of_hosts if name in fields}
    return EngineConfig(Settings(**fields), **host_work)


ENGINE: Final = Table(
    _engine,
    {
        "poll_interval": Key("poll_interval_s", duration(0.1, 300)),
        "disconnect_after": Key("disconnect_after_s", duration(0.2, _HOUR_S)),
        "lost_after": Key("lost_after_s", duration(0.2, 24 * _HOUR_S)),
        "healthy_after": Key("healthy_after_s", duration(0, _HOUR_S)),
        "backoff_max": Key("backoff_max_s", duration(1, _HOUR_S)),
        "image_pull": Key("image_pull", one_of(ImagePull)),
        "image_cleanup_interval": Key("image_cleanup_interval_s", duration(1, 30 * 24 * _HOUR_S)),
        "image_minimum_age": Key("image_minimum_age_s", duration(0, 365 * 24 * _HOUR_S)),
        "images_deleted_per_cycle": Key("images_deleted_per_cycle", whole(0, 1000)),
        "max_starts": Key("max_starts", whole(1, 64)),
        "max_pulls": Key("max_pulls", whole(1, 64)),
        "task_cpu_mem_limit": Key("task_cpu_mem_limit", flag),
        "container_cleanup": Key("container_cleanup_s", duration(0, 30 * 24 * _HOUR_S)),
        "containers_kept": Key("containers_kept", whole(0, 1000)),
        "stopped_retention": Key("stopped_retention_s", duration(1, 30 * 24 * _HOUR_S)),
        "auto_scaling_period": Key("auto_scaling_period_s", duration(2, _HOUR_S)),
    },
    _check_engine,
)
CLUSTER: Final = Table(
    ClusterConfig,
    {
        "protected": Key("protected", flag),
        "color": Key("color", color),
        "image_pull": Key("image_pull", one_of(ImagePull)),
        "task_cpu_mem_limit": Key("task_cpu_mem_limit", flag),
    },
)
TLS: Final = Table(
    TlsConfig,
    {
        "ca": Key("ca", file),
        "cert": Key("cert", file),
        "key": Key("key", file),
        "verify": Key("verify", flag),
    },
    _check_tls,
)
RESERVE: Final = Table(
    ReserveConfig,
    {
        "cpu": Key("cpu_units", whole(0, 1024 * 1024)),
        "memory_mib": Key("memory_mib", whole(0, 1024 * 1024 * 1024)),
        "ports": Key("ports", ports),
    },
)
CAPACITY: Final = Table(
    CapacityConfig,
    {
        "url": Key("url", url, required=True),
        "cluster": Key("cluster", text),
        "identity_file": Key("identity_file", file),
        "known_hosts": Key("known_hosts", file),
        "ssh_config": Key("ssh_config", file),
        "jump": Key("jump", jump_hosts),
        "tls": Key("tls", TLS),
        "reserve": Key("reserve", RESERVE),
        "attributes": Key("attributes", attributes),
        "gpus": Key("gpus", gpus),
        "image_pull": Key("image_pull", one_of(ImagePull)),
        "task_cpu_mem_limit": Key("task_cpu_mem_limit", flag),
    },
    _check_capacity,
)
CAPACITY_PROVIDER: Final = Table(
    CapacityProviderConfig,
    {
        "cluster": Key("cluster", text),
        "members": Key("members", names),
        "expression": Key("expression", text),
    },
    _check_provider,
)
REGISTRY: Final = Table(
    RegistryConfig,
    {
        "username": Key("username", text),
        "password": Key("password", secret),
        "password_file": Key("password_file", file),
        "password_env": Key("password_env", text),
        "docker_config": Key("docker_config", file),
    },
    _check_registry,
)
SECRET: Final = Table(
    SecretRule,
    {
        "command": Key("command", command),
        "timeout": Key("timeout_s", duration(0.1, 30)),
        "file": Key("file", file),
        "env": Key("env", text),
    },
    _check_secret,
)
EFS: Final = Table(
    EfsConfig,
    {
        "export": Key("server_and_path", nfs_export, required=True),
        "options": Key("options", mount_options),
    },
)
PLUGIN: Final = Table(
    PluginConfig,
    {
        "key": Key("key", text, required=True),
        "command": Key("command", command_line, required=True),
        "scopes": Key("scopes", names),
        "label": Key("label", text),
        "dangerous": Key("dangerous", flag),
        "confirm": Key("confirm", flag),
        "background": Key("background", flag),
    },
)
UI: Final = Table(
    UiConfig,
    {
        "theme": Key("theme", text),
        "read_only": Key("read_only", flag),
        "engine_on_quit": Key("engine_on_quit", one_of(OnQuit)),
        "keymap": Key("keymap", text),
        "keys": Key("keys", key_bindings),
        "compact": Key("compact", flag),
        "aliases": Key("aliases", aliases),
        "colors": Key("colors", colors),
        "plugins": Key("plugins", Named(PLUGIN, _PLUGIN_NAME, 'letters, digits, "-" and "_"')),
    },
)

#: The whole file.
TOP: Final[Mapping[str, Table | Named]] = MappingProxyType(
    {
        "engine": ENGINE,
        "clusters": Named(CLUSTER, _CLUSTER_NAME, 'letters, digits, "-" and "_"'),
        "capacity": Named(CAPACITY, _CAPACITY_NAME, 'letters, digits, "-", "_" and "."'),
        "capacity_providers": Named(
            CAPACITY_PROVIDER,
            _PROVIDER_NAME,
            'letters, digits, "-" and "_", and none that begins with aws, ecs or fargate',
        ),
        "registries": Named(
            REGISTRY, re.compile(r"[A-Za-z0-9][A-Za-z0-9.:\[\]_/-]*"), "a registry's host[:port]"
        ),
        "secrets": Named(
            SECRET,
            re.compile(r"[!-~](?:[ -~]*[!-~])?"),
            'a secret\'s name or ARN in visible ASCII; "*" is any text',
        ),
        "efs": Named(EFS, re.compile(r"fs-[0-9a-f]{8,40}"), "the id of a file system, like fs-12345678"),
        "ui": UI,
    }
)
