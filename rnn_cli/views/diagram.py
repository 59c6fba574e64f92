"""The network unrolled in time: one box per step, the words below, the shared weights named once."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from rnn_cli.core.network import BACKWARD, Architecture
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.page import Wide, fitted, line

MOST_STEPS = 12
LONGEST_WORD = 16


@dataclass(frozen=True)
class Unrolled:
    """The diagram. Where it is wider than the page it leaves out the middle and says so."""

    architecture: Architecture
    words: Sequence[str]
    outcome: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        words = [fitted(clean(word), LONGEST_WORD) for word in self.words]
        box = f"[{self.architecture.cell.upper()}]"
        width = max(len(box) + 6, *(cell_len(word) + 2 for word in words))
        lead = len(self._lead(0, self.architecture.directions[0]))
        fits = max((options.max_width - lead - 4) // width, 2)
        shown: list[int | None] = list(range(len(words)))
        if len(words) > min(fits, MOST_STEPS):
            keep = min(fits, MOST_STEPS)
            shown = [*range(keep - 2), None, len(words) - 1] if keep > 2 else [0, None]
        for layer in reversed(range(self.architecture.num_layers)):
            for direction in reversed(self.architecture.directions):
                yield self._row(layer, direction, box, width, lead, shown)
            yield line(" " * lead, *(self._center("^" if k is not None else "", width) for k in shown))
        yield line(" " * lead, *((self._center(words[k] if k is not None else "…", width), style.WORD) for k in shown))
        if self.outcome:
            whole = line(("readout: ", style.FAINT), self.outcome, indent=2)
            yield Wide(whole, [line(("readout:", style.FAINT), indent=2), line(self.outcome, indent=4)])

    def _lead(self, layer: int, direction: str) -> str:
        where = f"layer {layer} " if self.architecture.num_layers > 1 else ""
        named = f"{direction:8} " if not self.architecture.forward_only else ""
        return f"  {where}{named}{'h_0' if direction != BACKWARD else 'h_1'} "

    def _row(self, layer: int, direction: str, box: str, width: int, lead: int, shown: Sequence[int | None]) -> Text:
        text = line(self._lead(layer, direction).ljust(lead))
        back = direction == BACKWARD
        for k in shown:
            inner = box if k is not None else "…"
            space = width - len(inner)
            left, right = space // 2, space - space // 2
            wire = "<" + "─" * (left - 1) if back else "─" * (left - 1) + ">"
            text.append(wire, style.FAINT)
            text.append(inner, style.EQUATION)
            text.append("─" * right, style.FAINT)
        text.append("─ h_0" if back else f"> h_{len(self.words)}", "")
        return text

    @staticmethod
    def _center(word: str, width: int) -> str:
        space = width - cell_len(word)
        return " " * (space // 2) + word + " " * (space - space // 2)
