"""From encoder to decoder: the encoder's last states become the decoder's first, and their errors return to the encoder.

context    s_0 = [h_T of the forward direction; h_1 of the backward], layer by layer; the other states likewise
"""

from rnn_cli.core.network import FORWARD, Architecture
from rnn_cli.core.state import InitialStates, side_by_side
from rnn_cli.core.trace import Initial


def pass_on(ends: Initial, encoder: Architecture) -> InitialStates:
    """The encoder's last states as the decoder's first."""
    return {
        (layer, FORWARD): side_by_side(ends[layer, direction] for direction in encoder.directions)
        for layer in range(encoder.num_layers)
    }


def taken_back(errors: Initial, encoder: Architecture) -> InitialStates:
    """The errors of the decoder's first states, (…, D*H) each, as those of the encoder's last states."""
    size = encoder.hidden_size
    return {
        (layer, direction): error.columns(slice(k * size, (k + 1) * size))
        for (layer, _), error in errors.items()
        for k, direction in enumerate(encoder.directions)
    }
