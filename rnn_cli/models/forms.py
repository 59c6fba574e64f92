"""Numbers in the forms of rnn_cli/core/forms.py."""

from collections.abc import Sequence

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.forms import GROWTH, STEPWISE
from rnn_cli.errors import InputError


def as_read(values: Array, forms: Sequence[str], means: Array) -> Array:
    """What is read of values (T, …, I), before it is scaled. Before the first row there is none: it changes as on average."""
    places = [k for k, form in enumerate(forms) if form in STEPWISE]
    if not places:
        return values
    shown = np.array(values, dtype=np.float64)
    before, steps = shown[:-1, ..., places], np.diff(shown[..., places], axis=0)
    growing = np.array([forms[k] == GROWTH for k in places])
    shown[1:, ..., places] = steps / np.where(growing, before, 1.0)
    shown[:1, ..., places] = means[places]
    return shown


def check_positive(values: Array, names: Sequence[str], forms: Sequence[str], where: str) -> None:
    """InputError where a number that a growth is to be a share of is not greater than 0; values (N, I)."""
    for k, (name, form) in enumerate(zip(names, forms, strict=False)):
        low = float(values[:, k].min()) if form == GROWTH and len(values) else 1.0
        if low <= 0:
            raise InputError(
                f"{where}: {name} is {low:g} somewhere, and the growth of such a number means nothing;\n"
                "rnn train --form difference learns its changes instead"
            )
