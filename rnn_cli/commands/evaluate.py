"""rnn evaluate: how good a trained model is on data that it has not seen."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from rnn_cli.commands.options import OutputOptions, with_options
from rnn_cli.commands.series_options import AcrossGaps, AllowLeftOut, Decimal, Missing, Series, Time

EVERYDAY = ("held_out", "save", "save_predictions", "json")


@dataclass(frozen=True)
class ReadingOptions:
    """How to read data whose format differs from that of the training data."""

    title: ClassVar = "How the data are read"

    text: Annotated[str | None, typer.Option("--text", metavar="COLUMN", help="As in training, for other data.")] = None
    label: Annotated[str | None, typer.Option("--label", metavar="COLUMN", help="Likewise.")] = None
    column: Annotated[str | None, typer.Option("--column", metavar="COLUMN", help="tag: the column of the tag.")] = None
    separator: Annotated[
        str | None, typer.Option("--separator", metavar="SIGN", help="translate, describe: between the two parts.")
    ] = None
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="Whether line 1 names the columns.  [default: detected]"),
    ] = None
    deduplicate: Annotated[bool, typer.Option("--deduplicate", help="Drop rows equal to an earlier one.")] = False
    strict: Annotated[bool, typer.Option("--strict", help="Stop with an error at the first bad row.")] = False
    encoding: Annotated[
        str | None, typer.Option("--encoding", metavar="NAME", help="Of the files, as latin-1.  [default: detected]")
    ] = None
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", metavar="SIGN", help="Between columns; tab.  [default: detected]")
    ] = None
    quotes: Annotated[
        bool | None,
        typer.Option("--quotes/--no-quotes", help="Whether quotes enclose cells.  [default: detected]"),
    ] = None
    source: Annotated[
        str | None, typer.Option("--source", metavar="FILE", help="translate, in place of DATA: a text a line.")
    ] = None
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="FILE", help="translate: the translation of each line of --source."),
    ] = None
    time: Time = None
    series: Series = None
    decimal: Decimal = None
    missing: Missing = None
    across_gaps: AcrossGaps = False
    allow_left_out: AllowLeftOut = None


@with_options
def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model that rnn train wrote.")],
    data: Annotated[
        list[str] | None, typer.Argument(metavar="DATA…", help="As for training; none for a generated task.")
    ] = None,
    *,
    out: OutputOptions,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="DATA are those of training: measure on the part that it held out.")
    ] = False,
    beam: Annotated[
        int, typer.Option("--beam", min=1, max=1000, help="translate: search with so many hypotheses; 1 is greedy.")
    ] = 1,
    resamples: Annotated[
        int, typer.Option("--resamples", min=0, max=1_000_000, help="Bootstrap resamples for the intervals; 0: none.")
    ] = 1000,
    save_predictions: Annotated[
        str | None,
        typer.Option(
            "--save-predictions", metavar="FILE", help="Also write every answer beside its truth (.csv .tsv .jsonl)."
        ),
    ] = None,
    reading: ReadingOptions,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the resamples and of generated examples.")] = 0,
) -> None:
    """Loss, accuracy, F1, confusion, perplexity, BLEU or forecast errors, with 95% intervals and a baseline.

    Data are read as in training; the options of reading are for data that look different. The interval of a share is
    Wilson's (1927); where answers hang together, of as many independent ones as vary like whole sentences, or blocks of
    a series, that are drawn again. Other intervals are percentiles of the scores of such draws; the page says which.
    BLEU is BLEU-4 without smoothing (Papineni et al., 2002), by characters or words as the model writes them. A label that training did not have is a wrong answer.

    \b
    Examples:
      rnn evaluate reviews.safetensors reviews.tsv --held-out
      rnn evaluate reviews.safetensors reviews.tsv --json
      rnn evaluate reviews.safetensors reviews.tsv --held-out --save-predictions answers.csv
    """
    out.check()
    if save_predictions is not None:
        from rnn_cli.output.tables import check_table

        check_table("--save-predictions", save_predictions)
    from rnn_cli.front.presenting import emit
    from rnn_cli.models.load import load_model
    from rnn_cli.output.progress import say_beside_page
    from rnn_cli.study.evaluate import answers_of, evaluate_model
    from rnn_cli.tasks.options import side_by_side
    from rnn_cli.views.reading_report import decided_lines

    given = dict(vars(reading))
    files, given["parallel"] = side_by_side(data or [], given.pop("source"), given.pop("target"))
    result = evaluate_model(
        load_model(model),
        model,
        files,
        held_out=held_out,
        beam=beam,
        resamples=resamples,
        seed=seed,
        **given,
    )
    if save_predictions is not None:
        from rnn_cli.output.tables import save_table

        answers = answers_of(result)
        save_table("--save-predictions", save_predictions, answers.columns, answers)
    say_beside_page(decided_lines(result.subject.report))
    emit(result, out)
