"""modular: the sum of the digits, modulo `modulus` (many-to-one; many-to-many with running=1).

Source: Delétang et al. (2023), Neural Networks and the Chomsky Hierarchy, the regular task "modular arithmetic (simple)"
with modulus 5. There +, - and * stand between the digits; here all that is read is digits, and they are added, so that
each step moves a state in a cycle of `modulus` states. modulus=2 is parity. Each digit is uniform in 0 … modulus-1, and
so is the sum, whatever all digits but one are: who leaves one out knows nothing.

    inputs    3 1 4 … 2     `length` digits
    target            s     (3 + 1 + 4 + … + 2) mod modulus, after the last digit; with running=1 the sum so far at each
"""

from typing import ClassVar

import numpy as np

from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.synthetic import Drawn, Synthetic, Trivial, said_everywhere


class Modular(Synthetic):
    """The task "modular:length=20,modulus=5,running=0": T = length."""

    name = "modular"
    defaults: ClassVar = {"length": 20, "modulus": 5, "running": 0}
    least: ClassVar = {"modulus": 2, "running": 0}
    loss = CROSS_ENTROPY

    @property
    def shape(self) -> str:
        """See Synthetic."""
        return MANY_TO_MANY if self.settings["running"] else MANY_TO_ONE

    def encoding(self) -> Encoding:
        """Digits, and sums that are digits as well."""
        digits = tuple(str(k) for k in range(self.settings["modulus"]))
        return Encoding("token", vocabulary=digits, labels=digits)

    def trivial(self) -> Trivial | None:
        """See Synthetic. With running=1 the first sum is the first digit."""
        answers = self.settings["length"] if self.settings["running"] else 1
        return said_everywhere("the first digit", answers, self.chance)

    def draw(self, generator: np.random.Generator, count: int) -> Drawn:
        """See Synthetic."""
        modulus = self.settings["modulus"]
        digits = generator.integers(modulus, size=(count, self.settings["length"]))
        sums = digits.cumsum(axis=1) % modulus
        targets = sums if self.settings["running"] else sums[:, -1]
        return Drawn(digits, targets, np.ones(targets.shape))
