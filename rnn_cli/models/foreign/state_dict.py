"""A model from the state dict of a PyTorch program: its recurrent module, its embedding, its readout, and what is left."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.core.reads import FINAL_STATE, MAX
from rnn_cli.models.checks import filled_network
from rnn_cli.models.foreign.choices import EVERY_STEP, READS, Choices, guessed, with_reads
from rnn_cli.models.foreign.encoder_decoder import activated, behind, heads_of_one, joined_model, pair_of
from rnn_cli.models.foreign.heads import Heads, find_heads
from rnn_cli.models.foreign.names import Tensors, check_numbers, plain_names
from rnn_cli.models.foreign.recurrent import (
    IN_CELL,
    IN_MODULE,
    Recurrent,
    as_packed,
    origins_of,
    recurrent_modules,
    unprojected,
)
from rnn_cli.models.model import PYTORCH, Model
from rnn_cli.models.origins import Origin
from rnn_cli.models.sizes import arrow

MOST_NAMED = 6

TAGS = re.compile(r"2tag|\btag", re.IGNORECASE)
"""Names of a readout that gives every token its tag."""


def looks_like_state_dict(arrays: Mapping[str, Array]) -> bool:
    """Whether any name is that of a parameter of PyTorch's recurrent modules or cells."""
    tensors = plain_names("", arrays, {})
    return any(IN_MODULE.fullmatch(name) or IN_CELL.fullmatch(name) for name in tensors.arrays)


def model_from_state_dict(
    source: str, name: str, arrays: Mapping[str, Array], choices: Choices, tied: Mapping[str, str] | None = None
) -> Model:
    """The model that a state dict holds.

    ModelFileError where a name, shape or number does not fit; Undecided where nothing says which of several parts is meant,
    or whether something that the file holds stands before the states.
    """
    tensors = plain_names(source, arrays, tied or {})
    modules = recurrent_modules(tensors)
    in_the_way, pair = "", pair_of(modules)
    if choices.module is None and pair is not None:
        joined = joined_model(source, name, tensors, pair, choices)
        if isinstance(joined, Model):
            check_numbers(tensors, list(tensors.arrays))
            return joined
        in_the_way = f", an encoder and a decoder that are not run together here: {joined}"
    one = _module(tensors, modules, choices.module, in_the_way)
    belongs = {name for module in modules for name in module.names}
    heads = find_heads(tensors, one, belongs, choices) if pair is None else heads_of_one(tensors, pair, one, choices)
    activation = choices.activation or "tanh"
    architecture, packed = as_packed(one, activation)
    read: dict[str, Any] = {"module": one.module, "cells": one.of_cells}
    said = [f"the {one.title}"]
    if heads.embedding is not None:
        packed["embedding"] = activated(tensors.arrays[heads.embedding], choices)
        architecture = replace(architecture, embedding_rows=len(packed["embedding"]))
        said.append(f"embedding {tensors.sized(heads.embedding)}")
    read["embedding"] = None if heads.embedding is None else tensors.name(heads.embedding)
    if heads.readout is not None:
        W = tensors.arrays[heads.readout]
        every_step = len(W) == architecture.embedding_rows or TAGS.search(heads.readout)
        reads = choices.reads or (EVERY_STEP if every_step else FINAL_STATE)
        guess = guessed(choices, "a state dict")
        if one.projected and reads == MAX:  # every other read is linear, so that the projection may stand behind it
            raise tensors.ask(
                "--readout-reads max: the largest of what weight_hr projects is no projection of the largest h, so "
                "this network has no equal here"
            )
        packed["readout.W_hy"] = unprojected(W, one, one.layers - 1) if one.projected else W
        packed["readout.b_y"] = np.zeros(len(W)) if heads.bias is None else tensors.arrays[heads.bias]
        architecture = with_reads(replace(architecture, output_size=len(W)), reads)
        said += [f"readout {tensors.sized(heads.readout)}, of {READS[reads]}", *guess]
        read |= {"readout_reads": reads, "readout_reads_guessed": bool(guess)}
    elif one.projected:
        packed["readout.W_hy"] = _projection(one)
        packed["readout.b_y"] = np.zeros(one.width)
        architecture = replace(architecture, output_size=one.width, task=MANY_TO_MANY)
    read["readout"] = None if heads.readout is None else tensors.name(heads.readout)
    if one.projected:
        said.append("proj_size: h here is what weight_hr projects, and the weights that read it hold the projection")
        read["projected"] = True
    if "activation" in dict(architecture.make_cell().options):
        read["activation"] = activation
        if choices.activation is None:
            said.append(f"its nonlinearity taken as {activation}, which a state dict does not say (--activation)")
    said += tensors.done
    left = [name for name in tensors.arrays if name not in belongs | one.names and name not in vars(heads).values()]
    left += [name for module in modules if module is not one for name in sorted(module.names)]
    read["not_used"] = [tensors.name(name) for name in left]
    said += _unused(tensors, left, heads)
    if said == [f"the {one.title}"] and not one.module and not one.of_cells:
        said = []  # one module alone: nothing was decided
    check_numbers(tensors, [*one.names, *(name for name in vars(heads).values() if name in tensors.arrays)])
    network = filled_network(source, architecture, packed)
    stored = str(one.array((0, "forward"), "weight_hh").dtype)
    return Model(
        name,
        network,
        "file",
        stored_dtype=stored,
        format=PYTORCH,
        read=read,
        said=tuple(said),
        origins=_origins(tensors, one, heads, choices),
    )


def _origins(tensors: Tensors, one: Recurrent, heads: Heads, choices: Choices) -> dict[str, Origin]:
    """Where each parameter of the network stood in the file."""
    origins = origins_of(one)
    named = {"embedding": heads.embedding, "readout.W_hy": heads.readout, "readout.b_y": heads.bias}
    notes = {"embedding": behind(choices)}
    return origins | {
        name: Origin((tensors.name(plain),), notes=notes.get(name, ()))
        for name, plain in named.items()
        if plain is not None
    }


def _module(tensors: Tensors, modules: list[Recurrent], asked: str | None, in_the_way: str) -> Recurrent:
    """The recurrent module that is meant, by its path or by the first parts of it where no other begins so."""
    if asked is not None:
        exact = [one for one in modules if one.module == asked]
        within = exact or [one for one in modules if one.module.startswith(f"{asked}.")]
        if len(within) == 1:
            return within[0]
        known = ", ".join(one.module or "(without a name)" for one in modules)
        raise tensors.ask(f"--module {asked}: there is no such recurrent module; there are {known}")
    if len(modules) > 1:
        listed = ", ".join(
            f"{one.title} ({one.input_size} to {arrow(one.hidden_sizes)})" for one in modules[:MOST_NAMED]
        )
        raise tensors.ask(f"holds {len(modules)} recurrent modules: {listed}{in_the_way}; say which with --module NAME")
    return modules[0]


def _projection(one: Recurrent) -> Array:
    """A readout that gives the h of the last layer, side by side, where the state is what h is a projection of."""
    return unprojected(np.eye(one.width), one, one.layers - 1)


def _unused(tensors: Tensors, left: list[str], heads: Heads) -> list[str]:
    """What of the file plays no part here, and what that means."""
    said = []
    if heads.attention:
        named = " and ".join(tensors.sized(name) for name in heads.attention[:MOST_NAMED])
        said.append(f"{named}: attention by its name, and no readout by guess; --readout NAME takes it")
    if heads.kept_out:
        said.append(f"no readout: {heads.kept_out}; --readout NAME takes one as if nothing did")
    if left:
        more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
        names = ", ".join(tensors.sized(name) for name in left[:MOST_NAMED])
        said.append(f"not used: {names}{more}: what they compute is not in these numbers")
    return said
