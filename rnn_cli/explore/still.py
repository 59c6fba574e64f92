"""Why a key that moves has not moved: who presses it learns where the network ends."""

from typing import TYPE_CHECKING

from rnn_cli.explore.numbers import LOGITS

if TYPE_CHECKING:
    from rnn_cli.explore.state import State


def still(session: "State", what: str, stays: bool, by: int = 0) -> str:
    """In words why the cursor stays at its step, unit, layer, direction or fold; "" where it does not."""
    if not stays:
        return ""
    cursor, a = session.cursor, session.numbers.a
    if what in ("layer", "direction") and cursor.kind == LOGITS:
        return "the readout has no layers: Tab goes to the quantities that have"
    if what == "direction":
        return f"all layers read {cursor.direction} alone"
    if what == "fold":
        return "nothing is unfolded: Enter walks into a number"
    if what == "layer" and a.num_layers == 1:
        return "there is one layer"
    if what == "unit" and session.numbers.size(cursor.kind, cursor.layer) == 1:
        return "there is one unit"
    at = {"step": cursor.t, "unit": cursor.unit, "layer": cursor.layer}[what]
    end = ("lowest", "highest") if what == "layer" else ("first", "last")
    return f"{what} {at:,} is the {end[by > 0]}"
