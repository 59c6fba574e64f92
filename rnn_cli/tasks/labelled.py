"""Texts with a label each, from whatever holds them: tables, files or folders named by class."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from rnn_cli.errors import InputError
from rnn_cli.inputs.class_folder import (
    Labelled,
    are_class_files,
    are_class_folders,
    read_class_files,
    read_class_folder,
    read_class_folders,
)
from rnn_cli.inputs.columns import read_columns
from rnn_cli.inputs.opening import called, suffix_of
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.roles import Role
from rnn_cli.reading import FOLDER, stands_at
from rnn_cli.tasks.options import DataOptions

OF_WORDS = ".conllu"
"""The suffix of files of tagged words."""


def read_labelled(
    data: Sequence[str],
    text: Role,
    label: Role,
    options: DataOptions,
    report: ReadingReport,
    labels: Collection[str] = (),
) -> list[Labelled]:
    """(file, line, text, label) of each good row. `labels` are those of a trained model, to know them by.

    InputError where it cannot be told what the data are, or too much of them would be left out.
    """
    of_tables = (options.text, options.label, options.header, options.separator, options.delimiter, options.quotes)
    as_tables = any(one is not None for one in of_tables)
    if not as_tables and are_class_files(data, labels, report):
        rows = read_class_files(data, report)
    elif are_class_folders(data, report):
        rows = read_class_folders(data, report)
    else:
        rows = []
        for name in data:
            known = labels or {one for *_, one in rows}
            rows += (
                read_class_folder(name, report)
                if stands_at(name) == FOLDER
                else _table(name, text, label, options, report, known)
            )
    report.rows = len(rows)
    return rows


def alike(labels: Iterable[str]) -> list[list[str]]:
    """The labels that may be meant as one: they differ by case or white space, or are the same number."""
    groups: dict[object, list[str]] = {}
    for label in sorted(labels):
        groups.setdefault(_meant(label), []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def note_alike(rows: Iterable[Labelled], report: ReadingReport) -> None:
    """Say which labels may be meant as one."""
    counts = Counter(label for *_, label in rows)
    for group in alike(counts):
        shown = ", ".join(f"{label!r} ({counts[label]:,})" for label in group)
        report.note(f"labels that may be meant as one: {shown}")


def _table(
    name: str, text: Role, label: Role, options: DataOptions, report: ReadingReport, labels: Collection[str]
) -> list[Labelled]:
    if suffix_of(name) == OF_WORDS and options.text is None and options.label is None:
        raise InputError(
            f"{called(name)}: has a word a line, where texts with a label each are asked for: --task tag learns its tags; a "
            "model of another program that answers for each word is read with --readout-reads every-step"
        )
    roles = (text, label)
    found = read_columns(
        name,
        roles,
        (options.text, options.label),
        options.header,
        options.separator,
        report,
        delimiter=options.delimiter,
        quotes=options.quotes,
        labels=labels,
    )
    return [(name, line, cells[0], cells[1]) for line, cells in found]


def _meant(label: str) -> object:
    try:
        return float(label)
    except ValueError:
        return " ".join(label.casefold().split())
