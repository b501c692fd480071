"""The verbs of one host: mark, unmark, create, start, stop and remove, each harmless when repeated.

A container is acted on only after its label was seen: a name can be anybody's, so every verb but create goes by the
id that was inspected. Errors are core.errors.HostError; the host makes outcomes of them.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from core import labels
from core.actions import (
    Action,
    CreateContainer,
    MarkHost,
    PullImage,
    RemoveContainer,
    RemoveImage,
    StartContainer,
    StopContainer,
    UnmarkHost,
)
from core.errors import ActionFailed, ReplyLost
from core.hosts.docker_api import DockerRefused
from core.hosts.docker_image import remove as remove_image
from core.hosts.docker_json import without_log_options
from core.hosts.docker_look import marker_name
from core.hosts.docker_pull import pull
from core.hosts.docker_refusals import (
    CANNOT_CREATE,
    CANNOT_CREATE_VOLUME,
    CANNOT_REMOVE,
    CANNOT_REMOVE_VOLUME,
    CANNOT_START,
    CANNOT_STOP,
    create_refused,
    start_refused,
)
from core.model.task_request import overrides_of
from core.record import Record
from core.reports import ContainerSeen, SeenState
from core.taskdef.docker_body import create_body
from core.taskdef.limits import task_limit
from core.taskdef.overrides import overridden
from core.taskdef.port_ranges import wanted_ranges
from core.taskdef.run_context import RunContext
from core.taskdef.secret_values import env_file_pairs, hidden, secret_values
from core.taskdef.volumes import expected_volumes, volume_bodies

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.hosts.base import Progress
    from core.hosts.docker_api import DockerApi
    from core.hosts.docker_look import Lookout
    from core.hosts.host_ranges import HostRanges
    from core.hosts.registry_login import Logins
    from core.hosts.task_cgroups import TaskCgroups
    from core.model.nfs import NfsExport
    from core.model.task_definition import TaskDefinition

Json = dict[str, Any]

_CONFLICT: Final = 409
_MISSING: Final = 404
#: After "name in use" the container can still be missing from inspect for a moment.
_ADOPT_WITHIN_S: Final = 2.0
_ADOPT_STEP_S: Final = 0.05
#: What secrets leave of a create's time to Docker: that a command of the operator's hangs is not the host's fault.
_CREATE_NEEDS_S: Final = 20.0


def _no_export(_file_system: str) -> NfsExport | None:
    return None


def _no_limit() -> bool:
    return False


class Sources(Record):
    """What is looked up only when an action needs it, so that no secret passes through the engine or its store."""

    definition: Callable[[str], TaskDefinition | None]
    #: A secret's or an environment file's text, by its reference and until when (time.monotonic). Raises ActionFailed.
    secret: Callable[[str, float], str]
    login: Logins
    #: The NFS export that stands for an EFS file system, by its id.
    export: Callable[[str], NfsExport | None] = _no_export
    #: Whether tasks are limited as a whole on this host.
    task_cpu_mem_limit: Callable[[], bool] = _no_limit


class Done(Record):
    """What was seen of the container afterwards; None with `looked`: it is gone."""

    seen: ContainerSeen | None = None
    looked: bool = False
    note: str = ""
    #: Of the image that was pulled; and whether the host did not have it before.
    digest: str = ""
    image_new: bool = False


class Hands(Record):
    """The verbs of one host."""

    api: DockerApi
    lookout: Lookout
    sources: Sources
    ranges: HostRanges
    cgroups: TaskCgroups

    def carry_out(self, action: Action, progress: Progress, until: float) -> Done:
        """Carry out one action before `until`. Raises HostError."""
        match action:
            case MarkHost() | UnmarkHost():
                return self._mark(action, until)
            case PullImage() | RemoveImage():
                return self._image(action, progress, until)
            case CreateContainer():
                return self._create(action, until)
            case StartContainer():
                return self._start(action, until)
            case StopContainer():
                return self._stop(action, until)
            case RemoveContainer():
                return self._remove(action, until)

    def _image(self, action: PullImage | RemoveImage, progress: Progress, until: float) -> Done:
        if isinstance(action, RemoveImage):
            remove_image(self.api, action, until)
            return Done()
        pulled = pull(self.api, action, self.sources.login, progress, until)
        return Done(note=pulled.note, digest=pulled.digest, image_new=pulled.new)

    # -- mark ---------------------------------------------------------------------------------------------------------

    def _mark(self, action: MarkHost | UnmarkHost, until: float) -> Done:
        installation, instance = self.lookout.installation, self.lookout.instance
        name = marker_name(installation)
        if isinstance(action, UnmarkHost):
            return self._unmark(name, until)
        own = {labels.INSTALLATION: installation, labels.INSTANCE: instance}
        if action.instead_of and self._marked_as(name, until) == action.instead_of:
            self.api.remove_volume(name, until)
        # Docker answers with the volume that is there already, whatever its labels.
        self.api.create_volume({"Name": name, "Driver": "local", "Labels": own}, until)
        owner = self._marked_as(name, until)
        if owner != instance:
            words = f"the host carries the marker of the instance {owner or 'of nobody'}: one host can't have two names"
            raise ActionFailed(CANNOT_CREATE_VOLUME, words)
        return Done()

    def _unmark(self, name: str, until: float) -> Done:
        if self._marked_as(name, until) == self.lookout.instance:
            try:
                self.api.remove_volume(name, until)
            except DockerRefused as refused:
                if refused.status != _MISSING:
                    raise ActionFailed(CANNOT_REMOVE_VOLUME, str(refused)) from refused
        return Done()

    def _marked_as(self, name: str, until: float) -> str:
        volume = self.api.volume(name, until) or {}
        owner: str = (volume.get("Labels") or {}).get(labels.INSTANCE, "")
        return owner

    # -- create -------------------------------------------------------------------------------------------------------

    def _create(self, action: CreateContainer, until: float) -> Done:
        definition, context = self._context(action, until - _CREATE_NEEDS_S)
        self._create_volumes(definition, context, until)
        wanted = wanted_ranges(definition, action.container)
        with self.ranges.chosen(wanted, action.name, until) as host_ranges:
            body = create_body(definition, action.container, replace(context, host_ranges=host_ranges))
            try:
                self.api.create(action.name, body, until)
            except DockerRefused as refused:
                if refused.status == _CONFLICT and "already in use" in str(refused):
                    return Done(self._adopt(action, until), looked=True)
                raise create_refused(hidden(str(refused), context.secrets.values())) from None
        return self._look(action.name, until)

    def _context(self, action: CreateContainer, until: float) -> tuple[TaskDefinition, RunContext]:
        registered = self.sources.definition(action.definition)
        if registered is None:
            raise ActionFailed(
                CANNOT_CREATE, f"the task definition {action.definition} is not known any more"
            )
        definition = overridden(registered, overrides_of(action.request))
        container = definition.container(action.container)

        def lookup(value_from: str) -> str:
            return self.sources.secret(value_from, until)

        return definition, RunContext(
            installation=self.lookout.installation,
            instance=self.lookout.instance,
            cluster=action.cluster,
            task=action.task,
            service=action.service,
            deployment=action.deployment,
            image_digest=action.image_digest,
            gpus=action.gpus,
            secrets=secret_values(container, lookup) if container else {},
            env_files=env_file_pairs(container, lookup) if container else {},
            exports=self._exports(definition),
            task_cgroup=self._task_cgroup(definition, action.task, until),
        )

    def _task_cgroup(self, definition: TaskDefinition, task: str, until: float) -> str:
        if not self.sources.task_cpu_mem_limit() or task_limit(definition) is None:
            return ""
        return self.cgroups.parent(task, until)

    def _exports(self, definition: TaskDefinition) -> dict[str, NfsExport]:
        """Where the definition's file systems are. One may have left the config since it was registered."""
        found: dict[str, NfsExport] = {}
        for file_system in sorted({v.file_system for v in definition.volumes} - {""}):
            export = self.sources.export(file_system)
            if export is None:
                words = f"the config has no [efs.{file_system}] any more, which says where it is"
                raise ActionFailed(CANNOT_CREATE_VOLUME, words)
            found[file_system] = export
        return found

    def _create_volumes(self, definition: TaskDefinition, context: RunContext, until: float) -> None:
        for name in expected_volumes(definition):
            if self.api.volume(name, until) is None:
                words = f"the shared volume {name} is not on the host, and autoprovision is off"
                raise ActionFailed(CANNOT_CREATE_VOLUME, words)
        for body in volume_bodies(definition, context):
            try:
                self.api.create_volume(body, until)
            except DockerRefused as refused:
                raise create_refused(str(refused), CANNOT_CREATE_VOLUME) from refused

    def _adopt(self, action: CreateContainer, until: float) -> ContainerSeen:
        """The container that has the name already, if it is the one that was to be created."""
        patience = min(until, time.monotonic() + _ADOPT_WITHIN_S)
        while (seen := self._own(action.name, CANNOT_CREATE, until)) is None:
            if time.monotonic() >= patience:
                raise ReplyLost(f"the name {action.name} is in use, but its container does not show")
            time.sleep(_ADOPT_STEP_S)
        wanted = (action.task, action.container, action.definition_digest)
        if (seen.task, seen.container, seen.definition_digest) != wanted:
            raise ActionFailed(
                CANNOT_CREATE, f"the name {action.name} is taken by a container of another task"
            )
        return seen

    # -- start, stop, remove ------------------------------------------------------------------------------------------

    def _start(self, action: StartContainer, until: float) -> Done:
        found = self.api.container(action.name, until)
        if found is None:
            raise ActionFailed(CANNOT_START, f"the container {action.name} is not on the host any more")
        seen = self._ours(found, action.name, CANNOT_START, until)
        ended = seen.state is SeenState.EXITED and bool(action.after_run) and seen.run == action.after_run
        if seen.state is not SeenState.CREATED and not ended:
            return Done(seen, looked=True)
        self.cgroups.make(action.task, found, until)
        try:
            with self.lookout.starting(seen):
                self.api.start(seen.runtime_id, until)
        except DockerRefused as refused:
            found = self.api.container(seen.runtime_id, until)
            words = str(refused) if found is None else without_log_options(str(refused), found)
            raise start_refused(words) from None
        finally:
            # A run that ends before the next list leaves it worded as before: only an inspect tells the two runs apart.
            self.lookout.changed(seen.runtime_id)
        return self._look(action.name, until)

    def _stop(self, action: StopContainer, until: float) -> Done:
        seen = self._own(action.name, CANNOT_STOP, until)
        if seen is None or seen.state is not SeenState.RUNNING:
            return Done(seen, looked=True)
        try:
            self.api.stop(seen.runtime_id, action.timeout_s, until)
        except DockerRefused as refused:
            if refused.status != _MISSING:
                raise ActionFailed(CANNOT_STOP, str(refused)) from refused
        return self._look(action.name, until)

    def _remove(self, action: RemoveContainer, until: float) -> Done:
        found = self.api.container(action.name, until)
        if found is not None:
            seen = self._ours(found, action.name, CANNOT_REMOVE, until)
            if seen.state is SeenState.RUNNING:
                raise ActionFailed(
                    CANNOT_REMOVE, f"the container {action.name} is running: it must be stopped first"
                )
            self.cgroups.clear(action.task, found, until)
            try:
                self.api.remove(seen.runtime_id, until)
            except DockerRefused as refused:
                if refused.status not in {_MISSING, _CONFLICT}:  # gone, or going already
                    raise ActionFailed(CANNOT_REMOVE, str(refused)) from refused
        self._remove_volumes(action.task, until)
        return self._look(action.name, until)

    def _remove_volumes(self, task: str, until: float) -> None:
        """Remove the task's own volumes; the last of its containers to go takes them along."""
        for volume in self.api.volumes(f"{labels.TASK}={task}", until):
            if volume["Labels"].get(labels.INSTALLATION) != self.lookout.installation:
                continue
            try:
                self.api.remove_volume(volume["Name"], until)
            except DockerRefused as refused:
                if refused.status not in {_MISSING, _CONFLICT}:  # gone, or a sibling uses it
                    raise ActionFailed(CANNOT_REMOVE, str(refused)) from refused

    # -- own parts ----------------------------------------------------------------------------------------------------

    def _own(self, name: str, error_name: str, until: float) -> ContainerSeen | None:
        """The container of that name as it is now. Raises ActionFailed when it is not ours."""
        found = self.api.container(name, until)
        return None if found is None else self._ours(found, name, error_name, until)

    def _ours(self, found: Json, name: str, error_name: str, until: float) -> ContainerSeen:
        seen = self.lookout.interpret(found, until)
        if seen is None:
            words = f"the container {name} is not ours: it lacks this installation's label"
            raise ActionFailed(error_name, words)
        return seen

    def _look(self, name: str, until: float) -> Done:
        """What is there after the deed. That it can't be seen doesn't undo the deed: the next look shows it."""
        try:
            return Done(self.lookout.inspect(name, until), looked=True)
        except ReplyLost:
            return Done()
