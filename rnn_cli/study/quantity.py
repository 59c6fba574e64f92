"""The number that --why asks for, as h[2][1], a_i[2][1], c[3][2] or logits[1], and as people write these elsewhere."""

import re
from collections.abc import Sequence

from rnn_cli.core.trace import Trace
from rnn_cli.core.why import Quantity, quantity_bounds
from rnn_cli.errors import InputError
from rnn_cli.reading import matched

PATTERN = re.compile(
    r"""\s* ([A-Za-z]+(?:_[A-Za-z]+)*~?)                     # h, a_i, s~, logits
        [\s_^[({]* (\d{1,9}) [\])}]*                          # [2], _2, _{2}, (2, 2
        (?: (?:[\s_^,[({]+) (\d{1,9}) [\])}]* )?              # [1], ,1], _1
        (?: @ (\d{1,6}) \. (forward|backward) )? \s*""",
    re.VERBOSE | re.IGNORECASE,
)
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def parse_quantity(text: str, trace: Trace, layers: Sequence[int], directions: Sequence[str]) -> Quantity:
    """The quantity that a text names. Without @layer.direction it is that of the last chosen layer, first direction.

    InputError where the text cannot be read or the network has no such number.
    """
    architecture, cell = trace.network.architecture, trace.network.cell
    match = PATTERN.fullmatch(text.translate(SUBSCRIPTS))
    if match is None or any(text.count(opens) != text.count(closes) for opens, closes in ("[]", "()", "{}")):
        raise InputError(f"--why {text}: write quantity[step][unit], as in h[2][1] (logits[class] for one output)")
    kind = matched(match[1], _names(trace))
    if kind == "a" and len(cell.gates) == 1:
        kind = f"a_{next(iter(cell.gates))}"
    layer = layers[-1] if match[4] is None else int(match[4])
    direction = (match[5] or directions[0]).lower()
    if layer >= architecture.num_layers or direction not in architecture.directions:
        raise InputError(f"--why {text}: this network has no layer {layer}, {direction}")
    try:
        has_step, units = quantity_bounds(trace, kind, layer)
    except KeyError as error:
        raise InputError(f"--why {text}: this network has {', '.join(_names(trace))}") from error
    first, second = int(match[2]), match[3]
    if has_step and second is None:
        raise InputError(f"--why {text}: give the step and the unit, as in {kind}[{first}][1]")
    if not has_step and second is not None:
        raise InputError(f"--why {text}: there is one output for the whole sequence: {kind}[{second}]")
    t, unit = (first, int(second)) if has_step and second is not None else (None, first)
    if t is not None and not 1 <= t <= len(trace.inputs):
        raise InputError(f"--why {text}: steps run from 1 to {len(trace.inputs)}")
    if not 1 <= unit <= units:
        raise InputError(f"--why {text}: {'classes' if kind == 'logits' else 'units'} run from 1 to {units}")
    if kind == "logits":
        layer, direction = architecture.num_layers - 1, directions[0]
    return Quantity(kind, layer, direction, t, unit)


def _names(trace: Trace) -> list[str]:
    """The quantities that the network has."""
    cell = trace.network.cell
    numbers = [*cell.states, *(name for name in trace.steps[0].step.numbers if name not in cell.states)]
    numbers += [f"a_{gate}" for gate in cell.gates] if len(cell.gates) > 1 else ["a"]
    if trace.look is not None:
        from rnn_cli.core.why_looked import kinds_of

        numbers += kinds_of(trace.look)
    return [*numbers, *["logits"] * bool(trace.network.architecture.output_size)]
