"""The program: which widget hears a key, what signals and suspensions do, and how it ends."""

import asyncio
import os
import signal
import sys
import time
from threading import Thread
from typing import TYPE_CHECKING

from textual import events
from textual.app import App, ComposeResult
from textual.driver import Driver

from rnn_cli.explore.draw.screen import fits
from rnn_cli.explore.driver import steady
from rnn_cli.explore.preload import load
from rnn_cli.explore.session import Session
from rnn_cli.explore.terminal.escape import soon
from rnn_cli.explore.terminal.lines import Panel
from rnn_cli.explore.terminal.over import over
from rnn_cli.explore.terminal.page import Page
from rnn_cli.explore.terminal.prompt import Prompt, pressed

if TYPE_CHECKING:
    from rnn_cli.explore.first import FirstScreen
    from rnn_cli.explore.tour import Tour

TURN = 0.0005
"""For so many seconds a thread that computes keeps the others waiting: those that draw and write have to be heard."""

BLIND = ("q", "ctrl+c", "ctrl+z")
"""The keys that act where nothing but the size that is needed can be seen."""


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
        yield Page(self.session, self.ascii_only, None if self.first is None else self.first.screen)
        yield Panel(self.tour, self.ascii_only)

    def make_prompt(self) -> Prompt | None:
        """The line below, which is made once the first screen is there, or by a key that is faster; None at the end."""
        if not self.screen.is_attached:
            return None
        for one in self.query(Prompt):
            return one
        prompt = Prompt(self.ascii_only)
        self.query_one(Page).mount(prompt)
        return prompt

    async def on_event(self, event: events.Event) -> None:
        """A key is done before the next is looked at: by the framework's own ways letters overtake Enter and Backspace."""
        if isinstance(event, events.InputEvent):
            self.heard = time.monotonic()
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        for prompt in self.query(Prompt):
            if prompt.display and not prompt.taken:
                await prompt.press(event)
                return
        if isinstance(event, events.Key):
            for page in self.query(Page):
                if not fits(*self.size) and event.key not in BLIND:
                    continue
                if page.work is None and over(page.session, event.key):
                    page.draw()
                    continue
                if not await pressed(page, event.key) and page.work is None:
                    is_one = event.is_printable and "+" not in event.key  # alt+e is not e
                    name = event.character if is_one else event.key
                    page.session.message = f"{name} does nothing here: ? shows the keys"
                    page.draw()

    def get_driver_class(self) -> type[Driver]:
        """The framework's, made steady and quick to hear."""
        return steady(soon(super().get_driver_class()), self.first)

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
        """After a suspension all of the page is drawn again, which the terminal has forgotten."""
        sys.setswitchinterval(TURN)
        self.app_resume_signal.subscribe(self, lambda _: self.screen.refresh(layout=True))
        self.call_after_refresh(self.make_prompt)
        loads = Thread(target=load, args=(lambda: self.heard, not self.is_headless), daemon=True)
        self.call_after_refresh(loads.start)
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
