"""modular: the sum of the digits, modulo `modulus` (many-to-one; many-to-many with running=1).

Source: Delétang et al. (2023), Neural Networks and the Chomsky Hierarchy, the regular task "modular arithmetic (simple)"
with modulus 5. There +, - and * stand between the digits; here all that is read is digits, and they are added, so that
each step moves a state in a cycle of `modulus` states. modulus=2 is parity. Each digit is uniform in 0 … modulus-1, and
so is the sum, whatever all digits but one are: who leaves one out knows nothing.

    inputs    3 1 4 … 2     `length` digits
    target            s     (3 + 1 + 4 + … + 2) mod modulus, after the last digit; with running=1 the sum so far at each
"""

from typing import ClassVar

from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.tracking import Tracking


class Modular(Tracking):
    """The task "modular:length=20,modulus=5,running=0,shortest=1"."""

    name = "modular"
    defaults: ClassVar = {"length": 20, "modulus": 5, "running": 0, "shortest": 1}
    least: ClassVar = {**Tracking.least, "modulus": 2}

    @property
    def modulus(self) -> int:
        """See Tracking."""
        return self.settings["modulus"]

    def encoding(self) -> Encoding:
        """Digits, and sums that are digits as well."""
        digits = tuple(str(k) for k in range(self.modulus))
        return Encoding("token", vocabulary=digits, labels=digits)
