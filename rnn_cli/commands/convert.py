"""rnn convert: a model in the conventions of another program."""

from typing import Annotated

import typer

from rnn_cli.commands.options import Activation, ForeignOptions, Labels, OutputOptions, with_options
from rnn_cli.models.formats import FORMATS

TARGETS = [name for name, one in FORMATS.items() if one.writer]
EVERYDAY = ("to", "overwrite", "vocab_out", "save", "json")


@with_options
def run(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A bundled model's name or a model file.")],
    converted: Annotated[str, typer.Argument(metavar="TARGET", help="The file to write.")],
    out: OutputOptions,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="FORMAT", help=f"{', '.join(TARGETS)}.  [default: by TARGET's suffix]"),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace TARGET, and the file of --vocab-out.")
    ] = False,
    vocab_out: Annotated[
        str | None,
        typer.Option("--vocab-out", metavar="FILE", help="Also write the tokens, in a .json that --vocab reads."),
    ] = None,
    dtype: Annotated[
        str | None,
        typer.Option(
            "--dtype",
            metavar="float32|float64",
            help="Of the numbers in TARGET.  [default: as in SOURCE; in .onnx float32]",
        ),
    ] = None,
    activation: Activation = None,
    labels: Labels = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Draws the sequences of the proof.")] = 0,
    *,
    foreign: ForeignOptions,
) -> None:
    """A model in the conventions of another program: PyTorch, Keras, ONNX, JSON or rnn train.

    What is written is read back and computes random sequences; the file appears only where it gives what the source gives.

    \b
    Examples:
      rnn convert nlp nlp.safetensors --to pytorch
      rnn convert model.safetensors copy.json --overwrite
      rnn convert nlp small.safetensors --to pytorch --dtype float32 --vocab-out words.json --json
    """
    out.check()
    from rnn_cli.commands.converting import check_new, write_files
    from rnn_cli.errors import CheckFailed
    from rnn_cli.front.presenting import emit
    from rnn_cli.inputs.reading_report import ReadingReport
    from rnn_cli.models.load import load_model
    from rnn_cli.study.convert import convert, format_for, vocabulary_list

    form = format_for(converted, to)
    check_new({"TARGET": converted, "--vocab-out": vocab_out}, overwrite, dtype)
    report = ReadingReport()
    model = load_model(source, foreign.of_file(labels, activation))
    report.of_model(source, model.read, model.said)
    words = None if vocab_out is None else vocabulary_list(model)
    result = convert(model, source, converted, form, dtype, seed)
    if result.proof.passed:
        write_files(converted, result.data, vocab_out, words)

    def hold() -> None:
        if not result.proof.passed:
            raise CheckFailed(f"{converted}: not written: it does not compute what {source} computes")

    emit(result, out, hold, report)
