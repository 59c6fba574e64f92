"""The page of rnn bptt for a long sequence, or with --checkpoint-every: what is known without a record of each step."""

import numpy as np
from rich.console import RenderableType

from rnn_cli.core.arrays import Array
from rnn_cli.core.fast.bptt_long import FULL, LIMIT, MOST_RECORDED, LongBpttReport
from rnn_cli.core.norms import norms
from rnn_cli.study.bptt import LongBpttResult
from rnn_cli.views.bptt_verdicts import clipping_part
from rnn_cli.views.losses import loss_words
from rnn_cli.views.numbers import count, short, signed
from rnn_cli.views.page import Grid, Prose, blank, following, heading, notice
from rnn_cli.views.parts import title


def long_bptt_page(long: LongBpttResult, digits: int) -> list[RenderableType]:
    """The whole page."""
    model, sequence, report = long.model, long.sequence, long.report
    result, T = report.result, len(sequence.inputs)
    why = (
        f"They are kept up to {MOST_RECORDED:,} steps." if T > MOST_RECORDED else "Without --checkpoint-every they are."
    )
    page: list[RenderableType] = [
        *title(sequence, model),
        heading("Backpropagation through time, by the kernels", f"{T:,} steps"),
        Prose(
            "Loss and gradient alone: single steps were computed and not kept, so their products and sums, the share "
            f"of each step and the step of descent are not on this page. {why}",
            "  ",
        ),
        blank(),
        Grid(
            ["", "", ""],
            [
                [
                    "loss",
                    signed(result.total, digits).lstrip("+"),
                    loss_words(model.network.architecture, report.target),
                ],
                ["states kept", f"{result.segments:,}", f"one at every {result.every:,} steps, for each layer"],
                ["they take", f"{_bytes(result.kept_bytes)}", "what lies between is computed twice"]
                if result.segments > 1
                else ["they take", _bytes(result.kept_bytes), "one segment: nothing is computed twice"],
            ],
            frozen=3,
            align="<><",
        ),
        blank(),
        heading("The gradient", "the norm of each parameter's part"),
        Grid(
            ["", "norm", "largest element"],
            [
                [name, short(size, digits), short(float(np.abs(result.parameters[name]).max()), digits)]
                for name, size in report.norms.items()
            ]
            + [["all", short(report.norm, digits), ""]],
            align="<>",
        ),
        blank(),
    ]
    if report.clipped is not None:
        page += clipping_part(report.clipped, digits)
    page += [
        heading("Is it right?"),
        Prose(_check(report), "  "),
        blank(),
        notice(long.left_range or _reach(result.inputs[:, 0])),
    ]
    return [*page, *following(("rnn gradients -h", "what becomes of a gradient over many steps, and why"))]


def _check(report: LongBpttReport) -> str:
    if not report.finite:
        return "There is no gradient to check."
    if report.unknown:
        return f"It cannot be checked: the gradient of {report.method} left the finite range."
    if report.error is None:
        why = "There is one segment: this is full BPTT." if report.result.segments == 1 else "Nothing was compared."
        return f"{why} --check compares it with the same in segments of twice the length." if "Nothing" in why else why
    other = "full BPTT" if report.method == FULL else "the same in segments of twice the length"
    verdict = "agrees with" if report.passed else "DIFFERS from"
    return f"It {verdict} {other}: the largest relative difference is {report.error:.1e}, in {report.worst} (limit {LIMIT:.0e})."


def _reach(errors: Array) -> str:
    """Where the error of the inputs is largest, and what it is at both ends."""
    sizes = norms(errors)
    most = int(sizes.argmax())
    first, last = float(sizes[0]), float(sizes[-1])
    return (
        f"of {count(len(sizes), 'step')}, the loss changes fastest with x_{most + 1} (‖dL/dx‖ = {short(float(sizes[most]), 3)}); "
        f"x_1 has {short(first, 3)}, x_{len(sizes)} {short(last, 3)}."
    )


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size:,} bytes"
