"""no-bias: a bias is left out."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, changed
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """All biases of the cells, each one, and that of the readout."""
    names = [name for name in plan.network.cell.parameters if name.startswith("b_")]
    for some in ([names] if len(names) > 1 else []) + [[name] for name in names]:
        network = changed(plan.network, partial(_zero, names=some))
        said = "all biases of the cell" if len(some) > 1 else f"the bias {some[0]}"
        yield Mutant(f"leaves out {said}", f"add {' and '.join(some)}", Change(network=network), some[0][2:])
    if plan.network.architecture.output_size:
        network = plan.network.with_parameters(plan.network.parameters.copy())
        network.parameters["readout.b_y"][...] = 0
        yield Mutant("leaves out the bias b_y", "y_t = W_hy h_t + b_y", Change(network=network), "y")


def _zero(arrays: dict[str, Array], names: list[str]) -> None:
    for name in names:
        arrays[name] *= 0
