"""Networks with what they read, drawn for property tests that run the real commands."""

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.reads import MAX, READS
from tests.support.asked import Asked
from tests.support.networks import architectures, random_network, random_sequence, random_states, seeds

FEW = settings(max_examples=settings().max_examples // 4)
"""Of a property whose examples are several runs of a command."""
LABELS = ("red", "green", "blue", "grey")


@st.composite
def askable(
    draw: st.DrawFn, /, reads: tuple[str, ...] = READS, readout: bool = True, least: int = 1, **fixed: Any
) -> Asked:
    """A network of any architecture, a sequence, and what it should have said; its memory starts at zeros or elsewhere."""
    a = draw(architectures(3, readout, **fixed))
    if a.task == MANY_TO_ONE and readout:
        # Many outputs of a ReLU are equal, at 0, and which of equals is the largest depends on their order.
        smooth = [one for one in reads if one != MAX or a.make_cell().analytic]
        a = replace(a, reads=draw(st.sampled_from(smooth)))
    seed, T = draw(seeds), draw(st.integers(least, 5))
    network, chosen = random_network(a, seed), np.random.default_rng([seed, 6])
    starts = (
        {place: state.sequence(0) for place, state in random_states(network, 1, seed).items()}
        if draw(st.booleans())
        else {}
    )
    labels = LABELS[: a.output_size]
    answers = tuple(str(one) for one in chosen.choice(labels, 1 if a.task == MANY_TO_ONE else T)) if readout else ()
    errors = None
    if not readout:
        width = a.output_width
        errors = chosen.standard_normal((T, width) if draw(st.booleans()) else width)
    return Asked(network, random_sequence(T, a.input_size, seed), starts, labels, answers, errors)
