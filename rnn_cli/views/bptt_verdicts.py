"""The end of a BPTT page: clipping, a gradient-descent step, and whether the gradient is right."""

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.learning.clipping import GLOBAL_NORM, Clipped
from rnn_cli.core.learning.losses import SUM, UPSTREAM
from rnn_cli.core.verification import LIMITS, Check
from rnn_cli.study.bptt_checks import unknown_gradient, wrong_gradient
from rnn_cli.study.bptt_report import Descent
from rnn_cli.views import style
from rnn_cli.views.numbers import signed
from rnn_cli.views.page import Grid, Prose, blank, heading

BELOW_0 = "No loss is below 0: the slope holds near these weights, and this step goes beyond."
AT_0 = "The loss is 0 in float64: nothing is left to learn."


def said_beyond(kind: str, loss: float, promised: float) -> str:
    """Why a step cannot do what the slope promises: a loss under 0. "" where it can: a sum of outputs has no such end."""
    return "" if promised >= 0 or kind in (SUM, UPSTREAM) else BELOW_0 if loss else AT_0


def clipping_part(clipped: Clipped, digits: int) -> list[RenderableType]:
    """Before, after, scale, angle."""
    by_norm = clipped.kind == GLOBAL_NORM
    equation = "g * c / max(‖g‖, c)" if by_norm else "each element held within ± the limit"
    rows = [
        ["limit", signed(clipped.limit, digits).lstrip("+"), ""],
        [
            "norm before",
            signed(clipped.norm_before, digits).lstrip("+"),
            "over all weights and biases, the embedding apart",
        ],
        ["norm after", signed(clipped.norm_after, digits).lstrip("+"), ""],
    ]
    if clipped.scale is not None:
        rows.append(
            [
                "scale",
                signed(clipped.scale, digits).lstrip("+"),
                "nothing to clip" if clipped.scale == 1 else "every element times this",
            ]
        )
    else:
        rows.append(["changed", str(clipped.changed), "of the elements changed: they were over the limit"])
    angle = float(np.degrees(np.arccos(clipped.cosine)))
    rows.append(
        [
            "angle",
            f"{angle:.2f}",
            "degrees to the gradient" + ": the direction is kept" * (by_norm or not clipped.changed),
        ]
    )
    return [heading(f"Clipped by {clipped.kind}", equation), Grid(["", "", ""], rows, frozen=3, align="<><"), blank()]


def descent_part(descent: Descent, kind: str, digits: int) -> list[RenderableType]:
    """What a gradient-descent step would do."""
    rows: list[list[str | Text]] = [
        ["loss now", signed(descent.loss_before, digits).lstrip("+"), ""],
        ["promised", signed(descent.loss_promised, digits).lstrip("+"), "by the slope: L - lr <dL/dθ, g>"],
        ["after", signed(descent.loss_after, digits).lstrip("+"), "computed with the changed weights and biases"],
    ]
    change = descent.loss_after - descent.loss_before
    beyond = said_beyond(kind, descent.loss_before, descent.loss_promised)
    verdict = "down" if change < 0 else "up" if change > 0 else "unchanged"
    rows.append(["change", Text(signed(change, digits), style=style.GOOD if change < 0 else style.WARNING), verdict])
    return [
        heading(f"One step of gradient descent, lr {descent.lr:g}", "θ <- θ - lr g"),
        Grid(["", "", ""], rows, frozen=3, align="<><"),
        *([Prose(beyond, "  ")] if beyond else []),
        blank(),
    ]


def check_part(check: Check) -> list[RenderableType]:
    """Three residuals, each with its limit and the quantity where it is largest."""
    rows: list[list[str | Text]] = []
    for method in check.methods:
        worst = check.worst(method)
        own = [one for one in check.residuals if one.method == method]
        unknown = any(one.unknown for one in own)
        if any(not one.passed and not one.unknown for one in own):
            mark = Text("WRONG", style=style.BAD)
        else:
            mark = Text("unknown", style=style.WARNING) if unknown else Text("holds", style=style.GOOD)
        rows.append(
            [method, "none" if worst.unknown else f"{worst.error:.1e}", f"{LIMITS[method]:.0e}", mark, worst.quantity]
        )
    page: list[RenderableType] = [
        heading(
            "Is the gradient right?",
            "relative residuals of the full gradient, over every weight, bias, input and initial state",
        ),
        Grid(["", "residual", "limit", "", "largest at"], rows, frozen=5, align="<>><<"),
    ]
    if check.finite and not check.passed:
        said = wrong_gradient(check) if check.first_wrong is not None else unknown_gradient(check)
        page.append(Prose(said[0].upper() + said[1:] + ".", "  ", style=style.BAD))
    if not check.finite:
        page.append(
            Prose(
                "The loss or its gradient is not finite: no number can be held against it.",
                "  ",
                style=style.BAD,
            )
        )
    elif len(check.methods) < 3:
        page.append(Prose("relu is not analytic, so the complex step does not apply.", "  ", style=style.FAINT))
    return [*page, blank()]
