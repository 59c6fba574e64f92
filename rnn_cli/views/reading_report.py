"""The lines that tell a person what the reader of a data set noticed."""

from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count


def report_lines(report: ReadingReport) -> list[str]:
    """What the reader assumed, the rows that were left out, and those that stand twice."""
    lines = [clean(note) for note in report.notes]
    if report.bad_count:
        shown = "; ".join(clean(str(bad)) for bad in report.bad[:3])
        lines.append(f"{count(report.bad_count, 'row')} left out: {shown}{'; …' if report.bad_count > 3 else ''}")
    if report.replaced:
        where = clean(f"{report.replaced[0].file}:{report.replaced[0].line}")
        lines.append(f"{count(len(report.replaced), 'byte')} not UTF-8, read as U+FFFD, the first at {where}")
    if report.duplicates:
        what = "left out" if report.dropped else "kept: --deduplicate leaves them out"
        lines.append(f"{count(report.duplicates, 'row')} equal to an earlier one, {what}")
    if report.shared:
        lines.append(
            f"{count(report.shared, 'validation row')} also in the training part: --deduplicate leaves duplicates out"
        )
    return lines
