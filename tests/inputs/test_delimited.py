"""By how many of its rows a sign is taken for the delimiter."""

from pathlib import Path

import pytest

from rnn_cli.inputs.delimited import Form
from rnn_cli.inputs.quoted import SPACES, Evidence
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.table import read_table


@pytest.mark.parametrize(
    ("sign", "width", "rows", "fits", "regular"),
    [
        (",", 2, 100, 90, True),  # a tenth may differ
        (",", 2, 100, 89, False),
        (",", 2, 3, 2, True),  # and one in a short table
        (",", 2, 3, 1, False),
        (",", 2, 2, 1, False),
        (",", 1, 100, 100, False),
        (SPACES, 2, 100, 99, True),
        (SPACES, 2, 100, 98, False),
    ],
)
def test_rows_agree_on_their_cells(sign: str, width: int, rows: int, fits: int, regular: bool) -> None:
    assert Form(sign, False, width, fits, rows, False, Evidence(sign)).regular == regular


def test_a_quote_swallows_no_rows_that_end_as_others_do(tmp_path: Path) -> None:
    """It is closed two lines on, between which each line has a label of its own: it is open, and costs its line alone."""
    path, report = tmp_path / "a.csv", ReadingReport()
    path.write_text('a,pos\nb,neg\n"c,pos\nd,neg\ne",pos\nf,neg\n"g, h",pos\n"i, j",pos\n"k, l",neg\n')
    rows = [row.cells[0] for row in read_table(str(path), report)]
    assert rows == ["a", "b", "d", 'e"', "f", "g, h", "i, j", "k, l"]
    assert report.read[str(path)]["open_quote"] == {"line": 3, "lines": 3}
