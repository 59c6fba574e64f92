"""recall: name the first symbol, after `length` others that mean nothing (many-to-one).

Source: Hochreiter and Schmidhuber (1997), Long Short-Term Memory, experiment 2: the first symbol alone decides, and
what follows it is noise. Here symbols and noise have ids of their own, so that a network needs to remember but not
to count.
"""

from typing import ClassVar

import numpy as np

from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.symbols import numbered
from rnn_cli.tasks.synthetic import Drawn, Synthetic


class Recall(Synthetic):
    """The task "recall:length=60,classes=8,noise=8": T = length + 1."""

    name = "recall"
    defaults: ClassVar = {"length": 20, "classes": 8, "noise": 8}
    least: ClassVar = {"length": 0, "classes": 2}
    loss = CROSS_ENTROPY
    shape = MANY_TO_ONE

    def encoding(self) -> Encoding:
        """Ids 0 … classes-1 are the symbols to remember, those after them noise."""
        symbols, noise = numbered("s", self.settings["classes"]), numbered("n", self.settings["noise"])
        return Encoding("token", vocabulary=symbols + noise, labels=symbols)

    @property
    def different(self) -> int:
        """See Synthetic."""
        return int(self.settings["classes"] * self.settings["noise"] ** self.settings["length"])

    def draw(self, generator: np.random.Generator, count: int) -> Drawn:
        """See Synthetic."""
        classes, noise = self.settings["classes"], self.settings["noise"]
        first = generator.integers(classes, size=(count, 1))
        rest = classes + generator.integers(noise, size=(count, self.settings["length"]))
        return Drawn(np.concatenate([first, rest], axis=1), first[:, 0], np.ones(count))
