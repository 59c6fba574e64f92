"""Whether two models differ on the same examples, by a test of pairs.

    mcnemar      of answers that are right or wrong: only those count that one model has right and the other wrong, n of them.
                 Were the models alike, each would be of either kind like the toss of a coin:
                 p = 2 P(X <= the rarer kind), X ~ Binomial(n, 1/2), at most 1
    swapped      of any other score: were the models alike, exchanging them in some of the examples would change nothing.
                 p = (1 + draws with a difference as large) / (1 + draws), each draw exchanging every block of examples or not

Sources: McNemar, "Note on the sampling error of the difference between correlated proportions" (1947), in its exact form;
Noreen, "Computer-intensive methods for testing hypotheses" (1989), approximate randomisation. Neighbours that hang together are
exchanged together, in blocks.
"""

from math import exp, lgamma, log

import numpy as np

from rnn_cli.core.arrays import Array


def mcnemar(first: int, second: int) -> float:
    """The exact p of so many examples that the first alone has right, and so many that the second alone has right."""
    n, k = first + second, min(first, second)
    logs = [lgamma(n + 1) - lgamma(j + 1) - lgamma(n - j + 1) - n * log(2) for j in range(k + 1)]
    return min(1.0, 2 * sum(map(exp, logs)))


def swapped(differences: Array, draws: int, generator: np.random.Generator, block: int = 1) -> float:
    """The p of the sum of differences (N,), `block` neighbours being exchanged together."""
    sums = np.add.reduceat(differences, np.arange(0, len(differences), block))
    there, large = abs(float(sums.sum())), 0
    for _ in range(draws):
        signs = generator.integers(0, 2, len(sums)) * 2 - 1
        large += abs(float(signs @ sums)) >= there * (1 - 1e-12)
    return (1 + large) / (1 + draws)
