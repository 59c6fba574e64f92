"""What one network hands to the next: its last states become the other's first, and the errors go the same way back.

context    s_0 = [h_T of the forward direction; h_1 of the backward], layer by layer; the other states likewise
"""

from rnn_cli.core.network import FORWARD, Architecture
from rnn_cli.core.state import InitialStates, side_by_side
from rnn_cli.core.trace import Initial


def pass_on(ends: Initial, reader: Architecture) -> InitialStates:
    """The last states of a network that has read, as the first ones of the one that writes."""
    return {
        (layer, FORWARD): side_by_side(ends[layer, direction] for direction in reader.directions)
        for layer in range(reader.num_layers)
    }


def taken_back(errors: Initial, reader: Architecture) -> InitialStates:
    """The errors of the writer's first states as those of the reader's last ones; (…, D*H) each."""
    size = reader.hidden_size
    return {
        (layer, direction): error.columns(slice(k * size, (k + 1) * size))
        for (layer, _), error in errors.items()
        for k, direction in enumerate(reader.directions)
    }
