"""rnn bptt by the kernels alone: with --checkpoint-every, and for sequences too long to record each step."""

from typing import TYPE_CHECKING

from rnn_cli.errors import CheckFailed, InputError, NumberError

if TYPE_CHECKING:
    from rnn_cli.commands.options import OutputOptions
    from rnn_cli.core.bptt import Target
    from rnn_cli.inputs.sequence import Sequence
    from rnn_cli.models.model import Model


def lean(
    model: "Model",
    sequence: "Sequence",
    target: "Target",
    every: int | None,
    clipping: tuple[str, float] | None,
    check: bool,
    out: "OutputOptions",
) -> None:
    """Loss and gradient, and no single step."""
    from rnn_cli.core.fast.bptt_long import lean_report
    from rnn_cli.documents.bptt_long import lean_document
    from rnn_cli.output.emit import emit
    from rnn_cli.output.threads import limit_threads
    from rnn_cli.views.bptt_long import lean_page, wrong_sum

    with limit_threads(1):  # products with one sequence are small
        report = lean_report(model.network, sequence.inputs, target, every, clipping, check)
    emit(
        lambda: lean_page(model, sequence, report, out.precision),
        lambda: lean_document(model, sequence, report),
        as_json=out.json,
        save=out.save,
        no_color=out.no_color,
    )
    if check and not report.finite:
        raise NumberError("the loss or its gradient left the finite range, so there is no gradient to check")
    if check and report.passed is False:
        raise CheckFailed(wrong_sum(report))


def refuse_records(
    every: str | None,
    truncate: str | None,
    sweep: bool,
    steps: str | None,
    unit: str | None,
    layer: str | None,
    direction: str | None,
) -> None:
    """InputError where an option asks for the record of single steps, which is not kept."""
    from rnn_cli.core.fast.bptt_long import MOST_RECORDED

    given = {
        "--truncate": truncate,
        "--truncate-sweep": sweep or None,
        "--steps": steps,
        "--unit": unit,
        "--layer": layer,
        "--direction": direction,
    }
    asked = [name for name, value in given.items() if value is not None]
    if asked and every is not None:
        raise InputError(f"{asked[0]} shows single steps, which --checkpoint-every does not keep: leave one out")
    if asked:
        raise InputError(f"{asked[0]} shows single steps, which are kept up to {MOST_RECORDED:,}: take fewer")
