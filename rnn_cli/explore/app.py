"""The terminal program over a session: the one file that knows Textual."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import chain, count
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from rnn_cli.errors import RnnError
from rnn_cli.explore.draw.ink import inked
from rnn_cli.explore.draw.screen import LOWEST, Screen, fits, screen
from rnn_cli.explore.draw.text import stand_ins
from rnn_cli.explore.driver import steady
from rnn_cli.explore.keys import KEYS, TOUR_KEYS
from rnn_cli.explore.palette import LEGIBLE, ON_BLACK
from rnn_cli.explore.preload import load
from rnn_cli.explore.session import Session
from rnn_cli.explore.work import MOVES, THERE_AND_BACK, TO_THE_END, Work, is_big

if TYPE_CHECKING:
    from rnn_cli.explore.first import FirstScreen
    from rnn_cli.explore.tour import Tour

GRACE = 0.02
"""So many seconds a key may take before the screen says that it computes."""

TURN = 0.001
"""For so many seconds a thread that computes keeps the others waiting: those that draw and write have to be heard."""

PATIENCE = 0.4
"""Keys pressed within so many seconds wait for the one before: nobody has read yet that it computes."""

BLIND = ("q", "ctrl+c", "ctrl+z")
"""The keys that act where nothing but the size that is needed can be seen."""

INTERRUPTED = 128 + signal.SIGINT

UNSAVED = "the edited numbers are in no file: s saves them, q leaves without them"

COMPUTING = "computing …{}: Escape leaves it, keys that move wait"
SAVING = "saving …{}: keys wait for it"


class Lines(Widget):
    """Lines that are drawn elsewhere, put on the terminal."""

    def __init__(self, ascii_only: bool) -> None:
        super().__init__()
        self.ascii_only = ascii_only

    def lines(self) -> list[Text]:
        """In the cells that there are."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """One line of it."""
        lines = self.lines()
        text = lines[y] if y < len(lines) else Text(" " * self.size.width, end="")
        theme = None if self.app.no_color else ON_BLACK if self.app.is_web else LEGIBLE
        return Strip(inked(text, self.app.console, theme, self.ascii_only), text.cell_len)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """All that there is."""
        return container.width


class Panel(Lines):
    """The tour, below the page."""

    def __init__(self, tour: "Tour | None", ascii_only: bool) -> None:
        super().__init__(ascii_only)
        self.tour = tour
        self._drawn: dict[int, list[Text]] = {}

    def lines(self) -> list[Text]:
        """Those of the tour."""
        return self._panel(self.size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as it has; none where the page would have too little."""
        height = len(self._panel(width))
        return height if viewport.height - height >= LOWEST else 0

    def _panel(self, width: int) -> list[Text]:
        if self.tour is None:
            return []
        from rnn_cli.explore.draw.tour import panel

        if width not in self._drawn:
            self._drawn[width] = panel(self.tour, width)
        return self._drawn[width]

    def draw(self) -> None:
        """Draw what there is to do now."""
        if self.tour is not None:
            self.tour.look()
            self._drawn = {}
            self.refresh(layout=True)

    def go(self, by: int) -> None:
        """To another stop; 0 leaves the tour."""
        if self.tour is not None and by:
            self.tour.go(by)
        elif not by:
            self.tour = None
        self._drawn = {}
        self.refresh(layout=True)


class Page(Lines, can_focus=True):
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

    def __init__(self, session: Session, ascii_only: bool) -> None:
        super().__init__(ascii_only)
        self.session = session
        self._screen: Screen | None = None
        self.work: Work | None = None
        self._waiting: list[tuple[str, tuple[object, ...], Callable[[], object]]] = []

    @property
    def shown(self) -> Screen:
        """What is drawn."""
        if self._screen is None:
            self._screen = screen(self.session, self.size.width, self.size.height)
        return self._screen

    def lines(self) -> list[Text]:
        """Those of the session."""
        return self.shown.lines

    def draw(self) -> None:
        """Draw anew what the session has become."""
        self._screen = None
        self.refresh()
        self.app.query_one(Panel).draw()

    def on_resize(self) -> None:
        """Another size has room for other steps."""
        self.draw()

    def on_click(self, event: events.Click) -> None:
        """To the word or the number that was clicked."""
        place = self.shown.at(event.x, event.y)
        if place is not None:
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
        if not is_big(self.session, arguments):
            self.do(action, *arguments)
            return
        self.work = Work(
            self.session, action, arguments, self.size, lambda work: self.post_message(self.Finished(work))
        )
        if self.work.is_done(within=GRACE):
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
            self.refresh(Region(0, self.size.height - self._screen.said, self.size.width, self._screen.said))
            self.set_timer(1, partial(self._tell, work))

    def on_page_finished(self, event: Finished) -> None:
        """The result is the session from now on, if it is still wanted."""
        if event.work is self.work:
            self._take(event.work)

    def _take(self, work: Work) -> None:
        self.work = None
        try:
            work.over(self.session)
        except RnnError as error:
            self.session.message = str(error)
        self.draw()
        if work.size == self.size:
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
        assert isinstance(self.app, Explorer)
        made = self.app.make_prompt()
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


def _transition(name: str) -> object:
    def act(self: Page, *arguments: object) -> None:
        self.later(name, *arguments)

    act.__doc__ = f"See Session.{name}."
    return act


for _key in KEYS:
    _name = _key.action.partition("(")[0]
    if not hasattr(Page, f"action_{_name}"):
        setattr(Page, f"action_{_name}", _transition(_name))


class Prompt(Input):
    """The line below the page where a text is asked for; Escape leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, ascii_only: bool) -> None:
        super().__init__(compact=True, select_on_focus=False)  # the focus comes later than the next letters
        self.ascii_only, self.action, self.display = ascii_only, "", False

    def ask(self, action: str, title: str, value: str) -> None:
        """Ask for what the action needs."""
        self.action, self.placeholder, self.value, self.display = action, title, value, True
        self.cursor_position = len(value)
        if action != "edit_text":  # of a sentence a word is changed; a number or a name is typed anew
            self.action_select_all()
        self.focus()

    def action_leave(self) -> None:
        """Back to the page, and nothing was said."""
        self.display = False
        page = self.app.query_one(Page)
        page.session.question, page.session.message = None, ""
        page.focus()
        page.draw()

    async def action_submit(self) -> None:
        """Hand it over. A prediction is asked for until it is over, and what was refused can be put right."""
        page = self.app.query_one(Page)
        before = page.session.numbers
        (page.later if page.session.question is None else page.do)(self.action, self.value)
        if page.session.question is not None:
            self.value = ""
            return
        if self.action != "answer" and page.work is None and page.session.numbers is before:
            return
        self.display = False
        page.focus()

    def render_line(self, y: int) -> Strip:
        """One line of it, in the signs that the terminal has."""
        strip = super().render_line(y)
        if not self.ascii_only:
            return strip
        return Strip([Segment(stand_ins(one.text), one.style) for one in strip], strip.cell_length)

    async def press(self, event: events.Key | events.Paste) -> None:
        """A key that is bound, a letter, or what was pasted, of several lines one."""
        if isinstance(event, events.Paste):
            lines = event.text.strip("\r\n").splitlines()
            self.replace(" ".join(lines), *self.selection)
            if len(lines) > 1:
                page = self.app.query_one(Page)
                page.session.message = f"{len(lines):,} lines were pasted as one, a blank between them; Enter takes it"
                page.draw()
        elif not await pressed(self, event.key) and event.is_printable:
            self.replace(event.character or "", *self.selection)


def free_name() -> str:
    """What an edited model can be saved as: no file has that name yet."""
    names = chain(["edited.json"], (f"edited-{k}.json" for k in count(2)))
    return next(one for one in names if not Path(one).exists())


async def pressed(widget: Widget, key: str) -> bool:
    """Do what a widget binds a key to; whether there is such a thing."""
    for binding in widget._bindings.key_to_bindings.get(key, ()):
        if await widget.app.run_action(binding.action, widget):
            return True
    return False


class Explorer(App[None]):
    """rnn explore."""

    TITLE = "rnn explore"
    ENABLE_COMMAND_PALETTE = False
    CSS = """Page { height: 1fr; } Panel { height: auto; } Prompt { dock: bottom; }
    App:nocolor .input--cursor, App:nocolor .input--selection { text-style: reverse; }"""  # they would be colours alone

    def __init__(
        self,
        session: Session,
        ascii_only: bool = False,
        no_color: bool = False,
        tour: "Tour | None" = None,
        first: "FirstScreen | None" = None,
    ) -> None:
        if no_color:
            os.environ["NO_COLOR"] = "1"  # the framework asks the environment alone
        self.first = first  # before the framework asks for the driver
        super().__init__(ansi_color="NO_COLOR" in os.environ)  # or it would draw in greys, which are colours too
        self.session, self.ascii_only, self.tour, self.server = session, ascii_only, tour, 0
        self.heard = 0.0

    def compose(self) -> ComposeResult:
        """The page and the tour; the line below them is not needed yet, and its style takes as long as all of these."""
        yield Page(self.session, self.ascii_only)
        yield Panel(self.tour, self.ascii_only)

    def make_prompt(self) -> Prompt | None:
        """The line below, which is made once the first screen is there, or by a key that is faster; None at the end."""
        if not self.screen.is_attached:
            return None
        for one in self.query(Prompt):
            return one
        prompt = Prompt(self.ascii_only)
        self.mount(prompt)
        return prompt

    async def on_event(self, event: events.Event) -> None:
        """A key is done before the next is looked at: by the framework's own ways letters overtake Enter and Backspace."""
        if isinstance(event, events.InputEvent):
            self.heard = time.monotonic()
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        for prompt in self.query(Prompt):
            if prompt.display:
                await prompt.press(event)
                return
        if isinstance(event, events.Key):
            for page in self.query(Page):
                if not fits(*self.size) and event.key not in BLIND:
                    continue
                if not await pressed(page, event.key) and page.work is None:
                    page.session.message = (
                        f"{event.character if event.is_printable else event.key} does nothing here: ? shows the keys"
                    )
                    page.draw()

    def get_driver_class(self) -> type[Driver]:
        """The framework's, made steady."""
        return steady(super().get_driver_class(), self.first)

    def leave_for(self, number: signal.Signals) -> None:
        """End as a signal asks, with the terminal as it was."""
        self.exit(return_code=128 + number)

    def _fatal_error(self) -> None:
        """A fault is told by the program, as those of all commands are, once the terminal is as it was."""
        self._close_messages_no_wait()

    @property
    def fault(self) -> Exception | None:
        """What ended the program, where something failed."""
        return self._exception

    def on_mount(self) -> None:
        """Keys go to the page; after a suspension all of it is drawn again, which the terminal has forgotten."""
        sys.setswitchinterval(TURN)
        self.query_one(Page).focus()
        self.app_resume_signal.subscribe(self, lambda _: self.screen.refresh(layout=True))
        self.call_after_refresh(self.make_prompt)
        self.call_after_refresh(Thread(target=load, args=(lambda: self.heard,), daemon=True).start)
        if self.is_web:
            self.server = os.getppid()
            self.set_interval(2, self.end_with_server)
        elif not self.is_headless and hasattr(signal, "SIGHUP"):
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self.leave_for, number)

    def end_with_server(self) -> None:
        """Leave where the server of the page is gone: nobody else would end its visitors' programs if it was killed."""
        if os.getppid() != self.server:
            self.exit()
