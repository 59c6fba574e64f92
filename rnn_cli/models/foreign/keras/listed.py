"""Arrays in the order of Keras's get_weights(): the layers one after the other, each with its kernel first."""

import re

from rnn_cli.core.arrays import Array
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.foreign.keras.model import model_of
from rnn_cli.models.foreign.keras.unsaid import BY_GATES, graph_of_weights
from rnn_cli.models.foreign.keras.weights import Owned, Weights
from rnn_cli.models.foreign.names import Tensors, shape_of
from rnn_cli.models.model import Model

NUMBERED = re.compile(r"arr_([0-9]{1,6})")
ROLE = re.compile(r"(?:.*/)?(?:kernel|recurrent_kernel|bias|embeddings|vars/[0-9]+)(?::0)?")
FIRST = re.compile(r"(?:.*/)?(?:kernel|embeddings|vars/0)(?::0)?")
FROM_TORCH = "np.savez('model.npz', **{name: array.numpy() for name, array in module.state_dict().items()})"
FROM_KERAS = "np.savez('model.npz', **{one.path: one.numpy() for one in model.weights})"


def model_of_list(tensors: Tensors, name: str, choices: Choices) -> Model:
    """The model that the arrays are. ModelFileError where their order and shapes do not say it."""
    names = list(tensors.arrays)
    if names and all(map(NUMBERED.fullmatch, names)):
        parts = _parts(tensors, sorted(names, key=lambda one: int(one.removeprefix("arr_"))))
    elif names and all(ROLE.fullmatch(one) for one in names):
        starts = [k for k, one in enumerate(names) if FIRST.fullmatch(one)]
        parts = [tuple(names[a:b]) for a, b in zip(starts, [*starts[1:], len(names)], strict=True)]
    else:
        held = ", ".join(tensors.sized(one) for one in names[:4]) or "nothing"
        raise tensors.fail(
            f"its names are not those of PyTorch, Keras or this program: it holds {held};\n"
            "name the arrays as the equations do (W_xh, W_hh, b_h), or save what get_weights() gives in its order"
        )
    owned = {one.every[0]: one for one in _with_directions(tensors, parts)}
    weights = Weights.listed(tensors, owned)
    graph, said = graph_of_weights(weights, choices)
    return model_of(name, graph, weights, choices, said)


def _parts(tensors: Tensors, names: list[str]) -> list[tuple[str, ...]]:
    """The arrays of each layer."""
    parts: list[tuple[str, ...]] = []
    k = 0
    while k < len(names):
        arrays = [tensors.arrays[name] for name in names[k : k + 4]]
        if _stacked_below(arrays):
            raise tensors.fail(
                f"{tensors.sized(names[k])} and {tensors.sized(names[k + 1])} could be PyTorch's, gates one below the other: "
                f"save them under their names, {FROM_TORCH}"
            )
        count = 2 if _recurrent(arrays) else 1
        if count == 2 and len(arrays) > 2 and not _bias(arrays[2], arrays[0]) and _recurrent(arrays[1:]):
            raise tensors.fail(
                f"{tensors.sized(names[k])} could be an embedding or a kernel: save them under their names, {FROM_KERAS}"
            )
        count += len(arrays) > count and _bias(arrays[count], arrays[0], two=count == 2)
        parts.append(tuple(names[k : k + count]))
        k += count
    return parts


def _bias(array: Array, kernel: Array, two: bool = True) -> bool:
    """Whether an array may be the bias of a kernel: one for each column, or two as a GRU with reset_after has."""
    return array.shape == kernel.shape[1:] or (two and array.shape == (2, *kernel.shape[1:]))


def _recurrent(arrays: list[Array]) -> bool:
    """Whether a kernel (I, G*H) and a recurrent kernel (H, G*H) come first."""
    if len(arrays) < 2 or arrays[0].ndim != 2 or arrays[1].ndim != 2 or not arrays[1].size:
        return False
    units, columns = arrays[1].shape
    return arrays[0].shape[1] == columns and columns % units == 0 and columns // units in BY_GATES


def _stacked_below(arrays: list[Array]) -> bool:
    """Whether weight_ih (G*H, I) and weight_hh (G*H, H) may come first, as PyTorch has them."""
    if len(arrays) < 2 or arrays[0].ndim != 2 or arrays[1].ndim != 2 or not arrays[1].size:
        return False
    rows, units = arrays[1].shape
    turned = len(arrays[0]) == rows and rows % units == 0 and rows // units in BY_GATES
    two = [array.shape for array in arrays[2:4]] == [(rows,)] * 2
    return turned and (not _recurrent(arrays) or two or len(arrays) < 3 or arrays[2].ndim != 1)


def _with_directions(tensors: Tensors, parts: list[tuple[str, ...]]) -> list[Owned]:
    """The layers: two recurrent parts of the same shapes are the directions of one, where what reads them is as wide as both."""
    shapes = [[tensors.arrays[name].shape for name in part] for part in parts]
    found: list[Owned] = []
    k = 0
    while k < len(parts):
        arrays = [tensors.arrays[name] for name in parts[k]]
        pair = k + 1 < len(parts) and _recurrent(arrays) and shapes[k] == shapes[k + 1]
        if pair and not NUMBERED.fullmatch(parts[k][0]):
            pair = "backward" in parts[k + 1][0]
        elif pair:
            inputs, units = arrays[0].shape[0], arrays[1].shape[0]
            reader = shapes[k + 2][0][0] if k + 2 < len(parts) else None
            if inputs == units and reader not in (units, 2 * units):
                raise tensors.fail(
                    f"{parts[k][0]} and {parts[k + 1][0]} ({shape_of(arrays[0])}) could be two layers or two directions of one: "
                    f"save them under their names, {FROM_KERAS}"
                )
            pair = inputs != units or reader == 2 * units
        found.append(Owned(parts[k][0], parts[k], parts[k + 1] if pair else ()))
        k += 2 if pair else 1
    return found
