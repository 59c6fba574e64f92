"""adding: the sum of the two numbers that are marked (many-to-one, MSE).

Source: Hochreiter and Schmidhuber (1997), experiment 4; in this form Arjovsky, Shah and Bengio (2016):
each step has a number, uniform in 0 … 1, and a mark, which is 1 at one step of the first half and at one of the
second half. Always answering 1 has the squared error 1/6, the variance of the sum; who knows one of the two numbers and
adds 1/2 has half of that.
"""

from typing import ClassVar

import numpy as np

from rnn_cli.core.learning.losses import MSE
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.synthetic import Drawn, Synthetic, Trivial


class Adding(Synthetic):
    """The task "adding:length=50": T = length."""

    name = "adding"
    defaults: ClassVar = {"length": 50}
    least: ClassVar = {"length": 2}
    loss = MSE
    shape = MANY_TO_ONE
    input_size = 2
    reads_numbers = True
    scored = "loss"

    def encoding(self) -> Encoding:
        """Numbers as they are."""
        return Encoding(
            "number",
            columns=("number", "mark"),
            target_columns=("sum",),
            means=(0.0, 0.0),
            scales=(1.0, 1.0),
            target_means=(0.0,),
            target_scales=(1.0,),
        )

    def guess(self) -> str:
        """See Synthetic."""
        return "always to answer 1 has a squared error of 0.1667"

    def guess_scores(self) -> dict[str, float]:
        """See Synthetic."""
        return {"loss": 1 / 6}

    def trivial(self) -> Trivial:
        """See Synthetic."""
        return Trivial("one of the marked numbers plus 1/2, a squared error of 0.0833", 1 / 12)

    @property
    def solved(self) -> float:
        """See Synthetic. Half-way between one number and both: half-way from chance is what one number brings."""
        return self.trivial().score / 2

    def draw(self, generator: np.random.Generator, count: int) -> Drawn:
        """See Synthetic."""
        length = self.settings["length"]
        numbers = generator.random((count, length))
        rows = np.arange(count)
        first = generator.integers(length // 2, size=count)
        second = generator.integers(length // 2, length, size=count)
        marks = np.zeros((count, length))
        marks[rows, first] = marks[rows, second] = 1
        total = numbers[rows, first] + numbers[rows, second]
        return Drawn(np.stack([numbers, marks], axis=-1), total[:, None], np.ones(count))
