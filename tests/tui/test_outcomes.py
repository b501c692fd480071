"""What became of several commands of one plan is one message."""

from __future__ import annotations

from core.client.submission import Submitted
from core.commands import Action, Answer, Verdict
from core.errors import NoEngine
from tui.listing.row import Tone
from tui.plans.outcomes import Outcomes
from tui.plans.plan import Request

WEB = Request(Action.UPDATE_SERVICE, {"service": "web"}, "web is restarted", "service update web --force")
API = Request(Action.UPDATE_SERVICE, {"service": "api"}, "api is restarted", "service update api --force")
DONE = Submitted("1", Answer("1", Verdict.ACCEPTED, 0.0, output="{}"), engine_running=True)


def test_of_one_command_its_sentence_and_its_line_are_told() -> None:
    assert Outcomes(1).told(WEB, DONE) == ("web is restarted", Tone.GOOD, WEB.twin)


def test_once_all_are_accepted_the_lines_of_all_are_told() -> None:
    outcomes = Outcomes(2)
    assert outcomes.told(WEB, DONE) == ("1 of 2 accepted: web is restarted", Tone.GOOD, WEB.twin)
    assert not outcomes.all_accepted
    assert outcomes.told(API, DONE) == (
        "2 of 2 accepted, the last: api is restarted",
        Tone.GOOD,
        "service update web --force && service update api --force",
    )
    assert outcomes.all_accepted


def test_a_failure_is_not_covered_up_by_what_came_after_it() -> None:
    outcomes = Outcomes(2)
    failed = ("1 of 2 failed: No engine runs", Tone.BAD, WEB.twin)
    assert outcomes.told(WEB, NoEngine("No engine runs")) == failed
    assert outcomes.told(API, DONE) == failed
    assert not outcomes.all_accepted
