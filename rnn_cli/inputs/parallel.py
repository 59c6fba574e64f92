"""Two files side by side: line k of the second says what line k of the first says, in another language."""

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.text_lines import read_data_lines


def read_parallel(source: str, target: str, report: ReadingReport) -> list[tuple[int, tuple[str, str]]]:
    """The line and the two texts of each pair. A pair with an empty line on one side is bad; two empty lines are none.

    InputError where the files do not have as many lines: no line could be trusted to have its own partner.
    """
    first, second = (_lines(name, report) for name in (source, target))
    # An editor may have left empty lines at the end of one of them.
    while len(first) > len(second) and first[-1] == "":
        first.pop()
    while len(second) > len(first) and second[-1] == "":
        second.pop()
    if len(first) != len(second):
        raise InputError(
            f"{source} has {len(first):,} lines and {target} {len(second):,}: "
            "line k of the one must belong to line k of the other"
        )
    report.decide(source, "role", "source", f"the source, line by line beside {target}")
    report.decide(target, "role", "target", f"the target, line by line beside {source}")
    pairs = []
    for number, (one, other) in enumerate(zip(first, second, strict=True), start=1):
        if one and other:
            pairs.append((number, (one, other)))
        elif one == "" and other:
            report.refuse(source, number, "no source, but a target")
        elif other == "" and one:
            report.refuse(target, number, "no target, but a source")
    return pairs


def _lines(name: str, report: ReadingReport) -> list[str | None]:
    """The lines of a file; None for one that cannot be read, which keeps its place and is refused already."""
    lines: list[str | None] = []
    for number, line in read_data_lines(name, report):
        lines += [None] * (number - 1 - len(lines))
        lines.append(line.strip())
    return lines
