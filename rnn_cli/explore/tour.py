"""A tour of the keys: it asks for one thing after another, and notices that it was done by what the session has become."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rnn_cli.explore.cursor import Cursor
from rnn_cli.explore.moved import Moved
from rnn_cli.explore.numbers import Numbers
from rnn_cli.explore.session import Session

if TYPE_CHECKING:
    from rnn_cli.study.quiz import Question

SO_ALREADY = "(it is so already: go back and do it anew, or > goes on)"


@dataclass(frozen=True)
class Mark:
    """What the session was when a part began."""

    cursor: Cursor
    numbers: Numbers
    marked: Moved | None
    edits: int


@dataclass(frozen=True)
class Part:
    """What is to be done, in words; whether it was; and what there is to see then, in words."""

    says: Callable[["Tour"], str]
    done: Callable[["Tour"], bool]
    seen: Callable[["Tour"], str]


@dataclass(frozen=True)
class Stop:
    """Parts that follow each other. `cannot`: why this network and input have no such thing; "" where they have."""

    name: str
    parts: tuple[Part, ...]
    cannot: Callable[["Tour"], str] = lambda tour: ""


class Tour:
    """A person's way along the stops.

    at       the stop, from 0; past the last the tour is over. `part` of it
    said     what there is to see of what was done last, and `left_out` the stops that could not be since then
    asked    the question that was asked last since the part began
    """

    def __init__(self, session: Session, stops: tuple[Stop, ...]) -> None:
        self.session, self.stops = session, stops
        self.said, self.left_out = "", list[str]()
        self.at = self.part = 0
        self._arrive(0, 1)

    @property
    def over(self) -> bool:
        """Whether no stop is left."""
        return self.at >= len(self.stops)

    @property
    def now(self) -> Part:
        """What is to be done."""
        return self.stops[self.at].parts[self.part]

    @property
    def says(self) -> str:
        """The same in words, of this network and of where the cursor is."""
        return f"{self.now.says(self)}{'' if self._armed else f' {SO_ALREADY}'}"

    def look(self) -> None:
        """Notice what was done: what is so now and was not at some time since the part began."""
        self.asked = self.session.question or self.asked
        if not self._still_so:
            self.said = ""
        if self.over:
            return
        if self.stops[self.at].cannot(self):  # an edit made another network of it, or another text
            self._arrive(self.at, 1)
        elif not self.now.done(self):
            self._armed = True
        elif self._armed:
            self.said, self.left_out = self.now.seen(self), []
            self._did = self.now, self.mark, self.asked, self.session.numbers
            if self.part + 1 < len(self.stops[self.at].parts):
                self._begin(self.part + 1)
            else:
                self._arrive(self.at + 1, 1)

    @property
    def _still_so(self) -> bool:
        """Whether what was done last is so still, and what was said of it: a later key may have changed either."""
        if self._did is None or not self.said:
            return True
        part, mark, asked, numbers = self._did
        now = self.mark, self.asked
        self.mark, self.asked = mark, asked
        try:
            return self.session.numbers is numbers and part.done(self) and part.seen(self) == self.said
        finally:
            self.mark, self.asked = now

    def go(self, by: int) -> None:
        """So many stops on, or back, whatever was done."""
        self.said, self.left_out = "", []
        self._arrive(min(max(self.at + by, 0), len(self.stops)), 1 if by > 0 else -1)

    def _arrive(self, at: int, on: int) -> None:
        """At a stop, or in the same direction at the next one that can be done; before the first stands the first that can."""
        while 0 <= at < len(self.stops) and (why := self.stops[at].cannot(self)):
            self.left_out.append(f"stop {at + 1} is left out: {why}")
            at += on
        if at < 0:
            self.left_out = []
            self._arrive(0, 1)
            return
        self.at = at
        if not self.over:
            self._begin(0)

    def _begin(self, part: int) -> None:
        session = self.session
        self.part, self.asked = part, session.question
        self.mark = Mark(session.cursor, session.numbers, session.marked, len(session.history))
        self._armed = not self.now.done(self)

    mark: Mark
    asked: "Question | None" = None
    _did: "tuple[Part, Mark, Question | None, Numbers] | None" = None
