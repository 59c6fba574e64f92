"""The options that commands share, as dataclasses, and the decorator that spreads them over a command's signature."""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from math import isfinite
from typing import Annotated, Any

import typer

from rnn_cli.errors import InputError


def with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a parameter whose type is an options dataclass stand for that dataclass's fields on the command line."""
    original = signature(command)
    groups: dict[str, Any] = {
        name: p.annotation for name, p in original.parameters.items() if is_dataclass(p.annotation)
    }
    spread: list[Parameter] = []
    for name, parameter in original.parameters.items():
        if name not in groups:
            spread.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))
            continue
        for one in fields(groups[name]):
            default = one.default_factory() if one.default_factory is not MISSING else one.default
            spread.append(Parameter(one.name, Parameter.KEYWORD_ONLY, default=default, annotation=one.type))

    @wraps(command)
    def run(**values: Any) -> Any:
        for name, group in groups.items():
            own = {one.name: values.pop(one.name) for one in fields(group)}
            values[name] = group(**own)
        return command(**values)

    run.__signature__ = original.replace(parameters=spread)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in spread}
    return run


def finite(value: float | None) -> float | None:
    """A number that is one: `nan` and `inf` parse as floats."""
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number")
    return value


@dataclass(frozen=True)
class SourceOptions:
    """Where a sequence comes from: a text, a file of sentences, or numbers."""

    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="The sentence. - reads stdin.")] = None
    file: Annotated[
        str | None,
        typer.Option(
            "--file", metavar="FILE", help="Text, one sentence a line; only forward takes several. - reads stdin."
        ),
    ] = None
    input: Annotated[
        str | None, typer.Option("--input", metavar="FILE", help="Numbers, time-major T×I: .json, .csv or .npy.")
    ] = None

    def check(self) -> None:
        """InputError unless exactly one of the three is given."""
        given = [value for value in (self.text, self.file, self.input) if value is not None]
        if not given:
            raise InputError('give a sentence, --file FILE or --input FILE, as in: rnn trace "I love NLP"')
        if len(given) > 1:
            raise InputError("give one of TEXT, --file and --input, not several")


@dataclass(frozen=True)
class NetworkOptions:
    """Where a network comes from: a model, or sizes from which one is built with random weights."""

    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="NAME|FILE", help="A bundled model or a model file.  [default: nlp]"),
    ] = None
    cell: Annotated[
        str | None, typer.Option("--cell", metavar="rnn|lstm|gru", help="Build a random network of this cell.")
    ] = None
    input_size: Annotated[
        int | None, typer.Option("--input-size", min=1, help="Size of each input vector.  [default: 2]")
    ] = None
    hidden_size: Annotated[int | None, typer.Option("--hidden-size", min=1, help="Hidden units.  [default: 3]")] = None
    num_layers: Annotated[int | None, typer.Option("--num-layers", min=1, help="Layers.  [default: 1]")] = None
    bidirectional: Annotated[bool, typer.Option("--bidirectional", help="Run each layer in both directions.")] = False
    activation: Annotated[
        str | None, typer.Option("--activation", metavar="tanh|relu", help="Of the vanilla RNN.  [default: tanh]")
    ] = None
    reset_before: Annotated[
        bool, typer.Option("--reset-before", help="GRU of the 2014 paper: reset before the product.")
    ] = False
    task: Annotated[
        str | None,
        typer.Option(
            "--task", metavar="SHAPE", help="Of a built network: many-to-one or many-to-many.  [default: many-to-one]"
        ),
    ] = None
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels", metavar="A,B,…", help="Names of a built network's classes.  [default: negative,positive]"
        ),
    ] = None
    seed: Annotated[int, typer.Option("--seed", min=0, help="All that is random is a function of it.")] = 0


@dataclass(frozen=True)
class OutputOptions:
    """How and where a result is written."""

    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, at full precision.")] = False
    save: Annotated[
        list[str],
        typer.Option("--save", metavar="FILE", help="Also write the page (.svg .html .txt) or the document (.json)."),
    ] = field(default_factory=list)
    precision: Annotated[
        int, typer.Option("--precision", min=1, max=17, help="Decimals on the page; JSON is never rounded.")
    ] = 4
    no_color: Annotated[bool, typer.Option("--no-color", help="No colour.")] = False
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback where something fails.")] = False

    def check(self) -> None:
        """InputError where a file's format is unknown: before anything is computed."""
        from rnn_cli.output.emit import check_save

        check_save(self.save)
