"""The whole session on the terminal: what each key and the mouse do to it, and what is computed while the screen answers."""

import signal
from collections.abc import Callable
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from rnn_cli.errors import RnnError
from rnn_cli.explore.draw.screen import Screen, screen
from rnn_cli.explore.keys import KEYS, TOUR_KEYS
from rnn_cli.explore.session import Session
from rnn_cli.explore.terminal.lines import Lines, Panel
from rnn_cli.explore.work import MOVES, THERE_AND_BACK, TO_THE_END, Work, is_big

if TYPE_CHECKING:
    from rnn_cli.explore.terminal.prompt import Prompt

GRACE = 0.02
"""So many seconds a key may take before the screen says that it computes."""

PATIENCE = 0.4
"""Keys pressed within so many seconds wait for the one before: nobody has read yet that it computes."""

INTERRUPTED = 128 + signal.SIGINT

UNSAVED = "the edited numbers are in no file: s saves them, q leaves without them"
COMPUTING = "computing …{}: Escape leaves it, keys that move wait"
SAVING = "saving …{}: keys wait for it"


class Page(Lines):
    """The whole session, drawn again after each key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.names, key.action, key.says, show=False) for key in KEYS),
        *(Binding(key.names, key.action, key.says, show=False) for key in TOUR_KEYS),
        Binding("ctrl+z", "app.suspend_process", show=False),
        Binding("ctrl+c", "interrupt", show=False),
    ]

    class Finished(Message):
        """There is a result."""

        def __init__(self, work: Work) -> None:
            super().__init__()
            self.work = work

    def __init__(self, session: Session, ascii_only: bool, drawn: Screen | None = None) -> None:
        super().__init__(ascii_only)
        self.session = session
        self._screen = drawn
        self.work: Work | None = None
        self._waiting: list[tuple[str, tuple[object, ...], Callable[[], object]]] = []

    @property
    def shown(self) -> Screen:
        """What is drawn, above the line that asks for a text, where it does."""
        asking = len(self._asking())
        size = self.size.width, self.size.height - asking
        if self._screen is None or self._screen.size != size:
            self._screen = screen(self.session, *size, asking)
        return self._screen

    def lines(self) -> list[Text]:
        """Those of the session."""
        return self.shown.lines

    def draw(self) -> None:
        """Draw anew what the session has become, once the key is done with: it may ask for this more than once."""
        self._screen = None
        self.call_next(self.show)
        self.app.query_one(Panel).draw()

    def on_resize(self) -> None:
        """Another size has room for other steps."""
        self.show()

    def on_click(self, event: events.Click) -> None:
        """To the word or the number that was clicked."""
        place = self.shown.at(event.x, event.y)
        if place is not None and not self.session.helping:
            self.later("place", *place)

    def on_mouse_scroll_down(self) -> None:
        """As the key."""
        self.later("down", 1)

    def on_mouse_scroll_up(self) -> None:
        """As the key."""
        self.later("down", -1)

    def later(self, action: str, *arguments: object) -> None:
        """A transition of the session, which a thread computes where it may take long."""
        if self.computes(lambda: self.later(action, *arguments), action, arguments):
            return
        if not is_big(self.session, arguments) and action not in TO_THE_END:
            self.do(action, *arguments)
            return
        self.work = Work(
            self.session, action, arguments, self.size, lambda work: self.post_message(self.Finished(work))
        )
        if self.work.is_done(within=0 if self.saves else GRACE):
            self._take(self.work)
        else:
            self._tell(self.work)

    def computes(self, again: Callable[[], object], action: str = "", arguments: tuple[object, ...] = ()) -> bool:
        """Whether something is computed still, and this key has to wait for it or is done with.

        A key that moves waits, however often. Another that comes after the screen has said so leaves it, and is heard at once.
        The same key waits, once: it may be held down; and where it takes back what it did, nothing is left to do. While a
        file is written all keys wait.
        """
        if self.work is None:
            return False
        if action in MOVES:
            self._wait_to_move(again, action, arguments)
            return True
        same = self.work.action == action
        if self.work.age > PATIENCE and not same and not self.saves:
            self.stop()
            return False
        if same and action in THERE_AND_BACK:
            self.stop()
        elif not same or action not in [name for name, *_ in self._waiting]:
            self._waiting.append((action, arguments, again))
        return True

    def _wait_to_move(self, again: Callable[[], object], action: str, arguments: tuple[object, ...]) -> None:
        """Moves that follow each other the same way become one: ten steps of a long sequence are no slower than one."""
        match self._waiting[-1:], arguments:
            case [(last, (int(so_far),), _)], (int(by),) if last == action and so_far * by > 0:
                self._waiting.pop()
                arguments = (so_far + by,)
        self._waiting.append((action, arguments, lambda: self.later(action, *arguments)))

    def _tell(self, work: Work) -> None:
        """Say that something is computed, and for how long, until it is there."""
        if work is self.work:
            said = SAVING if self.saves else COMPUTING
            self.session.message = said.format(f" {work.age:.0f} s" if work.age > 1 else "")
            self._screen = self.shown.saying(self.session.message)
            self.show()
            self.set_timer(1, partial(self._tell, work))

    def on_page_finished(self, event: Finished) -> None:
        """The result is the session from now on, if it is still wanted."""
        if event.work is self.work:
            self._take(event.work)

    def _asking(self) -> "list[Prompt]":
        """The line below, where it is there: until its answer is taken, as the page has no room for another screen before."""
        from rnn_cli.explore.terminal.prompt import Prompt

        return [one for one in self.app.query(Prompt) if one.display]

    def _take(self, work: Work) -> None:
        self.work = None
        try:
            work.over(self.session)
        except RnnError as error:
            self.session.message = str(error)
        for prompt in self._asking():
            prompt.close(refused=work.error is not None)
        self.draw()
        self._screen = work.screen
        waiting, self._waiting = self._waiting, []
        for *_, act in waiting:
            act()

    @property
    def saves(self) -> bool:
        """Whether a file is written."""
        return self.work is not None and self.work.action in TO_THE_END

    def stop(self) -> None:
        """Leave what is computed, and what waits for it; a file is written to its end."""
        if self.work is not None and not self.saves:
            self.work.leave()
            self.work, self._waiting = None, []
            for prompt in self._asking():
                prompt.close()
            self.session.message = "left before it was computed"
            self.draw()

    def do(self, action: str, *arguments: object) -> bool:
        """A transition of the session; what speaks against it is its message. Whether nothing did."""
        try:
            getattr(self.session, action)(*arguments)
        except RnnError as error:
            self.session.message = str(error)
            return False
        finally:
            self.draw()
        return True

    @property
    def prompt(self) -> "Prompt":
        """Where a text is asked for."""
        app: Any = self.app  # that of this program, which makes the line when it is needed
        made: Prompt | None = app.make_prompt()
        assert made is not None
        return made

    def action_prompt(self, action: str) -> None:
        """Ask for a text first, and hand it over."""
        if self.computes(lambda: self.action_prompt(action)):
            return
        session = self.session
        if action == "edit_number" and not session.editable:
            self.do(action, "0")  # says why it cannot be edited
            return
        known = {"edit_text": session.world.sequence.text or "", "save": free_name()}
        if action == "edit_number":
            opened = session.numbers.open(session.under_cursor)
            known[action] = "" if opened is None else f"{opened.value:g}"
        title = next(key.prompt for key in KEYS if f"'{action}'" in key.action)
        about = f"{session.under_cursor}: " if action == "edit_number" else ""
        session.message = f"{about}{title}; Enter takes it, Escape leaves it"
        self.draw()
        self.prompt.ask(action, title, known[action])

    def action_ask(self) -> None:
        """Hide the number and ask for it."""
        if not self.computes(self.action_ask) and self.do("ask"):
            self.prompt.ask("answer", "your prediction; ? tells it", "")

    def action_print(self) -> None:
        """The command of this page, as a message."""
        if self.computes(self.action_print):
            return
        try:
            self.session.message = self.session.said_command()
        except RnnError as error:
            self.session.message = str(error)
        else:
            self._hand_over()
        self.draw()

    def _hand_over(self) -> None:
        """Let the page in a browser show the command of this beside the screen, where it can be copied."""
        if self.app.is_web:
            driver: Any = self.app._driver  # only that of the web has such a method
            driver.write_meta({"type": "command", "text": self.session.farewell()})

    def action_tour(self, by: int) -> None:
        """To another stop of the tour, or off it; Escape first leaves what is computed."""
        if self.work is not None and not by:
            self.stop()
        else:
            self.app.query_one(Panel).go(by)

    def action_leave(self) -> None:
        """Quit, once a file is written that is asked for."""
        if self.saves and self.computes(self.action_leave):
            return
        self.stop()
        if self.session.world.edited and self.session.message != UNSAVED:
            self.session.message = UNSAVED
            self.draw()
            return
        self._hand_over()
        self.app.exit()

    def action_interrupt(self) -> None:
        """Quit as every command does; in a browser these keys copy, and a slip would lose the session."""
        if self.app.is_web:
            self.session.message = "q leaves the session"
            self.draw()
        else:
            self.stop()
            self.app.exit(return_code=INTERRUPTED)


def free_name() -> str:
    """What an edited model can be saved as: no file has that name yet."""
    names = chain(["edited.json"], (f"edited-{k}.json" for k in count(2)))
    return next(one for one in names if not Path(one).exists())


def _transition(name: str) -> object:
    def act(self: Page, *arguments: object) -> None:
        self.later(name, *arguments)

    act.__doc__ = f"See Session.{name}."
    return act


for _key in KEYS:
    _name = _key.action.partition("(")[0]
    if not hasattr(Page, f"action_{_name}"):
        setattr(Page, f"action_{_name}", _transition(_name))
