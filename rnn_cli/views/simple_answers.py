"""The part of an evaluation that puts the network beside every simple answer."""

from collections.abc import Mapping

from rich.console import RenderableType

from rnn_cli.study.scores import Baseline, Evaluation
from rnn_cli.tasks import GENERATED
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.makeup import score_text
from rnn_cli.views.numbers import unsigned
from rnn_cli.views.page import Grid, Prose, blank, heading

NETWORK = "the network"


def simple_answers(
    found: Evaluation, called: Mapping[str, str], digits: int, foreign: bool = False
) -> list[RenderableType]:
    """A row for the network and one for each simple answer, the best first; `called` are the scores' names on the page.

    Where one alone is known, it stands beside the scores already: then only what is missing is said.
    """
    if len(found.baselines) < 2:
        if found.task in GENERATED:  # there is no other
            return []
        why = "its files are gone, have changed, or are too large to be read once more beside other data"
        why = "nothing says on what this model was trained" if foreign else why
        text = f"those that learn from the training part are not here: {why}."
        return [Prose(text, "Simple answers", style=style.FAINT), blank()]
    by_column = all(one.errors is not None for one in found.baselines)
    table = _of_columns(found, digits) if by_column else _of_scores(found, called, digits)
    width = max(len(one.name) for one in found.baselines)
    said = [Prose(clean(one.how), f"  {one.name:<{width}} ", style=style.FAINT) for one in found.baselines]
    best = (
        "the best first"
        if len({_first(found, one) for one in found.baselines}) == 1
        else "of each score the best first"
    )
    where = "in the mean of such examples" if found.task in GENERATED else "on the same examples"
    return [heading("Simple answers", f"what they reach {where}, {best}"), table, *said, blank()]


def _first(found: Evaluation, one: Baseline) -> str | None:
    """The first score of the network that a simple answer has too."""
    return next((name for name in found.scores if name in one.scores), None)


def _of_scores(found: Evaluation, called: Mapping[str, str], digits: int) -> Grid:
    names = [name for name in found.scores if any(name in one.scores for one in found.baselines)]
    rows = [
        [NETWORK, *(score_text(name, found.scores[name].value, digits) for name in names)],
        *(
            [
                one.name,
                *(score_text(name, one.scores[name], digits) if name in one.scores else "" for name in names),
            ]
            for one in found.baselines
        ),
    ]
    return Grid(["", *(called[name] for name in names)], rows)


def _of_columns(found: Evaluation, digits: int) -> Grid:
    assert found.columns is not None
    rows = [[NETWORK, *(unsigned(mae.value, digits) for mae in found.columns.mae)]]
    for one in found.baselines:
        assert one.errors is not None
        rows.append([one.name, *(unsigned(float(mae), digits) for mae in one.errors[0].mean(axis=0))])
    return Grid(["MAE", *map(clean, found.columns.names)], rows)
