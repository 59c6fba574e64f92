"""Which axis of an array is time: decided where only one reading can be meant, else asked for."""

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport

TIME, BATCH_FIRST, TIME_FIRST = "T,I", "B,T,I", "T,B,I"
LAYOUTS = {TIME: 2, BATCH_FIRST: 3, TIME_FIRST: 3}
"""Layouts by name, with the number of their axes: B sequences, T steps, I numbers at each step."""


def check_layout(layout: str | None) -> str | None:
    """The layout as it is written here. InputError where there is none of this name."""
    if layout is None:
        return None
    found = layout.replace(" ", "").replace("×", ",").replace("x", ",").upper()
    if found not in LAYOUTS:
        raise InputError(f"--layout {layout}: it can be {', '.join(LAYOUTS)}: T steps, B sequences, I numbers a step")
    return found


def sequences_of(array: Array, layout: str | None, where: str, report: ReadingReport) -> list[Array]:
    """The sequences, each (T, I), of an array of two or three axes. InputError where it has others, or is unclear."""
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim not in LAYOUTS.values():
        raise InputError(f"{where}: an array of {array.ndim} axes, {_shape(array)}; it can be {', '.join(LAYOUTS)}")
    if layout is not None and LAYOUTS[layout] != array.ndim:
        raise InputError(f"--layout {layout}: {where} is an array of {array.ndim} axes, {_shape(array)}")
    chosen = layout or (TIME if array.ndim == 2 else _found_out(array, where))
    parts = [array] if array.ndim == 2 else list(array if chosen == BATCH_FIRST else array.swapaxes(0, 1))
    words = f"{chosen}, {_said(array, chosen)}" + ("" if layout else "; --layout says otherwise")
    report.decide(where, "layout", chosen, words if array.ndim == 3 else "")
    return parts


def _found_out(array: Array, where: str) -> str:
    """An axis of length 1 is that of the sequences: many sequences of one step each would need no recurrent network."""
    first, second = array.shape[:2]
    if first == 1:
        return BATCH_FIRST
    if second == 1:
        return TIME_FIRST
    raise InputError(
        f"{where}: an array {_shape(array)} can be read in two ways:\n"
        + "; ".join(f"--layout {name} takes it as {_said(array, name)}" for name in (TIME_FIRST, BATCH_FIRST))
    )


def _said(array: Array, layout: str) -> str:
    sequences, steps = array.shape[:2] if layout == BATCH_FIRST else array.shape[1::-1]
    return f"{_count(sequences, 'sequence')} of {_count(steps, 'step')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + "s" * (number != 1)


def _shape(array: Array) -> str:
    return "×".join(map(str, array.shape)) or "of one number"
