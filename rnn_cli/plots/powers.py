"""The figure of rnn gradients --factor."""

from collections.abc import Sequence

from rnn_cli.core.gradients.powers import ScalarProduct
from rnn_cli.plots.figure import Curve, Figure


def powers_figure(products: Sequence[ScalarProduct]) -> Figure:
    """One curve for each factor."""
    curves = [
        Curve(f"{one.factor:g}^k", [0, *(s.k for s in one.steps)], [0.0, *(s.log10 for s in one.steps)])
        for one in products
    ]
    return Figure("A product of k equal factors", "k, steps back", "|w^k|", curves, decades=True)
