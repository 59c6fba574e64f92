"""Random systems and batches for them: every kind of system, of any cell, sequences of unequal lengths."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention import NONE, SCORES
from rnn_cli.core.embedding import NO_PART
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.systems import make_system
from rnn_cli.core.systems.base import Blueprint, System
from tests.support.networks import KINDS, architecture_of

ROWS, LABELS, CONDITIONS, NUMBERS = 7, 4, 3, 2
"""Words of the vocabulary, classes, conditions, numbers to predict."""
PARTS, MOST_PARTS = 5, 3
"""Parts of words, and the most that one word has."""

WITH_PARTS = "many-to-many, parts"
"""Words whose parts have vectors too."""
ATTENTIVE = tuple(f"encoder-decoder, {name}" for name in SCORES)
SYSTEM_KINDS = ("many-to-one", "many-to-many", "numbers", "numbers at every step", "encoder-decoder", "one-to-many")


def blueprint_of(
    kind: str, cell: str, hidden_size: int = 4, num_layers: int = 1, bidirectional: bool = False
) -> Blueprint:
    """A system of one of SYSTEM_KINDS, ATTENTIVE or WITH_PARTS; `cell` is a key of KINDS. A network that writes has one direction."""
    both = bidirectional
    if kind == WITH_PARTS:
        words = architecture_of(cell, 3, hidden_size, num_layers, both, MANY_TO_MANY, LABELS, ROWS)
        return Blueprint("single", CROSS_ENTROPY, replace(words, part_rows=PARTS))
    kind, _, attention = kind.partition(", ")
    if kind in ("encoder-decoder", "one-to-many"):
        reads = kind == "encoder-decoder"
        width = hidden_size * (2 if both and reads else 1)
        writer = architecture_of(cell, 3, width, num_layers, False, MANY_TO_MANY, LABELS, LABELS)
        reader = architecture_of(cell, 3, hidden_size, num_layers, both, embedding_rows=ROWS) if reads else None
        return Blueprint(kind, CROSS_ENTROPY, reader, writer, 0 if reads else CONDITIONS, attention or NONE)
    task = MANY_TO_ONE if kind in ("many-to-one", "numbers") else MANY_TO_MANY
    numbers = kind.startswith("numbers")
    outputs, rows = (NUMBERS, 0) if numbers else (LABELS, ROWS)
    reader = architecture_of(cell, 3, hidden_size, num_layers, both, task, outputs, rows)
    return Blueprint("single", MSE if numbers else CROSS_ENTROPY, reader)


def random_system(blueprint: Blueprint, seed: int = 0, scale: float = 1.0) -> System:
    """A system whose parameters are all different: normal, with variance scale^2 over the fan-in."""
    system = make_system(blueprint)
    generator = np.random.default_rng([seed, 11])
    for array in system.parameters.values():
        fan = array.shape[-1] if array.ndim > 1 else 4
        array[...] = scale * generator.standard_normal(array.shape) / np.sqrt(fan)
    return system


def random_examples(blueprint: Blueprint, lengths: Sequence[int], seed: int = 0, padding: int = 0) -> Batch:
    """A batch of these lengths with answers that weigh differently; what stands in the padding is `padding`."""
    generator = np.random.default_rng([seed, 12])
    T, B = max(lengths), len(lengths)
    ends = np.array(lengths)
    if blueprint.writer is not None:
        read, read_ends = _words(generator, ends, ROWS, padding)
        if blueprint.reader is None:
            read, read_ends = generator.integers(0, CONDITIONS, (1, B)), np.ones(B, dtype=int)
        written_ends = generator.integers(1, T + 2, B)
        targets, _ = _words(generator, written_ends, LABELS, padding)
        decoder, _ = _words(generator, written_ends, LABELS, padding)
        weights = _weights(generator, written_ends)
        return Batch(read, read_ends, targets, weights, decoder, written_ends)
    assert blueprint.reader is not None
    at_end = blueprint.reader.task == MANY_TO_ONE
    inside = np.arange(T)[:, None] < ends
    if blueprint.loss == MSE:
        inputs = np.where(inside[..., None], generator.standard_normal((T, B, 3)), float(padding))
        targets = generator.standard_normal((B, NUMBERS) if at_end else (T, B, NUMBERS))
    else:
        inputs, _ = _words(generator, ends, ROWS, padding)
        targets = generator.integers(0, LABELS, B) if at_end else _words(generator, ends, LABELS, padding)[0]
    weights = generator.uniform(0.2, 2, B) if at_end else _weights(generator, ends)
    parts = _parts(generator, inside, padding) if blueprint.reader.part_rows else None
    return Batch(inputs, ends, targets, weights, parts=parts)


def _parts(generator: np.random.Generator, inside: Array, padding: int) -> Array:
    """For each word none to MOST_PARTS different parts."""
    drawn = generator.permuted(np.broadcast_to(np.arange(PARTS), (*inside.shape, PARTS)), axis=-1)[..., :MOST_PARTS]
    there = np.arange(MOST_PARTS) < generator.integers(0, MOST_PARTS + 1, inside.shape)[..., None]
    return np.where(inside[..., None], np.where(there, drawn, NO_PART), padding)


def _words(generator: np.random.Generator, lengths: Array, rows: int, padding: int) -> tuple[Array, Array]:
    inside = np.arange(int(lengths.max()))[:, None] < lengths
    return np.where(inside, generator.integers(0, rows, inside.shape), padding), lengths


def _weights(generator: np.random.Generator, lengths: Array) -> Array:
    inside = np.arange(int(lengths.max()))[:, None] < lengths
    return np.where(inside, generator.uniform(0.2, 2, inside.shape), 0.0)


def one_sequence_of(batch: Batch, b: int) -> Batch:
    """Sequence b alone, without its padding."""
    T = int(batch.lengths[b])
    one = slice(b, b + 1)
    if batch.decoder_inputs is not None:
        assert batch.decoder_lengths is not None
        U = int(batch.decoder_lengths[b])
        return Batch(
            batch.inputs[:T, one],
            batch.lengths[one],
            batch.targets[:U, one],
            batch.weights[:U, one],
            batch.decoder_inputs[:U, one],
            batch.decoder_lengths[one],
        )
    if batch.weights.ndim == 1:
        return Batch(batch.inputs[:T, one], batch.lengths[one], batch.targets[one], batch.weights[one])
    parts = None if batch.parts is None else batch.parts[:T, one]
    return Batch(batch.inputs[:T, one], batch.lengths[one], batch.targets[:T, one], batch.weights[:T, one], parts=parts)


CELLS = sorted(KINDS)
