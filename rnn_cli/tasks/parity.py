"""parity: is the number of ones even or odd (many-to-one; many-to-many with running=1)?

Source: Bengio, Simard and Frasconi (1994), Learning long-term dependencies with gradient descent is difficult:
one bit that is flipped anywhere flips the answer. With running=1 the parity so far is asked for after every step,
which a network learns far more easily: no answer is farther than one step from what decides it. So it does with
shortest=1, which has shorter examples among those of training.
"""

from typing import ClassVar

from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.tracking import Tracking


class Parity(Tracking):
    """The task "parity:length=10,running=0,shortest=0": T = length."""

    name = "parity"
    defaults: ClassVar = {"length": 10, "running": 0, "shortest": 0}
    younger: ClassVar = ("shortest",)
    raced: ClassVar = {"shortest": 1}
    modulus = 2

    def encoding(self) -> Encoding:
        """Bits and their parity."""
        return Encoding("token", vocabulary=("0", "1"), labels=("even", "odd"))
