"""rnn evaluate: how good a trained model is on data that it has not seen."""

from dataclasses import replace
from typing import Annotated

import typer

from rnn_cli.commands.options import ForeignOptions, Labels, OutputOptions, Vectors, with_options
from rnn_cli.commands.reading_options import ReadingOptions

EVERYDAY = ("held_out", "against", "save", "save_predictions", "json")


@with_options
def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model of rnn train, or of another program.")],
    data: Annotated[
        list[str] | None, typer.Argument(metavar="DATA…", help="As for training; none for a generated task.")
    ] = None,
    *,
    out: OutputOptions,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="DATA are those of training: measure on the part that it held out.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="MODEL", help="Another model on the same examples, and a test of pairs."),
    ] = None,
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
    foreign: ForeignOptions,
    labels: Labels = None,
    vectors: Vectors = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the resamples and of generated examples.")] = 0,
) -> None:
    """Loss, accuracy, F1, confusion, perplexity, BLEU or forecast errors, with 95% intervals and a baseline.

    Data are read as in training; the options of reading are for data that look different. The interval of a share is
    Wilson's (1927); where answers hang together, of as many independent ones as vary like whole sentences, or blocks of
    a series, that are drawn again. Other intervals are percentiles of the scores of such draws; the page says which.
    BLEU is BLEU-4 without smoothing (Papineni et al., 2002), by characters or words as the model writes them. A label that training did not have is a wrong answer.

    Simple answers (the commonest label, naive Bayes, bigrams, a linear autoregression, ...) are fitted once more on the training
    part alone, as long as its files are where training read them and have not changed.

    Calibration holds the probabilities of answers against how often they are right; slices are by length and by the share of
    unknown words. --against pairs the answers of two models: McNemar's exact test where each example has one that is right or
    wrong, else exchanges of the two at random (Noreen, 1989).

    \b
    Examples:
      rnn evaluate reviews.safetensors reviews.tsv --held-out
      rnn evaluate reviews.safetensors reviews.tsv --json
      rnn evaluate reviews.safetensors reviews.tsv --against other.safetensors
      rnn evaluate reviews.safetensors reviews.tsv --held-out --save-predictions answers.csv

    A model of another program says what it needs: --vocab for its tokens, or --vectors, and --labels for its answers. It is measured as
    one that classifies, tags, translates or, where its readout names its vocabulary at every step, goes on with a text.
    """
    out.check()
    if save_predictions is not None:
        from rnn_cli.output.tables import check_table

        check_table("--save-predictions", save_predictions)
    from rnn_cli.front.presenting import emit
    from rnn_cli.output.progress import say_beside_page
    from rnn_cli.study.evaluate import answers_of, evaluate_model, with_vectors_for
    from rnn_cli.tasks.options import DataOptions, side_by_side
    from rnn_cli.views.reading_report import decided_lines

    loaded = foreign.opened(model, labels)
    given = dict(vars(reading))
    files, given["parallel"] = side_by_side(data or [], given.pop("source"), given.pop("target"))
    of_vectors = None
    if vectors is not None:
        loaded, of_vectors = with_vectors_for(loaded, model, vectors, files, held_out, DataOptions(**given))
        loaded = replace(loaded, flags=foreign.again(model, labels, vectors))
    result = evaluate_model(
        loaded,
        model,
        files,
        held_out=held_out,
        against=None if against is None else (foreign.opened(against, labels), against),
        beam=beam,
        resamples=resamples,
        seed=seed,
        **given,
    )
    if save_predictions is not None:
        from rnn_cli.output.tables import save_table

        answers = answers_of(result)
        save_table("--save-predictions", save_predictions, answers.columns, answers)
    report = result.subject.report
    report.of_model(model, loaded.read, loaded.said)
    if of_vectors is not None:
        report.read |= of_vectors.read
        report.said |= of_vectors.said
    say_beside_page(decided_lines(report))
    emit(result, out)
