"""Works out what plans would do, in a thread of its own: at 100,000 tasks that takes a second or two, and no key waits for it."""

from __future__ import annotations

import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Final

from core.errors import DockyardError

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.model.state import State
    from tui.plans.foresight import Foresight
    from tui.plans.plan import Plan
    from tui.plans.rows import Rows

    Tell = Callable[[Foresight], None]

#: While it works, Python changes threads so often: a key waits a few times as long, and 5 ms each time would be felt.
_SWITCH_S: Final = 0.0005


class Previews:
    """One thread; of what it is asked only the newest counts. All but `_run` is the UI's side."""

    def __init__(self) -> None:
        """The thread begins with the first question."""
        self._changed: Final = threading.Condition()
        self._question: tuple[int, Plan, Rows, float, Tell] | None = None
        self._newest = 0
        self._is_begun = False

    def ask(self, plan: Plan, rows: Rows, now: float, tell: Tell) -> None:
        """Work it out; `tell` is called from the thread, unless something else is asked before."""
        with self._changed:
            self._newest += 1
            self._question = (self._newest, plan, rows, now, tell)
            self._changed.notify()
        if not self._is_begun:
            self._is_begun = True
            threading.Thread(target=self._run, name="previews", daemon=True).start()

    def drop(self) -> None:
        """Nobody waits for an answer any more."""
        with self._changed:
            self._newest += 1
            self._question = None

    def _run(self) -> None:
        # The planner's weight is no key's and no first picture's.
        from core.forecast import Abandoned  # noqa: PLC0415
        from tui.plans.foresight import Foresight, foresee  # noqa: PLC0415

        usual_s = sys.getswitchinterval()
        while True:
            number, plan, rows, now, tell = self._next()
            sys.setswitchinterval(_SWITCH_S)
            try:
                tell(foresee(plan, _kept(rows), now, partial(self._is_newest, number)))
            except Abandoned:
                pass
            except DockyardError as error:
                tell(Foresight((str(error),), is_refused=True))
            finally:
                sys.setswitchinterval(usual_s)

    def _is_newest(self, number: int) -> bool:
        return number == self._newest

    def _next(self) -> tuple[int, Plan, Rows, float, Tell]:
        with self._changed:
            while (question := self._question) is None:
                self._changed.wait()
            self._question = None
            return question


def _kept(rows: Rows) -> Callable[[str], State]:
    """Each cluster's state, made once."""
    made: dict[str, State] = {}

    def state_of(cluster: str) -> State:
        if cluster not in made:
            made[cluster] = rows.state_of(cluster)
        return made[cluster]

    return state_of
