"""A file of weights alone: what its layers are, read off the shapes and names of its arrays.

    two matrices, the second (H, G*H), perhaps a bias     SimpleRNN, LSTM or GRU, by G; in both directions, Bidirectional
    a matrix whose name says embedding                     Embedding
    a matrix, perhaps a bias (C,)                          Dense

The order is that of the file where it lists its layers, else that of their numbers: Embedding, recurrent layers, Dense.
"""

import re
from typing import Any

from rnn_cli.models.foreign.choices import EVERY_STEP, NONE, Choices, guessed
from rnn_cli.models.foreign.keras.chain import INPUT
from rnn_cli.models.foreign.keras.config import Graph, Layer
from rnn_cli.models.foreign.keras.recurrent import CELLS, GATES, TANH
from rnn_cli.models.foreign.keras.weights import BACKWARD, FORWARD, Owned, Weights, numbered_name
from rnn_cli.models.foreign.names import Tensors, shape_of

EMBEDDING = re.compile(r"emb", re.IGNORECASE)
FIRST = re.compile(r"emb|^arr_", re.IGNORECASE)
"""What a lone matrix is called that is an embedding; where the first one of a list has no name, its place says it."""

BY_GATES = {len(GATES[cell]): kind for kind, cell in CELLS.items()}


def graph_of_weights(weights: Weights, choices: Choices) -> tuple[Graph, tuple[str, ...]]:
    """The layers that the arrays make, and what was taken for granted. ModelFileError where they do not say it."""
    tensors = weights.tensors
    owned = list(weights.owned.values()) if weights.legacy else sorted(weights.owned.values(), key=_number)
    stack: list[tuple[Owned, dict[str, Any]]] = []
    before, after, others = [], [], []
    for one in owned:
        if not one.every:
            continue
        ways = {f"{way}_layer" for way in (FORWARD, BACKWARD)} & {
            part for name in one.every for part in name.split("/")
        }
        if len(ways) == 1:
            raise tensors.fail(f"{one.layer} has a {ways.pop()} alone: the other direction is missing")
        config = _recurrent(tensors, one, choices)
        first = weights.legacy and not stack  # the file lists its layers in their order
        matrix = tensors.arrays[one.every[0]]
        if config is not None:
            stack.append((one, config))
        elif matrix.ndim == 2 and len(one.every) == 1 and (EMBEDDING if not first else FIRST).search(one.every[0]):
            before.append(one)
        elif (
            not first
            and matrix.ndim == 2
            and [tensors.arrays[name].shape for name in one.every[1:]] in ([], [matrix.shape[1:]])
        ):
            after.append(one)
        else:
            others.append(one)
    if not stack:
        listed = ", ".join(tensors.sized(name) for name in list(tensors.arrays)[:4]) or "nothing"
        raise tensors.fail(f"holds no SimpleRNN, LSTM or GRU; it holds {listed}")
    if (others or len(before) > 1) and choices.module is None:
        odd = [*others, *before[1:]][0]
        raise tensors.ask(
            f"{odd.layer} ({', '.join(shape_of(tensors.arrays[name]) for name in odd.every[:4])}) stands in it too, and weights "
            f"alone do not say where: save the whole model (.keras), or take one layer with --module {stack[0][0].layer}"
        )
    graph = Graph(told=False)
    last = "input"
    graph.layers[last] = Layer(last, INPUT, {}, names=(last,))
    parts: list[tuple[Owned, str, dict[str, Any]]] = []
    if before and choices.embedding != NONE:
        parts.append((before[0], "Embedding", {}))
    for k, (one, config) in enumerate(stack):
        kind = "Bidirectional" if one.forward and one.backward else str(config["class_name"])
        inner = config["config"] | {
            "return_sequences": k < len(stack) - 1 or _every_step(weights, after, before, choices)
        }
        parts.append((one, kind, {"layer": {**config, "config": inner}} if kind == "Bidirectional" else inner))
    parts += [(one, "Dense", {"use_bias": len(one.every) > 1}) for one in after]
    for one, kind, settings in parts:
        graph.layers[one.layer] = Layer(one.layer, kind, settings, (last,), (), one.layer, (one.layer,))
        last = one.layer
    return graph, tuple(_taken(stack, after, choices))


def _recurrent(tensors: Tensors, one: Owned, choices: Choices) -> dict[str, Any] | None:
    """The class and settings of a recurrent layer with these arrays; None where they are none of one."""
    names = one.forward or one.backward
    arrays = [tensors.arrays[name] for name in names]
    if len(arrays) not in (2, 3) or [array.ndim for array in arrays[:2]] != [2, 2] or not arrays[1].size:
        return None
    units, columns = arrays[1].shape
    if arrays[0].shape[1] != columns or columns % units or columns // units not in BY_GATES:
        return None
    kind = BY_GATES[columns // units]
    settings: dict[str, Any] = {"units": units, "use_bias": len(arrays) == 3}
    if kind == "SimpleRNN":
        settings["activation"] = choices.activation or TANH
    if kind == "GRU" and len(arrays) < 3:
        raise tensors.fail(
            f"{one.layer} is a GRU without biases, and shapes alone do not say whether it resets before or after the product: "
            "save the whole model (.keras), which says reset_after"
        )
    if kind == "GRU":
        settings["reset_after"] = arrays[2].ndim == 2
    return {"class_name": kind, "config": settings}


def _every_step(weights: Weights, after: list[Owned], before: list[Owned], choices: Choices) -> bool:
    """Whether the readout reads every step: as the person says, else where it has a unit for each row of the embedding."""
    if choices.reads is not None or not after:
        return choices.reads == EVERY_STEP or not after
    units = weights.tensors.arrays[after[0].every[0]].shape[1]
    return bool(before) and len(weights.tensors.arrays[before[0].every[0]]) == units


def _taken(stack: list[tuple[Owned, dict[str, Any]]], after: list[Owned], choices: Choices) -> list[str]:
    """What weights alone do not say, and what was taken for it."""
    said = []
    activation = stack[0][1]["config"].get("activation")
    if activation is not None and choices.activation is None:
        said.append(f"its activation taken as {activation}, which a file of weights does not say (--activation)")
    if after:
        said += guessed(choices, "a file of weights")
    if len(stack) > 1:
        said.append(f"the order of its layers by their names: {', '.join(one.layer for one, _ in stack)}")
    return said


def _number(one: Owned) -> tuple[str, int, str]:
    """Where a layer stands among those of its kind: lstm, lstm_1, …, lstm_10."""
    return (*numbered_name(one.layer), one.layer)
