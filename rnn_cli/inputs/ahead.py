"""Numbers to go on from: the last rows of a table whose columns are named, or of plain matrices."""

from collections.abc import Sequence

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.inputs.left_out import Report
from rnn_cli.inputs.numbers import read_numbers
from rnn_cli.inputs.series import read_series
from rnn_cli.inputs.table import read_table

TABLES = (".csv", ".tsv", ".tab")


def read_ahead(name: str, columns: Sequence[str]) -> list[Array]:
    """The rows of `columns`, (T, I), in the units of the file; of a table those after its last gap.

    A table's columns are found by name, where it has no header by number; a matrix has the columns in their order.
    InputError where a column is missing, or the last row cannot be read: what comes next would not be what it seems.
    """
    if not name.lower().endswith(TABLES):
        return read_numbers(name)
    report = Report()
    series = read_series(name, columns, columns, None, report)
    if report.bad and report.bad[-1].line == max(row.line for row in read_table(name, Report())):
        raise InputError(f"{report.bad[-1]}")
    return [series.inputs[series.starts[-1] :]]
