"""The worst mistakes of a model, a row each."""

from rich.cells import cell_len
from rich.console import RenderableType

from rnn_cli.study.given import Given, Row
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import percent, unsigned
from rnn_cli.views.page import Grid, Prose, blank, fitted, heading

MOST = 5
LONGEST_TEXT = 34
LONGEST_ANSWER = 14
MOST_OF_TEXT = 400
"""Texts that are longer than a cell stand below the table, up to so many columns of them."""

SHOWN = {
    "line": "line", "after_line": "after line", "example": "example", "word": "word", "step": "step", "column": "column",
    "text": "text", "truth": "truth", "answer": "answer", "probability": "probability", "error": "error",
}  # fmt: skip
"""What is shown of a row, in this order, where it has that."""


def worst_mistakes(given: Given, digits: int) -> list[RenderableType]:
    """The mistakes of which the model was surest, or the largest errors; nothing where there is no mistake."""
    rows = given.worst(MOST)
    if not rows:
        return []
    columns = [name for name in SHOWN if name in given.columns]
    long = "text" in columns and any(cell_len(clean(str(row["text"]))) > LONGEST_TEXT for row in rows)
    columns = [name for name in columns if name != "text"] if long else columns
    cells = [[_cell(name, row[name], digits) for name in columns] for row in rows]
    align = "".join(">" if isinstance(rows[0][name], float | int) else "<" for name in columns)
    how = "the network was surest of these" if "probability" in columns else "against the spread of the column"
    return [
        heading("Worst mistakes", f"{how}; --save-predictions FILE keeps every answer"),
        Grid([SHOWN[name] for name in columns], cells, align=align),
        *(Prose(fitted(clean(str(row["text"])), MOST_OF_TEXT), f"  {_place(row)}") for row in rows * long),
        blank(),
    ]


def _place(row: Row) -> str:
    """Which mistake a text is of, as its row begins."""
    return next(f"{row[name]:,}" for name in ("line", "example") if name in row)


def _cell(name: str, value: object, digits: int) -> str:
    if isinstance(value, float):
        return percent(value) if name == "probability" else unsigned(value, digits)
    if isinstance(value, int):
        return f"{value:,}"
    longest = LONGEST_TEXT if name == "text" else LONGEST_ANSWER
    return fitted(clean(str(value)), longest)
