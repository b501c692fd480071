"""Images that can't be had: each failure has its own reason, and a private registry serves who may log in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.namespaces import run
from tests.engine.testbed import REGISTRY_PASSWORD, REGISTRY_USER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.dockyard import Installation
    from tests.engine.testbed import Bed, Host


def reason(yard: Installation, image: str) -> str:
    """Why a task of that image stopped, as the command line tells it."""
    yard.register("odd", image=image)
    run = yard.cli("task", "run", "odd", "--wait", "--timeout", "60s")
    assert run.exit_code == 1, run
    return run.stderr


def test_each_way_in_which_an_image_can_not_be_had_has_its_own_words(yard: Installation) -> None:
    yard.start()
    open_to_all, private = yard.bed.registry, yard.bed.private_registry
    told = {
        "missing": reason(yard, f"{open_to_all}/demo/nothing:1"),
        "tag": reason(yard, f"{open_to_all}/demo/web:nope"),
        "login": reason(yard, f"{private}/demo/web:1"),
    }
    assert all("CannotPullContainerError" in text for text in told.values()), told
    # To a registry without a catalogue both are an unknown manifest.
    assert f"has no {open_to_all}/demo/nothing:1: check name and tag" in told["missing"]
    assert f"has no {open_to_all}/demo/web:nope: check name and tag" in told["tag"]
    assert "refuses the login, or asks for one" in told["login"]
    assert all(text.count("CannotPullContainerError") == 1 for text in told.values()), "said once"


def test_a_private_registry_serves_a_login_from_the_config_and_refuses_a_wrong_one(
    yard: Installation,
) -> None:
    private = yard.bed.private_registry

    def login(password: str) -> str:
        return f'[registries."{private}"]\nusername = "{REGISTRY_USER}"\npassword = "{password}"'

    yard.write_config(extra=login("wrong"))
    yard.start()
    assert f"the registry {private} refuses the login" in reason(yard, f"{private}/demo/web:1")
    yard.write_config(extra=login(REGISTRY_PASSWORD))
    stamp = yard.dockyard.config().stamp
    yard.wait(lambda: yard.dockyard.engine().pulse.config_stamp == stamp, "the new config is in force")
    yard.do("task", "run", "odd", "--count", "3", "--wait", "--timeout", "60s")
    assert sum(seen.running for seen in yard.containers()) == 3
    assert REGISTRY_PASSWORD not in yard.story(1000)


@pytest.mark.parametrize("named", [True, False], ids=["named by the config", "the operator's own"])
def test_what_docker_login_has_kept_opens_a_private_registry(
    yard: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    private, folder = yard.bed.private_registry, tmp_path / "docker"
    docker = ("docker", "--config", folder, "-H", yard.hosts[0].unix_url)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "elsewhere" if named else folder))
    # Whether the image is still there from another test is no matter: who may not log in is told so at each pull.
    extra = f'[registries."{private}"]\ndocker_config = "{folder / "config.json"}"' if named else ""
    yard.write_config({"image_pull": "always"}, extra=extra)
    yard.start()
    assert "refuses the login, or asks for one" in reason(yard, f"{private}/demo/web:1")
    run(*docker, "login", "-u", REGISTRY_USER, "--password-stdin", private, text=REGISTRY_PASSWORD)
    yard.do("task", "run", "odd", "--wait", "--timeout", "60s")
    assert sum(seen.running for seen in yard.containers()) == 1
    run(*docker, "logout", private)
    assert "refuses the login, or asks for one" in reason(yard, f"{private}/demo/web:1")
    assert REGISTRY_PASSWORD not in yard.story(1000)


@pytest.fixture
def full_host(bed: Bed) -> Iterator[Host]:
    """A host whose disk has no room for another image."""
    host = bed.add_host(disk_mib=48)
    free_mib = int(host.run(f"df -m {host.folder}/data | tail -1").split()[3])
    host.run(f"dd if=/dev/zero of={host.folder}/data/ballast bs=1M count={free_mib} 2>/dev/null", check=False)
    yield host
    bed.drop_host(host)


def test_a_full_disk_is_named(yard: Installation, full_host: Host) -> None:
    yard.hosts = [full_host]
    yard.write_config()
    yard.start()
    assert "the disk of the host is full" in reason(yard, f"{yard.bed.registry}/demo/web:2")
