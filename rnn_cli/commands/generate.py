"""rnn generate: a model that has learnt to write, writes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnn_cli.commands.options import OutputOptions, finite, with_options
from rnn_cli.errors import InputError

if TYPE_CHECKING:
    from rnn_cli.study.generate import Sample, Sampling, Writer


@with_options
def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model that rnn train wrote, for lm or describe.")],
    out: OutputOptions = OutputOptions(),  # noqa: B008 it is frozen
    prompt: Annotated[
        str | None, typer.Option("--prompt", metavar="TEXT", help="What to go on with; of describe: the condition.")
    ] = None,
    temperature: Annotated[
        float, typer.Option("--temperature", callback=finite, help="Below 1 surer, above 1 wilder; 0: the likeliest.")
    ] = 1.0,
    top_k: Annotated[
        int | None, typer.Option("--top-k", min=1, help="Draw among so many likeliest tokens.  [default: all]")
    ] = None,
    length: Annotated[
        int | None, typer.Option("--length", min=1, help="Tokens at most.  [default: 200 characters, 50 words]")
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="So many texts.")] = 1,
    explain: Annotated[
        bool, typer.Option("--explain", help="Each token with its probability, and what was likeliest in its place.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="All that is random is a function of it.")] = 0,
) -> None:
    """The text goes to stdout, token by token as it is drawn, and nothing else does; --json has every probability.

    The token for unknown words is never written. Log probabilities are the network's own, at temperature 1, whatever
    the temperature of the drawing was.

    \b
    Examples:
      rnn generate story.safetensors --length 100
      rnn generate story.safetensors --prompt "The " --temperature 0.7 --explain
      rnn generate names.safetensors --prompt island --count 5
    """
    out.check()
    if temperature < 0:
        raise InputError(f"--temperature {temperature:g}: it is 0 or greater")
    from rnn_cli.documents.generate import generate_document
    from rnn_cli.models.load import load_model
    from rnn_cli.output.emit import emit, save_result
    from rnn_cli.study.generate import Sampling, default_length, open_writer
    from rnn_cli.views.generate import generate_page

    loaded = load_model(model)
    writer = open_writer(model, loaded, prompt)
    sampling = Sampling(temperature, top_k, length or default_length(writer.encoding), seed)
    samples: list[Sample] = []
    if out.json or explain:
        samples += written(writer, sampling, count)
    else:
        stream_all(model, writer, sampling, count, samples, out.no_color)
    page = lambda: generate_page(loaded, model, writer, sampling, samples, out.precision, explain)  # noqa: E731
    document = lambda: generate_document(loaded, writer, sampling, samples)  # noqa: E731
    if out.json or explain:
        emit(page, document, as_json=out.json, save=out.save, no_color=out.no_color)
    else:
        for path in out.save:
            save_result(Path(path), page, document)


def written(writer: "Writer", sampling: "Sampling", count: int) -> "list[Sample]":
    """All texts, whole."""
    from rnn_cli.study.generate import check_finite

    samples = []
    for sample, tokens in writer.samples(sampling, count):
        for _ in tokens:
            pass
        check_finite(sample)
        samples.append(sample)
    return samples


def stream_all(
    name: str, writer: "Writer", sampling: "Sampling", count: int, samples: "list[Sample]", no_color: bool
) -> None:
    """Write the texts as they come; a person at a terminal is told on stderr what to notice."""
    from rnn_cli.output.stream import TextStream
    from rnn_cli.output.tell import tell
    from rnn_cli.study.generate import check_finite
    from rnn_cli.views.generate import closing, unknown_lines
    from rnn_cli.views.page import blank

    stream = TextStream()
    tell(unknown_lines(writer), no_color, anywhere=True)
    for number, (sample, tokens) in enumerate(writer.samples(sampling, count)):
        if number and writer.end is None:
            stream.write("\n")
        if writer.end is None:
            stream.write(writer.prompt)
        for token in tokens:
            stream.write(token.text)
        stream.write("\n")
        check_finite(sample)
        samples.append(sample)
    tell([blank(), *closing(name, writer, sampling, samples)], no_color)
