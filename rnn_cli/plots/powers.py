"""The figure of rnn gradients --factor."""

from rnn_cli.plots.figure import Curve, Figure, Panel
from rnn_cli.study.powers import PowersResult


def powers_figure(result: PowersResult) -> Figure:
    """One curve for each factor."""
    curves = [
        Curve(_label(one.factor), [0, *(s.k for s in one.steps)], [0.0, *(s.log10 for s in one.steps)])
        for one in result.products
    ]
    return Figure("A product of k equal factors", "k, steps back", "|w^k|", [Panel("", curves)], decades=True)


def _label(factor: float) -> str:
    return f"{factor!r}^k" if factor >= 0 else f"|({factor!r})^k|, its sign alternates"
