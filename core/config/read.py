"""Reading the config file: where it is, and what is wrong with it, all at once, by file, table and key."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from core.bounded import content_of
from core.config.readers import nearest
from core.config.schema import TOP, Named, Table
from core.config.values import DEFAULT_CLUSTER, CapacityConfig, ClusterConfig, Config, EngineConfig, UiConfig
from core.errors import ConfigError
from core.record import replace
from core.schemes import Scheme
from core.xdg import xdg_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.values import CapacityProviderConfig

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_TOML_PLACE: Final = re.compile(
    r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)"
)
_LOCAL_SOCKET: Final = "/var/run/docker.sock"


def find(named: Path | None, environ: Mapping[str, str]) -> tuple[Path, bool]:
    """Where the file is, and whether the operator named it: by `--config`, else $DOCKYARD_CONFIG, else in the XDG folder.

    Raises ConfigError.
    """
    if named is not None:
        return named, True
    try:
        if environ.get("DOCKYARD_CONFIG"):
            return Path(environ["DOCKYARD_CONFIG"]).expanduser(), True
        base = xdg_folder(environ, "XDG_CONFIG_HOME", "~/.config")
    except RuntimeError as unknown_home:
        raise ConfigError(
            "the config file can't be found, for there is no home folder: set $HOME, or name it by --config"
        ) from unknown_home
    return base / "dockyard" / "config.toml", False


def read(named: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read the config file; the defaults when there is none where nobody said there was. Raises ConfigError."""
    return ConfigFile(named, environ).read()


class ConfigFile:
    """The config file for who reads it again and again: it is parsed anew only when it says something else. For any thread."""

    def __init__(self, named: Path | None = None, environ: Mapping[str, str] = os.environ) -> None:
        """Nothing is read yet. `named` as in `find`."""
        self._named: Final = named
        self._environ: Final = environ
        #: What was read last: where, its content, and what that says.
        self._known: tuple[Path, bytes, Config] | None = None

    def read(self) -> Config:
        """What it says now; the defaults when there is none where nobody said there was. Raises ConfigError."""
        path, explicit = find(self._named, self._environ)
        try:
            content = content_of(path)
        except FileNotFoundError:
            if not explicit:
                return default_config(path, self._environ)
            raise ConfigError(f"{path}: there is no such file") from None
        except OSError as error:
            raise ConfigError(f"{path}: can't be read: {error.strerror}") from error
        known = self._known
        if known is None or known[:2] != (path, content):
            known = self._known = path, content, parse(content, path)
        return known[2]


def read_to_edit(named: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The same for who writes it: a file that is not there yet begins as the defaults, wherever it is to be."""
    path, _ = find(named, environ)
    return read(named, environ) if path.exists() else default_config(path, environ)


def default_config(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """What holds without a file: the cluster `default` with the local Docker, where its socket exists."""
    socket = local_socket(environ)
    capacity = {"local": CapacityConfig("local", f"{Scheme.UNIX}://{socket}")} if socket else {}
    return Config(
        path=path,
        stamp=stamp_of(f"no file, {socket}".encode()),
        from_file=False,
        clusters=MappingProxyType({DEFAULT_CLUSTER: ClusterConfig(DEFAULT_CLUSTER)}),
        capacity=MappingProxyType(capacity),
    )


def local_socket(environ: Mapping[str, str]) -> str:
    """The local Docker's socket as DOCKER_HOST or custom has it; empty where there is none."""
    said = environ.get("DOCKER_HOST", "")
    if said and not Scheme.UNIX.begins(said):
        return ""
    path = said.partition("://")[2] or _LOCAL_SOCKET
    return path if Path(path).is_socket() else ""


def stamp_of(content: bytes) -> str:
    """A short text that differs when the content does."""
    return hashlib.sha256(content).hexdigest()[:16]


def parse(content: bytes, path: Path) -> Config:
    """The values of a file's content. Raises ConfigError with one line for each problem."""
    data = decode(content, path)
    reading = _Reading(path)
    for key in data:
        if key not in TOP:
            reading.complain((), key, f"unknown table{nearest(key, tuple(TOP))}")
    found = {key: reading.top(key, spec, data.get(key, {})) for key, spec in TOP.items()}
    clusters = _with_default(found["clusters"] or {}, found["capacity"] or {})
    for name, capacity in (found["capacity"] or {}).items():
        if capacity is not None and capacity.cluster not in clusters:
            sentence = f"there is no cluster {capacity.cluster}{nearest(capacity.cluster, tuple(clusters))}"
            reading.complain(("capacity", name), "cluster", sentence)
    for name, provider in (found["capacity_providers"] or {}).items():
        if provider is not None:
            _check_provider(reading, name, provider, clusters, found["capacity"] or {})
    reading.conclude()
    engine = found["engine"] or EngineConfig()
    # Which file systems there are decides what can be registered, and so it is the engine's to know.
    engine = replace(engine, settings=replace(engine.settings, file_systems=tuple(found["efs"] or ())))
    return Config(
        path=path,
        stamp=stamp_of(content),
        engine=engine,
        clusters=MappingProxyType(clusters),
        capacity=MappingProxyType(found["capacity"]),
        capacity_providers=MappingProxyType(found["capacity_providers"]),
        registries=MappingProxyType(found["registries"]),
        secrets=MappingProxyType(found["secrets"]),
        efs=MappingProxyType(found["efs"]),
        ui=found["ui"] or UiConfig(),
    )


def decode(content: bytes, path: Path) -> dict[str, Any]:
    """TOML as plain values; an error names line and column."""
    try:
        return tomllib.loads(text_of(content))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line}: is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.fullmatch(str(error))
        if place is None:
            raise ConfigError(f"{path}: is not TOML: {error}") from error
        where = f"line {place['line']}, column {place['column']}" if place["line"] else "at its end"
        raise ConfigError(f"{path}: {where}: is not TOML: {place['what']}") from error


def text_of(content: bytes) -> str:
    """The file's text, without the mark that editors on Windows set before it. Raises UnicodeDecodeError."""
    return content.decode("utf-8-sig")


def heading(*parts: str) -> str:
    """A table's heading as it stands in the file: `[capacity.edge-1]`; names with dots in quotes."""
    written = (part if _BARE_KEY.fullmatch(part) else f'"{part}"' for part in parts)
    return f"[{'.'.join(written)}]"


def _with_default(clusters: Mapping[str, Any], capacity: Mapping[str, Any]) -> dict[str, Any]:
    """The cluster `default` need not be written down: it is there when nothing else is, and when a host is in it."""
    used = any(host is not None and host.cluster == DEFAULT_CLUSTER for host in capacity.values())
    if DEFAULT_CLUSTER in clusters or (clusters and not used):
        return dict(clusters)
    return {DEFAULT_CLUSTER: ClusterConfig(DEFAULT_CLUSTER), **clusters}


def _check_provider(
    reading: _Reading,
    name: str,
    provider: CapacityProviderConfig,
    clusters: Mapping[str, Any],
    capacity: Mapping[str, Any],
) -> None:
    """Whether a capacity provider's cluster is there, and its members are hosts of it."""
    where = ("capacity_providers", name)
    if provider.cluster not in clusters:
        sentence = f"there is no cluster {provider.cluster}{nearest(provider.cluster, tuple(clusters))}"
        reading.complain(where, "cluster", sentence)
    for member in provider.members:
        host = capacity.get(member)
        if member not in capacity:
            reading.complain(where, "members", f"there is no host {member}{nearest(member, tuple(capacity))}")
        elif host is not None and host.cluster != provider.cluster:
            sentence = f"{member} is a host of cluster {host.cluster}, and this is of {provider.cluster}"
            reading.complain(where, "members", sentence)


class _Reading:
    """One pass over a file. Problems are gathered, so that the operator can mend them in one go."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder = path.absolute().parent
        self._problems: list[str] = []

    def complain(self, where: tuple[str, ...], key: str, sentence: str) -> None:
        place = f"{heading(*where)} {key}" if where else key
        self._problems.append(f"{self._path}: {place}: {sentence}")

    def conclude(self) -> None:
        """Raise what was found."""
        if self._problems:
            raise ConfigError("\n".join(self._problems))

    def top(self, key: str, spec: Table | Named, data: object) -> Any:
        if isinstance(spec, Table):
            return self._table(spec, data, (key,))
        return self._named(spec, data, (key,))

    def _named(self, spec: Named, data: object, where: tuple[str, ...]) -> dict[str, Any] | None:
        if not isinstance(data, dict):
            self.complain(where[:-1], where[-1], f"must be tables like {heading(*where, 'NAME')}")
            return None
        for name in data:
            if not spec.name.fullmatch(name):
                self.complain(where, f'"{name}"', f"a name here is {spec.rule}")
        return {
            name: self._table(spec.table, value, (*where, name), name=name) for name, value in data.items()
        }

    def _table(self, table: Table, data: object, where: tuple[str, ...], **given: str) -> Any:
        """The table's value; None when it has a problem, which is then noted."""
        if not isinstance(data, dict):
            self.complain(
                where[:-1],
                where[-1],
                f"must be a table: {heading(*where)} on a line of its own, its keys below",
            )
            return None
        before = len(self._problems)
        fields: dict[str, Any] = dict(given)
        for key, value in data.items():
            self._key(table, key, value, where, fields)
        for key, spec in table.keys.items():
            if spec.required and key not in data:
                self.complain(where, key, "is missing")
        if len(self._problems) > before:
            return None
        made = table.value(**fields)
        for key, sentence in table.check(made):
            self.complain(where, key, sentence)
        return made if len(self._problems) == before else None

    def _key(
        self, table: Table, key: str, value: object, where: tuple[str, ...], fields: dict[str, Any]
    ) -> None:
        spec = table.keys.get(key)
        if spec is None:
            self.complain(where, key, f"unknown key{nearest(key, tuple(table.keys))}")
        elif isinstance(spec.read, Table):
            fields[spec.field] = self._table(spec.read, value, (*where, key))
        elif isinstance(spec.read, Named):
            fields[spec.field] = MappingProxyType(self._named(spec.read, value, (*where, key)) or {})
        else:
            try:
                fields[spec.field] = spec.read(value, self._folder)
            except ValueError as problem:
                self.complain(where, key, str(problem))
