"""What a person changes: the text, the cell. Each makes another world of one."""

from dataclasses import replace

import numpy as np

from rnn_cli.core.cells import CELLS
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.errors import InputError
from rnn_cli.explore.against import fitting
from rnn_cli.explore.world import World
from rnn_cli.inputs.sequence import NoWord, Sequence, encode_text
from rnn_cli.models.model import Model
from rnn_cli.study.networks import LABELS, build_network, shell_flags


def with_text(world: World, text: str) -> World:
    """The same model on another text. InputError where it reads no text, or this one holds no word."""
    if world.sequence.tokens is None:
        raise InputError("the input is numbers, and holds no words to edit: w edits the number under the cursor")
    sequence = replace(encoded(world, world.model, text), initial=world.sequence.initial)
    target = fitting(world, world.model, sequence)
    return world.reading(sequence, again="", target=target, assumed=False)


def same_words(before: World, after: World) -> bool:
    """Whether another text reads as the one before it: the same words, and the same numbers of each."""
    one, other = before.sequence, after.sequence
    return one.tokens == other.tokens and np.array_equal(one.inputs, other.inputs)


def encoded(world: World, model: Model, text: str) -> Sequence:
    """A text as the model reads it, with the vectors that were edited."""
    try:
        sequence = encode_text(text, model, world.seed)
    except NoWord as error:
        raise InputError("the text holds no word: write at least one") from error
    inputs = sequence.inputs.copy()
    for k, (token, row) in enumerate(zip(sequence.tokens or (), sequence.rows or (), strict=True)):
        if row is None and token in world.vectors:
            inputs[k] = world.vectors[token]
    return replace(sequence, inputs=inputs)


def with_next_cell(world: World) -> World:
    """A random network of the next cell, of the same sizes, on the same input."""
    cells = list(CELLS)
    return with_cell(world, cells[(cells.index(world.model.network.architecture.cell) + 1) % len(cells)])


def with_cell(world: World, cell: str) -> World:
    """A random network of a cell, of the same sizes, on the same input. InputError where there is none of these sizes."""
    built = model_with_cell(world, cell)
    if world.sequence.text is None:
        sequence = replace(world.sequence, initial={})
    else:
        sequence = encode_text(world.sequence.text, built, world.seed)
    again = world.again if world.sequence.text is None or world.sequence.typed else ""
    return World(built, sequence, world.seed, fitting(world, built, sequence), world.window, again)


def said_random(before: World, after: World) -> str:
    """What is random of a network that took another's place, beside its sizes and input."""
    if before.sequence.tokens != after.sequence.tokens:
        return "with random weights, which reads the text word by word"
    same = np.array_equal(before.sequence.inputs, after.sequence.inputs)
    return "with random weights" if same else "with random weights and random vectors of the words"


def model_with_cell(world: World, cell: str) -> Model:
    """A random network of a cell, of the same sizes. InputError where there is none."""
    model, a = world.model, world.model.network.architecture
    if a.layer_sizes or a.backward_only:
        raise InputError(
            f"{model.name} has layers of several sizes or runs backwards alone, and --cell builds no such network"
        )
    labels = model.labels or (LABELS if not a.output_size else tuple(map(model.label, range(a.output_size))))
    sizes = {"hidden_size": a.hidden_size, "num_layers": a.num_layers, "bidirectional": a.bidirectional}
    built = build_network(
        cell,
        input_size=a.input_size,
        hidden_size=a.hidden_size,
        num_layers=a.num_layers,
        bidirectional=a.bidirectional,
        task=a.task,
        labels=labels,
        seed=world.seed,
    )
    task = {"task": a.task if a.task != MANY_TO_ONE else None}
    own = {"labels": ",".join(labels) if labels != LABELS else None, "seed": world.seed or None}
    flags = shell_flags({"cell": cell, "input_size": a.input_size, **sizes, **task, **own})
    return replace(built, flags=flags if _can_be_said(labels) else None)


def _can_be_said(labels: tuple[str, ...]) -> bool:
    """Whether --labels gives these names again."""
    return all(one.isprintable() and one == one.strip() and "," not in one for one in labels)
