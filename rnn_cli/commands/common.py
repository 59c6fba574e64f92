"""Build a model and its sequences from options; every command that runs a network starts here."""

from collections.abc import Iterator
from collections.abc import Sequence as Sequences
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rnn_cli.commands.options import FileOptions, NetworkOptions, SourceOptions, cell_options
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.sequence import Sequence, encode_ids, encode_text, from_numbers
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.study.networks import DEFAULT_MODEL, LABELS, build_network, options_for, shell_flags

if TYPE_CHECKING:
    from rnn_cli.inputs.number_table import NumberOptions


def open_model(options: NetworkOptions, input_size: int | None = None) -> Model:
    """The model that the options name, or the network that they describe, with weights drawn from the seed.

    `input_size` is the size of the data at hand, used for a network whose options give no input size.
    """
    return replace(_open_model(options, input_size), flags=_flags(options))


def _flags(options: NetworkOptions) -> str:
    """The options that differ from their defaults, as a shell reads them; a network is kept once."""
    given = {one.name: getattr(options, one.name) for one in fields(options)}
    again = {one.name: given[one.name] for one in fields(options) if given[one.name] != one.default}
    return shell_flags({name: value for name, value in again.items() if name not in ("save_model", "overwrite")})


def cell_options_of(options: NetworkOptions) -> dict[str, str]:
    """The options of the cell itself that were given."""
    return cell_options(options.activation, options.cell_option, options.reset_before)


def given_to_build(options: NetworkOptions) -> dict[str, object]:
    """The given options, with their values, that build a network but do not apply to a state dict."""
    built = {
        "--cell": options.cell,
        "--input-size": options.input_size,
        "--hidden-size": options.hidden_size,
        "--num-layers": options.num_layers,
        "--bidirectional": options.bidirectional or None,
        "--cell-option": options.cell_option or options.reset_before or None,
        "--task": options.task,
        "--labels": options.labels if options.model is None else None,
    }
    return {name: value for name, value in built.items() if value is not None}


def _open_model(options: NetworkOptions, input_size: int | None) -> Model:
    given = list(given_to_build(options))
    if options.model is not None:
        if given:
            raise InputError(f"{given[0]} builds a network, --model brings one: give one or the other")
        return load_model(options.model, options.choices())
    foreign = [name for name in options.choices().given() if name != "--labels"]
    if foreign:
        raise InputError(f"{foreign[0]} says how the file of a --model is read, and there is none")
    if not given and options.activation is None:
        return load_model(DEFAULT_MODEL)
    return build_network(
        options.cell or "rnn",
        input_size=options.input_size or input_size or 2,
        hidden_size=options.hidden_size or 3,
        num_layers=options.num_layers or 1,
        bidirectional=options.bidirectional,
        options=cell_options_of(options),
        task=options.task or MANY_TO_ONE,
        labels=LABELS if options.labels is None else [label.strip() for label in options.labels.split(",")],
        seed=options.seed,
    )


def open_one(source: SourceOptions, network: NetworkOptions, report: ReadingReport) -> tuple[Model, Sequence]:
    """The model and the one sequence that a command is about. InputError where the source holds several."""
    model, sequences = open_many(source, network, report)
    first = next(sequences)
    if next(sequences, None) is not None:
        raise InputError("this command shows one sequence, and the file holds several: rnn forward --file takes many")
    return model, first


def open_many(
    source: SourceOptions, network: NetworkOptions, report: ReadingReport
) -> tuple[Model, Iterator[Sequence]]:
    """The model and the sequences, one after the other as they are read; the report says how.

    Where --save-model asks for it, the network is kept with the vectors of all their words.
    """
    check_save_model(network)
    model, sequences = _open_many(source, network, report)
    if network.given_states:
        initial = network.read(model)
        sequences = (replace(one, initial=initial) for one in sequences)
    if network.save_model is None:
        return model, sequences
    every = list(sequences)
    save_model(network.save_model, model, every)
    return model, iter(every)


def check_save_model(network: NetworkOptions) -> None:
    """InputError where --save-model names no .json, or a file that is there already."""
    if network.save_model is None:
        if network.overwrite:
            raise InputError("--overwrite replaces the file of --save-model, and there is none")
        return
    path = Path(network.save_model)
    if path.suffix != ".json":
        raise InputError(f"--save-model {path}: a model is kept as .json, which --model reads again")
    if path.exists() and not network.overwrite:
        raise InputError(f"--save-model {path}: exists already (--overwrite replaces it)")


def save_model(name: str, model: Model, sequences: Sequences[Sequence]) -> None:
    """Write a model with the vectors that were drawn for words of the sequences. SystemRefused where that is not possible."""
    from rnn_cli.files import remove_leftovers, write_atomically
    from rnn_cli.models.written import as_text, handwritten

    drawn = {
        token: vector
        for one in sequences
        for token, row, vector in zip(one.tokens or (), one.rows or (), one.inputs, strict=False)
        if row is None
    }
    data = as_text(handwritten(model, drawn)).encode()
    remove_leftovers(Path(name))
    try:
        write_atomically(Path(name), data)
    except OSError as error:
        raise SystemRefused(f"--save-model {name}: {error.strerror or error}") from error


def _open_many(
    source: SourceOptions, network: NetworkOptions, report: ReadingReport
) -> tuple[Model, Iterator[Sequence]]:
    source.check()
    if network.vectors is not None:
        return _with_vectors(source, network, report)
    if source.input is not None:
        from rnn_cli.inputs.numbers import read_numbers
        from rnn_cli.study.predict import check_rows_in_time

        if network.model is not None:
            model = noted(open_model(network), network, report)
            check_rows_in_time(model, source.input)
            arrays = read_numbers(source.input, report, numbers_of(source, model.columns))
        else:
            arrays = read_numbers(source.input, report, numbers_of(source))
            model = open_model(network, arrays[0].shape[1])
        where = source.input
        return model, (from_numbers(array, model, where) for array in arrays)
    model = noted(open_model(network), network, report)
    if source.ids is not None:
        return model, iter([encode_ids(source.ids, model, network.seed)])
    if source.file is not None:
        return model, (encode_text(line, model, network.seed) for _, line in texts_of(source, source.file, report))
    text = _one_text(report) if source.text == "-" else source.text or ""
    return model, iter([encode_text(text, model, network.seed)])


def _with_vectors(
    source: SourceOptions, network: NetworkOptions, report: ReadingReport
) -> tuple[Model, Iterator[Sequence]]:
    """The same, with the vectors of a file for the words of the texts, which are all read first."""
    from rnn_cli.inputs.word_vectors import size_of_vectors

    assert network.vectors is not None
    if source.input is not None or source.ids is not None:
        raise InputError("--vectors are for the words of a text, and --input and --ids give none")
    if source.file is not None:
        texts = [text for _, text in texts_of(source, source.file, report)]
    else:
        texts = [_one_text(report) if source.text == "-" else source.text or ""]
    size = None if network.model is not None else size_of_vectors(network.vectors)
    if network.model is None and not given_to_build(network):
        raise InputError("--vectors: give the --model that reads them, or build a network with --cell")
    opened = noted(open_model(network, size), network, report)
    model = reading_words(opened, network.vectors, texts, report)
    return model, (encode_text(text, model, network.seed) for text in texts)


def reading_words(model: Model, vectors: str, texts: Sequences[str], report: ReadingReport) -> Model:
    """The model with the vectors of a file for the words of texts."""
    from rnn_cli.inputs.tokens import tokenize
    from rnn_cli.study.word_vectors import with_vectors

    words = (word for text in texts for word in tokenize(text, model.level))
    return with_vectors(model, vectors, words, report)


def noted(model: Model, network: NetworkOptions, report: ReadingReport) -> Model:
    """The model; the report says what was found in its file."""
    report.of_model(str(network.model), model.read, model.said)
    return model


def texts_of(source: FileOptions, file: str, report: ReadingReport) -> Iterator[tuple[int, str]]:
    """The texts of a file with their lines."""
    from rnn_cli.inputs.text_files import read_texts  # a text on the command line need not wait for it

    return read_texts(file, report, source.column, source.header, source.delimiter)


def _one_text(report: ReadingReport) -> str:
    """Stdin as one text; that it is one is said where it has several lines."""
    from rnn_cli.inputs.text_lines import read_stdin

    text = read_stdin(report)
    lines = len(text.strip().split("\n"))
    if lines > 1:
        report.note(f"{lines} lines of stdin are read as one text; --file - takes each line as a text")
    return text


def numbers_of(source: FileOptions, columns: Sequences[str] = ()) -> "NumberOptions":
    """How the numbers are read that a model takes from `columns`."""
    from rnn_cli.inputs.number_table import NumberOptions

    decimal = getattr(source, "decimal", None)  # rnn predict has one for all files of numbers
    return NumberOptions(tuple(columns), source.layout, source.header, source.delimiter, decimal)


def source_names(source: SourceOptions) -> tuple[str, str]:
    """The name of the source of the sequences, and the options that read it again; "" for stdin, which is read once."""
    file = source.file if source.file is not None else source.input
    if file is None or file == "-":
        return "stdin" if file else "", ""
    read = {name: getattr(source, name) for name in ("file", "input", "encoding", "layout", "delimiter", "decimal")}
    no_header = ["--no-header"] * (source.header is False)
    read |= {"text": source.column, "header": source.header or None}
    return Path(file).name, " ".join(filter(None, [shell_flags(read), *no_header]))


def networks_to_compare(options: NetworkOptions, cells: list[str]) -> list[NetworkOptions]:
    """The same network with each of the cells. An option of one cell is given to that cell only."""
    if options.save_model is not None:
        raise InputError("--compare builds several networks: keep one with --save-model and --cell, without --compare")
    if options.model is not None or options.cell is not None:
        raise InputError("--compare builds the networks that it compares: leave out --model and --cell")
    networks = []
    for cell in cells:
        own = [f"{name}={value}" for name, value in options_for(cell, cell_options_of(options)).items()]
        networks.append(replace(options, cell=cell, activation=None, cell_option=own, reset_before=False))
    return networks


def open_each(
    source: SourceOptions, networks: list[NetworkOptions], report: ReadingReport
) -> list[tuple[Model, Sequence]]:
    """One sequence, as each of several networks reads it."""
    if "-" in (source.file, source.input):
        raise InputError("--compare reads its input once for each cell: give a file, not stdin")
    if source.text != "-":
        return [open_one(source, network, report) for network in networks]
    source.check()
    text = _one_text(report)
    models = [(open_model(network), network.seed) for network in networks]
    return [(model, encode_text(text, model, seed)) for model, seed in models]
