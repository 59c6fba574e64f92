"""double-bias: a bias is added twice."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.referee.mutants import Arrays, Mutant, gate_line, gate_of, rewired
from rnn_cli.core.referee.mutants.no_bias import readout_bias
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """All biases of the cells, each one, and that of the readout."""
    names = [name for name in plan.network.cell.parameters if name.startswith("b_")]
    gates = [name for name in names if name[2:] in plan.network.cell.gates]
    for some in [one for one in (names, gates)[: 1 + (gates != names)] if len(one) > 1] + [[name] for name in names]:
        said = "all biases of the cell" if len(some) > 1 else f"the bias {some[0]}"
        fits = partial(_doubled, names=some)
        where = gate_of(plan.network.cell, some[0]) if len(some) == 1 else ""
        yield rewired(
            f"adds {said} twice", gate_line(plan.network.cell, some), partial(_twice, names=some), where, fits
        )
    if plan.network.architecture.output_size:
        yield Mutant(
            "adds the bias b_y twice",
            "logits = W_hy h + b_y",
            Change(network=partial(readout_bias, times=2)),
            "y",
            (Change(), Change(back={"scales": {"db_y": 2.0}})),
        )


def _twice(arrays: Arrays, names: list[str]) -> None:
    for name in names:
        if name in arrays:
            arrays[name] *= 2


def _doubled(gradients: Arrays, names: list[str]) -> Arrays:
    return {name: 2 * gradients[name] for name in names if name in gradients}
