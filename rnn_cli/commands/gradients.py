"""rnn gradients: what a product of many factors, matrices or Jacobians makes of a gradient."""

from typing import TYPE_CHECKING, Annotated

import typer

from rnn_cli.commands.options import NetworkOptions, OutputOptions, SourceOptions, finite, with_options
from rnn_cli.errors import InputError

if TYPE_CHECKING:
    from rnn_cli.output.emit import Page


def _all_finite(values: list[float] | None) -> list[float] | None:
    for value in values or []:
        finite(value)
    return values


@with_options
def run(
    source: SourceOptions,
    network: NetworkOptions,
    out: OutputOptions,
    factor: Annotated[
        list[float] | None,
        typer.Option(
            "--factor", metavar="W", callback=_all_finite, help="Powers of a number. Repeat it to compare several."
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, help="How many factors.  [default: 20, of matrices 100]")
    ] = None,
    spectral_radius: Annotated[
        float | None,
        typer.Option(
            "--spectral-radius", metavar="R", callback=finite, help="A random recurrent matrix of this radius."
        ),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option("--init", metavar="gaussian|orthogonal|identity", help="Of that matrix.  [default: gaussian]"),
    ] = None,
    drive: Annotated[
        str | None, typer.Option("--drive", metavar="noise|zeros", help="Its input at each step.  [default: noise]")
    ] = None,
    keep_bias: Annotated[
        float | None,
        typer.Option(
            "--keep-bias", metavar="B", callback=finite, help="Bias of its forget (LSTM) or update gate (GRU)."
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="LABEL", help="Of the loss.  [default: what the network says]"),
    ] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", metavar="0", help="Go back through this layer.  [default: the last]")
    ] = None,
    direction: Annotated[
        str | None,
        typer.Option("--direction", metavar="forward|backward", help="Go back through this direction's run."),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option("--compare", metavar="rnn,lstm,gru", help="Random cells of the same size on the same input."),
    ] = None,
    plot: Annotated[
        list[str] | None,
        typer.Option("--plot", metavar="FILE", help="Also draw a figure: .png, .svg or .pdf (needs matplotlib)."),
    ] = None,
) -> None:
    """What becomes of a gradient on its way back: vanishing, stable or exploding, and why.

    \b
    Examples:
      rnn gradients --factor 0.5 --steps 20
      rnn gradients --spectral-radius 0.9 --hidden-size 32 --steps 100
      rnn gradients "I love NLP" --target negative
      rnn gradients "the film was long but I loved it" --compare rnn,lstm,gru --hidden-size 16
    """
    out.check()
    figures = plot or []
    if figures:
        from rnn_cli.plots.draw import check_plot

        check_plot(figures)
    has_source = any(value is not None for value in (source.text, source.file, source.input))
    if factor:
        _refuse("--factor", {"a sequence": has_source, "--spectral-radius": spectral_radius, "--compare": compare})
        _refuse("--factor", _network_given(network) | _matrix_given(init, drive, keep_bias))
        _refuse("--factor", {"--target": target, "--layer": layer, "--direction": direction})
        _scalar(factor, steps or 20, out, figures)
        return
    if spectral_radius is None and not has_source:
        raise InputError(
            "give --factor 0.5, or --spectral-radius 0.9, or a sentence, as in:\n"
            '    rnn gradients --factor 0.5 --steps 20        rnn gradients "I love NLP"'
        )
    if spectral_radius is not None:
        _refuse("--spectral-radius", {"a sequence": has_source, "--target": target, "--layer": layer})
        _refuse("--spectral-radius", {"--direction": direction})
    else:
        _refuse("a sequence", {"--steps": steps} | _matrix_given(init, drive, keep_bias))
    from rnn_cli.commands.gradient_paths import along_sequences, networks_of, through_matrix
    from rnn_cli.documents.gradients import compare_document, way_document
    from rnn_cli.output.emit import emit
    from rnn_cli.output.threads import limit_threads
    from rnn_cli.study.gradients import MatrixOptions
    from rnn_cli.views.gradients import way_page
    from rnn_cli.views.gradients_compare import compare_page

    networks = networks_of(network, compare)
    with limit_threads(1):  # the matrices are small: threads that wait for each other made this many times slower
        if spectral_radius is None:
            ways = along_sequences(source, networks, layer, direction, target)
        else:
            matrix = MatrixOptions(
                spectral_radius, steps or 100, init or "gaussian", drive or "noise", keep_bias if keep_bias else 0.0
            )
            ways = [through_matrix(matrix, one) for one in networks]
    if figures:
        from rnn_cli.plots.draw import save_plots
        from rnn_cli.plots.gradients import compare_figure, way_figure

        save_plots(figures, compare_figure(ways) if compare else way_figure(ways[0]))
    emit(
        lambda: compare_page(ways, out.precision) if compare else way_page(ways[0], out.precision),
        lambda: compare_document(ways) if compare else way_document(ways[0]),
        as_json=out.json,
        save=out.save,
        no_color=out.no_color,
    )


def _scalar(factors: list[float], steps: int, out: OutputOptions, figures: list[str]) -> None:
    """Powers of numbers. Nothing here needs NumPy, and JSON does not need Rich either."""
    from rnn_cli.core.gradients.powers import scalar_product
    from rnn_cli.documents.powers import powers_document
    from rnn_cli.output.emit import emit

    products = [scalar_product(factor, steps) for factor in factors]
    if figures:
        from rnn_cli.plots.draw import save_plots
        from rnn_cli.plots.powers import powers_figure

        save_plots(figures, powers_figure(products))

    def page() -> "Page":
        from rnn_cli.views.powers import powers_page

        return powers_page(products, out.precision)

    emit(page, lambda: powers_document(products), as_json=out.json, save=out.save, no_color=out.no_color)


def _refuse(what: str, others: dict[str, object]) -> None:
    """InputError where an option is given that has no meaning beside `what`."""
    for name, value in others.items():
        if value is not None and value is not False:
            raise InputError(f"{name} has no meaning beside {what}: leave one of them out")


def _matrix_given(init: str | None, drive: str | None, keep_bias: float | None) -> dict[str, object]:
    return {"--init": init, "--drive": drive, "--keep-bias": keep_bias}


def _network_given(network: NetworkOptions) -> dict[str, object]:
    return {
        "--model": network.model,
        "--cell": network.cell,
        "--hidden-size": network.hidden_size,
        "--input-size": network.input_size,
        "--num-layers": network.num_layers,
        "--bidirectional": network.bidirectional,
        "--activation": network.activation,
        "--reset-before": network.reset_before,
        "--task": network.task,
        "--labels": network.labels,
    }
