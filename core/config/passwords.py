"""A registry's password, looked up when it is used: it is in no value longer than that, and in no log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.values import RegistryConfig


def password_of(registry: RegistryConfig, environ: Mapping[str, str]) -> str:
    """The password from the file, the environment variable or the config itself, whichever the config names."""
    where = f'[registries."{registry.name}"]'
    if registry.password_env:
        if not environ.get(registry.password_env):
            raise ConfigError(
                f"{where} password_env: ${registry.password_env} is not set in the engine's environment"
            )
        return environ[registry.password_env]
    if registry.password_file is None:
        return registry.password
    try:
        return registry.password_file.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{where} password_file: {registry.password_file} can't be read: {error}"
        ) from error
