"""Image names, and the logins that `docker login` and credential helpers have kept."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from core.errors import ActionFailed
from core.hosts.image_name import registry_of
from core.hosts.registry_login import Login, docker_config_login
from core.model.names import split_image

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("image", "registry", "name", "tag"),
    [
        ("nginx", "docker.io", "nginx", "latest"),
        ("nginx:1.27", "docker.io", "nginx", "1.27"),
        ("team/web", "docker.io", "team/web", "latest"),
        ("localhost/web:1", "localhost", "localhost/web", "1"),
        ("reg.example.com/team/web", "reg.example.com", "reg.example.com/team/web", "latest"),
        ("reg:5000/web", "reg:5000", "reg:5000/web", "latest"),
        ("reg:5000/web:1", "reg:5000", "reg:5000/web", "1"),
        ("reg:5000/web@sha256:ab", "reg:5000", "reg:5000/web", "sha256:ab"),
    ],
)
def test_an_image_name_has_a_registry_a_name_and_a_tag(
    image: str, registry: str, name: str, tag: str
) -> None:
    assert (registry_of(image), *split_image(image)) == (registry, name, tag)


def config(path: Path, **content: Any) -> Path:
    file = path / "config.json"
    file.write_text(json.dumps(content))
    return file


def kept(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_a_kept_login_is_found_by_its_registry(tmp_path: Path) -> None:
    auths = {
        "https://index.docker.io/v1/": kept("hub", "h:1"),
        "https://old.example.com": kept("old", "o"),
        "https://older.example.com:5000/v1/": kept("older", "o"),
        "token.example.com": {"identitytoken": "tok"},
        "empty.example.com": {},
    }
    file = config(tmp_path, auths=auths)
    assert docker_config_login(file, "docker.io") == Login("hub", "h:1")
    assert docker_config_login(file, "old.example.com") == Login("old", "o")
    assert docker_config_login(file, "older.example.com:5000") == Login("older", "o")
    assert docker_config_login(file, "older.example.com") is None
    assert docker_config_login(file, "token.example.com") == Login(identity_token="tok")
    assert docker_config_login(file, "empty.example.com") is None
    assert docker_config_login(file, "other.example.com") is None
    assert docker_config_login(tmp_path / "none.json", "docker.io") is None


def test_a_file_that_cant_be_read_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    for content in ("{", "[]", '{"auths": ["reg.example.com"], "credHelpers": "vault"}'):
        file.write_text(content)
        with pytest.raises(ActionFailed, match=r"The registry logins in .*config\.json can't be read"):
            docker_config_login(file, "docker.io")


def test_a_credential_helper_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = tmp_path / "docker-credential-vault"
    helper.write_text(
        '#!/bin/sh\nread -r asked\n[ "$asked" = reg.example.com ] || exit 1\n'
        'echo \'{"Username": "vault", "Secret": "s3"}\'\n'
    )
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    file = config(tmp_path, credHelpers={"reg.example.com": "vault", "gone.example.com": "missing"}, auths={})
    assert docker_config_login(file, "reg.example.com") == Login("vault", "s3")
    assert docker_config_login(file, "docker.io") is None
    with pytest.raises(ActionFailed, match="docker-credential-missing failed for gone"):
        docker_config_login(file, "gone.example.com")


def test_a_store_for_all_registries_that_is_not_installed_is_passed_over(tmp_path: Path) -> None:
    file = config(tmp_path, credsStore="nowhere", auths={"reg.example.com": kept("me", "sesame")})
    assert docker_config_login(file, "docker.io") is None
    assert docker_config_login(file, "reg.example.com") == Login("me", "sesame")


def test_a_helper_that_answers_nonsense_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = tmp_path / "docker-credential-odd"
    helper.write_text("#!/bin/sh\necho '[\"a\"]'\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ActionFailed, match="docker-credential-odd gave no login"):
        docker_config_login(config(tmp_path, credsStore="odd"), "docker.io")


def test_a_login_hides_its_password_and_writes_dockers_header() -> None:
    login = Login("me", "sesame")
    assert "sesame" not in repr(login)
    assert json.loads(base64.urlsafe_b64decode(login.header)) == {"username": "me", "password": "sesame"}
    token = Login(identity_token="tok")
    assert json.loads(base64.urlsafe_b64decode(token.header)) == {"identitytoken": "tok"}
