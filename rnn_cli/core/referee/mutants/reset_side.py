"""reset-side: the GRU's reset gate stands on the other side of the recurrent product."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from rnn_cli.core.network import Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """The other form of the cell; the second bias of n is added to the first where the form has one alone."""
    cell = plan.network.cell
    if "reset" not in cell.options:
        return
    after = getattr(cell, "reset", "after") == "after"
    said, right = ("before", "after") if after else ("after", "before")
    yield Mutant(
        f"applies the reset gate {said} the recurrent product, where this GRU applies it {right}",
        f"{line_of(cell, 'n_t')}, or where the other form is meant, check with --reset {said}",
        Change(network=partial(_other, reset=said)),
        "n",
        (Change(), Change(back={"right_weights": True})),
    )


def _other(network: Network, reset: str) -> Network:
    a = network.architecture
    options = tuple(pair for pair in a.options if pair[0] != "reset")
    architecture = replace(a, options=(*options, ("reset", "before")) if reset == "before" else options)
    made = Network(architecture, Parameters(architecture.shapes()))
    for name, array in made.parameters.items():
        if name in network.parameters:
            array[...] = network.parameters[name]
    for layer in range(a.num_layers):
        for direction in a.directions:
            ours, theirs = network.named(layer, direction), made.named(layer, direction)
            if reset == "before":
                theirs["b_n"][...] = ours["b_n"] + ours["b_hn"]
    return made
