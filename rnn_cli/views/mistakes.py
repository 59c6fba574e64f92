"""The worst mistakes of a model, a row each."""

from rich.console import RenderableType

from rnn_cli.study.given import Given
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import percent, unsigned
from rnn_cli.views.page import Grid, blank, fitted, heading

MOST = 5
LONGEST_TEXT = 34
LONGEST_ANSWER = 14
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
    cells = [[_cell(name, row[name], digits) for name in columns] for row in rows]
    align = "".join(">" if isinstance(rows[0][name], float | int) else "<" for name in columns)
    how = "the network was surest of these" if "probability" in columns else "against the spread of the column"
    return [
        heading("Worst mistakes", f"{how}; --save-predictions FILE keeps every answer"),
        Grid([SHOWN[name] for name in columns], cells, align=align),
        blank(),
    ]


def _cell(name: str, value: object, digits: int) -> str:
    if isinstance(value, float):
        return percent(value) if name == "probability" else unsigned(value, digits)
    if isinstance(value, int):
        return f"{value:,}"
    longest = LONGEST_TEXT if name == "text" else LONGEST_ANSWER
    return fitted(clean(str(value)), longest)
