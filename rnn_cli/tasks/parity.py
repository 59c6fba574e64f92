"""parity: is the number of ones even or odd (many-to-one; many-to-many with running=1)?

Source: Bengio, Simard and Frasconi (1994), Learning long-term dependencies with gradient descent is difficult:
one bit that is flipped anywhere flips the answer. With running=1 the parity so far is asked for after every step,
which a network learns far more easily: no answer is farther than one step from what decides it.
"""

from typing import ClassVar

import numpy as np

from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.synthetic import Drawn, Synthetic, Trivial, said_everywhere


class Parity(Synthetic):
    """The task "parity:length=10,running=0": T = length."""

    name = "parity"
    defaults: ClassVar = {"length": 10, "running": 0}
    least: ClassVar = {"running": 0}
    loss = CROSS_ENTROPY

    @property
    def shape(self) -> str:
        """See Synthetic."""
        return MANY_TO_MANY if self.settings["running"] else MANY_TO_ONE

    def encoding(self) -> Encoding:
        """Bits and their parity."""
        return Encoding("token", vocabulary=("0", "1"), labels=("even", "odd"))

    def trivial(self) -> Trivial | None:
        """See Synthetic. With running=1 the first parity is the first bit."""
        return said_everywhere("the first bit", self.settings["length"] if self.settings["running"] else 1, self.chance)

    def draw(self, generator: np.random.Generator, count: int) -> Drawn:
        """See Synthetic."""
        bits = generator.integers(2, size=(count, self.settings["length"]))
        parity = bits.cumsum(axis=1) % 2
        targets = parity if self.settings["running"] else parity[:, -1]
        return Drawn(bits, targets, np.ones(targets.shape))
