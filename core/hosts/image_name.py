"""The parts of an image's name: registry, repository, tag. Pure."""

from __future__ import annotations

from typing import Final

DOCKER_HUB: Final = "docker.io"


def split_image(image: str) -> tuple[str, str]:
    """An image's name and its tag or digest, `latest` where it names none."""
    name, at, digest = image.partition("@")
    if at:
        return name, digest
    name, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:
        return image, "latest"
    return name, tag


def registry_of(image: str) -> str:
    """The registry an image name means: its first part where that looks like a host, else Docker Hub."""
    first, slash, _ = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first
    return DOCKER_HUB
