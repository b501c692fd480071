"""The engine's knobs, with the defaults that config.example.toml shows. Durations in seconds."""

from __future__ import annotations

from core.record import Record


class Settings(Record):
    """What the operator may set for the engine; core.config fills it from `[engine]`."""

    poll_interval_s: float = 5.0
    #: Silence after which an instance is DISCONNECTED: its tasks read as unknown.
    disconnect_after_s: float = 15.0
    #: Silence after which it is LOST and its services' tasks are replaced.
    lost_after_s: float = 30.0
    #: Running for so long counts as healthy where a task has no health check (ECS: 40 s; ours is shorter on purpose).
    healthy_after_s: float = 5.0
    #: ECS's clean-up wait: how long the containers of a stopped task stay on their host.
    container_cleanup_s: float = 10800.0
    #: How many stopped tasks of one service keep their containers on one host at the most.
    containers_kept: int = 5
    #: How long STOPPED tasks stay visible (ECS: at least an hour).
    stopped_retention_s: float = 10800.0
    #: The longest pause between two attempts of a service that keeps failing (ECS: 27 minutes).
    backoff_max_s: float = 300.0
    #: default, always, once or prefer-cached (ECS_IMAGE_PULL_BEHAVIOR).
    image_pull: str = "default"
    #: How often images are looked for that a pull of ours brought and nothing needs any more, how long they stay after that
    #: pull at least, and how many go at a time (0: none ever). ECS's defaults (ECS_IMAGE_CLEANUP_INTERVAL and the like).
    image_cleanup_interval_s: float = 1800.0
    image_minimum_age_s: float = 3600.0
    images_deleted_per_cycle: int = 5
    #: The EFS file systems (ids) in whose place the config puts an NFS export.
    file_systems: tuple[str, ...] = ()
    #: How long one datapoint of a service's use is: of AWS's alarms three scale out, fifteen scale in (CloudWatch: 1 minute).
    auto_scaling_period_s: float = 60.0
