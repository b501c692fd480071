"""What an image's name means to Docker: its registry, and the name that Docker itself gives it. Pure."""

from __future__ import annotations

from typing import Final

DOCKER_HUB: Final = "docker.io"


def registry_of(image: str) -> str:
    """The registry an image name means: its first part where that looks like a host, else Docker Hub."""
    first, slash, _ = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first
    return DOCKER_HUB


def familiar(repository: str) -> str:
    """A repository as Docker names it in what it shows: without Docker Hub's address and its library."""
    for start in ("docker.io/", "index.docker.io/"):
        repository = repository.removeprefix(start)
    return repository.removeprefix("library/")
