"""transposed, on the way back: W da for W^T da."""

from collections.abc import Iterator

from rnn_cli.core.quantities import Value, Weights
from rnn_cli.core.referee.mutants import Mutant, all_and_each, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all W_h, of each, and of W_x where it is square in every layer."""
    a, cell = plan.network.architecture, plan.network.cell
    square = all(a.layer_input_size(layer) == a.size_of(layer) for layer in range(a.num_layers))
    inputs = [name for name in cell.parameters if name.startswith("W_x")] if square else []
    for names in (list(cell.recurrent), inputs):
        for some in all_and_each(names):
            said = f"{some[0][:3]} of every gate" if len(some) > 1 else some[0]
            fix = line_of(cell, "dh_{t-1}" if some[0].startswith("W_h") else "dx_t")
            yield Mutant(
                f"multiplies the error with {said} instead of its transpose",
                fix,
                Change(back_places={f"{name}.T": _straight for name in some}),
                some[0] if len(some) == 1 else "",
            )
    if a.output_size == a.output_width:
        yield Mutant(
            "multiplies the error with W_hy instead of its transpose",
            "dh_t += W_hy^T dy_t",
            Change(back={"turned_readout": True}),
            "W_hy",
        )


def _straight(W: Weights, v: Value) -> Value:
    """W v for W^T v."""
    return W.T.product(v)
