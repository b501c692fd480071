"""Pulling an image: its progress in words, and what counts as done."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from core.errors import ReplyLost
from core.hosts.docker_api import DockerRefused
from core.hosts.docker_json import digest_in
from core.hosts.docker_refusals import may_pass, pull_refused
from core.hosts.http import TimedOut, one_line
from core.hosts.image_name import registry_of
from core.hosts.own_images import PAUSE
from core.model.names import by_digest, split_image
from core.record import Record, replace

if TYPE_CHECKING:
    from core.actions import PullImage
    from core.errors import ActionFailed
    from core.hosts.base import Progress
    from core.hosts.docker_api import DockerApi
    from core.hosts.registry_login import Logins

Json = dict[str, Any]

#: ECS's agent gives up a pull that shows no progress for a minute.
SILENCE_S: Final = 60.0
#: ECS's agent tries five times in all, waiting so long between them; here that is for what may pass by itself, so that a wrong
#: tag is told at once.
PAUSES_S: Final = (1.1, 2.2, 4.4, 5.0)
#: How Docker tells, at the end of a pull, which version it was.
_DIGEST: Final = "Digest: "
_MIB: Final = 1024 * 1024


class Pulled(Record):
    """The digest by which the image's registry knows it, empty where none does; and a remark worth showing.

    `new`: no image of the host was this one before, under whatever name.
    """

    digest: str = ""
    note: str = ""
    new: bool = False


def pull(api: DockerApi, action: PullImage, logins: Logins, progress: Progress, until: float) -> Pulled:
    """Make an image present. Raises ActionFailed, HostUnreachable, ReplyLost."""
    if action.image == PAUSE.name:
        PAUSE.provide(api, until)
        return Pulled()
    reference = by_digest(action.image, action.digest)
    if action.check_first or action.digest:
        local = _local(api, reference, until)
        if local is not None:
            return _named(api, action, local, "the local copy is used", until)
    told = PullProgress()
    before = _images(api, until)
    refused = _try_pull(api, action, reference, logins, told, progress, until)
    # Where a local copy will do, nothing waits for a registry.
    local = _local(api, reference, until) if refused is not None and action.use_cached else None
    for pause_s in PAUSES_S if local is None else ():
        if refused is None or not may_pass(refused) or time.monotonic() + pause_s >= until:
            break
        # Docker's own words, which stand in brackets, are for the end.
        progress(f"again in {pause_s:.0f} s: {str(refused).partition(' (')[0]}")
        time.sleep(pause_s)
        refused = _try_pull(api, action, reference, logins, told, progress, until)
    if refused is None:
        new = _is_new(api, reference, before, until)
        return replace(_named(api, action, told.digest, "", until), new=new)
    if local is None:
        raise refused
    return _named(api, action, local, f"the pull failed, the local copy is used: {refused}", until)


def _images(api: DockerApi, until: float) -> frozenset[str] | None:
    """The ids of all images; None where Docker does not tell: a pull is no worse for that."""
    try:
        return api.image_ids(until)
    except DockerRefused:
        return None


def _is_new(api: DockerApi, reference: str, before: frozenset[str] | None, until: float) -> bool:
    """Whether what was pulled was not on the host before. What nobody knows is taken to be somebody's."""
    try:
        image = api.image(reference, until)
    except (DockerRefused, ReplyLost):
        return False
    return before is not None and image is not None and image.get("Id") not in before


def _named(api: DockerApi, action: PullImage, digest: str, note: str, until: float) -> Pulled:
    """What is present, under the name that was asked for as well (ECS's agent does so)."""
    if not action.digest:
        return Pulled(digest, note)
    try:
        api.tag(by_digest(action.image, action.digest), *split_image(action.image), until)
    except DockerRefused as refused:
        # Containers are created by the digest: the name is for people alone.
        note = f"{note}; it could not be named {action.image}: {refused}".removeprefix("; ")
    return Pulled(action.digest, note)


class PullProgress:
    """Docker's lines of a pull, summed up as "34/120 MiB"."""

    def __init__(self) -> None:
        self._layers: dict[str, tuple[int, int]] = {}
        #: What the pull was found to be, once Docker has said so.
        self.digest = ""

    def take(self, line: Json) -> str:
        """Take a line; returns what can be said now, empty when nothing can."""
        layer, status = line.get("id", ""), line.get("status", "")
        detail = line.get("progressDetail") or {}
        match status:
            case "Downloading" if detail.get("total"):
                self._layers[layer] = (detail.get("current", 0), detail["total"])
            case "Download complete" | "Verifying Checksum" if layer in self._layers:
                total = self._layers[layer][1]
                self._layers[layer] = (total, total)
            case _ if status.startswith(_DIGEST):
                self.digest = status.removeprefix(_DIGEST).strip()
                return ""
            case _:
                return status.lower() if status in {"Extracting", "Waiting"} and not self._layers else ""
        loaded = sum(current for current, _ in self._layers.values())
        total = sum(total for _, total in self._layers.values())
        return f"{loaded // _MIB}/{max(1, total // _MIB)} MiB"


def _try_pull(  # one pull, with all that it needs
    api: DockerApi,
    action: PullImage,
    reference: str,
    logins: Logins,
    told: PullProgress,
    progress: Progress,
    until: float,
) -> ActionFailed | None:
    """Pull; returns why the image can't be had."""
    login = logins(registry_of(reference))
    try:
        lines = api.pull(
            reference, login=login.header if login else "", platform=action.platform, silence_s=SILENCE_S
        )
        with closing(lines):
            for line in lines:
                if time.monotonic() > until:
                    return pull_refused(reference, f"no end within {action.deadline_s:.0f} s")
                if line.get("error"):
                    return pull_refused(reference, one_line(str(line["error"])))
                if text := told.take(line):
                    progress(text)
    except DockerRefused as error:
        return pull_refused(reference, str(error))
    except TimedOut:
        return pull_refused(reference, f"no progress for {SILENCE_S:.0f} s")
    return None


def _local(api: DockerApi, reference: str, until: float) -> str | None:
    """The digest of a local copy, empty where it has none; None where there is no copy. A name that is none has no copy either."""
    try:
        image = api.image(reference, until)
    except DockerRefused:
        return None
    return None if image is None else digest_in(image, split_image(reference)[0])
