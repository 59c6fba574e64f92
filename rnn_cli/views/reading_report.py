"""The lines that tell a person what the reader of a data set noticed."""

from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, some

MOST_LABELS = 5


def report_lines(report: ReadingReport) -> list[str]:
    """What the reader assumed, the rows that were left out, and those that stand twice."""
    return [*noted_lines(report), *lost_lines(report)]


def noted_lines(report: ReadingReport) -> list[str]:
    """What the reader decided and assumed."""
    return [*decided_lines(report), *(clean(note) for note in report.notes)]


def decided_lines(report: ReadingReport) -> list[str]:
    """What the reader decided, a line for each file."""
    return [clean(f"{file} read as: {'; '.join(words)}") for file, words in report.said.items()]


def lost_lines(report: ReadingReport) -> list[str]:
    """The rows that were left out, those that are damaged, and those that stand twice."""
    lines = left_out_lines(report)
    if report.replaced:
        where = clean(f"{report.replaced[0].file}:{report.replaced[0].line}")
        lines.append(f"{count(len(report.replaced), 'byte')} not UTF-8, read as U+FFFD, the first at {where}")
    if report.duplicates:
        what = "left out" if report.dropped else "kept: --deduplicate leaves them out"
        lines.append(f"{count(report.duplicates, 'row')} equal to an earlier one, {what}")
    if report.unlearnt:
        named = some([f"{label} ({one.count:,})" for label, one in report.unlearnt.items()], MOST_LABELS)
        wrong = sum(one.count for one in report.unlearnt.values())
        lines.append(clean(f"{count(wrong, 'label')} that training did not have, each a wrong answer: {named}"))
    if report.shared:
        lines.append(
            f"{count(report.shared, 'validation row')} also in the training part: --deduplicate leaves duplicates out"
        )
    return lines


def left_out_lines(report: ReadingReport) -> list[str]:
    """The rows that were left out, a line for each reason with its first places."""
    lines = []
    for one in report.left_out.values():
        more = f" and {one.count - 3:,} more" if one.count > len(one.lines[:3]) else ""
        lines.append(clean(f"{count(one.count, 'row')} left out: {one.reason} ({', '.join(one.lines[:3])}{more})"))
    return lines
