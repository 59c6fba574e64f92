"""The keys of every document on a network that writes: what it starts from, and what it wrote."""

from typing import Any

from rnn_cli.core.network import BACKWARD
from rnn_cli.study.seq2seq import Writing


def context_document(writing: Writing) -> list[dict[str, Any]]:
    """Layer by layer the first state of the writer, and which last states of the reader it is made of."""
    layers = []
    for (layer, _), state in sorted(writing.first.items(), key=lambda item: item[0]):
        entry: dict[str, Any] = {"layer": layer, **state}
        if writing.reader is not None:
            T = len(writing.reader.sequence.inputs)
            directions = writing.reader.model.network.architecture.directions
            entry["from"] = [
                {"layer": layer, "direction": direction, "t": 1 if direction == BACKWARD else T}
                for direction in directions
            ]
        else:
            entry["condition"] = writing.given.text
        layers.append(entry)
    return layers


def written_document(writing: Writing) -> dict[str, Any]:
    """The text, whether it was told, and whether it came to its end."""
    return {"written": writing.text, "forced": writing.forced, "finished": writing.finished}
