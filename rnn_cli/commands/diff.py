"""rnn diff: where two models differ."""

from typing import Annotated

import typer

from rnn_cli.commands.options import Activation, ForeignOptions, Labels, OutputOptions, finite, with_options

EVERYDAY = ("input", "tolerance", "save", "json")


@with_options
def run(
    first: Annotated[str, typer.Argument(metavar="A", help="A bundled model's name or a model file.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    out: OutputOptions,
    text: Annotated[
        str | None,
        typer.Argument(metavar="TEXT", help="What both read; - reads stdin.  [default: 8 random steps]"),
    ] = None,
    input: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE",
            help="Numbers that both read, a row a step (T×I): .csv .tsv .txt .json .npy .npz, or .gz of them. - reads stdin.",
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            "--tolerance",
            min=0,
            callback=finite,
            help="How far two numbers may be apart, of the largest of their array.  [default: 1e-12, float32 1e-6]",
        ),
    ] = None,
    activation: Activation = None,
    labels: Labels = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Draws the random steps.")] = 0,
    *,
    foreign: ForeignOptions,
) -> None:
    """Where two models differ: their arrays gate by gate, the convention that explains it, the first number that parts.

    Exit code 0 where they are equal as functions, 5 where not. Options of other programs' models are for those of the two.

    \b
    Examples:
      rnn diff nlp nlp
      rnn diff model.safetensors model.safetensors --tolerance 0
      rnn diff nlp nlp "I love NLP" --json
    """
    out.check()
    from rnn_cli.commands.two_models import both_loaded, both_read
    from rnn_cli.errors import CheckFailed
    from rnn_cli.front.presenting import emit
    from rnn_cli.inputs.reading_report import ReadingReport
    from rnn_cli.study.diff import diff, tolerance_of

    report = ReadingReport()
    a, b = both_loaded((first, second), foreign.of_file(labels, activation), report)
    inputs, described = both_read(a, b, text, input, seed, report)
    limit = tolerance_of(a, b) if tolerance is None else tolerance
    result = diff(a, b, (first, second), limit, inputs, described)

    def hold() -> None:
        if not result.equal:
            raise CheckFailed(f"{first} and {second} are not equal")

    emit(result, out, hold, report)
