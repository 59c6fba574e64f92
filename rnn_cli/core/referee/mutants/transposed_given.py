"""transposed, of a gradient: the outer product is taken the other way round, x ⊗ da for da ⊗ x."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all recurrent matrices, of each, and of others that are square; of others the shape would tell."""
    a, cell = plan.network.architecture, plan.network.cell
    recurrent = list(cell.recurrent)
    square = all(a.layer_input_size(layer) == a.hidden_size for layer in range(a.num_layers))
    inputs = [name for name in cell.parameters if name.startswith("W_x")] if square else []
    readout = ["W_hy"] if a.output_size == a.output_width else []
    groups = [names for names in (recurrent, inputs) if len(names) > 1]
    for names in [*groups, *([name] for name in (*recurrent, *inputs, *readout))]:
        first = names[0]
        said = f"{first[:3]} of every gate" if len(names) > 1 else first
        vector = "h_t" if first == "W_hy" else "h_{t-1}" if first.startswith("W_h") else "x_t"
        yield Mutant(
            f"hands out the transpose of the gradient of {said}: {vector} ⊗ the error, where the error ⊗ {vector} is meant",
            line_of(cell, f"d{first}", f"d{first[:3]}") or f"d{first} = sum over t of the error ⊗ {vector}",
            Change(afterwards=partial(_turned, names=frozenset(f"d{name}" for name in names))),
            first if len(names) == 1 else "",
        )


def _turned(numbers: Numbers, names: frozenset[str]) -> Numbers:
    return {key: array.T if key.name in names else array for key, array in numbers.items()}
