"""Pages of every cell at 80 columns: no line is wider than the page, and one thing is not called several."""

import re

import pytest
from rich.cells import cell_len

from rnn_cli.core.cells import CELLS
from tests.conftest import Command

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmütze"
DEEP = ("--num-layers", "2", "--bidirectional")
SEVERAL = re.compile(r"(?<![\d.,])1 (steps|numbers|inputs|hidden units|units|layers|directions|words|tokens)\b")


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "command",
    [
        ("trace", "b", *DEEP, "--why", "h[1][1]"),
        ("gradients", f"b {LONG}", *DEEP),
        ("bptt", "b", *DEEP, "--target", "positive"),
        ("forward", "b", "--explain-shapes"),
    ],
    ids=lambda one: one[0],
)
def test_a_page_keeps_to_80_columns(
    cell: str, command: tuple[str, ...], call: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the commands under Next, which are to be pasted."""
    monkeypatch.setenv("COLUMNS", "80")
    page = call(*command, "--cell", cell, "--hidden-size", "1")
    assert page.code == 0
    for text in page.stdout.partition("\nNext")[0].splitlines():
        assert cell_len(text) <= 80, text
        assert not SEVERAL.search(text), text
