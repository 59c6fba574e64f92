"""copy: read some symbols, wait, then write them in order (many-to-many).

Source: Hochreiter and Schmidhuber (1997); in this form Arjovsky, Shah and Bengio (2016), Unitary Evolution Recurrent
Neural Networks: 8 symbols, 10 to remember, a mark when to begin.

    inputs    s3 s1 s8 … _ _ _ _ > _ _ _ …      memory symbols, `length` steps of which the last is the mark, memory blanks
    targets                        s3 s1 s8 …   under the last `memory` blanks; other steps are not scored
"""

from typing import ClassVar

import numpy as np

from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.symbols import BLANK, MARK, numbered
from rnn_cli.tasks.synthetic import Drawn, Synthetic, Trivial, said_everywhere


class Copy(Synthetic):
    """The task "copy:length=20,symbols=8,memory=5": T = memory + length + memory."""

    name = "copy"
    defaults: ClassVar = {"length": 20, "symbols": 8, "memory": 5}
    least: ClassVar = {"symbols": 2}
    loss = CROSS_ENTROPY
    shape = MANY_TO_MANY

    def encoding(self) -> Encoding:
        """The symbols, then the blank, then the mark."""
        symbols = numbered("s", self.settings["symbols"])
        return Encoding("token", vocabulary=(*symbols, BLANK, MARK), labels=symbols)

    @property
    def different(self) -> int:
        """See Synthetic."""
        return int(self.settings["symbols"] ** self.settings["memory"])

    def trivial(self) -> Trivial | None:
        """See Synthetic."""
        return said_everywhere("one of the symbols that were read", self.settings["memory"], self.chance)

    def draw(self, generator: np.random.Generator, count: int) -> Drawn:
        """See Synthetic."""
        memory, length, symbols = self.settings["memory"], self.settings["length"], self.settings["symbols"]
        blank, mark = symbols, symbols + 1
        remembered = generator.integers(symbols, size=(count, memory))
        inputs = np.full((count, memory + length + memory), blank)
        inputs[:, :memory] = remembered
        inputs[:, memory + length - 1] = mark
        targets = np.zeros_like(inputs)
        targets[:, memory + length :] = remembered
        weights = np.zeros(inputs.shape)
        weights[:, memory + length :] = 1
        return Drawn(inputs, targets, weights)
