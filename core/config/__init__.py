"""The config file: read with errors that name file, table, key and the nearest valid thing; written back keeping comments.

`values` is what it says, `schema` its keys, `read` and `edit` the two ways. The config says what exists, the store what
state it is in.
"""

from core.config.durations import format_duration, parse_duration
from core.config.passwords import password_of
from core.config.read import ConfigFile, default_config, parse, read
from core.config.values import (
    DEFAULT_CLUSTER,
    CapacityConfig,
    ClusterConfig,
    Config,
    EngineConfig,
    ImagePull,
    OnQuit,
    RegistryConfig,
    ReserveConfig,
    SecretRule,
    TlsConfig,
    UiConfig,
)

__all__ = [
    "DEFAULT_CLUSTER",
    "CapacityConfig",
    "ClusterConfig",
    "Config",
    "ConfigFile",
    "EngineConfig",
    "ImagePull",
    "OnQuit",
    "RegistryConfig",
    "ReserveConfig",
    "SecretRule",
    "TlsConfig",
    "UiConfig",
    "default_config",
    "format_duration",
    "parse",
    "parse_duration",
    "password_of",
    "read",
]
