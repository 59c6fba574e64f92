"""The keys of every document on a network that writes: what it starts from, and what it wrote."""

from typing import Any

from rnn_cli.core.network import BACKWARD
from rnn_cli.study.seq2seq import Decoded


def context_document(decoded: Decoded) -> list[dict[str, Any]]:
    """Layer by layer the first state of the decoder, and which last states of the encoder it is made of."""
    layers = []
    for (layer, _), state in sorted(decoded.context.items(), key=lambda item: item[0]):
        entry: dict[str, Any] = {"layer": layer, **state}
        if decoded.encoder is not None:
            T = len(decoded.encoder.sequence.inputs)
            directions = decoded.encoder.model.network.architecture.directions
            entry["from"] = [
                {"layer": layer, "direction": direction, "t": 1 if direction == BACKWARD else T}
                for direction in directions
            ]
        else:
            entry["condition"] = decoded.given.text
        layers.append(entry)
    return layers


def written_document(decoded: Decoded) -> dict[str, Any]:
    """The text, whether it was forced, and whether it came to its end."""
    return {"written": decoded.text, "forced": decoded.forced, "finished": decoded.finished}
