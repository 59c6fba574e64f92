"""selective-copy: symbols at random places among noise, to be written in order at the end (many-to-many).

Source: Gu and Dao (2023), Mamba: Linear-Time Sequence Modeling with Selective State Spaces, section 4.1. In copy the
symbols stand side by side, so that counting steps is enough; here a network has to look at what it reads, and to keep
the symbols alone. As there, the noise is one token. There 16 symbols stand in 4,096 steps.

    inputs    _ s3 _ _ s1 _ s8 _ …  > > > …      `count` symbols among `length` steps of noise, then `count` marks
    targets                         s3 s1 s8 …   under the marks; other steps are not scored
"""

from math import comb
from typing import ClassVar

import numpy as np

from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.symbols import BLANK, MARK, numbered, places
from rnn_cli.tasks.synthetic import Drawn, Synthetic, Trivial, said_everywhere


class SelectiveCopy(Synthetic):
    """The task "selective-copy:length=40,count=8,symbols=8": T = count + length + count."""

    name = "selective-copy"
    defaults: ClassVar = {"length": 40, "count": 8, "symbols": 8}
    least: ClassVar = {"length": 0, "symbols": 2}
    loss = CROSS_ENTROPY
    shape = MANY_TO_MANY

    def encoding(self) -> Encoding:
        """The symbols, then the noise, then the mark."""
        symbols = numbered("s", self.settings["symbols"])
        return Encoding("token", vocabulary=(*symbols, BLANK, MARK), labels=symbols)

    @property
    def different(self) -> int:
        """See Synthetic: the symbols, at each choice of their places."""
        length, kept, symbols = self.settings["length"], self.settings["count"], self.settings["symbols"]
        return int(comb(kept + length, kept) * symbols**kept)

    def trivial(self) -> Trivial | None:
        """See Synthetic."""
        return said_everywhere("one of the symbols that stood there", self.settings["count"], self.chance)

    def draw(self, generator: np.random.Generator, count: int) -> Drawn:
        """See Synthetic."""
        length, kept, symbols = self.settings["length"], self.settings["count"], self.settings["symbols"]
        remembered = generator.integers(symbols, size=(count, kept))
        inputs = np.full((count, kept + length + kept), symbols)
        np.put_along_axis(inputs, places(generator, count, kept + length, kept), remembered, axis=1)
        inputs[:, kept + length :] = symbols + 1
        targets = np.zeros_like(inputs)
        targets[:, kept + length :] = remembered
        weights = np.zeros(inputs.shape)
        weights[:, kept + length :] = 1
        return Drawn(inputs, targets, weights)
