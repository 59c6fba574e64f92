"""Two models and the input that both read."""

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError, RnnError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.sequence import encode_text, from_numbers
from rnn_cli.models.foreign.choices import NOTHING, Choices
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.study.diff import STEPS, random_inputs


def both_loaded(names: tuple[str, str], choices: Choices, report: ReadingReport) -> tuple[Model, Model]:
    """The two models; choices are for those that other programs saved. InputError where they would say nothing of either."""
    found = [_loaded(name, choices) for name in names]
    ours = [refused for _, refused in found if refused is not None]
    if len(ours) == len(found):
        raise ours[0]
    for name, (model, _) in zip(names, found, strict=True):
        if model.has_decoder:
            raise InputError(f"{name} has two networks, and rnn diff compares single ones")
        report.of_model(name, model.read, model.said)
    return found[0][0], found[1][0]


def _loaded(name: str, choices: Choices) -> tuple[Model, InputError | None]:
    """A model, and why the choices were left out: it is one of ours, which says itself what it is."""
    try:
        return load_model(name, choices), None
    except InputError as refused:
        try:
            model = load_model(name, NOTHING)
        except RnnError:
            raise refused from None
        if model.foreign:
            raise
        return model, refused


def both_read(
    a: Model, b: Model, text: str | None, input: str | None, seed: int, report: ReadingReport
) -> tuple[tuple[Array, Array] | None, str]:
    """What each of the two reads, (T, I), and what it is called. InputError where a text or numbers do not fit them."""
    if text is not None and input is not None:
        raise InputError("give TEXT or --input, not both")
    if text == "-":
        from rnn_cli.inputs.text_lines import read_stdin

        text = read_stdin(report)
    if text is not None:
        return _text(a, b, text, seed), f"on {text!r}"
    if input is not None:
        from rnn_cli.commands.common import numbers_of
        from rnn_cli.commands.options import FileOptions
        from rnn_cli.inputs.numbers import read_numbers

        arrays = read_numbers(input, report, numbers_of(FileOptions(input=input)))
        if len(arrays) > 1:
            raise InputError(f"{input}: holds {len(arrays)} sequences; give one")
        first, second = (from_numbers(arrays[0], model, input) for model in (a, b))
        return (first.inputs, second.inputs), f"on {input}"
    return random_inputs(a, b, seed), f"on {STEPS} random steps (--seed {seed})"


def _text(a: Model, b: Model, text: str, seed: int) -> tuple[Array, Array]:
    """A text as each of the two reads it: where only one of them knows words, the other reads the same rows."""
    rows = [model.network.architecture.embedding_rows for model in (a, b)]
    if rows[0] != rows[1] or not rows[0] or (a.vocabulary is None) == (b.vocabulary is None):
        return encode_text(text, a, seed).inputs, encode_text(text, b, seed).inputs
    knows, other = (b, a) if a.vocabulary is None else (a, b)
    read = encode_text(text, knows, seed)
    known = [row for row in read.rows or () if row is not None]
    if len(known) < len(read.inputs):
        raise InputError(f"{text!r} has a word without a row in {knows.name}, and {other.name} has no vocabulary")
    same = other.network.parameters["embedding"][known]
    return (same, read.inputs) if knows is b else (read.inputs, same)
