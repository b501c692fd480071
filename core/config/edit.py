"""Writing the config file: one table at a time, with the operator's comments and order kept.

An edit is checked before it counts: the new text must read as exactly the change that was asked for, and as a valid
config. It replaces the file in one step, and only the one that was read; or it says what to write by hand.
"""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import tomllib
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.bounded import content_of
from core.config.read import decode, heading, parse, stamp_of, text_of
from core.errors import ConfigChanged, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from core.config.values import Config

#: A new file may come to hold passwords.
_NEW_FILE_MODE: Final = 0o600


def add_capacity(config: Config, name: str, settings: Mapping[str, Any]) -> Config:
    """Add a host; `settings` are the keys of its table as TOML has them. Returns the config as it is then."""
    return _add(config, "capacity", name, settings)


def try_capacity(config: Config, name: str, settings: Mapping[str, Any]) -> Config:
    """The config as it would be with a host; nothing is written. Raises ConfigError as `add_capacity` does."""
    text, data = _current(config)
    edited, wanted, _ = _added(config, text, data, ("capacity", name), settings)
    return _checked(config, edited, wanted, "")


def remove_capacity(config: Config, name: str) -> Config:
    """Take a host out; refused while a capacity provider names it."""
    for provider, its in config.capacity_providers.items():
        if name in its.members:
            where = f"{config.path}: {heading('capacity_providers', provider)} members"
            raise ConfigError(f"{where}: names {name}; take it out there first")
    return _remove(config, "capacity", name)


def add_cluster(config: Config, name: str, settings: Mapping[str, Any] | None = None) -> Config:
    """Add a cluster."""
    return _add(config, "clusters", name, settings or {})


def remove_cluster(config: Config, name: str) -> Config:
    """Take a cluster out; refused while a host names it."""
    return _remove(config, "clusters", name)


def names_cluster(config: Config, name: str) -> bool:
    """Whether the file has a table for a cluster: `default` may be there without one."""
    return name in _current(config)[1].get("clusters", {})


# -- the two edits -----------------------------------------------------------------------------------------------------


def _add(config: Config, kind: str, name: str, settings: Mapping[str, Any]) -> Config:
    text, data = _current(config)
    edited, wanted, snippet = _added(config, text, data, (kind, name), settings)
    return _replace(config, edited, wanted, f"add this to it yourself:\n\n{snippet}")


def _added(
    config: Config, text: str, data: dict[str, Any], table: tuple[str, str], settings: Mapping[str, Any]
) -> tuple[str, dict[str, Any], str]:
    """The text with a table more, what it is then to say, and the table's own text."""
    kind, name = table
    if name in data.get(kind, {}):
        raise ConfigError(f"{config.path}: {heading(kind, name)}: is there already")
    snippet = _snippet(kind, name, settings)
    data.setdefault(kind, {})[name] = dict(settings)
    return f"{text.rstrip()}\n\n{snippet}" if text.strip() else snippet, data, snippet


def _remove(config: Config, kind: str, name: str) -> Config:
    text, data = _current(config)
    if name not in data.get(kind, {}):
        raise ConfigError(f"{config.path}: there is no {heading(kind, name)}")
    del data[kind][name]

    def without(document: Any) -> None:
        del document[kind][name]

    return _replace(config, _edited(text, without), data, f"take {heading(kind, name)} out of it yourself")


# -- text --------------------------------------------------------------------------------------------------------------


def _current(config: Config) -> tuple[str, dict[str, Any]]:
    """The file's text and values, or those of the defaults where there is no file; refused when it was changed since."""
    content = _unchanged(config)
    if not config.from_file:
        # What went without saying must be said from now on: the file's first table would end the default.
        written = [
            _snippet("capacity", name, {"url": config.capacity[name].url}) for name in sorted(config.capacity)
        ]
        content = "\n".join(written).encode()
    return text_of(content), decode(content, config.path)


def _unchanged(config: Config) -> bytes:
    """The file's content, which must be what was read. Raises ConfigChanged."""
    found: bytes | None
    try:
        found = content_of(config.path)
    except FileNotFoundError:
        found = None
    except OSError as error:
        raise ConfigError(f"{config.path}: can't be read: {error.strerror}") from error
    same = stamp_of(found) == config.stamp if found is not None else not config.from_file
    if not same:
        raise ConfigChanged(f"{config.path}: was changed since it was read; reload it and try again")
    return found or b""


def _snippet(kind: str, name: str, settings: Mapping[str, Any]) -> str:
    lines = [heading(kind, name), *(f"{key} = {_item(value).as_string()}" for key, value in settings.items())]
    return "\n".join(lines) + "\n"


def _item(value: Any) -> Any:
    import tomlkit  # noqa: PLC0415  # 20 ms that only a writer pays

    if not isinstance(value, dict):
        return tomlkit.item(value)
    table = tomlkit.inline_table()
    table.update({key: _item(inner) for key, inner in value.items()})
    return table


def _edited(text: str, change: Callable[[Any], None]) -> str:
    import tomlkit  # noqa: PLC0415  # as above

    document = tomlkit.parse(text)
    change(document)
    return tomlkit.dumps(document)


# -- the file ----------------------------------------------------------------------------------------------------------


def _replace(config: Config, text: str, wanted: dict[str, Any], advice: str) -> Config:
    """Put the new text in the file's place, once it is known to say what was wanted and nothing else."""
    edited = _checked(config, text, wanted, advice)
    path = config.path.resolve()
    try:
        with _alone(path.parent):
            _unchanged(config)
            _write(path, text.encode())
    except OSError as error:
        raise ConfigError(f"{config.path}: can't be written ({error.strerror}); {advice}") from error
    return edited


def _checked(config: Config, text: str, wanted: dict[str, Any], advice: str) -> Config:
    """The config that a text is, once it is known to say what was wanted and nothing else."""
    if not _says(text, wanted):
        raise ConfigError(f"{config.path}: is laid out in a way that can't be edited safely; {advice}")
    return parse(text.encode(), config.path)


def _says(text: str, wanted: dict[str, Any]) -> bool:
    """Whether the text means what is wanted; tables that lost their last entry mean nothing."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return {k: v for k, v in said.items() if v != {}} == {k: v for k, v in wanted.items() if v != {}}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep everyone else who edits a file in there waiting: of two who read the same, the second must see the first's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes) -> None:
    """Replace a file in one step, keeping its mode and owner. A file without any write permission is meant to stay."""
    old = path.stat() if path.exists() else None
    if old is not None and not old.st_mode & 0o222:
        raise PermissionError(13, "it is read-only")
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, stat.S_IMODE(old.st_mode) if old else _NEW_FILE_MODE)
            if old is not None and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(descriptor, old.st_uid, old.st_gid)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except OSError:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
