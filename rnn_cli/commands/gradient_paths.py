"""From options to gradients' ways back: one network or several to compare, along a sentence or through a random matrix."""

import sys
from collections.abc import Sequence
from dataclasses import replace

from rnn_cli.commands.common import open_one
from rnn_cli.commands.options import NetworkOptions, SourceOptions
from rnn_cli.core.cells import CELLS
from rnn_cli.core.network import Architecture
from rnn_cli.errors import InputError
from rnn_cli.models.options import options_from_flags
from rnn_cli.study.gradient_path import Way
from rnn_cli.study.gradients import MatrixOptions, matrix_way, model_way


def networks_of(network: NetworkOptions, compare: str | None) -> list[NetworkOptions]:
    """The network that the options name, or one for each cell of --compare."""
    return [network] if compare is None else [for_cell(network, cell) for cell in parse_cells(compare)]


def along_sequences(
    source: SourceOptions,
    networks: Sequence[NetworkOptions],
    layer: str | None,
    direction: str | None,
    target: str | None,
) -> list[Way]:
    """The way back along one sequence, through each network."""
    if len(networks) > 1:
        if "-" in (source.file, source.input):
            raise InputError("--compare reads its input once for each cell: give a file, not stdin")
        if source.text == "-":
            source = replace(source, text=sys.stdin.read())
    return [_along(source, network, layer, direction, target) for network in networks]


def _along(
    source: SourceOptions, network: NetworkOptions, layer: str | None, direction: str | None, target: str | None
) -> Way:
    """Through one network: of an encoder-decoder the encoder, of a network that writes for a condition that one."""
    model, sequence = open_one(source, network)
    if not model.writes:
        return model_way(model, sequence, layer, direction, target)
    if model.kind == "encoder-decoder":
        if target is not None:
            raise InputError(
                f"{model.name} reads and writes, and the way back is shown through its encoder alone: leave --target "
                "out, or see the loss go back through both with rnn bptt --target"
            )
        return model_way(model, sequence, layer, direction, None)
    from rnn_cli.study.seq2seq import write

    writing = write(model, sequence, target, network.seed)
    own = replace(writing.writer.sequence, text=writing.given.text)
    return model_way(model, own, layer, direction, target, writing.first, writing.target)


def through_matrix(options: MatrixOptions, network: NetworkOptions) -> Way:
    """The way back through a random network of one layer. InputError where an option asks for more than that."""
    cell, H = network.cell or "rnn", network.hidden_size or 32
    flags = {
        "--activation": ("activation", network.activation),
        "--reset-before": ("reset", "before" if network.reset_before else None),
    }
    own = options_from_flags(cell, flags)
    refused = {
        "--model": network.model,
        "--num-layers": network.num_layers,
        "--bidirectional": network.bidirectional or None,
        "--task": network.task,
        "--labels": network.labels,
    }
    for name, value in refused.items():
        if value is not None:
            raise InputError(f"--spectral-radius builds one layer without a readout: leave out {name}")
    architecture = Architecture(
        cell,
        network.input_size or H,
        H,
        options=own,
    )
    return matrix_way(options, architecture, network.seed)


def parse_cells(text: str) -> Sequence[str]:
    """The cells of --compare. InputError where one is unknown or named twice."""
    cells = [part.strip() for part in text.split(",")]
    for cell in cells:
        if cell not in CELLS:
            raise InputError(f"--compare {text}: the cells are {', '.join(CELLS)}")
    if len(set(cells)) != len(cells) or len(cells) < 2:
        raise InputError(f"--compare {text}: name at least two different cells, as in --compare rnn,lstm,gru")
    return cells


def for_cell(network: NetworkOptions, cell: str) -> NetworkOptions:
    """The same network with another cell. The options that belong to one cell alone are left to that one."""
    if network.model is not None or network.cell is not None:
        raise InputError("--compare builds the networks that it compares: leave out --model and --cell")
    return replace(
        network,
        cell=cell,
        activation=network.activation if cell == "rnn" else None,
        reset_before=network.reset_before and cell == "gru",
    )
