"""Lines that are drawn elsewhere, put on the terminal; and the tour below the page, which is such lines."""

from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.text import Text
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from rnn_cli.explore.draw.ink import inked
from rnn_cli.explore.draw.screen import LOWEST
from rnn_cli.explore.palette import LEGIBLE, ON_BLACK

if TYPE_CHECKING:
    from rnn_cli.explore.tour import Tour


class Lines(Widget):
    """Lines that are drawn elsewhere, put on the terminal."""

    def __init__(self, ascii_only: bool) -> None:
        super().__init__()
        self.ascii_only = ascii_only
        self._on_terminal: tuple[Size, list[Text]] = Size(), []

    def lines(self) -> list[Text]:
        """In the cells that there are."""
        raise NotImplementedError

    def show(self) -> None:
        """Draw the lines that are others than those drawn last; all where the size is another."""
        (size, drawn), lines = self._on_terminal, self.lines()
        self._on_terminal = self.size, lines
        others = [y for y, (now, was) in enumerate(zip_longest(lines, drawn)) if now is not was and now != was]
        if size != self.size or 2 * len(others) > len(lines):  # one large region costs less than most of its lines
            self.refresh()
        elif others:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in others))

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
