"""Tags that move in a real registry: a deployment's tasks run one version, a new deployment the new one, a rollback the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.dockyard import Installation


def publish(yard: Installation, image: str, local: str) -> None:
    """Let the image's tag stand for what a host has under another name."""
    host = yard.hosts[0]
    host.docker("tag", local, image)
    host.docker("push", "-q", image)
    host.docker("rmi", image)


def version_of(yard: Installation, image: str) -> str:
    """Docker's id of one of the testbed's images."""
    return yard.hosts[0].docker("image", "inspect", "--format", "{{.Id}}", image)


def running(yard: Installation) -> dict[str, int]:
    """How many running containers there are of each image id, on all hosts."""
    found: dict[str, int] = {}
    for seen in yard.containers():
        if seen.running:
            host = next(h for h in yard.hosts if h.name == seen.host)
            image = yard.docker(host).inspect_container(seen.id)["Image"]
            found[image] = found.get(image, 0) + 1
    return found


def test_all_tasks_of_a_deployment_run_the_version_that_its_first_one_found(yard: Installation) -> None:
    image = f"{yard.bed.registry}/demo/moving:latest"
    old, new = version_of(yard, "demo/web:1"), version_of(yard, "demo/web:2")
    assert old != new
    publish(yard, image, "demo/web:1")
    yard.write_config({"image_pull": "default"})
    engine = yard.start()
    yard.register(image=image)
    yard.create("web", 1)
    yard.wait_steady(1)
    publish(yard, image, "demo/web:2")
    engine.kill9()
    yard.start()
    yard.do("service", "scale", "web", "6", "--wait", "--timeout", "60s")
    yard.wait_steady(6)
    assert running(yard) == {old: 6}
    (shown,) = yard.json("service", "describe", "web")["services"][0]["deployments"]
    (kept,) = shown["containerImages"]
    digests = {c.image_digest for t in yard.tasks() for c in t.containers}
    assert digests == {kept["imageDigest"]}
    # The name stands for it on every host as well, as with ECS's agent.
    named = {h.docker("image", "inspect", "--format", "{{.Id}}", image) for h in yard.hosts}
    assert named == {old}

    yard.do("service", "restart", "web", "--wait", "--timeout", "60s")
    yard.wait_steady(6)
    assert running(yard) == {new: 6}
    yard.do("service", "rollback", "web", "--wait", "--timeout", "60s")
    yard.wait_steady(6)
    assert running(yard) == {old: 6}
