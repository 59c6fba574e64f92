"""rnn predict: what a model answers to a text, to a file of texts, or to numbers."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnn_cli.commands.options import OutputOptions, with_options
from rnn_cli.errors import InputError

if TYPE_CHECKING:
    from rnn_cli.models.model import Model
    from rnn_cli.output.emit import Page
    from rnn_cli.study.predict import Answer


@with_options
def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A bundled model or a model file.")],
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT…", help="One text or several. - reads stdin.")
    ] = None,
    out: OutputOptions = OutputOptions(),  # noqa: B008 it is frozen
    file: Annotated[
        str | None, typer.Option("--file", metavar="FILE", help="Texts, one a line. - reads stdin.")
    ] = None,
    input: Annotated[
        str | None,
        typer.Option(
            "--input", metavar="FILE", help="Numbers in the units of the data: .csv (by column), .json or .npy."
        ),
    ] = None,
    beam: Annotated[
        int, typer.Option("--beam", min=1, max=1000, help="Of a model that writes: so many hypotheses; 1 is greedy.")
    ] = 1,
    top: Annotated[int, typer.Option("--top", min=1, help="So many labels or next tokens are listed.")] = 10,
    lines: Annotated[
        bool, typer.Option("--lines", help="With --json: one document a line for each input, as it is computed.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of vectors for words that have none.")] = 0,
) -> None:
    """A label with its probabilities, tags under their words, a translation with its beam, a forecast, the next token.

    What comes depends on what the model was trained for. Words that its vocabulary lacks are marked.

    \b
    Examples:
      rnn predict nlp "I love NLP"
      rnn predict reviews.safetensors "The soup was not bad." "The staff was rude."
      rnn predict reviews.safetensors --file sentences.txt --json --lines
    """
    out.check()
    check_source(texts, file, input)
    if lines and not out.json:
        raise InputError("--lines shapes the JSON: give --json --lines")
    if lines and out.save:
        raise InputError("--lines writes to stdout alone: leave --save out, or --lines")
    from rnn_cli.documents.predict import predict_document, predict_lines
    from rnn_cli.models.load import load_model
    from rnn_cli.output.emit import emit, emit_lines
    from rnn_cli.study.predict import TEXTS, kind_of
    from rnn_cli.views.predict import many_page, predict_page

    loaded = load_model(model)
    kind = kind_of(model, loaded)
    if beam > 1 and kind != TEXTS:
        raise InputError(f"--beam is for a model that writes; {model} answers otherwise")
    # A pipe may feed one line at a time: each is answered before the next is read.
    answers = answers_of(loaded, kind, texts or [], file, input, seed, beam, one_by_one=lines and file == "-")
    if lines:
        emit_lines(predict_lines(loaded, kind, answers, top))
        return
    first = list(islice(answers, 2))
    every: Iterable[Answer] = chain(first, answers)
    if out.save:
        every = list(every)  # the pages and documents each go through it once
    page: Callable[[], Page]
    if len(first) == 1:
        page = lambda: predict_page(loaded, model, kind, first[0], top, beam, out.precision)  # noqa: E731
    else:
        source = file or input or f"{len(texts or [])} texts"
        where = "stdin" if source == "-" else Path(source).name
        page = lambda: many_page(loaded, model, kind, every, where, out.precision)  # noqa: E731
    document = lambda: predict_document(loaded, kind, every, top)  # noqa: E731
    emit(page, document, as_json=out.json, save=out.save, no_color=out.no_color)


def check_source(texts: list[str] | None, file: str | None, numbers: str | None) -> None:
    """InputError unless exactly one of the three is given."""
    given = [one for one in (texts or None, file, numbers) if one is not None]
    if not given:
        raise InputError('give a text, --file FILE or --input FILE, as in: rnn predict nlp "I love NLP"')
    if len(given) > 1:
        raise InputError("give one of TEXT, --file and --input, not several")
    if texts is not None and "-" in texts and len(texts) > 1:
        raise InputError("- reads stdin as one text: give it alone")


def answers_of(
    model: "Model",
    kind: str,
    texts: list[str],
    file: str | None,
    numbers: str | None,
    seed: int,
    beam: int,
    one_by_one: bool,
) -> "Iterator[Answer]":
    """The answers, as their inputs are read."""
    from rnn_cli.core.fast.batches import MOST_SEQUENCES
    from rnn_cli.inputs.numbers import read_numbers
    from rnn_cli.inputs.sequence import from_numbers
    from rnn_cli.inputs.series import read_latest_rows
    from rnn_cli.inputs.text_lines import read_lines, read_stdin
    from rnn_cli.study.predict import NUMBERS, answer_numbers, answer_sequences, answer_texts

    if numbers is not None:
        if kind == NUMBERS and model.encoding is not None:
            read = read_latest_rows(numbers, model.encoding.columns)
            return (answer_numbers(model, array, numbers) for array in read)
        if model.encoding is not None:
            raise InputError(f"--input: {model.name} reads text, not numbers")
        arrays = read_numbers(numbers)
        return answer_sequences(model, kind, (from_numbers(array, model, numbers) for array in arrays))
    if kind == NUMBERS:
        raise InputError(f"{model.name} reads numbers, not text: --input FILE, with the columns of its training")
    lines: Iterable[str] = texts if file is None else (line for _, line in read_lines(file))
    if texts == ["-"]:
        lines = [read_stdin()]
    return answer_texts(model, kind, lines, seed, beam, 1 if one_by_one else MOST_SEQUENCES)
