"""A key that may take long: a copy of the session does what it says in a thread of its own, while the screen answers.

What a session holds is not changed in place, but for lists of its own, so that a copy costs nothing and the session stays
as it was until the result is there. Whoever does not want the result any more leaves it: the thread ends.
"""

import ctypes
import sys
import threading
import time
from collections.abc import Callable, Sequence
from copy import copy
from types import FrameType

from rnn_cli.explore.draw.screen import Screen, screen
from rnn_cli.explore.session import Session

MUCH, WIDE = 4_000, 64
EACH = 100
"""What each step of a run costs beside its units."""

MOVES = frozenset({"step", "edge", "down", "next_kind", "layer", "other_direction", "place", "unfold", "fold"})
"""Actions that change where the cursor is, and nothing else."""

THERE_AND_BACK = frozenset({"turn", "toggle_facts", "leave_out"})
"""Actions that are taken back by doing them again."""

TO_THE_END = frozenset({"save"})
"""Actions that nothing ends: the file that a person asked for would be lost."""


def is_big(session: Session, given: Sequence[object] = ()) -> bool:
    """Whether the network and its input, or the text that is given for it, are so large that a key may take long."""
    a = session.numbers.a
    steps = max(session.world.length, *(len(one) // 2 for one in given if isinstance(one, str)), 0)
    runs = len(a.directions) * steps
    return max(a.sizes) > WIDE or runs * sum(size + EACH for size in a.sizes) > MUCH


class Left(BaseException):
    """Nobody waits for the result any more."""


class Work:
    """An action of a session with what it is given, done on a copy, and the screen that shows the result.

    error   what spoke against it; the copy is of no use then
    """

    def __init__(
        self,
        session: Session,
        action: str,
        arguments: tuple[object, ...],
        size: tuple[int, int],
        finished: Callable[["Work"], object],
    ) -> None:
        self.action, self.size, self._started = action, size, time.monotonic()
        self.session = _copied(session)
        self.screen: Screen | None = None
        self.error: BaseException | None = None
        self._arguments, self._finished = arguments, finished
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def age(self) -> float:
        """The seconds since it was asked for."""
        return time.monotonic() - self._started

    def is_done(self, within: float = 0) -> bool:
        """Whether there is a result, waiting so many seconds for it."""
        return self._done.wait(within)

    def over(self, session: Session) -> None:
        """Let the session become what the copy is. RnnError where something spoke against it."""
        if self.error is not None:
            raise self.error
        vars(session).update(vars(self.session))

    def leave(self) -> None:
        """End it without a result. A module that is being loaded is loaded to its end: half of it would stay."""
        thread = self._thread.ident
        if not self._thread.is_alive() or thread is None:
            return
        if _loads_modules(sys._current_frames().get(thread)):
            again = threading.Timer(0.02, self.leave)
            again.daemon = True
            again.start()
        else:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Left))

    def _run(self) -> None:
        try:
            try:
                getattr(self.session, self.action)(*self._arguments)
                self.screen = screen(self.session, *self.size)
            except Left:
                return
            except BaseException as error:  # raised again by whoever takes the result
                self.error = error
            self._done.set()
            self._finished(self)
        except Left:
            return


def _copied(session: Session) -> Session:
    one = copy(session)
    vars(one).update({name: copy(value) for name, value in vars(session).items() if isinstance(value, list)})
    return one


def _loads_modules(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
