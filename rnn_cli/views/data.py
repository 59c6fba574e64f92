"""The page of rnn data: what the files are made of, and the first examples as the network will see them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.study.data import DataResult, Fit
from rnn_cli.tasks.options import words_of
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.makeup import makeup_block
from rnn_cli.views.numbers import short
from rnn_cli.views.page import Grid, Prose, blank, following, heading, line, notice
from rnn_cli.views.reading_report import noted_lines

MOST_TOKENS = 40
MOST_STEPS = 6
Cell = str | Text


def data_page(result: DataResult, digits: int) -> list[RenderableType]:
    """What was decided, what the data are made of, three examples."""
    prepared, made = result.prepared, result.made
    reports = result.reports
    names = ", ".join(Path(one).name if one != "-" else "stdin" for one in result.data)
    how = [one.how for one in made.baselines]
    page: list[RenderableType] = [
        line((clean(names or prepared.task), style.TITLE), f"     as rnn train --task {clean(prepared.task)} reads it")
    ]
    page += [Prose(text, style=style.FAINT) for report in reports for text in noted_lines(report) if text not in how]
    page += [blank(), *makeup_block(made, prepared.encoding.level, *reports), blank()]
    for k, one in enumerate(result.first, start=1):
        page += [*_example(one, k, prepared.encoding.columns, prepared.encoding.target_columns, digits), blank()]
    if result.fits:
        page += [*_fits(result.fits), blank()]
    page.append(notice(_notice(result)))
    if "-" in result.data:  # stdin has been read
        return page
    files = ("--source", result.data[0], "--target", result.data[1]) if result.options.parallel else ()
    asked = (*files, "--task", prepared.task, *words_of(result.options))
    return [*page, *following((command_line("train", () if files else result.data, *asked), "learn it"))]


def _example(
    one: dict[str, Any], number: int, columns: Sequence[str], targets: Sequence[str], digits: int
) -> list[RenderableType]:
    where = f"{clean(Path(one['file']).name)}:{one['line']}" if "file" in one else ""
    parts: list[RenderableType] = [heading(f"Example {number}", where)]
    if "window" in one:
        return [*parts, *_window(one, columns, targets, digits)]
    for name in ("text", "condition"):
        if name in one:
            parts.append(Prose(clean(one[name]), f"  {name:<9}"))
    if "tokens" in one:
        parts.append(_tokens(one["tokens"], one["ids"], one.get("labels")))
    if "label" in one:
        parts.append(Prose(clean(one["label"]), "  label    "))
    if "target_tokens" in one:
        if "target" in one:
            parts.append(Prose(clean(one["target"]), "  target   "))
        parts.append(_tokens(one["target_tokens"], one["target_ids"], None))
    return parts


def _tokens(tokens: Sequence[str], ids: Sequence[int], labels: Sequence[str] | None) -> Grid:
    """Tokens over their ids, and over what is to be answered at each."""
    shown = slice(0, MOST_TOKENS)
    header: list[Cell] = ["token", *(Text(clean(one), style=style.WORD) for one in tokens[shown])]
    rows: list[list[Cell]] = [["id", *map(str, ids[shown])]]
    if labels is not None:
        rows.append(["answer", *(Text(clean(one), style=style.EQUATION) for one in labels[shown])])
    return Grid(header, rows, align="<")


def _window(one: dict[str, Any], columns: Sequence[str], targets: Sequence[str], digits: int) -> list[RenderableType]:
    steps = list(one["window"])
    first = max(0, len(steps) - MOST_STEPS)
    rows: list[list[Cell]] = []
    if first:
        rows.append(["…"])
    for t in range(first, len(steps)):
        rows.append([f"step {t + 1}", *(short(value, digits) for value in steps[t])])
    parts: list[RenderableType] = [Grid(["read", *map(clean, columns)], rows)]
    ahead = [[f"step +{s}", *(short(v, digits) for v in values)] for s, values in enumerate(one["target_values"], 1)]
    return [*parts, Grid(["to predict", *map(clean, targets)], ahead)]


def _fits(fits: Sequence[Fit]) -> list[RenderableType]:
    parts: list[RenderableType] = [heading("Tasks", "which could read these files; --task chooses")]
    for one in fits:
        parts.append(Prose(("" if one.fits else "no: ") + clean(one.why), f"  {one.task:<9}"))
    return parts


def _notice(result: DataResult) -> str:
    made = result.made
    if made.alike:
        return f"{' and '.join(repr(clean(one)) for one in made.alike[0])} are different classes to the network: are they to you?"
    alone = [one.label for one in made.classes if one.count == 1]
    if alone:
        return f"{clean(alone[0])} has a single example: a network cannot both learn it and be tested on it."
    return "nothing was trained; what stands here is what the first step of training would begin with."
