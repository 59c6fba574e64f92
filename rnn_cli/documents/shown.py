"""What a document says of the part of a network's run that it holds."""

from typing import Any

from rnn_cli.study.part import Part


def shown_document(part: Part) -> dict[str, Any]:
    """The key `shown`, which says what the positions of all lists are; no key where nothing is left out."""
    if part.is_whole:
        return {}
    shown: dict[str, Any] = {"network": part.network} if part.network else {}
    shown |= {"steps": part.steps, "layers": part.layers, "directions": part.directions}
    shown["units"] = part.units and [
        {"layer": layer, "direction": direction, "units": units} for (layer, direction), units in part.units.items()
    ]
    return {"shown": shown}
