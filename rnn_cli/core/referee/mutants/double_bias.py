"""double-bias: a bias is added twice."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, changed, gate_line, gate_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """All biases of the cells, each one, and that of the readout; the gradient is that of a bias that counts twice, or the
    one of one that counts once."""
    names = [name for name in plan.network.cell.parameters if name.startswith("b_")]
    for some in ([names] if len(names) > 1 else []) + [[name] for name in names]:
        network = changed(plan.network, partial(_twice, names=some))
        said = "all biases of the cell" if len(some) > 1 else f"the bias {some[0]}"
        where = gate_of(plan.network.cell, some[0]) if len(some) == 1 else ""
        yield Mutant(f"adds {said} twice", gate_line(plan.network.cell, some), Change(network=network), where)
    if plan.network.architecture.output_size:
        network = plan.network.with_parameters(plan.network.parameters.copy())
        network.parameters["readout.b_y"][...] *= 2
        yield Mutant("adds the bias b_y twice", "logits = W_hy h + b_y", Change(network=network), "y")


def _twice(arrays: dict[str, Array], names: list[str]) -> None:
    for name in names:
        arrays[name] *= 2
