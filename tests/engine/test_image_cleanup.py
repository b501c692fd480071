"""Images on a real host: those that our pulls brought go when nothing needs them, and nobody else's do."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.dockyard import Installation

#: Everything that has a patience has little of it here.
SETTINGS = {
    "image_pull": "default",
    "image_cleanup_interval": "1s",
    "image_minimum_age": "0s",
    "container_cleanup": "0s",
    "stopped_retention": "1s",
}


@pytest.fixture
def one(yard: Installation) -> Iterator[Installation]:
    """An installation with one host, whose images are as before afterwards."""
    host = yard.hosts[1]
    before = set(host.docker("images", "--quiet", "--no-trunc").split())
    yard.hosts = [host]
    yard.write_config(SETTINGS)
    yield yard
    if yard.engine is not None:
        yard.engine.stop()
    host.wipe()
    for image in set(host.docker("images", "--quiet", "--no-trunc").split()) - before:
        host.docker("rmi", "--force", image)


def publish(yard: Installation, name: str, words: str) -> str:
    """A new image in the registry that no host has."""
    host, image = yard.bed.hosts[0], f"{yard.bed.registry}/demo/{name}"
    made = host.docker("create", "demo/web:1")
    host.docker("commit", "--message", words, made, image)
    host.docker("push", "-q", image)
    host.docker("rmi", image)
    host.docker("rm", made)
    return image


def there(yard: Installation, image: str) -> bool:
    """Whether the host has an image."""
    try:
        yard.hosts[0].docker("image", "inspect", image)
    except subprocess.CalledProcessError:
        return False
    return True


def cycle(yard: Installation) -> None:
    """Wait until it was looked again, and once more, which images are needed no more."""
    for _ in range(3):
        before = yard.instance(yard.hosts[0].name).images_cleaned_at
        yard.wait(
            lambda before=before: yard.instance(yard.hosts[0].name).images_cleaned_at > before,  # type: ignore[misc]
            "the images were looked at",
        )


def test_a_version_goes_when_the_deployment_after_it_has_taken_over(one: Installation) -> None:
    image = publish(one, "cleaned:latest", "first")
    one.start()
    one.register(image=image)
    one.create("web", 2)
    one.wait_steady(2)
    (old,) = {c.image_digest for t in one.tasks() for c in t.containers}
    publish(one, "cleaned:latest", "second")
    one.do("service", "restart", "web", "--wait", "--timeout", "60s")
    one.wait_steady(2)
    (new,) = {c.image_digest for t in one.tasks() for c in t.containers}
    assert new != old
    repository = image.rpartition(":")[0]
    one.wait(lambda: not there(one, f"{repository}@{old}"), "the old version is gone")
    cycle(one)
    assert there(one, f"{repository}@{new}")
    assert there(one, image)
    assert [i.digest for i in one.instance(one.hosts[0].name).pulled_images] == [new]
    one.wait_steady(2)


def test_what_others_had_use_or_have_named_stays(one: Installation) -> None:
    host = one.hosts[0]
    images = {name: publish(one, f"{name}:1", f"for {name}") for name in ("had", "used", "named", "gone")}
    host.docker("pull", images["had"])
    one.start()
    for name, image in images.items():
        one.register(name, image=image)
        one.do("task", "run", name, "--wait", "--timeout", "60s")
    host.docker("create", "--name", "theirs", images["used"])
    host.docker("tag", images["named"], "mine:1")
    for task in one.json("task", "ls")["tasks"]:
        one.do("task", "stop", task["taskArn"].rpartition("/")[2], "--yes", "--wait", "--timeout", "60s")
    one.wait(lambda: not there(one, images["gone"]), "what nobody needs is gone")
    cycle(one)
    left = {name for name, image in images.items() if there(one, image)}
    assert left == {"had", "used", "named"}
    assert there(one, "mine:1")

    host.docker("rm", "theirs")
    host.docker("rmi", "mine:1")
    one.wait(
        lambda: not any(there(one, images[name]) for name in ("used", "named")),
        "what others have let go is gone",
    )
    assert there(one, images["had"])
