"""The line below the page where a text is asked for."""

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from rnn_cli.explore.draw.text import stand_ins
from rnn_cli.explore.terminal.page import Page

BROWSE = {"up": -1, "down": 1, "pageup": -5, "pagedown": 5}
"""How far the keys go through the products of a number that is asked for."""


class Prompt(Input):
    """The line below the page where a text is asked for; Escape leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        *(Binding(key, f"browse({by})", show=False) for key, by in BROWSE.items()),
    ]

    def __init__(self, ascii_only: bool) -> None:
        super().__init__(compact=True, select_on_focus=False)  # the focus comes later than the next letters
        self.ascii_only, self.action, self.display = ascii_only, "", False
        self.taken = False  # whether the page works at the answer, and hears the keys

    def ask(self, action: str, title: str, value: str) -> None:
        """Ask for what the action needs."""
        self.action, self.placeholder, self.value, self.display = action, title, value, True
        self.cursor_position = len(value)
        if action != "edit_text":  # of a sentence a word is changed; a number or a name is typed anew
            self.action_select_all()
        self.focus()

    def action_leave(self) -> None:
        """Back to the page, and nothing was said."""
        page = self.app.query_one(Page)
        page.session.question, page.session.message = None, ""
        self.close()
        page.draw()

    def close(self, refused: bool = False) -> None:
        """Back to the page; what was refused can be put right."""
        self.taken, self.display = False, refused
        if not refused:
            self.screen.set_focus(None)  # the page has no need of it: the program itself hears keys

    def action_browse(self, by: int) -> None:
        """To other products of the number that is asked for."""
        page = self.app.query_one(Page)
        if page.session.question is not None:
            page.do("down", by)

    async def action_submit(self) -> None:
        """Hand it over. A prediction is asked for until it is over, and what was refused can be put right."""
        page = self.app.query_one(Page)
        before = page.session.numbers
        (page.later if page.session.question is None else page.do)(self.action, self.value)
        self.taken = page.work is not None
        if page.session.question is not None:
            self.value = ""
        elif not self.taken:
            self.close(refused=self.action != "answer" and page.session.numbers is before)

    def render_line(self, y: int) -> Strip:
        """One line of it, in the signs that the terminal has."""
        strip = super().render_line(y)
        if not self.ascii_only:
            return strip
        return Strip([Segment(stand_ins(one.text), one.style) for one in strip], strip.cell_length)

    def on_click(self, event: events.Click) -> None:
        """A click here is none on the page, over whose last line this is."""
        event.stop()

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


async def pressed(widget: Widget, key: str) -> bool:
    """Do what a widget binds a key to; whether there is such a thing."""
    for binding in widget._bindings.key_to_bindings.get(key, ()):
        if await widget.app.run_action(binding.action, widget):
            return True
    return False
