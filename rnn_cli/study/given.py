"""Every answer of a model beside its truth, in the order of the data: what a file of predictions and the worst mistakes show."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.inputs.cut import joined
from rnn_cli.study.examples import Subject

Row = dict[str, Any]
"""An answer by the names of `columns`."""


@dataclass(frozen=True, eq=False)
class Given:
    """The answers, each made into a row when it is asked for.

    columns   what a row holds: where the example stands, its text, truth, answer, and how sure or how wrong the answer is
    badness   (N,) how wrong each answer is: of a label or a text the probability that the model gave to the wrong one,
              of a number the distance in units of the training data's spread; 0 where it is right
    row       the row of answer k
    """

    columns: tuple[str, ...]
    badness: Array
    row: Callable[[int], Row]

    def __len__(self) -> int:
        return len(self.badness)

    def __iter__(self) -> Iterator[Row]:
        return map(self.row, range(len(self)))

    def worst(self, most: int) -> list[Row]:
        """The worst mistakes, the worst first."""
        order = np.argsort(-self.badness, kind="stable")[:most]
        return [self.row(int(k)) for k in order if self.badness[k] > 0]


def place_of(subject: Subject, unit: int) -> Row:
    """Where an example stands: its file and line, or its number where it was generated."""
    rows = subject.report.examples
    return {"file": rows[unit].file, "line": rows[unit].line} if rows else {"example": unit + 1}


def text_of(subject: Subject, unit: int, step: int | None) -> str:
    """The text of an example, or its token at a step: as it was read, or as it was generated."""
    if subject.report.examples:
        text = subject.report.examples[unit][0]
        return str(text if step is None else text[step])
    encoding, batch = subject.encoding, subject.examples.collate(np.array([unit]))
    tokens = [encoding.vocabulary[k] for k in batch.inputs[: batch.lengths[0], 0]]
    return joined(tokens, encoding) if step is None else tokens[step]


def given_labels(
    subject: Subject, labels: tuple[str, ...], unit: Array, step: Array | None, truth: Array, answer: Array, sure: Array
) -> Given:
    """Of labels: (N,) each, the example, the step where every step answers, the true and the given label, its probability."""
    right = truth == answer
    of_step = "word" if subject.report.examples else "step"

    def row(k: int) -> Row:
        t = None if step is None else int(step[k])
        return {
            **place_of(subject, int(unit[k])),
            **({} if t is None else {of_step: t + 1}),
            "text": text_of(subject, int(unit[k]), t),
            "truth": labels[truth[k]],
            "answer": labels[answer[k]],
            "probability": float(sure[k]),
            "right": bool(right[k]),
        }

    return Given(tuple(row(0)), np.where(right, 0.0, sure), row)


def given_texts(subject: Subject, written: list[str], right: Array, sure: Array) -> Given:
    """Of texts that were written: (N,) whether each is the reference, and its probability."""

    def row(k: int) -> Row:
        source, reference = subject.report.examples[k]
        return {
            **place_of(subject, k),
            "text": source,
            "truth": reference,
            "answer": written[k],
            "probability": float(sure[k]),
            "right": bool(right[k]),
        }

    # An unlikely text may have a probability that is 0 as a number, and still is a mistake.
    return Given(tuple(row(0)), np.where(right, 0.0, np.maximum(sure, np.finfo(float).tiny)), row)


def given_numbers(subject: Subject, truth: Array, answer: Array, spread: Array, lines: Array | None = None) -> Given:
    """Of numbers: (N, S, K) each, in the units of the data; spread (K,) makes columns comparable; lines (N,) of the last row that is read, where it has one."""
    encoding = subject.encoding
    shape = truth.shape

    def row(k: int) -> Row:
        n, s, column = (int(one) for one in np.unravel_index(k, shape))
        there, said = float(truth[n, s, column]), float(answer[n, s, column])
        return {
            "example": n + 1,
            **({} if lines is None else {"after_line": int(lines[n])}),
            "step": s + 1,
            "column": encoding.target_columns[column],
            "truth": there,
            "answer": said,
            "error": said - there,
        }

    return Given(tuple(row(0)), (np.abs(answer - truth) / spread).ravel(), row)
