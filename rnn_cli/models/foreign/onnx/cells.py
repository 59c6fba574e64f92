"""RNN, LSTM and GRU nodes as the cells here: their equations, and the parameters of one direction.

    W (D, G*H, I)    R (D, G*H, H)    B (D, 2*G*H): the biases of W, then those of R    P (D, 3*H)

Gates stand one below the other: of the LSTM i o f c, of its peepholes P i o f, of the GRU z r h. The equations are those of
the cells here, with P those of the peephole cell; the GRU resets after the product where linear_before_reset is set. The two
biases per gate are summed, but for that of R in the GRU's candidate, which stands inside the reset.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import cell_class, made_cell
from rnn_cli.models.foreign.onnx.probe import Followed, Recurrent, Value
from rnn_cli.models.options import options_of
from rnn_cli.models.origins import SUMMED, Origin
from rnn_cli.reading import shown

CELLS = {"RNN": "rnn", "LSTM": "lstm", "GRU": "gru"}
WITH_PEEPHOLES = "peephole"
GATES = {"RNN": ("h",), "LSTM": ("i", "o", "f", "g"), "GRU": ("z", "r", "n")}
PEEPHOLES = ("i", "o", "f")
ACTIVATIONS_OF = {"RNN": ("tanh",), "LSTM": ("sigmoid", "tanh", "tanh"), "GRU": ("sigmoid", "tanh")}
"""The activations that an operator has where a node says nothing."""

Kind = tuple[str, tuple[tuple[str, str], ...]]
"""A cell and its options."""


def kind_of(found: Followed, one: Recurrent) -> Kind:
    """The cell that a node computes. ModelFileError where no cell here has its equations."""
    node = one.node
    said, title = node.attributes, node.title
    if said.get("clip"):
        raise found.fail(f"{title} clips what its activations read at {said['clip']:g}: no cell here does")
    if said.get("input_forget"):
        raise found.fail(f"{title} has input_forget: its forget gate is 1 - i, and no cell here has that")
    options = {}
    chosen = _activations(found, one)
    if node.op == "RNN":
        options["activation"] = chosen[0]
    if node.op == "GRU":
        options["reset"] = "after" if said.get("linear_before_reset") else "before"
    cell = CELLS[node.op]
    P = one.given("P")
    if P is not None and _constant(found, one, "P").any():
        cell = WITH_PEEPHOLES
    return cell, options_of(cell, options)


def _activations(found: Followed, one: Recurrent) -> tuple[str, ...]:
    """The activations of one direction. ModelFileError where they are not those of the cell, or differ by direction."""
    node, usual = one.node, ACTIVATIONS_OF[one.node.op]
    said = [name.decode("utf-8", "replace").lower() for name in node.attributes.get("activations", [])]
    each = tuple(said[: len(usual)]) or usual
    known = cell_class("rnn").options["activation"] if node.op == "RNN" else ()
    if said and said != list(each) * one.Y.shape[1]:
        raise found.fail(f"{node.title}: the directions have different activations, {' '.join(said)}")
    if (each not in [(name,) for name in known] and each != usual) or not set(each) <= set(ACTIVATIONS):
        wanted = " or ".join(known) if known else " ".join(usual)
        raise found.fail(f"{node.title}: its activations are {' '.join(each)}, and here they can be {wanted}")
    return each


def _constant(found: Followed, one: Recurrent, name: str) -> Array:
    """The numbers of a parameter. ModelFileError where the file does not hold them as they are."""
    value = one.inputs[name]
    title = f"{name} of {one.node.title}"
    if value.array is None or value.after:
        why = f"{value.why} computes it" if value.why else "it is no constant of the file"
        raise found.fail(f"{title} cannot be read: {why}")
    if value.array.dtype.kind != "f":
        raise found.fail(f"{title} holds {value.array.dtype} values: quantized weights are not read")
    if not np.isfinite(value.array).all():
        raise found.fail(f"{title} ({named(value)}) holds a number that is not finite")
    return value.array


def named(value: Value) -> str:
    """The initializers that a parameter was made of."""
    return " and ".join(map(shown, value.made_of)) or "a constant"


def packed(found: Followed, one: Recurrent, k: int, kind: Kind) -> tuple[dict[str, Array], dict[str, Origin]]:
    """The parameters of direction k of a node as the cell packs them, and where each stood."""
    order, cell = GATES[one.node.op], made_cell(*kind)
    D, H = one.Y.shape[1], one.Y.shape[3]
    G = len(order)
    x = one.inputs["W"].array
    shapes = {
        "W": (D, G * H, x.shape[-1] if x is not None else 0),
        "R": (D, G * H, H),
        "B": (D, 2 * G * H),
        "P": (D, 3 * H),
    }
    given = {name: _constant(found, one, name) for name in shapes if one.given(name) is not None}
    for name, array in given.items():
        if array.shape != shapes[name]:
            got, wanted = ("×".join(map(str, shape)) for shape in (array.shape, shapes[name]))
            raise found.fail(f"{name} of {one.node.title} ({named(one.inputs[name])}) is {got}, and should be {wanted}")
    parts: dict[str, Any] = {}
    B = given.get("B", np.zeros(shapes["B"]))[k].astype(np.float64)
    for row, gate in enumerate(order):
        rows = slice(row * H, (row + 1) * H)
        parts[f"W_x{gate}"], parts[f"W_h{gate}"] = given["W"][k][rows], given["R"][k][rows]
        first, second = B[: G * H][rows], B[G * H :][rows]
        parts[f"b_h{gate}"] = second
        parts[f"b_{gate}"] = first if f"b_h{gate}" in cell.parameters else first + second
    P = given.get("P", np.zeros(shapes["P"]))[k]
    parts |= {f"p_{gate}": P[row * H : (row + 1) * H] for row, gate in enumerate(PEEPHOLES)}
    arrays = {key: np.concatenate([parts[name] for name in names]) for key, names in cell.packing.items()}
    return arrays, _origins(one, arrays, order, k)


def _origins(one: Recurrent, arrays: Mapping[str, Array], order: tuple[str, ...], k: int) -> dict[str, Origin]:
    origins = {}
    second = [gate for gate in order if f"b_h{gate}" in arrays]
    apart = f" but for gate {' '.join(second)}" if second else ""
    for key in arrays:
        name = {"W_x": "W", "W_h": "R", "p": "P"}.get(key if key in ("W_x", "W_h") else key[:1], "B")
        value = one.given(name)
        if value is None:
            continue
        notes = (f"{SUMMED}{apart}",) if key == "b" else ()
        gates = order if len(order) > 1 and key in ("W_x", "W_h", "b") else ()
        origins[key] = Origin(value.made_of, gates=gates, notes=notes, at=value.name, row=k)
    return origins


INITIAL = {"h": "initial_h", "c": "initial_c"}
"""The inputs that give the states that a node begins with."""


def starts(found: Followed, one: Recurrent) -> dict[str, tuple[Array, Origin]]:
    """State -> what a node begins with, a row (D, H) for all sequences, and where it stood.

    Only where it is not 0. ModelFileError where it is no such row.
    """
    states = {}
    for state, name in INITIAL.items():
        value, what = one.given(name), f"{name} of {one.node.title}"
        if value is None or not _is_constant(value):
            continue
        array = _constant(found, one, name)
        if not array.any():
            continue
        turned = bool(one.node.attributes.get("layout")) and array.ndim == 3
        rows = array.swapaxes(0, 1) if turned else array
        D, H = one.Y.shape[1], one.Y.shape[3]
        if rows.ndim != 3 or not rows.shape[1] or (rows.shape[0], rows.shape[2]) != (D, H):
            got = "×".join(map(str, rows.shape))
            raise found.fail(f"{what} ({named(value)}) is {got}, and should be {D}×B×{H}, B sequences")
        if (rows != rows[:, :1]).any():
            raise found.fail(
                f"{what} ({named(value)}) differs between the {rows.shape[1]} sequences of the batch: here every sequence "
                "starts alike"
            )
        states[state] = rows[:, 0].astype(np.float64), Origin(value.made_of, turned, at=value.name)
    return states


def _is_constant(value: Value) -> bool:
    return value.array is not None and not value.after


def beginning(found: Followed, one: Recurrent, asked: bool) -> tuple[str, ...]:
    """What is to be said of states that are given to a node when it runs; () where there are none.

    ModelFileError where other nodes compute them, unless the node was asked for.
    """
    said = []
    for name in INITIAL.values():
        value, what = one.given(name), f"{name} of {one.node.title}"
        if value is None or _is_constant(value):
            continue
        given = value.after <= set(found.inputs) - one.inputs["X"].after and not value.why and not value.computed
        if value.after and given:
            said.append(
                f"{what} is the input {' and '.join(map(shown, sorted(value.after)))} of the graph: here it is 0"
            )
            continue
        computed = f"{what} is computed by other nodes, as in a decoder"
        if not asked:
            raise found.fail(f"{computed}: --module {one.node.name} takes 0 for it, or what --state gives")
        said.append(f"{computed}: here it is 0")
    return tuple(said)


def reads_all(found: Followed, one: Recurrent) -> tuple[str, ...]:
    """What is to be said of the lengths of sequences; ModelFileError where a constant cuts them short."""
    value = one.given("sequence_lens")
    if value is None:
        return ()
    T = one.Y.shape[0]
    if value.constant and value.array is not None:
        if (value.array != T).any():
            raise found.fail(
                f"sequence_lens of {one.node.title} ({named(value)}) cuts every sequence at a length of its own"
            )
        return ()
    return (f"sequence_lens of {one.node.title} is given to the graph: here every sequence is read whole",)
