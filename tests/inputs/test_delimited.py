"""By how many of its rows a sign is taken for the delimiter."""

import pytest

from rnn_cli.inputs.delimited import Form
from rnn_cli.inputs.quoted import SPACES, Evidence


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
