"""The figure of rnn gradients --factor."""

from rnn_cli.plots.figure import Curve, Figure, Panel
from rnn_cli.study.powers import PowersResult
from rnn_cli.views.powers import power_of


def powers_figure(result: PowersResult) -> Figure:
    """One curve for each factor."""
    curves = [
        Curve(_label(one.factor), [0, *(s.k for s in one.steps)], [0.0, *(s.log10 for s in one.steps)])
        for one in result.products
    ]
    return Figure("A product of k equal factors", "k, steps back", "|w^k|", [Panel("", curves)], decades=True)


def _label(factor: float) -> str:
    return power_of(factor) if factor >= 0 else f"|{power_of(factor)}|, its sign alternates"
