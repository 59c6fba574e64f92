"""no-bias: a bias is left out."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.network import Network
from rnn_cli.core.referee.mutants import Arrays, Mutant, gate_line, gate_of, rewired
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """All biases of the cells, each one, and that of the readout."""
    names = [name for name in plan.network.cell.parameters if name.startswith("b_")]
    gates = [name for name in names if name[2:] in plan.network.cell.gates]
    for some in [one for one in (names, gates)[: 1 + (gates != names)] if len(one) > 1] + [[name] for name in names]:
        said = "all biases of the cell" if len(some) > 1 else f"the bias {some[0]}"
        zero = partial(zeroed, names=some)
        where = gate_of(plan.network.cell, some[0]) if len(some) == 1 else ""
        line = gate_line(plan.network.cell, some)
        yield rewired(f"leaves out {said}", line, zero, where, partial(zeros, names=some))
    if plan.network.architecture.output_size:
        yield Mutant(
            "leaves out the bias b_y",
            "logits = W_hy h + b_y",
            Change(network=partial(readout_bias, times=0)),
            "y",
            (Change(), Change(back={"scales": {"db_y": 0.0}})),
        )


def readout_bias(network: Network, times: float) -> Network:
    """The network with its b_y so many times."""
    other = network.with_parameters(network.parameters.copy())
    other.parameters["readout.b_y"][...] *= times
    return other


def zeroed(arrays: Arrays, names: list[str]) -> None:
    """Set some of the arrays to 0, those that another mistake has not taken away."""
    for name in names:
        if name in arrays:
            arrays[name] *= 0


def zeros(gradients: Arrays, names: list[str]) -> Arrays:
    """The gradients of what was left out."""
    return {name: 0 * gradients[name] for name in names if name in gradients}
