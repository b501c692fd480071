"""The checker is checked: each bug, planted into the real code, is caught within a few stories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from core import engine, flexible_window, lifecycle, rounds
from core.flexible_window import with_next
from core.fold import (
    config,
    definitions,
    deployments,
    images,
    judge,
    pulled,
    returning,
    schedule_runs,
    services,
)
from core.fold.new_task import new_task
from core.hosts.virtual import VirtualHost
from core.model import names as names_module
from core.model.auto_scaling import UNSCALED
from core.model.instance import PulledImage
from core.model.probe import TargetState
from core.model.schedule import AfterCompletion
from core.model.state import State
from core.model.task import DesiredStatus, TaskStatus
from core.observed import HostView
from core.record import replace
from core.scheduler import completion, image_version, probes, reconcile, silence, sweep
from core.scheduler.auto_scaling import decide
from core.scheduler.bounds import Bounds, bounds
from core.scheduler.completion import bakes_until, enough, is_over
from core.scheduler.daemon import plan_daemon
from core.scheduler.room import Room
from core.scheduler.silence import Silences
from core.sim import load, rollouts
from core.sim.process import Process
from core.sim.story import tell
from core.tally import Tally
from core.usage import Datapoint
from core.vigil import Vigil

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engine import Turn
    from core.fold.config import DeclaredInstance
    from core.fold.context import TurnContext
    from core.model.instance import ContainerInstance
    from core.model.probe import TargetHealth
    from core.model.schedule import Schedule
    from core.model.service import Deployment, Service
    from core.model.settings import Settings
    from core.model.task import Task
    from core.model.task_definition import TaskDefinition
    from core.reports import HostReport, ProbeResult
    from core.schedule_expression import Timing
    from core.scheduler.auto_scaling import Verdict
    from core.scheduler.reconcile import ServicePlan, Situation
    from core.scheduler.standing import Case

Patch = pytest.MonkeyPatch

#: So many stories may pass before a bug is caught. Most are caught within ten; any change of ours makes them other stories.
STORIES = 150


def act_before_the_commit(patch: Patch) -> None:
    last = Process._rows_before

    def early(self: Process, turn: Turn) -> Any:
        self._dispatch(turn.actions)
        return last(self, turn)

    patch.setattr(Process, "_rows_before", early)


def forget_a_port(patch: Patch) -> None:
    charge = Room.charge
    patch.setattr(Room, "charge", lambda self, task: charge(self, replace(task, ports=())))


def forget_the_memory(patch: Patch) -> None:
    charge = Room.charge
    patch.setattr(Room, "charge", lambda self, task: charge(self, replace(task, memory_mib=0)))


def forget_a_gpu(patch: Patch) -> None:
    charge = Room.charge
    patch.setattr(Room, "charge", lambda self, task: charge(self, replace(task, gpu_count=0)))


def count_lost_as_live(patch: Patch) -> None:
    situation = reconcile.situation

    def counted(*arguments: Any) -> Situation:
        found = situation(*arguments)
        return replace(found, live_count=found.live_count + len(found.given_up))

    patch.setattr(reconcile, "situation", counted)


def count_the_silent_as_healthy(patch: Patch) -> None:
    def healthy(case: Case) -> bool:
        return case.task.last_status is TaskStatus.RUNNING and case.task.healthy_since is not None

    patch.setattr(reconcile, "healthy", healthy)


def forget_those_that_are_stopping(patch: Patch) -> None:
    patch.setattr(reconcile, "live", lambda case: case.task.wanted and not case.lost)


def believe_a_stale_list(patch: Patch) -> None:
    take = HostView.take_report

    def gullible(self: HostView, report: HostReport) -> bool:
        self.known_at.clear()
        return take(self, report)

    patch.setattr(HostView, "take_report", gullible)


def send_again_what_is_under_way(patch: Patch) -> None:
    patch.setattr(HostView, "settled", lambda *_: True)


def lower_the_floor_by_one(patch: Patch) -> None:
    def low(*given: int) -> Bounds:
        floor, cap = bounds(*given)
        return Bounds(floor - 1, cap)

    patch.setattr(reconcile, "bounds", low)


def raise_the_cap_by_one(patch: Patch) -> None:
    def high(*given: int) -> Bounds:
        floor, cap = bounds(*given)
        return Bounds(floor, cap + 1)

    patch.setattr(reconcile, "bounds", high)


def never_be_isolated(patch: Patch) -> None:
    patch.setattr(silence, "_isolation", lambda *_: "")


def inherit_silence(patch: Patch) -> None:
    born = Vigil.__init__

    def old(self: Vigil, now: float) -> None:
        born(self, now)
        self.silence = Silences(0.0)

    patch.setattr(Vigil, "__init__", old)


def charge_a_gap_to_the_hosts(patch: Patch) -> None:
    begin = Vigil.begin_turn

    def unaware(self: Vigil, state: State, now: float, settings: Settings) -> bool:
        self.last_turn_at = now
        return begin(self, state, now, settings)

    patch.setattr(Vigil, "begin_turn", unaware)


def let_a_returned_host_in_at_once(patch: Patch) -> None:
    patch.setattr(returning, "leftovers", lambda *_: [])


def withdraw_desired_stopped(patch: Patch) -> None:
    def revive(state: State, instance: ContainerInstance) -> None:
        for task in state.tasks_on(instance.id):
            state.put(replace(task, desired_status=DesiredStatus.RUNNING))

    patch.setattr(engine, "forget_stand_ins", revive)


def call_stopped_what_was_not_seen_down(patch: Patch) -> None:
    patch.setattr(judge, "all_down", lambda *_: True)


def touch_what_is_not_ours(patch: Patch) -> None:
    patch.setattr(VirtualHost, "_owned", lambda _, container: container.spec.owner is not None)


def name_containers_anew_after_a_restart(patch: Patch) -> None:
    born, names = engine.Engine.__init__, names_module.name_on_host
    lives = 0

    def reborn(self: engine.Engine, *given: Any) -> None:
        nonlocal lives
        lives += 1
        born(self, *given)

    patch.setattr(engine.Engine, "__init__", reborn)
    patch.setattr(names_module, "name_on_host", lambda *given: f"{names(*given)}-{lives}")


def lose_an_accepted_command(patch: Patch) -> None:
    patch.setattr(services, "_updated", lambda _state, service, _given: service)


def forget_tags_with_an_update(patch: Patch) -> None:
    updated = services._updated
    patch.setattr(services, "_updated", lambda *given: replace(updated(*given), tags=()))


def keep_an_undone_turn(patch: Patch) -> None:
    patch.setattr(State, "undo", State.keep)


def let_hosts_go_that_a_file_lost(patch: Patch) -> None:
    drop = config._drop
    patch.setattr(config, "_drop", lambda state, said, turn: drop(state, replace(said, force=True), turn))


def leave_behind_what_stopped(patch: Patch) -> None:
    patch.setattr("core.fold.retire.to_be_cleaned", lambda _: False)


def let_a_host_go_that_is_named_again(patch: Patch) -> None:
    update = config._update

    def updated(state: State, instance: ContainerInstance, host: DeclaredInstance, turn: TurnContext) -> None:
        update(state, instance, host, turn)
        if instance.removed_from_config:
            state.put(replace(state.instances[instance.id], removed_from_config=True))

    patch.setattr(config, "_update", updated)


def let_in_what_was_coming_back_before_a_stranger_came(patch: Patch) -> None:
    patch.setattr("core.fold.reports.to_be_cleared", lambda *_: False)


def show_the_silent_as_known(patch: Patch) -> None:
    patch.setattr("core.ecs.task.known", lambda *_, **__: True)


def forget_what_is_protected(patch: Patch) -> None:
    patch.setattr(reconcile, "shielded", lambda _: False)


def start_two_of_a_daemon(patch: Patch) -> None:
    def planned(*given: Any) -> ServicePlan:
        found = plan_daemon(*given)
        return replace(found, starts=(*found.starts, *found.starts[:1]))

    patch.setattr("core.fold.plans.plan_daemon", planned)


def restart_whatever_has_ended(patch: Patch) -> None:
    patch.setattr(
        judge, "restarts", lambda policy, task, _container, seen: policy and task.wanted and seen.run
    )


def run_whatever_the_tag_stands_for(patch: Patch) -> None:
    for module in (image_version, pulled):
        patch.setattr(module, "pins", lambda *_: False)


def claim_what_was_there_before(patch: Patch) -> None:
    def claimed(*given: Any, **more: Any) -> PulledImage:
        return PulledImage(*given, **more | {"ours": True})

    patch.setattr(images, "PulledImage", claimed)


def remove_an_image_that_a_task_waits_for(patch: Patch) -> None:
    patch.setattr(sweep, "needed", lambda *_: frozenset())


def call_well_what_never_answered_well(patch: Patch) -> None:
    patch.setattr(Tally, "of", lambda _: Tally(TargetState.HEALTHY))


def blame_a_target_for_its_silent_host(patch: Patch) -> None:
    count = rounds._Round.count

    def counted(self: rounds._Round, result: ProbeResult, now: float) -> TargetHealth | None:
        return count(self, replace(result, doubtful=False), now)

    patch.setattr(rounds._Round, "count", counted)


def ripen_what_has_a_probe(patch: Patch) -> None:
    patch.setattr(judge, "_with_its_probe", lambda _state, task, *_: replace(task, target_health=None))


def probe_all_as_the_service_says(patch: Patch) -> None:
    patch.setattr(probes, "probe_of", lambda state, task: state.services[task.service_key].probe)


def go_back_without_the_probe(patch: Patch) -> None:
    back = deployments.roll_back_to

    def go_back(state: State, service: Service, *given: Any) -> None:
        back(state, service, *given)
        state.put(replace(state.services[service.key], probe=service.probe))

    patch.setattr(services, "roll_back_to", go_back)


def forget_over_a_restart_what_was_seen_to(patch: Patch) -> None:
    born = engine.Engine.__init__

    def reborn(self: engine.Engine, state: State, *given: Any) -> None:
        born(self, state, *given)
        for schedule in [s for s in state.schedules.values() if s.enabled and s.done_at]:
            state.put(replace(schedule, next_at=schedule.done_at, planned_at=schedule.done_at))

    patch.setattr(engine.Engine, "__init__", reborn)


def set_no_alarm_for_what_is_due(patch: Patch) -> None:
    attend = schedule_runs.attend

    def forgetful(*given: Any) -> None:
        attend(*given)

    patch.setattr(engine, "attend", forgetful)


def overlook_an_earlier_run(patch: Patch) -> None:
    patch.setattr(State, "tasks_of_schedule", lambda *_: [])


def run_late_what_was_to_be_skipped(patch: Patch) -> None:
    patch.setattr(schedule_runs, "PUNCTUAL_S", 1e9)


def choose_another_moment_after_a_restart(patch: Patch) -> None:
    born = engine.Engine.__init__

    def reborn(self: engine.Engine, state: State, *given: Any) -> None:
        born(self, state, *given)
        for schedule in [s for s in state.schedules.values() if s.next_at is not None and s.window_minutes]:
            state.put(replace(schedule, planned_at=schedule.next_at))

    patch.setattr(engine.Engine, "__init__", reborn)


def let_windows_overlap(patch: Patch) -> None:
    patch.setattr(flexible_window, "planned", lambda schedule, _, at: at + schedule.window_minutes * 60 - 1)


def pass_over_an_occasion_that_waits(patch: Patch) -> None:
    def hasty(schedule: Schedule, timing: Timing, next_at: float | None) -> Schedule:
        following = None if next_at is None else timing.next_after(next_at)
        return with_next(schedule, timing, next_at if following is None else following)

    patch.setattr(schedule_runs, "with_next", hasty)


def delete_before_the_last_run(patch: Patch) -> None:
    def early(schedule: Schedule) -> float | None:
        return schedule.end_at or 0.0 if schedule.after_completion is AfterCompletion.DELETE else None

    patch.setattr(schedule_runs, "_goes_at", early)


def delete_before_the_end_date(patch: Patch) -> None:
    goes_at = schedule_runs._goes_at

    def soon(schedule: Schedule) -> float | None:
        found = goes_at(schedule)
        return None if found is None else schedule.done_at

    patch.setattr(schedule_runs, "_goes_at", soon)


def take_what_nobody_measured_for_idle(patch: Patch) -> None:
    patch.setattr(Datapoint, "whole", True)


def scale_beyond_the_maximum(patch: Patch) -> None:
    patch.setattr("core.scheduler.auto_scaling.bounded", lambda _, count: count)


def scale_in_during_a_deployment(patch: Patch) -> None:
    patch.setattr(load, "SHARE", 1.0)  # only stories that have auto scaling can notice

    def heedless(*given: Any, **more: Any) -> Verdict:
        return decide(*given, **more | {"deploying": False})

    patch.setattr("core.fold.auto_scaling.decide", heedless)


def forget_when_it_was_scaled_in(patch: Patch) -> None:
    patch.setattr(load, "SHARE", 1.0)

    def hasty(service: Service, *given: Any, **more: Any) -> Verdict:
        return decide(replace(service, scaled=UNSCALED), *given, **more)

    patch.setattr("core.fold.auto_scaling.decide", hasty)


def complete_what_has_not_baked(patch: Patch) -> None:
    patch.setattr(completion, "_bake_s", lambda *_: 0)


def bake_from_the_start_of_the_deployment(patch: Patch) -> None:
    def early(service: Service, deployment: Deployment) -> float | None:
        return bakes_until(service, replace(deployment, baking_since=deployment.primary_at))

    patch.setattr(completion, "bakes_until", early)


def complete_with_one_task_too_few(patch: Patch) -> None:
    patch.setattr(reconcile, "enough", lambda *given: enough(*given) - 1)


def complete_beside_what_blocks(patch: Patch) -> None:
    patch.setattr(rollouts, "SHARE", 1.0)  # only what is completed early can be blocked
    patch.setattr("core.scheduler.rollout.is_over", lambda *given, **_: is_over(*given, sources_left=False))


def let_nothing_wake_what_has_baked(patch: Patch) -> None:
    patch.setattr("core.fold.plans.wakes_at", lambda *_: None)


def count_revisions_anew_when_all_are_gone(patch: Patch) -> None:
    def highest(state: State, family: str) -> int:
        revisions = (state.definitions[key].revision for key in state.index.revisions_of_family[family])
        return max(revisions, default=0)

    patch.setattr(definitions, "_last_revision", highest)


def forget_a_revision_that_is_used(patch: Patch) -> None:
    patch.setattr(definitions, "_used", lambda _: frozenset())


def tag_tasks_with_whatever_the_service_has(patch: Patch) -> None:
    patch.setattr("core.fold.plans.tags_for_service", lambda service, _: service.tags)


def charge_the_gpus_of_the_definition(patch: Patch) -> None:
    def unchanged(definition: TaskDefinition, **given: Any) -> Task:
        return replace(new_task(definition, **given), gpu_count=definition.gpu_count)

    patch.setattr("core.fold.tasks.new_task", unchanged)


def place_what_has_a_provider_anywhere(patch: Patch) -> None:
    patch.setattr("core.fold.placing.provider_of", lambda *_: None)


def forget_the_cluster_s_default(patch: Patch) -> None:
    patch.setattr("core.fold.tasks.shares_asked", lambda *_: ())


def forget_a_task_s_tags_when_it_is_judged(patch: Patch) -> None:
    advance = lifecycle.advance
    patch.setattr(lifecycle, "advance", lambda *given: replace(advance(*given), changed_tags=None))


BUGS: dict[Callable[[Patch], None], str] = {
    act_before_the_commit: "an action leaves before",
    forget_a_port: "a host port is given twice",
    forget_the_memory: "memory is overcommitted",
    forget_a_gpu: "a GPU is given twice",
    count_lost_as_live: "did not come to rest",
    count_the_silent_as_healthy: "below the floor",
    forget_those_that_are_stopping: "above the cap",
    believe_a_stale_list: "a task is called STOPPED and runs",
    send_again_what_is_under_way: "while another on its target is under way",
    lower_the_floor_by_one: "below the floor",
    raise_the_cap_by_one: "above the cap",
    never_be_isolated: "by our own silence",
    inherit_silence: "lost early",
    charge_a_gap_to_the_hosts: "lost early",
    let_a_returned_host_in_at_once: "beside a superseded copy",
    withdraw_desired_stopped: "desired STOPPED was withdrawn",
    call_stopped_what_was_not_seen_down: "a task is called STOPPED and runs",
    touch_what_is_not_ours: "a foreign container was touched",
    name_containers_anew_after_a_restart: "a task is called STOPPED and runs",
    lose_an_accepted_command: "an accepted command is lost",
    forget_tags_with_an_update: "has the tags",
    keep_an_undone_turn: "the state is not what is on disk",
    let_hosts_go_that_a_file_lost: "a host goes that nobody let go",
    leave_behind_what_stopped: "was let go with what is ours on it",
    let_a_host_go_that_is_named_again: "a host goes that the config names",
    let_in_what_was_coming_back_before_a_stranger_came: "beside a superseded copy",
    show_the_silent_as_known: "is shown as known",
    forget_what_is_protected: "a protected task was stopped",
    start_two_of_a_daemon: "two tasks on one instance",
    restart_whatever_has_ended: "a container that runs is restarted",
    run_whatever_the_tag_stands_for: "two versions of an image run in one deployment",
    claim_what_was_there_before: "an image that was there before us was removed",
    remove_an_image_that_a_task_waits_for: "an image is removed that a task needs",
    call_well_what_never_answered_well: "called healthy that was never probed healthy",
    blame_a_target_for_its_silent_host: "called unhealthy that always answered well",
    ripen_what_has_a_probe: "called healthy that was never probed healthy",
    probe_all_as_the_service_says: "probed as its deployment never was",
    go_back_without_the_probe: "not probed as its newest deployment",
    forget_over_a_restart_what_was_seen_to: "an occasion was run twice",
    set_no_alarm_for_what_is_due: "an occasion passed, and nobody saw to it",
    overlook_an_earlier_run: "a run began beside an earlier one",
    run_late_what_was_to_be_skipped: "that was missed was run against its policy",
    choose_another_moment_after_a_restart: "a moment was chosen anew",
    let_windows_overlap: "a moment lies outside its window",
    pass_over_an_occasion_that_waits: "an occasion was passed over",
    delete_before_the_last_run: "were promised and are gone",
    delete_before_the_end_date: "were promised and are gone",
    take_what_nobody_measured_for_idle: "scaled in on missing data",
    scale_beyond_the_maximum: "scaled out of its bounds",
    scale_in_during_a_deployment: "scaled in during a deployment",
    forget_when_it_was_scaled_in: "before the last time had cooled down",
    complete_what_has_not_baked: "before it had baked",
    bake_from_the_start_of_the_deployment: "before it had baked",
    complete_with_one_task_too_few: "that was not good enough",
    complete_beside_what_blocks: "beside an older one's tasks",
    let_nothing_wake_what_has_baked: "is steady and never completed",
    count_revisions_anew_when_all_are_gone: "a revision's number came twice",
    forget_a_revision_that_is_used: "a revision went that is used",
    tag_tasks_with_whatever_the_service_has: "a task has other tags",
    place_what_has_a_provider_anywhere: "outside its capacity provider",
    forget_the_cluster_s_default: "has another capacity provider",
    forget_a_task_s_tags_when_it_is_judged: "has the tags",
    charge_the_gpus_of_the_definition: "a run has other GPUs than its overrides say",
}


#: The first story that notices a bug which many don't: it is told first, the others where it is stale.
NOTICED_BY: Final = {
    "believe_a_stale_list": 19,
    "blame_a_target_for_its_silent_host": 26,
    "charge_a_gap_to_the_hosts": 51,
    "charge_the_gpus_of_the_definition": 2,
    "choose_another_moment_after_a_restart": 9,
    "claim_what_was_there_before": 11,
    "complete_beside_what_blocks": 15,
    "count_lost_as_live": 146,
    "count_the_silent_as_healthy": 19,
    "delete_before_the_end_date": 6,
    "delete_before_the_last_run": 9,
    "forget_a_task_s_tags_when_it_is_judged": 3,
    "forget_over_a_restart_what_was_seen_to": 37,
    "forget_what_is_protected": 23,
    "forget_when_it_was_scaled_in": 23,
    "go_back_without_the_probe": 16,
    "inherit_silence": 9,
    "leave_behind_what_stopped": 9,
    "let_a_host_go_that_is_named_again": 15,
    "let_nothing_wake_what_has_baked": 7,
    "lower_the_floor_by_one": 10,
    "probe_all_as_the_service_says": 16,
    "take_what_nobody_measured_for_idle": 19,
    "touch_what_is_not_ours": 8,
}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_the_bug_is_caught(bug: Callable[[Patch], None], monkeypatch: Patch) -> None:
    bug(monkeypatch)
    problems: list[str] = []
    noticed_by = NOTICED_BY.get(bug.__name__, 1)
    for seed in sorted(range(1, STORIES + 1), key=lambda seed: seed != noticed_by):
        problems.append(tell(seed).problem)
        if BUGS[bug] in problems[-1]:
            return  # it may break other rules as well, and sooner
    pytest.fail(f"no story noticed; what was noticed: {sorted(filter(None, problems))}")
