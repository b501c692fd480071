"""Removing an image that our pull brought, and nobody's else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.errors import ActionFailed
from core.hosts.docker_api import DockerRefused
from core.hosts.docker_refusals import CANNOT_REMOVE_IMAGE
from core.hosts.image_name import familiar
from core.model.names import by_digest, split_image

if TYPE_CHECKING:
    from core.actions import RemoveImage
    from core.hosts.docker_api import DockerApi

Json = dict[str, Any]

_MISSING: Final = 404


def remove(api: DockerApi, action: RemoveImage, until: float) -> None:
    """Take our name from a version of an image, and the version with its last name. Raises ActionFailed, HostError.

    Nothing is forced: should a container be made of it meanwhile, it is Docker that refuses.
    """
    reference = by_digest(action.image, action.digest)
    image = api.image(reference, until)
    if image is None:
        return
    _check_unused(api, action, image, until)
    name = _name(action.image)
    for each in [name] if name in _tags(image) else []:
        _remove(api, each, until)
    left = api.image(reference, until) if action.digest else None
    if left is not None and not _tags(left):
        _remove(api, reference, until)


def _check_unused(api: DockerApi, action: RemoveImage, image: Json, until: float) -> None:
    """Raises ActionFailed where a container uses it, whoever's it is, or others know it by a name of their own."""
    users = [c for c in api.containers(until, stopped=True) if c.get("ImageID") == image["Id"]]
    if users:
        named = (users[0].get("Names") or [users[0]["Id"][:12]])[0].removeprefix("/")
        raise ActionFailed(CANNOT_REMOVE_IMAGE, f"the container {named} uses {action.image}")
    ours = {_name(each) for each in (action.image, *action.names)}
    repositories = {familiar(split_image(each)[0]) for each in (action.image, *action.names)}
    others = [tag for tag in _tags(image) if tag not in ours]
    others += [d for d in image.get("RepoDigests") or () if d.partition("@")[0] not in repositories]
    if others:
        raise ActionFailed(CANNOT_REMOVE_IMAGE, f"{action.image} is known as {others[0]} as well")


def _tags(image: Json) -> list[str]:
    return list(image.get("RepoTags") or ())


def _name(image: str) -> str:
    """An image's name as Docker shows it: with its tag, or its digest."""
    repository, tag = split_image(image)
    return f"{familiar(repository)}{'@' if '@' in image else ':'}{tag}"


def _remove(api: DockerApi, name: str, until: float) -> None:
    try:
        api.remove_image(name, until)
    except DockerRefused as refused:
        if refused.status != _MISSING:
            raise ActionFailed(CANNOT_REMOVE_IMAGE, str(refused)) from refused
