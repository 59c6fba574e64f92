"""float32: a part of the computation is done in single precision, though the numbers are handed out in double."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from rnn_cli.core.network import Network
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """The weights, the inputs, or both are rounded to it."""
    x = plan.x.astype(np.float32).astype(plan.x.dtype)
    rounded = partial(_rounded)
    forms = {
        "the weights": Change(network=rounded),
        "the inputs": Change(x=x),
        "weights and inputs": Change(network=rounded, x=x),
    }
    for what, change in forms.items():
        yield Mutant(f"rounds {what} to float32", "keep double precision: dtype=np.float64", change, "dtype")


def _rounded(network: Network) -> Network:
    parameters = network.parameters.copy()
    for array in parameters.values():
        array[...] = array.astype(np.float32)
    return network.with_parameters(parameters)
