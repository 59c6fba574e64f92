"""rnn predict: what a model answers to a text, to a file of texts, or to numbers."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnn_cli.commands.options import (
    FileOptions,
    ForeignOptions,
    Ids,
    Labels,
    OutputOptions,
    PlotOptions,
    StateOptions,
    Vectors,
    check_lines,
    group,
    with_options,
)
from rnn_cli.commands.series_options import SeriesOptions
from rnn_cli.errors import InputError
from rnn_cli.usage import shell_words

if TYPE_CHECKING:
    from rnn_cli.inputs.reading_report import ReadingReport
    from rnn_cli.study.predict import PredictResult

EVERYDAY = ("file", "input", "explain", "steps", "beam", "save", "json")


@group
class PredictOutput(OutputOptions):
    """Answers can be written as a table too."""

    save: Annotated[
        list[str],
        typer.Option(
            "--save",
            metavar="FILE",
            help="Also write the page (.svg .html .txt .md .tex), the document (.json) or a table (.csv .tsv .jsonl); a file there is replaced.",
        ),
    ] = field(default_factory=list)

    def more_formats(self) -> Iterable[str]:
        """Those of tables."""
        from rnn_cli.output.tables import TABLES

        return TABLES


@with_options
def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A bundled model or a model file.")],
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT…", help="One text or several, each in quotes. - reads stdin, a text a line."),
    ] = None,
    *,
    out: PredictOutput,
    files: FileOptions,
    ids: Ids = None,
    beam: Annotated[
        int, typer.Option("--beam", min=1, max=1000, help="Of a model that writes: so many hypotheses; 1 is greedy.")
    ] = 1,
    top: Annotated[int, typer.Option("--top", min=1, help="So many labels or next tokens are listed.")] = 10,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Also what each word gave to the answer, in four ways, and whether they agree."),
    ] = False,
    about: Annotated[
        str | None,
        typer.Option(
            "--about",
            metavar="NAME",
            help="With --explain: the label or token, of a tagger the number of the word, of a forecast the column.",
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps", min=1, help="Of a forecast: so many steps ahead, with intervals from the errors of validation."
        ),
    ] = None,
    figures: PlotOptions,
    lines: Annotated[
        bool, typer.Option("--lines", help="With --json: one document a line for each input, as it is computed.")
    ] = False,
    reading: SeriesOptions,
    foreign: ForeignOptions,
    states: StateOptions,
    labels: Labels = None,
    vectors: Vectors = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of vectors for words that have none.")] = 0,
) -> None:
    """A label with its probabilities, tags under their words, a translation with its beam, a forecast, the next token.

    What comes depends on what the model was trained for. Words that its vocabulary lacks are marked. Numbers are in
    the units of the data, a column of a table for each that the model reads. A table of answers has a row for each text
    with its line, in the order of the input: a row for each word where words are tagged.

    A forecast of more --steps than the model was trained to answer is rolled out: what is forecast is read as if it had
    come. Its intervals hold 80% of the errors that such forecasts made in the validation part; --plot draws them.

    --explain takes each word out and reads the text again: the change is what the word gave to the answer. Beside it stand
    gradient times input and integrated gradients (Sundararajan et al., 2017), which are computed without taking anything out.

    \b
    Examples:
      rnn predict nlp "I love NLP"
      rnn predict nlp "I love NLP" --explain
      rnn predict reviews.safetensors "The soup was not bad." "The staff was rude."
      rnn predict reviews.safetensors --file sentences.txt --json --lines
      rnn predict reviews.safetensors --file sentences.txt --save answers.csv
      rnn predict weather.safetensors --input weather.csv --steps 12
    """
    out.check()
    figures.check()
    check_source(texts, files.file, files.input, ids)
    if texts == ["-"]:
        texts, files = None, replace(files, file="-")
    check_lines(lines, out)
    if steps is not None and files.input is None:
        raise InputError("--steps is for the --input of a model that forecasts")
    if figures.plot and (steps is None or lines):
        raise InputError(
            "--plot draws a forecast: give --steps, and no --lines; rnn forward draws states and attention"
        )
    if about is not None and not explain:
        raise InputError("--about says what --explain is about: give both")
    report = files.report()
    from rnn_cli.commands.common import reading_words, texts_of
    from rnn_cli.front.presenting import emit, emit_each
    from rnn_cli.inputs.number_table import NumberOptions
    from rnn_cli.inputs.sequence import encode_ids
    from rnn_cli.output.tables import TABLES
    from rnn_cli.study.predict import Why, check_no_reading, predict, predict_each, read_numbers_for

    loaded = foreign.opened(model, labels)
    report.of_model(model, loaded.read, loaded.said)
    asked: dict[str, Any] = {"beam": beam, "top": top, "seed": seed, "initial": states.read(loaded)}
    asked["steps"] = steps
    asked["why"] = Why(about) if explain else None
    if vectors is not None:
        if files.input is not None or ids is not None:
            raise InputError("--vectors are for the words of a text, and --input and --ids give none")
        loaded = replace(loaded, flags=foreign.again(model, labels, vectors))
    if files.input is None:
        check_no_reading(vars(reading))
    if files.input is not None:
        as_numbers = NumberOptions(tuple(loaded.columns), files.layout, files.header, files.delimiter, reading.decimal)
        numbers = read_numbers_for(loaded, model, files.input, report, as_numbers, **vars(reading))
        asked |= {"numbers": numbers, "source": files.input}
    elif ids is not None:
        asked |= {"sequences": [encode_ids(ids, loaded, seed)]}
    elif files.file is not None:
        lines_of_file: deque[int] = deque()
        found: Iterable[str] = _numbered(texts_of(files, files.file, report), lines_of_file)
        if vectors is not None:
            found = list(found)
            loaded = reading_words(loaded, vectors, found, report)
        asked |= {"texts": found, "lines": lines_of_file, "source": files.file}
    else:
        if vectors is not None:
            loaded = reading_words(loaded, vectors, texts or [], report)
        _mention_quotes(texts or [], model, loaded.by_character, report)
        asked |= {"texts": texts, "source": f"{len(texts or [])} texts"}
    if lines:
        # A pipe may feed one line at a time: each is answered before the next is read.
        emit_each(predict_each(loaded, model, one_by_one=files.file == "-", **asked), report)
    else:
        result = predict(loaded, model, keep=bool(out.save or figures.plot), **asked)
        save_tables(result, out.save)
        emit(result, replace(out, save=[name for name in out.save if Path(name).suffix not in TABLES]), report=report)
        if figures.plot:
            from rnn_cli.commands.figures import save_figure
            from rnn_cli.plots.forecast import forecast_figure

            save_figure(figures.plot, forecast_figure(result))


def check_source(texts: list[str] | None, file: str | None, numbers: str | None, ids: str | None) -> None:
    """InputError unless exactly one of the four is given."""
    given = [one for one in (texts or None, file, numbers, ids) if one is not None]
    if not given:
        raise InputError('give a text, --file FILE or --input FILE, as in: rnn predict nlp "I love NLP"')
    if len(given) > 1:
        raise InputError("give one of TEXT, --file, --input and --ids, not several")
    if texts is not None and "-" in texts and len(texts) > 1:
        raise InputError("- reads stdin, a text a line: give it alone")


def save_tables(result: "PredictResult", names: list[str]) -> None:
    """Write the answers to those files that are tables."""
    from rnn_cli.output.tables import TABLES, save_table
    from rnn_cli.study.predictions import columns_of, rows_of

    for name in names:
        if Path(name).suffix in TABLES:
            save_table("--save", name, columns_of(result), rows_of(result))


def _numbered(numbered: Iterable[tuple[int, str]], lines: deque[int]) -> Iterator[str]:
    """The texts; `lines` gets the line of each as it is read."""
    for number, text in numbered:
        lines.append(number)
        yield text


def _mention_quotes(texts: list[str], model: str, by_character: bool, report: "ReadingReport") -> None:
    """Say how several words become one text, where each of them would be one of its own."""
    if len(texts) > 1 and not by_character and not any(len(text.split()) > 1 for text in texts):
        report.note(
            f"{len(texts)} words are read as {len(texts)} texts; for one text put it in quotes: "
            f"{shell_words(['rnn', 'predict', model, ' '.join(texts)])}"
        )
