"""Which of the tasks that could read a file it is likely for, where none is named."""

from collections.abc import Sequence
from typing import Any

from rnn_cli.inputs.number_columns import WORDS, numeric_places
from rnn_cli.inputs.opening import suffix_of
from rnn_cli.inputs.time_cells import written_forms
from rnn_cli.study.makeup import ClassCount, make_up
from rnn_cli.tasks.base import ONE_TO_MANY, Prepared

RUNNING = ("", ".txt", ".text", ".md")
"""Endings of running text. A file with another is a table or a list of sentences that may be damaged, not a text."""

LONG_ENOUGH = 3
"""Tokens of the median text that names, and numbers with a date beside them, do not have."""

ENOUGH_PAIRS = 10
"""So many rows of which nothing repeats are pairs; fewer may be anything."""


def likely_tasks(data: Sequence[str], found: dict[str, Prepared]) -> list[str]:
    """The tasks that the files are likely for, among those that could read them.

    Every table of two columns could be classified, translated or described, and every text is a language model's:
    what repeats is a label, and a text is for a language model only where it is nothing else. Days and hours are no
    texts, and neither are numbers beside them: they are series. Numbers beside words and without a time need not be one.
    """
    timed = "forecast" in found and _has_time(found["forecast"])
    dated = any(_of_times(found[name]) for name in ("classify", "describe") if name in found)
    found = {name: one for name, one in found.items() if not _of_times(one) and not (timed and of_numbers(one))}
    made = {name: make_up(one) for name, one in found.items()}
    repeat = [
        name for name, one in made.items() if one.classes and 2 * len(one.classes) <= sum(map(_count, one.classes))
    ]
    if "tag" in repeat and (made["tag"].train < 2 or len(made["tag"].classes) >= made["tag"].vocabulary):
        repeat.remove("tag")  # a column of other things than tags has more of them than there are words
    lengths = made["classify"].lengths if "classify" in repeat else None
    if lengths is not None and lengths.median >= LONG_ENOUGH:
        return ["classify"]
    # A table of short texts with what they are is read in either direction: which of the two, nobody can tell.
    likely: list[str] = [name for name in ("classify", "describe", "tag") if name in repeat]
    likely += ["forecast"] if timed or ("forecast" in found and not _has_words(found["forecast"])) else []
    if "translate" in found and not likely and not dated and made["translate"].train >= ENOUGH_PAIRS:
        likely += [] if any(map(_are_numbers, _sides(found["translate"]))) else ["translate"]
    if "lm" in found and not likely and all(suffix_of(one) in RUNNING for one in data):
        likely.append("lm")
    return likely


def _has_time(series: Prepared) -> bool:
    """Whether every file of a series has a column of days or hours beside its numbers. One of counts may be anything."""
    return all(one.get("dated", False) and "time_is_forecast" not in one for one in series.report.read.values())


def _has_words(series: Prepared) -> bool:
    """Whether a file of a series has a column of words, or of lists, which is not read."""
    return any(
        "lists" in one or any(why.startswith(WORDS) for why in one.get("columns_left_out", {}).values())
        for one in series.report.read.values()
    )


def _of_times(prepared: Prepared) -> bool:
    """Whether the texts of the first examples are dates or times, and what stands beside them is something else."""
    texts, beside = _sides(prepared)
    return _are_times(texts) and not _are_times(beside)


def of_numbers(prepared: Prepared) -> bool:
    """Whether the texts of the first examples are numbers."""
    return _are_numbers(_sides(prepared)[0])


def _sides(prepared: Prepared) -> tuple[list[Any], list[Any]]:
    """The texts of the first examples, and what stands beside each."""
    text = 1 if prepared.shape == ONE_TO_MANY else 0
    rows = [row for row in prepared.first if row is not None]
    return [row[text] for row in rows], [row[1 - text] for row in rows]


def _are_times(cells: Sequence[Any]) -> bool:
    return all(isinstance(one, str) for one in cells) and bool(written_forms(cells))


def _are_numbers(cells: Sequence[Any]) -> bool:
    return all(isinstance(one, str) for one in cells) and bool(numeric_places([cells]))


def _count(one: ClassCount) -> int:
    return one.count
