"""swapped-weights: W_x multiplies h_{t-1}, and W_h multiplies x_t."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.referee.mutants import Arrays, Mutant, gate_line, rewired
from rnn_cli.core.referee.plan import Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all gates at once, where both have one shape."""
    a, cell = plan.network.architecture, plan.network.cell
    pairs = {f"W_x{gate}": f"W_h{gate}" for gate in cell.gates if {f"W_x{gate}", f"W_h{gate}"} <= set(cell.parameters)}
    if a.layer_sizes or a.input_size != a.hidden_size or (a.num_layers > 1 and a.bidirectional) or not pairs:
        return
    yield rewired(
        "multiplies x_t with W_h and h_{t-1} with W_x",
        gate_line(cell, list(cell.gates)),
        partial(_swap, pairs=pairs),
        "",
        partial(_swapped, pairs=pairs),
    )


def _swap(arrays: Arrays, pairs: dict[str, str]) -> None:
    for x, h in pairs.items():
        kept = arrays[x].copy()
        arrays[x][...] = arrays[h]
        arrays[h][...] = kept


def _swapped(gradients: Arrays, pairs: dict[str, str]) -> Arrays:
    return {x: gradients[h] for x, h in pairs.items()} | {h: gradients[x] for x, h in pairs.items()}
