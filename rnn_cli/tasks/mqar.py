"""mqar: pairs of a key and a value are read, then keys ask for their values (many-to-many).

Source: Arora et al. (2023), Zoology: Measuring and Improving Recall in Efficient Language Models: multi-query
associative recall. As there, the keys of an example differ, and so do its values; a key is answered where it asks.
There the vocabulary has thousands of tokens, every key asks once, other steps hold random tokens, and short gaps are
commoner than long ones. Here other steps are blank, all places are as likely, and where there are more queries than
pairs, each key asks before any asks again.

    inputs    k5 v2 k1 v7 …  _ k1 _ _ k5 …    `pairs` pairs, then `queries` keys among `length` blanks
    targets                    v7     v2 …    under the keys that ask; other steps are not scored
"""

from math import comb, factorial, perm
from typing import ClassVar

import numpy as np

from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.errors import InputError
from rnn_cli.models.encoding import Encoding
from rnn_cli.reading import shown
from rnn_cli.tasks.defaults import Default
from rnn_cli.tasks.symbols import BLANK, chosen, numbered, places
from rnn_cli.tasks.synthetic import Drawn, Synthetic, Trivial, said_everywhere


class Mqar(Synthetic):
    """The task "mqar:length=8,pairs=4,queries=4,keys=8,values=8": T = 2 pairs + length + queries."""

    name = "mqar"
    defaults: ClassVar = {"length": 8, "pairs": 4, "queries": 4, "keys": 8, "values": 8}
    least: ClassVar = {"length": 0, "values": 2}
    loss = CROSS_ENTROPY
    shape = MANY_TO_MANY
    raced_steps: ClassVar = 2000  # after 1,000 from new weights a gru answers half of the keys, even of length 4
    run_defaults: ClassVar = {
        **Synthetic.run_defaults,
        "hidden_size": Default(128, "After 2,000 updates a gru answers 98% of the keys, and with 64 units 85%."),
        "forget_bias": Default(
            1.0, "Keys ask soon: after 2,000 updates a gru answers 98% of them, and with 4, which keeps longer, 77%."
        ),
    }

    def __init__(self, settings: str = "") -> None:
        """InputError where the settings cannot be read, or the pairs of an example could not differ."""
        super().__init__(settings)
        for name in ("keys", "values"):
            if self.settings[name] < self.settings["pairs"]:
                where = shown(f"{self.name}:{settings}")
                raise InputError(
                    f"--task {where}: {self.settings['pairs']} pairs have as many different {name}, "
                    f"and {name} is {self.settings[name]}"
                )

    def encoding(self) -> Encoding:
        """The keys, then the values, then the blank."""
        keys, values = numbered("k", self.settings["keys"]), numbered("v", self.settings["values"])
        return Encoding("token", vocabulary=(*keys, *values, BLANK), labels=values)

    @property
    def different(self) -> int:
        """See Synthetic: keys and values in every order, then which pairs are asked for, at each choice of their places."""
        length, pairs, queries = (self.settings[name] for name in ("length", "pairs", "queries"))
        rounds, rest = divmod(queries, pairs)
        asked = factorial(pairs) ** rounds * perm(pairs, rest) * comb(length + queries, queries)
        return int(perm(self.settings["keys"], pairs) * perm(self.settings["values"], pairs) * asked)

    def trivial(self) -> Trivial | None:
        """See Synthetic. The values differ, so that one of them is right for one key alone: a guess among all, where all are shown."""
        if self.settings["pairs"] == self.settings["values"]:
            return None
        return said_everywhere("one of the values that were shown", self.settings["pairs"], 0.0)

    def draw(self, generator: np.random.Generator, count: int) -> Drawn:
        """See Synthetic."""
        length, pairs, queries = (self.settings[name] for name in ("length", "pairs", "queries"))
        n_keys, n_values = self.settings["keys"], self.settings["values"]
        keys = chosen(generator, count, n_keys, pairs)
        values = chosen(generator, count, n_values, pairs)
        rounds = [chosen(generator, count, pairs, pairs) for _ in range(0, queries, pairs)]
        asked = np.concatenate(rounds, axis=1)[:, :queries]  # (N, queries): which pair each query asks for
        steps = 2 * pairs + places(generator, count, length + queries, queries)
        inputs = np.full((count, 2 * pairs + length + queries), n_keys + n_values)
        inputs[:, 0 : 2 * pairs : 2] = keys
        inputs[:, 1 : 2 * pairs : 2] = n_keys + values
        np.put_along_axis(inputs, steps, np.take_along_axis(keys, asked, axis=1), axis=1)
        targets = np.zeros_like(inputs)
        np.put_along_axis(targets, steps, np.take_along_axis(values, asked, axis=1), axis=1)
        weights = np.zeros(inputs.shape)
        np.put_along_axis(weights, steps, 1, axis=1)
        return Drawn(inputs, targets, weights)
