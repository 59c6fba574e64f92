"""Weights in a .npz file, which says nothing of what they are: their names do, or their order and shapes.

weight_ih_l0, …, embed.weight       PyTorch's names: read as a state dict
W_xi, W_hi, b_i, …, W_hy, b_y       this program's, with layers.1.backward. before them where there are several
arr_0, arr_1, … or Keras's names    what Keras's get_weights() gives, in its order
"""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import every_cell
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.network import BACKWARD, FORWARD, MANY_TO_ONE, Architecture
from rnn_cli.core.reads import FINAL_STATE
from rnn_cli.errors import ModelFileError
from rnn_cli.models.checks import MAX_TRAINED, filled_network
from rnn_cli.models.foreign.archives import member, opened_archive
from rnn_cli.models.foreign.choices import EVERY_STEP, NONE, READS, Choices, guessed, with_reads
from rnn_cli.models.foreign.encoder_decoder import activated, behind
from rnn_cli.models.foreign.keras.listed import model_of_list
from rnn_cli.models.foreign.names import Tensors
from rnn_cli.models.foreign.state_dict import looks_like_state_dict, model_from_state_dict
from rnn_cli.models.model import Model
from rnn_cli.models.options import options_of
from rnn_cli.models.origins import Origin
from rnn_cli.reading import parsing

NUMPY = "NumPy arrays"
ENDING = ".npy"
OURS = re.compile(
    r"(?:layers\.(?P<layer>[0-9]{1,3})\.)?(?:(?P<direction>forward|backward)\.)?(?P<name>[Wbp]_[a-z]{1,2})"
)
HEADS = {"embedding": "embedding", "W_hy": "readout.W_hy", "b_y": "readout.b_y"}


def read(path: Path, choices: Choices) -> Model:
    """The model in a file. ModelFileError where it is damaged, or its arrays do not say what they are."""
    source, name = str(path), path.name.removesuffix(".npz")
    arrays = _arrays(path)
    with parsing(source, "not a model that can be read", ModelFileError):
        if looks_like_state_dict(arrays):
            return model_from_state_dict(source, name, arrays, choices)
        if any(OURS.fullmatch(one) for one in arrays):
            return _ours(Tensors(source, arrays), name, choices)
        return model_of_list(Tensors(source, arrays), name, choices)


def _arrays(path: Path) -> dict[str, Array]:
    """The arrays of a file, each measured before it is unpacked; nothing is unpickled."""
    source, found, numbers = str(path), {}, 0
    with opened_archive(path, "a .npz file") as archive:
        for name in archive.namelist():
            data = BytesIO(member(source, archive, name))
            version = np.lib.format.read_magic(data)
            header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = header(data)
            numbers += int(np.prod([int(size) for size in shape], dtype=object))
            if dtype.kind not in "fiub" or numbers > MAX_TRAINED:
                raise ModelFileError(
                    f"{source}: {name.removesuffix(ENDING)} holds {dtype} values or too many: no weights"
                )
            data.seek(0)
            found[name.removesuffix(ENDING)] = np.asarray(np.lib.format.read_array(data, allow_pickle=False))
    return found


def _ours(tensors: Tensors, name: str, choices: Choices) -> Model:
    """A network whose arrays have the names of the equations."""
    places: dict[tuple[int, str], dict[str, str]] = {}
    heads: dict[str, str] = {}
    for one, array in tensors.arrays.items():
        if not array.ndim:
            raise tensors.fail(f"{one} is one number, and parameters are vectors and matrices")
        plain = one.removeprefix("readout.").removeprefix("parameters.")
        match = OURS.fullmatch(plain)
        if plain in HEADS:
            held, key = heads, HEADS[plain]
        elif match is None:
            raise tensors.fail(f"{one} is no parameter of a network here")
        else:
            held = places.setdefault((int(match["layer"] or 0), match["direction"] or FORWARD), {})
            key = match["name"]
        if held.setdefault(key, one) != one:
            raise tensors.fail(f"{held[key]} and {one} are the same parameter")
    _choose_heads(tensors, heads, choices)
    directions = tuple(one for one in (FORWARD, BACKWARD) if any(one == way for _, way in places)) or (FORWARD,)
    order = [(layer, way) for layer in range(1 + max((layer for layer, _ in places), default=0)) for way in directions]
    cell = _cell_of(tensors, set(places.get((0, directions[0]), {})), choices)
    packed: dict[str, Array] = {key: tensors.arrays[one] for key, one in heads.items()}
    if "embedding" in packed:
        packed["embedding"] = activated(packed["embedding"], choices)
    elif choices.embedding_activation is not None:
        raise tensors.ask("--embedding-activation: it holds no embedding")
    origins = {key: Origin((one,), notes=behind(choices) * (key == "embedding")) for key, one in heads.items()}
    for layer, way in order:
        own = places.get((layer, way), {})
        if set(own) != set(cell.parameters):
            lacks = ", ".join(sorted(set(cell.parameters) - set(own)))
            raise tensors.fail(f"layer {layer}, {way}: {lacks} is missing, of the parameters of the cell {cell.name}")
        for key, names in cell.packing.items():
            for one in (own[name] for name in names[1:]):  # together they may fit where each has the wrong share
                if tensors.arrays[one].shape != tensors.arrays[own[names[0]]].shape:
                    raise tensors.fail(
                        f"{tensors.sized(own[names[0]])} and {tensors.sized(one)} should be of one shape, as those of all gates"
                    )
            packed[f"layers.{layer}.{way}.{key}"] = np.concatenate([tensors.arrays[own[one]] for one in names])
            origins[f"layers.{layer}.{way}.{key}"] = Origin(tuple(own[one] for one in names))
    W = packed.get("readout.W_hy")
    units = [
        len(tensors.arrays[own[cell.parameters[-1]]])
        for (_, way), own in sorted(places.items())
        if way == directions[0]
    ]
    if W is not None:
        packed.setdefault("readout.b_y", np.zeros(len(W)))
    rows = len(packed["embedding"]) if "embedding" in packed else 0
    reads = choices.reads or (EVERY_STEP if W is not None and len(W) == rows else FINAL_STATE)
    chosen = {option: getattr(cell, option) for option in cell.options}
    architecture = Architecture(
        cell.name,
        packed[f"layers.0.{directions[0]}.W_x"].shape[-1],
        0,
        0,
        len(directions) == 2,
        MANY_TO_ONE,
        0 if W is None else len(W),
        rows,
        options_of(cell.name, chosen),
        backward_only=directions == (BACKWARD,),
    ).of_layers(units)
    network = filled_network(tensors.source, with_reads(architecture, reads), packed)
    said = [f"the {cell.title} of its {cell.parameters[0]}, …"]
    if "activation" in cell.options and choices.activation is None:
        said.append(f"its activation taken as {chosen['activation']}, which arrays do not say (--activation)")
    if W is not None:
        guess = guessed(choices, "a file of arrays")
        said += [f"readout W_hy, of {READS[reads]}", *guess]
    said += tensors.done
    stored = str(packed[f"layers.0.{directions[0]}.W_x"].dtype)
    read: dict[str, Any] = {"module": "", "embedding": heads.get("embedding"), "readout": heads.get("readout.W_hy")}
    if W is not None:
        read |= {"readout_reads": reads, "readout_reads_guessed": bool(guess)}
    return Model(name, network, "file", stored_dtype=stored, format=NUMPY, read=read, said=tuple(said), origins=origins)


def _choose_heads(tensors: Tensors, heads: dict[str, str], choices: Choices) -> None:
    """Leave out what the person leaves out. Undecided where another part is named than the names in the file say."""
    if choices.module is not None:
        raise tensors.ask(
            f"--module {choices.module}: it holds one network, whose arrays have no module in their names"
        )
    for option, asked, key in (
        ("embedding", choices.embedding, "embedding"),
        ("readout", choices.readout, "readout.W_hy"),
    ):
        there = heads.get(key)
        if asked == NONE:
            for name in [name for name in heads if name.startswith(option)]:
                tensors.done.append(f"{heads.pop(name)} is left out")
        elif asked not in (None, there):
            raise tensors.ask(f"--{option} {asked}: its names say which array that is, {there or 'none'}")


def _cell_of(tensors: Tensors, names: set[str], choices: Choices) -> Cell:
    """The cell whose parameters have these names. ModelFileError where none has."""
    fits = [one for one in every_cell() if set(one.parameters) == names]
    chosen = [one for one in fits if choices.activation in (None, getattr(one, "activation", None))]
    if not chosen:
        raise tensors.fail(f"no cell has the parameters {', '.join(sorted(names)) or 'that are there'} and no others")
    return chosen[0]
