"""The answers of a model as the rows of a table, in the order of their inputs."""

from collections.abc import Iterator
from math import exp
from typing import Any

import numpy as np

from rnn_cli.study.predict import CLASS, NUMBERS, TAGS, TEXTS, Answer, PredictResult

MOST_CLASSES = 20
"""Up to so many classes each have a column with their probability."""

ENDS = ("low", "high")
"""What the columns of the ends of a forecast's intervals are called."""

Row = dict[str, Any]


def columns_of(result: PredictResult) -> list[str]:
    """The columns of the table. A tagged word and a forecast step have a row each."""
    model, kind = result.model, result.kind
    if kind == NUMBERS:
        assert model.encoding is not None
        targets = model.encoding.target_columns
        ends = [f"{name} {end}" for name in targets for end in ENDS] if result.steps is not None else []
        return ["input", "series", "step", *targets, *ends]
    word = ["word"] if kind == TAGS else []
    of_class = [_column(label) for label in model.labels] if kind == CLASS and len(model.labels) <= MOST_CLASSES else []
    return ["line", *word, "text", "prediction", "probability", *of_class]


def _column(label: str) -> str:
    return f"probability of {label}"


def rows_of(result: PredictResult) -> Iterator[Row]:
    """The rows by their columns; `line` is that of the file, or the number of a text that is in none."""
    for number, answer in enumerate(result.answers, start=1):
        yield from _rows(result, answer, answer.line or number)


def _rows(result: PredictResult, answer: Answer, line: int) -> Iterator[Row]:
    model, kind = result.model, result.kind
    if kind == NUMBERS:
        assert answer.numbers is not None
        assert model.encoding is not None
        targets, ahead = model.encoding.target_columns, answer.ahead
        for step, values in enumerate(answer.numbers.tolist(), start=1):
            row = {
                "input": line,
                "series": answer.series or None,
                "step": step,
                **dict(zip(targets, values, strict=True)),
            }
            for end, numbers in () if ahead is None else zip(ENDS, (ahead.low, ahead.high), strict=True):
                there = (None if np.isnan(value) else float(value) for value in numbers[step - 1])
                row |= {f"{name} {end}": value for name, value in zip(targets, there, strict=True)}
            yield row
        return
    if kind == TEXTS:
        best = answer.hypotheses[0]
        yield {"line": line, "text": answer.text, "prediction": best.text, "probability": exp(best.log_probability)}
        return
    assert answer.probabilities is not None
    words = answer.tokens if kind == TAGS else None
    for k, probabilities in enumerate(answer.probabilities if kind == TAGS else [answer.probabilities]):
        first = int(probabilities.argmax())
        yield {
            "line": line,
            "word": k + 1,
            "text": answer.text if kind != TAGS else words[k] if words is not None else None,
            "prediction": model.label(first),
            "probability": float(probabilities[first]),
            **{_column(model.label(c)): p for c, p in enumerate(probabilities.tolist()) if kind == CLASS},
        }
