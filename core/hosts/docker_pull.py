"""Pulling an image: its progress in words, and what counts as done."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from core.hosts.docker_api import DockerRefused
from core.hosts.docker_json import cpu_architecture
from core.hosts.docker_refusals import pull_refused
from core.hosts.http import TimedOut, one_line
from core.hosts.image_name import registry_of
from core.hosts.pause_image import CHANGES, pause_layer
from core.model.task_definition import PAUSE_IMAGE

if TYPE_CHECKING:
    from core.actions import PullImage
    from core.errors import ActionFailed
    from core.hosts.base import Progress
    from core.hosts.docker_api import DockerApi
    from core.hosts.registry_login import Logins

Json = dict[str, Any]

#: ECS's agent gives up a pull that shows no progress for a minute.
SILENCE_S: Final = 60.0
_MIB: Final = 1024 * 1024


def pull(api: DockerApi, action: PullImage, logins: Logins, progress: Progress, until: float) -> str:
    """Make an image present; says a remark worth showing. Raises ActionFailed, HostUnreachable, ReplyLost."""
    if action.image == PAUSE_IMAGE:
        _import_pause(api, until)
        return ""
    if action.check_first and _present(api, action.image, until):
        return "the local copy is used"
    refused = _try_pull(api, action, logins, progress, until)
    if refused is None:
        return ""
    if action.use_cached and _present(api, action.image, until):
        return f"the pull failed, the local copy is used: {refused}"
    raise refused


class PullProgress:
    """Docker's lines of a pull, summed up as "34/120 MiB"."""

    def __init__(self) -> None:
        self._layers: dict[str, tuple[int, int]] = {}

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
            case _:
                return status.lower() if status in {"Extracting", "Waiting"} and not self._layers else ""
        loaded = sum(current for current, _ in self._layers.values())
        total = sum(total for _, total in self._layers.values())
        return f"{loaded // _MIB}/{max(1, total // _MIB)} MiB"


def _try_pull(
    api: DockerApi, action: PullImage, logins: Logins, progress: Progress, until: float
) -> ActionFailed | None:
    """Pull; returns why the image can't be had."""
    login = logins(registry_of(action.image))
    told = PullProgress()
    try:
        lines = api.pull(
            action.image, login=login.header if login else "", platform=action.platform, silence_s=SILENCE_S
        )
        with closing(lines):
            for line in lines:
                if time.monotonic() > until:
                    return pull_refused(action.image, f"no end within {action.deadline_s:.0f} s")
                if line.get("error"):
                    return pull_refused(action.image, one_line(str(line["error"])))
                if text := told.take(line):
                    progress(text)
    except DockerRefused as error:
        return pull_refused(action.image, str(error))
    except TimedOut:
        return pull_refused(action.image, f"no progress for {SILENCE_S:.0f} s")
    return None


def _present(api: DockerApi, image: str, until: float) -> bool:
    """Whether there is a local copy; a name that is none has no copy either."""
    try:
        return api.image(image, until) is not None
    except DockerRefused:
        return False


def _import_pause(api: DockerApi, until: float) -> None:
    if api.image(PAUSE_IMAGE, until) is not None:
        return
    architecture = cpu_architecture(api.info(until))
    try:
        layer = pause_layer(architecture)
    except KeyError:
        words = f"there is no pause program for the architecture {architecture}"
        raise pull_refused(PAUSE_IMAGE, words) from None
    api.import_image(layer, PAUSE_IMAGE, list(CHANGES), until)
