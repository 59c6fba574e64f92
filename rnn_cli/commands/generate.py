"""rnn generate: a model that has learnt to write, writes."""

from typing import TYPE_CHECKING, Annotated

import typer

from rnn_cli.commands.options import ForeignOptions, OutputOptions, finite, with_options
from rnn_cli.errors import InputError

if TYPE_CHECKING:
    from rnn_cli.study.generate import GenerateResult

EVERYDAY = ("prompt", "length", "temperature", "count", "explain", "seed")


@with_options
def run(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model of rnn train for lm or describe, or of another program.")
    ],
    out: OutputOptions,
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
    *,
    foreign: ForeignOptions,
    vectors: Annotated[str | None, typer.Option("--vectors", metavar="FILE", hidden=True)] = None,
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
    out.check(page=explain)
    if vectors is not None:
        raise InputError(
            "--vectors: a network that writes reads each token that it wrote, by an embedding of its own; rnn predict and "
            "rnn evaluate take them"
        )
    from rnn_cli.front.presenting import emit, save, say_reading
    from rnn_cli.inputs.reading_report import ReadingReport
    from rnn_cli.study.generate import begin_generate

    loaded, report = foreign.opened(model, None), ReadingReport()
    report.of_model(model, loaded.read, loaded.said)
    result = begin_generate(
        loaded,
        model,
        prompt=prompt,
        temperature=temperature,
        top_k=top_k,
        length=length,
        explain=explain,
        seed=seed,
    )
    if out.json or explain:
        for tokens in result.stream(count):
            for _ in tokens:
                pass
        emit(result, out, report=report)
    else:
        say_reading(report)
        stream_all(result, count, out.no_color)
        save(result, out)


def stream_all(result: "GenerateResult", count: int, no_color: bool) -> None:
    """Write the texts as they come; a person at a terminal reads on stderr what to notice."""
    from rnn_cli.output.stream import TextStream
    from rnn_cli.output.tell import tell
    from rnn_cli.views.generate import closing, unknown_lines
    from rnn_cli.views.page import blank

    stream, generator = TextStream(), result.generator
    tell(unknown_lines(generator), no_color, anywhere=True)
    for number, tokens in enumerate(result.stream(count)):
        if number and generator.end is None:
            stream.write("\n")
        if generator.end is None:
            stream.write(generator.prompt)
        for token in tokens:
            stream.write(token.text)
        stream.write("\n")
    tell([blank(), *closing(result.name, result)], no_color)
