"""From options to a model and its sequences: what every command that runs a network begins with."""

from collections.abc import Iterator
from dataclasses import fields, replace

from rnn_cli.commands.options import NetworkOptions, SourceOptions
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.errors import InputError
from rnn_cli.inputs.lines import read_lines, read_stdin
from rnn_cli.inputs.sequence import Sequence, encode_text, from_numbers
from rnn_cli.models.load import load_model, random_model
from rnn_cli.models.model import Model
from rnn_cli.models.options import check_value, options_from_flags

DEFAULT_MODEL = "nlp"


def open_model(options: NetworkOptions, input_size: int | None = None) -> Model:
    """The model that the options name, or the network that they describe, with weights drawn from the seed.

    `input_size` is the size of the data at hand, for a network that is built without saying its own.
    """
    return replace(_open_model(options, input_size), flags=_flags(options))


def _flags(options: NetworkOptions) -> str:
    """The options that differ from their defaults, as a shell reads them."""
    said: list[str] = []
    for option in fields(options):
        value = getattr(options, option.name)
        if value != option.default:
            said.append("--" + option.name.replace("_", "-"))
            said += [] if value is True else [str(value)]
    if not said:
        return ""
    import shlex

    return shlex.join(said)


def _open_model(options: NetworkOptions, input_size: int | None) -> Model:
    built = {
        "--cell": options.cell,
        "--input-size": options.input_size,
        "--hidden-size": options.hidden_size,
        "--num-layers": options.num_layers,
        "--bidirectional": options.bidirectional or None,
        "--reset-before": options.reset_before or None,
        "--task": options.task,
        "--labels": options.labels,
    }
    given = [name for name, value in built.items() if value is not None]
    if options.model is not None:
        if given:
            raise InputError(f"{given[0]} builds a network, --model brings one: give one or the other")
        if options.activation is not None:
            check_value("--activation", "activation", options.activation)
        return load_model(options.model, options.activation)
    if not given and options.activation is None:
        return load_model(DEFAULT_MODEL)
    cell = options.cell or "rnn"
    flags = {
        "--activation": ("activation", options.activation),
        "--reset-before": ("reset", "before" if options.reset_before else None),
    }
    own = options_from_flags(cell, flags)
    task = options.task or MANY_TO_ONE
    if task not in (MANY_TO_ONE, MANY_TO_MANY):
        raise InputError(f"--task {task}: a built network can be {MANY_TO_ONE} or {MANY_TO_MANY}")
    labels = tuple(label.strip() for label in (options.labels or "negative,positive").split(","))
    if not all(labels) or len(set(labels)) != len(labels):
        raise InputError(f"--labels {options.labels}: give different names with commas between them")
    architecture = Architecture(
        cell,
        options.input_size or input_size or 2,
        options.hidden_size or 3,
        options.num_layers or 1,
        options.bidirectional,
        task,
        len(labels),
        options=own,
    )
    return random_model(architecture, labels, options.seed)


def open_one(source: SourceOptions, network: NetworkOptions) -> tuple[Model, Sequence]:
    """The model and the one sequence that a command is about. InputError where the source holds several."""
    model, sequences = open_many(source, network)
    first = next(sequences)
    if next(sequences, None) is not None:
        raise InputError("this command shows one sequence, and the file holds several: rnn forward --file takes many")
    return model, first


def open_many(source: SourceOptions, network: NetworkOptions) -> tuple[Model, Iterator[Sequence]]:
    """The model and the sequences, one after the other as they are read."""
    source.check()
    if source.input is not None:
        from rnn_cli.inputs.numbers import read_numbers

        if network.model is not None:
            model = open_model(network)
            arrays = read_numbers(source.input, model.columns)
        else:
            arrays = read_numbers(source.input)
            model = open_model(network, arrays[0].shape[1])
        where = source.input
        return model, (from_numbers(array, model, where) for array in arrays)
    model = open_model(network)
    if source.file is not None:
        return model, (encode_text(line, model, network.seed) for _, line in read_lines(source.file))
    text = read_stdin() if source.text == "-" else source.text or ""
    return model, iter([encode_text(text, model, network.seed)])
