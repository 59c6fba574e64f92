"""Truncated BPTT: where the chain is cut, and what that costs."""

from collections.abc import Mapping
from collections.abc import Sequence as Series
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import enters_at
from rnn_cli.core.network import BACKWARD
from rnn_cli.core.truncation import TruncationReport
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.study.bptt_report import BackwardReport
from rnn_cli.views import style
from rnn_cli.views.itemised import brief
from rnn_cli.views.numbers import count, fixed, percent, unsigned
from rnn_cli.views.page import Grid, Prose, blank, heading, line

MOST_LOSSES = 10
MOST_LINKS = 6


@dataclass(frozen=True)
class Chain:
    """The words in a row, and below them for each loss how far its error goes back, up to the wall where it is cut.

    Each row is (name, steps that the error may reach, the step where it enters).
    """

    words: Series[str]
    rows: Series[tuple[str, Series[bool], int]]
    backwards: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = max(9, *(cell_len(word) + 2 for word in self.words))
        lead = max(cell_len(label) for label, _, _ in self.rows) + 2
        per_line = max((options.max_width - lead - 2) // width, 1)
        for start in range(0, len(self.words), per_line):
            part = range(start, min(start + per_line, len(self.words)))
            rows = [row for row in self.rows if self._shows(row, part)]
            if not rows:
                continue
            words = line(" " * lead, *((_center(self.words[t], width), style.WORD) for t in part), indent=2)
            words.rstrip()
            yield words
            for label, reached, at in rows:
                text = line(label.ljust(lead), indent=2)
                for t in part:
                    for sign, kind in self._cell(reached, at, t, width):
                        text.append(sign, kind)
                text.rstrip()
                yield text

    def _shows(self, row: tuple[str, Series[bool], int], part: range) -> bool:
        """Whether an error starts in these steps, passes through them, or would pass without the cut."""
        _, _, at = row
        return at < part.stop if self.backwards else at >= part.start

    def _cell(self, reached: Series[bool], at: int, t: int, width: int) -> list[tuple[str, str]]:
        if t < at if self.backwards else t > at:
            return [(" " * width, "")]
        towards = 1 if self.backwards else -1  # the step to which the error goes next
        if t == at:
            goes_on = 0 <= at + towards < len(reached) and bool(reached[at + towards])
            side = (width - 1) // 2
            rail = ("─" if goes_on else " ") * side
            parts = [(" " * (width - 1 - side), ""), ("●", style.GOOD), (rail, style.GOOD)]
            return parts if self.backwards else parts[::-1]
        if reached[t]:
            return [("─" * (width - 1) + ">" if self.backwards else "<" + "─" * (width - 1), style.GOOD)]
        first = t - towards
        if first == at or reached[first]:
            cut = [("┃", style.WARNING), (_center("cut ✂" if self.backwards else "✂ cut", width - 1), style.WARNING)]
            return cut if self.backwards else cut[::-1]
        return [(_center("·", width), style.FAINT)]


def _center(word: str, width: int) -> str:
    space = width - cell_len(word)
    return " " * (space // 2) + word + " " * (space - space // 2)


def truncation_part(sequence: Sequence, report: BackwardReport, digits: int) -> list[RenderableType]:
    """The chain with its cut, and the truncated gradient measured against the full one."""
    result, measured = report.result, report.truncation
    assert result.truncation is not None
    assert measured is not None
    k1, k2 = result.truncation.k1, result.truncation.k2
    how = (
        f"every loss goes back through {count(k2, 'step')}, its own included"
        if k1 is None
        else f"every {count(k1, 'step')}, the losses since then go back through {count(k2, 'step')}"
    )
    letter = "L"
    if len(result.entries) > len(result.loss_steps):  # the one loss reads every step
        how, letter = (
            how.replace("every loss", "the error of every step read").replace("losses", "errors that entered"),
            "h",
        )
    page: list[RenderableType] = [heading("Truncated", how)]
    T = len(sequence.inputs)
    words = [brief(word) for word in sequence.names]
    shown = slice(max(0, T - 24), T)
    losses = [k for k, t in enumerate(result.entries) if t - 1 >= shown.start][-MOST_LOSSES:]
    for direction, allowed in result.allowed.items():
        back = direction == BACKWARD
        if len(result.allowed) > 1:
            page.append(line((f"{direction} direction", style.FAINT), indent=2))
        rows = []
        for k in reversed(losses):
            at = enters_at(result.trace.network.architecture, direction, result.entries[k]) - 1
            rows.append((f"{letter}_{result.entries[k]}", [bool(x) for x in allowed[k, shown]], at - shown.start))
        page.append(Chain(words[shown], rows, back))
    if len(losses) < len(result.entries) or shown.start:
        page.append(line((f"the last steps and losses of {T}", style.FAINT), indent=2))
    both = len(result.allowed) > 1
    rows_ = [
        ["norm", percent(measured.norm_share), "of the full gradient's (parameters of the cells)"],
        [
            "cosine",
            fixed(measured.cosine, digits).removeprefix("+"),
            f"to the full gradient: {_degrees(measured)} degrees between them",
        ],
        ["signs", f"{measured.sign_disagreements}", f"of {measured.compared} parameters would move the other way"],
        [
            "links lost",
            f"{len(measured.lost)}",
            "links of both directions that carried something are cut"
            if both
            else "word-to-word links that carried something are cut",
        ],
    ]
    page.append(Grid(["", "", ""], rows_, frozen=3, align="<><"))
    if measured.lost:
        links = ", ".join(
            f"{'loss' if letter == 'L' else 'h'} at {brief(sequence.names[one.loss_step - 1])} ({one.loss_step}) <- "
            f"{brief(sequence.names[one.step - 1])} ({one.step}){f', {one.direction}' * both}: {unsigned(one.norm, digits)}"
            for one in measured.lost[:MOST_LINKS]
        )
        more = f", and {len(measured.lost) - MOST_LINKS} smaller ones" if len(measured.lost) > MOST_LINKS else ""
        page.append(Prose(links + more, "  lost"))
        weights = report.full.trace.network.cell.weights_of_memory
        if report.full.trace.network.cell.recurrent:
            note = f"The norm of a lost link is over all weights and biases of the cells, in the table above over the {weights} alone."
            page.append(Prose(note, "  ", style=style.FAINT))
    return [*page, blank()]


def truncation_words(measured: TruncationReport, allowed: Mapping[str, Array]) -> str:
    """What the cut left of the gradient, in one sentence."""
    if not measured.lost:
        if all(steps.all() for steps in allowed.values()):
            return "The cut lies before the first step of every error: nothing is lost."
        return "No link that carried something is cut: nothing is lost."
    if measured.norm_share == 0:
        return "The cut leaves nothing of the gradient of the cells."
    return (
        f"The cut leaves a gradient of the cells with {percent(measured.norm_share)} of the full one's norm, turned by "
        f"{_degrees(measured)} degrees: {count(len(measured.lost), 'link')} that carried something "
        f"{'is' if len(measured.lost) == 1 else 'are'} lost."
    )


def _degrees(measured: TruncationReport) -> str:
    return f"{float(np.degrees(np.arccos(measured.cosine))):.1f}"


def sweep_part(sweep: Series[TruncationReport], digits: int) -> list[RenderableType]:
    """One row for each K."""
    rows = []
    for one in sweep:
        bar = "█" * round(20 * min(one.norm_share, 1.0)) if np.isfinite(one.norm_share) else ""
        rows.append(
            [
                str(one.truncation.k2),
                percent(one.norm_share),
                bar,
                fixed(one.cosine, digits),
                f"{one.sign_disagreements}",
                f"{len(one.lost)}",
            ]
        )
    return [
        heading(
            "Truncation sweep", "--truncate K for every K: the norm of what is left, over that of the full gradient"
        ),
        Grid(["K", "norm", "", "cosine", "other sign", "links lost"], rows, frozen=6, align=">><>"),
        blank(),
    ]
