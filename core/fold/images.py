"""The images on a host, as its row tells of them: what a pull brought, what is needed, what was removed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.events import Event, Subject
from core.model.instance import PulledImage
from core.model.task_definition import PAUSE_IMAGE
from core.record import replace
from core.reports import Result

if TYPE_CHECKING:
    from core.actions import PullImage, RemoveImage
    from core.model.state import State
    from core.observed import HostView
    from core.reports import Outcome


def note_pulled(state: State, action: PullImage, outcome: Outcome, now: float) -> None:
    """A pull is done: what it brought is ours; what was there before stays its owner's, whoever pulls it again."""
    instance = state.instances[outcome.instance]
    if action.image == PAUSE_IMAGE:
        return
    same = (action.image, outcome.digest)
    before = next((p for p in instance.pulled_images if (p.image, p.digest) == same), None)
    ours = outcome.image_new or (before is not None and before.ours)
    pulled_at = now if before is None or outcome.image_new else before.pulled_at
    made = PulledImage(*same, ours=ours, pulled_at=pulled_at, used_at=now)
    # Of what is not ours it is enough to know that its name was pulled.
    kept = (p for p in instance.pulled_images if p is not before and (p.ours or p.image != action.image))
    images = tuple(sorted((*kept, made), key=lambda p: (p.image, p.digest)))
    state.put(replace(instance, pulled_images=images, images_cleaned_at=instance.images_cleaned_at or now))


def note_needed(state: State, key: str, needed: frozenset[PulledImage], now: float) -> None:
    """It was looked which images are needed: those are needed now."""
    instance = state.instances[key]
    images = tuple(replace(p, used_at=now) if p in needed else p for p in instance.pulled_images)
    state.put(replace(instance, pulled_images=images, images_cleaned_at=now))


def fold_removal(state: State, view: HostView, action: RemoveImage, outcome: Outcome, now: float) -> None:
    """An image was removed, or could not be, for somebody else uses it: then its turn comes when others' have.

    Also where nobody knows how it ended, it may be gone: whoever needs it pulls it again.
    """
    view.pulled = {entry for entry in view.pulled if entry[1] != action.image}
    instance = state.instances[outcome.instance]
    same = (action.image, action.digest)
    images = instance.pulled_images
    if outcome.result is Result.DONE:
        images = tuple(p for p in images if (p.image, p.digest) != same)
        text = (
            f"Container instance {instance.name}: the image {action.image} ({action.digest or 'of no digest'}) was "
            "needed no more and is removed."
        )
        state.say(Event(now, Subject.INSTANCE, instance.name, text, instance.cluster))
    elif outcome.result is Result.FAILED:
        images = tuple(replace(p, used_at=now) if (p.image, p.digest) == same else p for p in images)
    if images != instance.pulled_images:
        state.put(replace(instance, pulled_images=images))
