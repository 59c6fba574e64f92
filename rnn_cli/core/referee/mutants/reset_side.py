"""reset-side: the GRU's reset gate stands on the other side of the recurrent product."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from rnn_cli.core.network import Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.referee.mutants import Arrays, Mutant, changed, line_of, renamed
from rnn_cli.core.referee.plan import Change, Key, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """The other form of the cell. One that has a single bias for n adds the second to it, or leaves it out."""
    cell = plan.network.cell
    if "reset" not in cell.options:
        return
    after = _after(plan.network)
    if plan.original and _after(plan.original) != after:
        return  # the mistake is there already: the way out of it is none
    said, right = ("before", "after") if after else ("after", "before")
    for second in (1, 0) if after else (1,):
        yield Mutant(
            f"applies the reset gate {said} the recurrent product, where this GRU applies it {right}",
            f"{line_of(cell, 'n_t')}, or where the other form is meant, check with --reset {said}",
            Change(
                network=partial(_other, reset=said, second=second),
                afterwards=partial(_second_bias, second) if after else None,
            ),
            "n",
            (Change(), Change(back={"right_weights": True})),
        )
    if after and "b_hn" in cell.parameters:
        yield Mutant(
            "adds b_hn outside of what the reset gate multiplies",
            line_of(cell, "n_t"),
            Change(network=partial(changed, change=_outside)),
            "n",
            (Change(afterwards=_as_of_b_n), Change(), Change(back={"right_weights": True})),
        )


def _after(network: Network) -> bool:
    return getattr(network.cell, "reset", "after") == "after"


def _outside(arrays: Arrays) -> None:
    arrays["b_n"] += arrays["b_hn"]
    arrays["b_hn"][...] = 0


def _as_of_b_n(numbers: Numbers) -> Numbers:
    """The gradient of b_hn where it stands beside b_n."""
    return renamed(numbers, {"db_hn": "db_n"})


def _other(network: Network, reset: str, second: int) -> Network:
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
                theirs["b_n"][...] = ours["b_n"] + second * ours["b_hn"]
    return made


def _second_bias(second: int, numbers: Numbers) -> Numbers:
    """The gradient of the bias that the form lacks: that of the bias it was added to, or 0."""
    own = {
        Key("db_hn", key.layer, key.direction): second * array for key, array in numbers.items() if key.name == "db_n"
    }
    return {**own, **numbers}
