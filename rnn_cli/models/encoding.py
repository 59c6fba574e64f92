"""How texts, labels and columns become numbers and back: what a trained model needs beside its weights."""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array

TEXT_LEVELS = ("word", "char", "whitespace")
"""The ways in which a text is cut, the usual one first."""


@dataclass(frozen=True)
class Encoding:
    """What turns rows into numbers and back. It travels with the model.

    Vocabularies and scales are learnt from the training part alone; labels are those of the whole data set.

    level        "word", "char" or "whitespace": how a text is cut; "token": the data are already cut; "number": numbers
    lowercase    whether a text is lower-cased first
    vocabulary   the input tokens, by id; () where inputs are numbers
    labels       the names of the readout's units, by id: classes, tags, or the tokens that are written; () for numbers
    columns      forecast: the columns that are read; target_columns those that are predicted
    means        of `columns` over the training part, scales their standard deviations: the network reads
                 (value - mean) / scale, and predicts targets scaled by target_means and target_scales
    """

    level: str
    lowercase: bool = False
    vocabulary: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    target_columns: tuple[str, ...] = ()
    means: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    target_means: tuple[float, ...] = ()
    target_scales: tuple[float, ...] = ()

    @property
    def rescales(self) -> bool:
        """Whether the numbers that are read are changed at all."""
        return any(self.means) or any(scale != 1 for scale in self.scales)

    @property
    def rescales_outputs(self) -> bool:
        """Whether the numbers that are predicted are changed at all."""
        return any(self.target_means) or any(scale != 1 for scale in self.target_scales)

    def scaled(self, values: Array) -> Array:
        """Numbers in the units of the data, turned into those that the network reads; (…, I)."""
        result: Array = (values - np.array(self.means)) / np.array(self.scales)
        return result

    def outputs(self, size: int) -> tuple[str, ...]:
        """The names of `size` predicted numbers: all target columns of the next step, then those of the step after it."""
        steps = size // max(len(self.target_columns), 1)
        suffixes = [f" +{step}" for step in range(1, steps + 1)] if steps > 1 else [""]
        return tuple(f"{column}{suffix}" for suffix in suffixes for column in self.target_columns)

    def output_moments(self, size: int) -> tuple[Array, Array]:
        """The mean and the scale of each of `size` predicted numbers, (size,) both."""
        steps = size // max(len(self.target_columns), 1)
        return np.tile(self.target_means, steps), np.tile(self.target_scales, steps)

    def in_units(self, outputs: Array) -> Array:
        """The network's outputs, turned into numbers in the units of the data; (…, C)."""
        means, scales = self.output_moments(outputs.shape[-1])
        result: Array = outputs * scales + means
        return result

    def from_units(self, values: Array) -> Array:
        """The outputs that the network should give for these numbers in the units of the data; (…, C)."""
        means, scales = self.output_moments(values.shape[-1])
        result: Array = (values - means) / scales
        return result
