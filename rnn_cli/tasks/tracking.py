"""What parity and modular share: digits move a state around a cycle, and the state is asked for (many-to-one; many-to-many
with running=1).

    state_t = (digit_1 + … + digit_t) mod modulus

Examples that are measured have `length` digits. Of long ones that ask at the end alone a network learns nothing: one digit
that is left out makes its answer a guess. So with `shortest` the examples of training have any length from there to `length`,
as those of Delétang et al. (2023), Neural Networks and the Chomsky Hierarchy, have: the short ones are learnt, then longer
ones. With running=1 every beginning is asked for anyway.
"""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.tasks.defaults import Default
from rnn_cli.tasks.synthetic import Drawn, Synthetic, Trivial, said_everywhere


class Tracking(Synthetic):
    """T = length; in training anything from `shortest` to length, or length alone where shortest is 0."""

    least: ClassVar = {"running": 0, "shortest": 0}
    loss = CROSS_ENTROPY
    run_defaults: ClassVar = {
        **Synthetic.run_defaults,
        "forget_bias": Default(
            0.0,
            "Each digit moves the state: after 1,000 updates a gru adds 20 of them without error, with 4 it guesses.",
        ),
    }

    @property
    @abstractmethod
    def modulus(self) -> int:
        """The states of the cycle."""

    @property
    def shape(self) -> str:
        """See Synthetic."""
        return MANY_TO_MANY if self.settings["running"] else MANY_TO_ONE

    @property
    def different(self) -> int:
        """See Synthetic."""
        return int(self.modulus ** self.settings["length"])

    def trivial(self) -> Trivial | None:
        """See Synthetic. With running=1 the first state is the first digit."""
        answers = self.settings["length"] if self.settings["running"] else 1
        return said_everywhere("the first digit", answers, self.chance)

    def draw(self, generator: np.random.Generator, count: int) -> Drawn:
        """See Synthetic."""
        digits = generator.integers(self.modulus, size=(count, self.settings["length"]))
        states = digits.cumsum(axis=1) % self.modulus
        targets = states if self.settings["running"] else states[:, -1]
        return Drawn(digits, targets, np.ones(targets.shape))

    @property
    def shorter(self) -> int:
        """The least length of examples of training; that of all where they do not differ."""
        length, shortest = self.settings["length"], self.settings["shortest"]
        return length if self.settings["running"] or not shortest else min(shortest, length)

    def of_training(self, most: str = "") -> str:
        """See Synthetic."""
        length = self.settings["length"]
        if self.shorter == length:
            return ""
        return f"examples of training have any length from {self.shorter} to {most or length}"

    def draw_training(self, generator: np.random.Generator, count: int) -> Drawn:
        """See Synthetic."""
        drawn, length = self.draw(generator, count), self.settings["length"]
        if self.shorter == length:
            return drawn
        lengths = generator.integers(self.shorter, length + 1, size=count)
        digits = np.where(np.arange(length) < lengths[:, None], drawn.inputs, 0)
        return Drawn(digits, digits.sum(axis=1) % self.modulus, drawn.weights, lengths)
