"""A unit that says nothing, and one that nobody reads: every other number stays."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.state import State
from tests.support.askable import FEW, askable
from tests.support.asked import COMMANDS, Document, in_order, same, without
from tests.support.renaming import Renaming

SIZES = ("model", "sequences.layers.remarks", "clipping.changed", "truncation.compared", "check")
"""What counts or surveys the units of a network, or is about its rounding."""
OF_ALL_WEIGHTS = ("itemised", "truncation", "descent")
"""What is about the gradient of all weights: those of a unit that nobody reads get one from what it would have said."""
OF_STATES = ("jacobians", "final", "verdict", "half_life", "doubling_time", "e_folding", "verdicts", "lost", "signals", "peak",
             "spectrum", "singular_values_shown", "singular_values_total", "non_finite", "steps.factor", "steps.factor_saturation",
             "steps.product", "steps.log10", "steps.singular_values", "steps.log10_singular_values", "steps.saturation", "steps.decay",
             "steps.singular_values_shown", "steps.singular_values_total", "steps.highway", "steps.blocks")  # fmt: skip
"""What is about all that a state could say, as the singular values of its Jacobian are: it has one number more."""

networks_with_one_more = askable().filter(lambda asked: max(asked.network.architecture.sizes) > 1)


@st.composite
def one_more(draw: st.DrawFn, silent: bool) -> Renaming:
    """A network with a unit in each direction of a layer that no one reads, and the names of all its other units.

    Where it is silent, it is 0 at every step too.
    """
    asked = draw(networks_with_one_more)
    a = asked.network.architecture
    layer = draw(st.sampled_from([k for k, size in enumerate(a.sizes) if size > 1]))
    added = {direction: draw(st.integers(0, a.size_of(layer) - 1)) for direction in a.directions}
    network = asked.network.with_parameters(asked.network.parameters.copy())
    starts = {
        place: State(**{name: array.copy() for name, array in state.items()}) for place, state in asked.starts.items()
    }
    for direction, unit in added.items():
        for name, array in network.named(layer, direction).items():
            if name.startswith("W_h"):
                array[:, unit] = 0
            if silent:
                array[unit] = 0
        above = a.part_of(layer, direction).start + unit
        if layer + 1 < a.num_layers:
            for reader in a.directions:
                for name, array in network.named(layer + 1, reader).items():
                    if name.startswith("W_x"):
                        array[:, above] = 0
        else:
            network.parameters["readout.W_hy"][:, above] = 0
        if silent and starts:
            for array in starts[layer, direction].values():
                array[unit] = 0
    none = Renaming.none(asked.changed(network=network, starts=starts))
    left = {direction: [k for k in range(a.size_of(layer)) if k != unit] for direction, unit in added.items()}
    return replace(none, units={**none.units, **{(layer, direction): order for direction, order in left.items()}})


def both(renaming: Renaming, command: str, *options: str) -> tuple[Document, Document]:
    """The document of the network without the unit, and what is left of the document of the one with it."""
    return in_order(renaming.asked().document(command, *options)), renaming.document(
        without(renaming.of.document(command, *options), *SIZES[:2])
    )


@pytest.mark.parametrize("command", ["forward", "trace", "predict", "bptt"])
@FEW
@given(renaming=one_more(silent=True))
def test_a_unit_that_says_nothing_changes_nothing(command: str, renaming: Renaming) -> None:
    options = ("--truncate", "2", "--clip-norm", "0.1") if command == "bptt" else ()
    found, expected = both(renaming, command, *options)
    same(without(found, *SIZES), without(expected, *SIZES))


@pytest.mark.parametrize("command", COMMANDS)
@FEW
@given(renaming=one_more(silent=False))
def test_a_unit_that_nobody_reads_changes_no_other(command: str, renaming: Renaming) -> None:
    found, expected = both(renaming, command)
    drop = (*SIZES, *OF_ALL_WEIGHTS, *(OF_STATES if command == "gradients" else ()))
    same(without(found, *drop), without(expected, *drop))
