"""Works out what plans would do, in a thread of its own: at 100,000 tasks that takes a second or two, and no key waits for it."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Final

from core.errors import DockyardError
from tui.newest import Newest

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.model.state import State
    from tui.newest import IsNewest
    from tui.plans.foresight import Foresight
    from tui.plans.plan import Plan
    from tui.plans.rows import Rows

    Tell = Callable[[Foresight], None]

#: While it works, Python changes threads so often: a key waits a few times as long, and 5 ms each time would be felt.
_SWITCH_S: Final = 0.0005


class Previews:
    """What is asked of it is given up when something else is asked, or nobody waits any more."""

    def __init__(self) -> None:
        """The thread begins with the first question."""
        self._newest: Final = Newest("previews")

    def ask(self, plan: Plan, rows: Rows, now: float, tell: Tell) -> None:
        """Work it out; `tell` is called from the thread, unless something else is asked before."""
        self._newest.ask(partial(_work_out, plan, rows, now, tell))

    def drop(self) -> None:
        """Nobody waits for an answer any more."""
        self._newest.drop()


def _work_out(plan: Plan, rows: Rows, now: float, tell: Tell, is_newest: IsNewest) -> None:
    # The planner's weight is no key's and no first picture's.
    from core.forecast import Abandoned  # noqa: PLC0415
    from tui.plans.foresight import Foresight, foresee  # noqa: PLC0415

    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        tell(foresee(plan, _kept(rows), now, is_newest))
    except Abandoned:
        pass
    except DockyardError as error:
        tell(Foresight((str(error),), is_refused=True))
    finally:
        sys.setswitchinterval(usual_s)


def _kept(rows: Rows) -> Callable[[str], State]:
    """Each cluster's state, made once."""
    made: dict[str, State] = {}

    def state_of(cluster: str) -> State:
        if cluster not in made:
            made[cluster] = rows.state_of(cluster)
        return made[cluster]

    return state_of
