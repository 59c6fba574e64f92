"""rnn check: what is right passes, a mistake is named, and nothing is told that the hints withhold."""

import pytest

from rnn_cli.core.cells import CELLS
from tests.conftest import Command


@pytest.mark.parametrize("cell", list(CELLS))
def test_a_template_is_a_program(call: Command, cell: str) -> None:
    for blank in ([], ["--blank"]):
        compile(call("check", "--template", cell, *blank).stdout, "mine.py", "exec")


def test_a_template_is_no_page(call: Command) -> None:
    refused = call("check", "--template", "rnn", "--json")
    assert (refused.code, refused.stdout) == (2, "")
    assert "> FILE.py" in refused.stderr
