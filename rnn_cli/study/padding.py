"""Sentences of unequal length in one batch: what stands in the padded places, and what reading it as data would change."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.fast.batches import SequenceRun, run_batch
from rnn_cli.core.network import BACKWARD
from rnn_cli.core.norms import norm
from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.forward import computed_in, run_left_range
from rnn_cli.study.initial_states import batched

MOST_PADDED = 256
"""A page about a batch, not about a data set."""


@dataclass(frozen=True, eq=False)
class Ending:
    """The last state of one layer and direction, as it is and as it would be with the padding read as data.

    t is the step, from 1, after which it is final: the last real one, or the first in the backward direction.
    """

    layer: int
    direction: str
    t: int
    final: dict[str, Array]
    read: dict[str, Array]

    @property
    def off_by(self) -> float:
        """How far the h of padding that was read is from the right one."""
        return self.distance("h")

    def distance(self, state: str) -> float:
        """How far a state of padding that was read is from the right one."""
        return norm(self.read[state] - self.final[state])


@dataclass(frozen=True, eq=False)
class Padded:
    """One sentence of the batch: what the network computes on its real steps, and on all of them, padding too."""

    sequence: Sequence
    run: SequenceRun
    read: SequenceRun
    endings: tuple[Ending, ...]

    @property
    def length(self) -> int:
        """How many steps are real."""
        return len(self.run.inputs)

    @property
    def last_output(self) -> Array:
        """output[-1] of the packed batch, (D*H,): zeros where the last step of the batch is padding."""
        return self.run.output[-1] if self.length == len(self.read.inputs) else np.zeros_like(self.run.output[-1])


@dataclass(frozen=True, eq=False)
class PaddingResult:
    """A batch of sentences. inputs (T, B, I) with zeros after the end of each, mask (T, B) 1 where a step is real."""

    model: Model
    sequences: tuple[Padded, ...]
    inputs: Array
    mask: Array

    @property
    def left_range(self) -> str | None:
        """Where numbers left the finite range; None where all are finite."""
        runs = (run for one in self.sequences for run in (one.run, one.read))
        return next((left for left in (run_left_range(run, self.model) for run in runs) if left), None)

    @property
    def worst(self) -> tuple[Padded, Ending]:
        """The sentence, and its layer and direction, whose h padding would change most."""
        every = [(one, ending) for one in self.sequences for ending in one.endings]
        return max(every, key=lambda pair: pair[1].off_by if np.isfinite(pair[1].off_by) else np.inf)


def explain_padding(model: Model, sequences: Iterable[Sequence], dtype: str = "float64") -> PaddingResult:
    """The sequences as one batch. InputError where the model writes a text, or there are fewer than two sequences."""
    if model.has_decoder:
        raise InputError(f"--explain-padding is of one network that reads a batch; {model.name} also writes")
    model, every = computed_in(model, dtype), list(sequences)
    if not 2 <= len(every) <= MOST_PADDED:
        raise InputError(
            f"--explain-padding takes 2 to {MOST_PADDED} sequences (--file, --input), and there are {len(every):,}"
        )
    lengths = np.array([len(one.inputs) for one in every])
    inputs = np.zeros((lengths.max(), len(every), model.network.architecture.input_size))
    for b, one in enumerate(every):
        inputs[: lengths[b], b] = one.inputs
    mask = (np.arange(len(inputs))[:, None] < lengths).astype(int)
    initial = batched(one.initial for one in every)
    right = run_batch(model.network, [one.inputs for one in every], initial)
    read = run_batch(model.network, list(inputs.transpose(1, 0, 2)), initial)
    padded = (Padded(*one, _endings(model, *one[1:])) for one in zip(every, right, read, strict=True))
    return PaddingResult(model, tuple(padded), inputs, mask)


def _endings(model: Model, run: SequenceRun, read: SequenceRun) -> tuple[Ending, ...]:
    places = (
        (layer, way)
        for layer in range(model.network.architecture.num_layers)
        for way in model.network.architecture.directions
    )
    return tuple(
        Ending(
            layer,
            way,
            1 if way == BACKWARD else len(run.inputs),
            dict(run.final[layer, way]),
            dict(read.final[layer, way]),
        )
        for layer, way in places
    )
