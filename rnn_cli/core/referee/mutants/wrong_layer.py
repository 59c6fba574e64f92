"""wrong-layer: a layer or direction has the weights of another, or reads one step of the layer below."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.network import BACKWARD, Network
from rnn_cli.core.network import FORWARD as AHEAD
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """The weights of a layer for all after it, where the shapes allow it; those of one direction for the other."""
    a = plan.network.architecture
    own = Change(back={"right_weights": True})
    if a.num_layers > 1:
        yield Mutant(
            "gives each layer the last step of the layer below at every step",
            "layer l reads h_t of layer l-1 at step t",
            Change(loop={"last_below": True}),
            "layer 1",
            (Change(), Change(back={"carried": False})),
        )
    for source in range(a.num_layers - 1):
        if a.layer_input_size(source) == a.layer_input_size(source + 1) and not a.layer_sizes:
            yield Mutant(
                f"uses the weights of layer {source} in the layers after it",
                f"layer {source + 1} has weights of its own",
                Change(network=partial(_from_layer, source=source)),
                f"layer {source + 1}",
                (Change(), own),
            )
    if a.bidirectional:
        for one, other in ((AHEAD, BACKWARD), (BACKWARD, AHEAD)):
            yield Mutant(
                f"uses the weights of the {one} direction in the {other} one",
                "each direction has weights of its own",
                Change(network=partial(_from_direction, source=one, target=other)),
                other,
                (Change(), own),
            )


def _from_layer(network: Network, source: int) -> Network:
    other = network.with_parameters(network.parameters.copy())
    for layer in range(source + 1, network.architecture.num_layers):
        for direction in network.architecture.directions:
            for name, array in network.named(source, direction).items():
                other.named(layer, direction)[name][...] = array
    return other


def _from_direction(network: Network, source: str, target: str) -> Network:
    other = network.with_parameters(network.parameters.copy())
    for layer in range(network.architecture.num_layers):
        for name, array in network.named(layer, source).items():
            other.named(layer, target)[name][...] = array
    return other
