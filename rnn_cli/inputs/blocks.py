"""Blocks of lines with an empty line between them: the sentences of tagged text."""

from collections.abc import Iterator

from rnn_cli.inputs.left_out import Report
from rnn_cli.inputs.rows import Lines

Block = list[tuple[int, str]]


def read_blocks(name: str, report: Report) -> Iterator[Block]:
    """The numbered lines of each block. A block with a line that is not UTF-8 is left out."""
    block: Block = []
    bad = report.bad_count
    for number, line in Lines(name, report):
        if line.strip():
            block.append((number, line))
            continue
        if block and report.bad_count == bad:
            yield block
        block, bad = [], report.bad_count
    if block and report.bad_count == bad:
        yield block
