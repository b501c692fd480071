"""Who we are to an image registry: a login from the operator's config, or from a docker config.json and its helpers."""

from __future__ import annotations

import base64
import binascii
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from core.errors import ActionFailed
from core.hosts.image_name import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

#: How docker config.json and its helpers call Docker Hub.
_DOCKER_HUB_KEY: Final = "https://index.docker.io/v1/"
_TOKEN_USER: Final = "<token>"  # noqa: S105  # the protocol's word, no secret
_HELPER_TIMEOUT_S: Final = 20.0
_ERROR: Final = "CannotPullContainerError"


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and password, or an identity token."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    @property
    def header(self) -> str:
        """The value of X-Registry-Auth (Docker Engine API, "Authentication")."""
        if self.identity_token:
            said = {"identitytoken": self.identity_token}
        else:
            said = {"username": self.username, "password": self.password}
        return base64.urlsafe_b64encode(json.dumps(said).encode()).decode()


#: Finds the login for a registry; None where it is to be asked without one.
Logins = Callable[[str], Login | None]


def docker_config_login(path: Path, registry: str) -> Login | None:
    """The login that `docker login` has kept in a config.json for a registry, None where it has none.

    Raises:
        ActionFailed: the file can't be read, or its credential helper fails.
    """
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        auths, helpers = dict(config.get("auths") or {}), dict(config.get("credHelpers") or {})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError) as error:
        raise ActionFailed(_ERROR, f"The registry logins in {path} can't be read: {error}.") from error
    for key in _keys(registry, auths):
        helper, entry = helpers.get(key) or config.get("credsStore"), auths.get(key)
        # As for docker, a store for all registries that is not installed here keeps nobody from pulling what is public.
        if helper and (key in helpers or shutil.which(_program(helper))):
            login = _ask_helper(helper, key)
            if login is not None:
                return login
        if entry:
            return _kept(entry, path, key)
    return None


def _keys(registry: str, known: Iterable[str]) -> Iterator[str]:
    """How a registry may be named in a config.json: by its host, and by a URL with that host (as docker login once wrote them)."""
    if registry == DOCKER_HUB:
        yield _DOCKER_HUB_KEY
    yield registry
    yield f"https://{registry}"
    for key in known:
        scheme, found, rest = key.partition("://")
        if found and scheme in {"https", "http"} and rest.partition("/")[0] == registry:
            yield key


def _kept(entry: dict[str, Any], path: Path, key: str) -> Login | None:
    if entry.get("identitytoken"):
        return Login(identity_token=entry["identitytoken"])
    if not entry.get("auth"):
        return None
    try:
        user, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ActionFailed(_ERROR, f"The login for {key} in {path} can't be read: {error}.") from error
    return Login(user, password)


def _program(helper: str) -> str:
    return f"docker-credential-{helper}"


def _ask_helper(helper: str, key: str) -> Login | None:
    program = _program(helper)
    try:
        done = subprocess.run(
            [program, "get"],
            input=key,
            capture_output=True,
            text=True,
            timeout=_HELPER_TIMEOUT_S,
            check=False,
        )
        answer = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise ActionFailed(_ERROR, f"The credential helper {program} failed for {key}: {error}.") from error
    if answer is None:
        return None  # it knows no login for this registry
    try:
        user, secret = str(answer["Username"]), str(answer["Secret"])
    except (LookupError, TypeError) as error:
        raise ActionFailed(_ERROR, f"The credential helper {program} gave no login for {key}.") from error
    return Login(identity_token=secret) if user == _TOKEN_USER else Login(user, secret)
