"""Heat maps that can be read without colour: every cell has its sign and one of four shades for its size.

Where there are many, a number is one sign: a shade above 0, strokes below, the more the larger.
"""

from math import isfinite

import numpy as np
from rich.text import Text

from rnn_cli.core.arrays import Array
from rnn_cli.views import style

SHADES = "░▒▓█"
STROKES = "-~=≡"
POSITIVE_STEPS = ("#8fbbe0", "#6ea8d8", "#4f97d1", "#3586c9")
NEGATIVE_STEPS = ("#e3b48c", "#e09c62", "#dd853a", "#d26f1a")


def heat_cell(value: float, scale: float) -> Text:
    """The sign and shade of one number; a dot if the number is 0, ! if it is not finite."""
    if not isfinite(value):
        return Text(" ! ", style=style.WARNING)
    if value == 0 or scale == 0:
        return Text(" · ", style=style.FAINT)
    shade = _step(value, scale)
    steps = POSITIVE_STEPS if value > 0 else NEGATIVE_STEPS
    return Text(("+" if value > 0 else "-") + SHADES[shade] * 2, style=steps[shade])


def tile(value: float, scale: float) -> tuple[str, str]:
    """One number as one sign, and its style."""
    if not isfinite(value):
        return "!", style.WARNING
    if value == 0 or scale == 0:
        return "·", style.FAINT
    shade = _step(value, scale)
    return (SHADES[shade], POSITIVE_STEPS[shade]) if value > 0 else (STROKES[shade], NEGATIVE_STEPS[shade])


def _step(value: float, scale: float) -> int:
    return min(int(abs(value) / scale * len(SHADES)), len(SHADES) - 1)


def legend(scale: float) -> str:
    """What the shades mean, for this scale."""
    bounds = [scale / len(SHADES) * k for k in range(1, len(SHADES) + 1)]
    return "  ".join(f"{SHADES[k]} to {bound:.2g}" for k, bound in enumerate(bounds)) + "   + and - are the signs"


def largest(values: Array) -> float:
    """The largest size of a finite number, the scale of a heat map; 0 where there is none."""
    size = float(max(abs(values.max(initial=0.0)), abs(values.min(initial=0.0))))  # no copy is made
    return size if np.isfinite(size) else float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
