"""rnn gradients: what a product of many factors, matrices or Jacobians makes of a gradient."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from rnn_cli.commands.options import (
    ArrayOutput,
    NetworkOptions,
    PlotOptions,
    Reduction,
    SourceOptions,
    Upstream,
    finite,
    group,
    with_options,
)
from rnn_cli.core.cells import CELLS
from rnn_cli.errors import InputError
from rnn_cli.reading import whole_number

if TYPE_CHECKING:
    from rnn_cli.inputs.reading_report import ReadingReport
    from rnn_cli.study.gradient_path import GradientComparison, GradientPath

EVERYDAY = ("factor", "steps", "model", "cell", "compare", "spectral_radius", "hidden_size", "plot", "json")


NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*", re.IGNORECASE)


def hint(args: list[str]) -> str | None:
    """What to say to rnn gradients 0.5; None where the arguments do not begin with a number, or name a network to read it."""
    networks = {"-m", "--compare", *_network_given(NetworkOptions())}
    if not args or NUMBER.fullmatch(args[0]) is None or any(word.partition("=")[0] in networks for word in args):
        return None
    numbers = [word.strip() for word in takewhile(NUMBER.fullmatch, args)]
    powers = " ".join(f"--factor {number}" for number in numbers)
    return f"{numbers[0]} is a number and not a sentence; its powers: rnn gradients {powers}"


def _all_finite(values: list[float] | None) -> list[float] | None:
    for value in values or []:
        finite(value)
    return values


@group
class ChainOptions:
    """A chain of factors that belongs to no sequence: of numbers, or of a random recurrent matrix."""

    title: ClassVar = "A chain of numbers or matrices"

    factor: Annotated[
        list[float] | None,
        typer.Option(
            "--factor", metavar="W", callback=_all_finite, help="Powers of a number. Repeat it to compare several."
        ),
    ] = None
    steps: Annotated[
        str | None,
        typer.Option(
            "--steps",
            metavar="N|2:5",
            help="How many factors (20, of matrices 100); along a sentence the steps to show: 3, 2:5, 1,4 or all.",
        ),
    ] = None
    spectral_radius: Annotated[
        float | None,
        typer.Option(
            "--spectral-radius",
            metavar="R",
            callback=finite,
            help="A random recurrent matrix of this radius; --hidden-size, and --input-size with it, is then 32 by default.",
        ),
    ] = None
    init: Annotated[
        str | None,
        typer.Option(
            "--init",
            metavar="gaussian|orthogonal|identity",
            help="How the random matrix is drawn.  [default: gaussian]",
        ),
    ] = None
    drive: Annotated[
        str | None, typer.Option("--drive", metavar="noise|zeros", help="Its input at each step.  [default: noise]")
    ] = None
    keep_bias: Annotated[
        float | None,
        typer.Option("--keep-bias", metavar="B", callback=finite, help="The bias of the gate that keeps the state."),
    ] = None

    def count(self, default: int) -> int:
        """How many factors there are. InputError where --steps is no such number."""
        number = default if self.steps is None else whole_number(self.steps)
        if not number:
            raise InputError(
                f"--steps {self.steps}: of numbers and matrices it is how many factors, a whole number from 1"
            )
        return number

    @property
    def of_matrix(self) -> dict[str, object]:
        """The options that only a random matrix has."""
        return {"--init": self.init, "--drive": self.drive, "--keep-bias": self.keep_bias}


@group
class PathOptions:
    """Where the gradient of a sequence starts, and what it goes back through."""

    title: ClassVar = "Along a sentence"

    target: Annotated[
        str | None,
        typer.Option("--target", metavar="LABEL", help="Of the loss.  [default: what the network says]"),
    ] = None
    loss: Annotated[
        str | None,
        typer.Option(
            "--loss",
            metavar="cross-entropy|mse|sum",
            help="What the error comes from; sum is of a network without a readout.  [default: that of the readout]",
        ),
    ] = None
    upstream: Upstream = None
    reduction: Reduction = None
    layer: Annotated[
        str | None, typer.Option("--layer", metavar="0", help="Go back through this layer.  [default: the last]")
    ] = None
    direction: Annotated[
        str | None,
        typer.Option("--direction", metavar="forward|backward", help="Go back through this direction's run."),
    ] = None
    unit: Annotated[
        str | None,
        typer.Option(
            "--unit",
            metavar="1,3",
            help="Show these hidden units, counted from 1, or moved, readout, moved:20; JSON then has no others.",
        ),
    ] = None

    @property
    def given(self) -> dict[str, object]:
        """All options of the group, by their names on the command line."""
        return {
            "--target": self.target,
            "--loss": self.loss,
            "--dL-dh": self.upstream,
            "--reduction": self.reduction,
            "--layer": self.layer,
            "--direction": self.direction,
            "--unit": self.unit,
        }


@with_options
def run(
    source: SourceOptions,
    network: NetworkOptions,
    out: ArrayOutput,
    chain: ChainOptions,
    path: PathOptions,
    figures: PlotOptions,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare", metavar=",".join(list(CELLS)[:3]), help="Random cells of the same size, on one input."
        ),
    ] = None,
    all_singular_values: Annotated[
        bool,
        typer.Option(
            "--all-singular-values",
            help="Of a state of more than 64 numbers too, each to high relative accuracy: minutes at 256.",
        ),
    ] = False,
) -> None:
    """What becomes of a gradient back through time: vanishing, stable or exploding, and why.

    \b
    Examples:
      rnn gradients --factor 0.5 --steps 20
      rnn gradients --spectral-radius 0.9 --hidden-size 32 --steps 100
      rnn gradients "I love NLP" --target negative
      rnn gradients "I love NLP" --cell lstm --steps 1:2 --unit 1
      rnn gradients "the film was long but I loved it" --compare rnn,lstm,gru --hidden-size 16
    """
    out.check()
    figures.check()
    _check_mode(source, network, chain, path, compare)
    if chain.factor:
        _refuse("--factor", {"--all-singular-values": all_singular_values})
    from rnn_cli.front.presenting import emit

    source.check_reading()
    report = None
    if chain.factor:
        from rnn_cli.study.powers import powers_of

        result: object = powers_of(chain.factor, chain.count(20))
        drawn: Sequence[object] = [result]
    else:
        from rnn_cli.output.progress import share_done

        with share_done("going back through time", not out.json, out.no_color) as watch:
            how = {"all_singular_values": all_singular_values, "watch": watch}
            if chain.spectral_radius is not None:
                result = _through_matrix(chain, network, compare, how)
                drawn = [result]
            else:
                report = source.report()
                result, drawn = _along_sequence(
                    source, network, path, compare, report, everywhere=bool(figures.plot), steps=chain.steps, **how
                )
    if figures.plot:
        from rnn_cli.commands.figures import save_figure
        from rnn_cli.front.presenting import figure

        save_figure(figures.plot, figure(*drawn))
    emit(result, out, report=report)


def _along_sequence(
    source: SourceOptions,
    network: NetworkOptions,
    path: PathOptions,
    compare: str | None,
    report: "ReadingReport",
    everywhere: bool,
    **how: Any,
) -> "tuple[GradientPath | GradientComparison, Sequence[GradientPath | GradientComparison]]":
    """The path through one layer and direction; with `everywhere` those through all that were not left out, to be drawn."""
    from rnn_cli.commands.common import networks_to_compare, open_each, open_one
    from rnn_cli.study.gradient_path import GradientComparison
    from rnn_cli.study.gradients import gradients_along, gradients_everywhere, parse_cells

    options = {"seed": network.seed, **vars(path), **how}
    if compare is None:
        opened = [open_one(source, network, report)]
    else:
        opened = open_each(source, networks_to_compare(network, parse_cells(compare)), report)
    paths = tuple(gradients_along(*one, **options) for one in opened)
    pairs = zip(opened, paths, strict=True) if everywhere else ()
    runs = [*zip(*(gradients_everywhere(*one, found, **options) for one, found in pairs), strict=True)]
    if compare is None:
        return paths[0], [found for (found,) in runs]
    return GradientComparison(paths), [GradientComparison(found) for found in runs]


def _through_matrix(
    chain: ChainOptions, network: NetworkOptions, compare: str | None, how: dict[str, Any]
) -> "GradientPath | GradientComparison":
    from rnn_cli.commands.common import networks_to_compare
    from rnn_cli.study.gradient_path import GradientComparison
    from rnn_cli.study.gradients import parse_cells

    if compare is None:
        return _matrix_path(chain, network, how)
    networks = networks_to_compare(network, parse_cells(compare))
    return GradientComparison(tuple(_matrix_path(chain, one, how) for one in networks))


def _matrix_path(chain: ChainOptions, network: NetworkOptions, how: dict[str, Any]) -> "GradientPath":
    from rnn_cli.commands.common import cell_options_of, given_to_build
    from rnn_cli.study.gradients import gradients_through_matrix

    for name in ("--model", "--num-layers", "--bidirectional", "--task", "--labels"):
        if name in given_to_build(network) or (name == "--model" and network.model is not None):
            raise InputError(f"--spectral-radius builds one layer without a readout: leave out {name}")
    assert chain.spectral_radius is not None
    return gradients_through_matrix(
        chain.spectral_radius,
        steps=chain.count(100),
        init=chain.init or "gaussian",
        drive=chain.drive or "noise",
        keep_bias=chain.keep_bias or 0.0,
        cell=network.cell or "rnn",
        hidden_size=network.hidden_size or 32,
        input_size=network.input_size,
        options=cell_options_of(network),
        seed=network.seed,
        **how,
    )


def _check_mode(
    source: SourceOptions, network: NetworkOptions, chain: ChainOptions, path: PathOptions, compare: str | None
) -> None:
    """InputError unless exactly one of numbers, a matrix and a sequence is asked for, with options that fit it."""
    meant = hint([source.text or ""])
    if meant and not compare and not any(_network_given(network).values()):
        raise InputError(meant)
    sequence = any(value is not None for value in (source.text, source.file, source.input, source.ids))
    if chain.factor:
        _refuse("--factor", {"a sequence": sequence, "--spectral-radius": chain.spectral_radius, "--compare": compare})
        _refuse("--factor", _network_given(network) | chain.of_matrix)
        _refuse("--factor", path.given)
    elif chain.spectral_radius is not None:
        given = {**path.given, **dict.fromkeys(network.given_states, True)}
        _refuse("--spectral-radius", {"a sequence": sequence, "--save-model": network.save_model, **given})
    elif sequence:
        _refuse("a sequence", chain.of_matrix)
    else:
        raise InputError(
            "give --factor 0.5, or --spectral-radius 0.9, or a sentence, as in:\n"
            '    rnn gradients --factor 0.5 --steps 20        rnn gradients "I love NLP"'
        )


def _refuse(what: str, others: dict[str, object]) -> None:
    """InputError where a given option has no meaning together with `what`."""
    for name, value in others.items():
        if value is not None and value is not False:
            raise InputError(f"{name} has no meaning beside {what}: leave one of them out")


def _network_given(network: NetworkOptions) -> dict[str, object]:
    return {
        "--model": network.model,
        "--cell": network.cell,
        "--hidden-size": network.hidden_size,
        "--input-size": network.input_size,
        "--num-layers": network.num_layers,
        "--bidirectional": network.bidirectional,
        "--activation": network.activation,
        "--cell-option": network.cell_option or network.reset_before,
        "--task": network.task,
        "--labels": network.labels,
        "--save-model": network.save_model,
        **dict.fromkeys(network.given_states, True),
    }
