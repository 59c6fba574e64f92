"""What a data set is made of, as keys of a document."""

from typing import Any

from rnn_cli.study.makeup import ClassCount, MakeUp
from rnn_cli.study.scores import Baseline
from rnn_cli.tasks.base import Prepared


def makeup_document(made: MakeUp, prepared: Prepared) -> dict[str, Any]:
    """All but the numbers of examples, which each document has under names of its own."""
    report = prepared.report
    return {
        "classes": [_class(one) for one in made.classes],
        "alike": made.alike,
        "lengths": None if made.lengths is None else vars(made.lengths),
        "target_lengths": None if made.target_lengths is None else vars(made.target_lengths),
        "vocabulary": made.vocabulary,
        "target_vocabulary": made.target_vocabulary,
        **({"word_parts": len(made.parts)} if made.parts else {}),
        "unknown_share": _shares(made.unknown),
        "target_unknown_share": _shares(made.target_unknown),
        "duplicates": {"rows": report.duplicates, "dropped": report.dropped, "shared": report.shared},
        "baseline": None if made.baseline is None else baseline_document(made.baseline),
        "baselines": [baseline_document(one) for one in made.baselines],
    }


def _class(one: ClassCount) -> dict[str, Any]:
    return {"label": one.label, "count": one.count, "train": one.train, "validation": one.validation}


def _shares(shares: tuple[float | None, float | None]) -> dict[str, float | None]:
    return dict(zip(("train", "validation"), shares, strict=True))


def baseline_document(one: Baseline) -> dict[str, Any]:
    """A simple answer and its scores."""
    return {"name": one.name, "how": one.how, "scores": one.scores}
