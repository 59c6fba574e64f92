"""What the page of rnn gradients says in words: the verdicts with the numbers to check them by, warnings, and the Notice."""

from math import exp, inf, isfinite

from rich.console import RenderableType

from rnn_cli.core.gradients.flow import LITTLE
from rnn_cli.core.gradients.verdict import EXPLODING, STABLE, VANISHING, e_folding, verdict_of
from rnn_cli.study.gradient_path import MATRIX, GradientPath
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.logs import LN10, beside_one, in_steps, logarithm, of_any_size
from rnn_cli.views.numbers import count
from rnn_cli.views.page import Prose

MOST_NAMED = 5

OF_0 = "0 in float64"
"""A slope of a tanh or a sigmoid is never 0, but a float64 holds none beside 1."""

GROWS = 1.05
"""A norm that rises by less than this is not worth a warning."""

VERDICTS_MEAN = (
    "Each word is of a whole way, not of one step: vanishing leaves less than half, exploding more than twice, stable what is "
    "between."
)
"""What verdict_of says."""

VERDICT_STYLES = {VANISHING: style.NEGATIVE, STABLE: style.GOOD, EXPLODING: style.WARNING}


def state(path: GradientPath) -> str:
    """What the Jacobian is of: h, or the joint state s = [h; c]."""
    return "s" if path.flow.joint else "h"


def verdict_part(path: GradientPath, digits: int) -> list[RenderableType]:
    """Three verdicts, each with the numbers by which a student can check it, and what would mislead."""
    if path.flow.final.k == 0:
        return [Prose("one word: there is no step to go back through.", "  ")]
    verdicts = [_product_verdict(path, digits), _loss_verdict(path, digits), _path_verdict(path, digits)]
    parts: list[RenderableType] = [Prose(VERDICTS_MEAN, "  ", style=style.FAINT)]
    parts += [Prose(text, "  ", style=VERDICT_STYLES.get(text.partition(":")[0], "")) for text in verdicts if text]
    parts += [Prose(text, "  ") for text in (lost(path), _inputs_sentence(path, digits)) if text]
    parts += [Prose(warning, "  !", style=style.WARNING) for warning in warnings(path, digits)]
    return parts


def _product_verdict(path: GradientPath, digits: int) -> str:
    """Of the product of the Jacobians: of the error that it favours most."""
    final, s = path.flow.final, state(path)
    verdict, value = verdict_of(final.log_norm), of_any_size(final.log_norm / LN10, digits)
    symbol = f"the product ‖∂{s}_{path.from_t}/∂{s}_{path.to_t(final.k)}‖"
    if final.log_norm == -inf:
        return f"vanishing: {symbol} of {count(final.k, 'Jacobian')} is {OF_0}."
    favoured = "what is kept of the error that it favours most"
    if verdict == STABLE:
        return f"stable: {symbol} is {value} after {count(final.k, 'step')} back, between a half and twice: {favoured}."
    steps = e_folding(final.log_norm, final.k) or -final.k / final.log_norm
    falls = "falls to 1/e = 37% every" if verdict == VANISHING else "grows by a factor of e = 2.7 every"
    beyond = f", more than these {final.k}, if it goes on so" if abs(steps) > final.k else ""
    return (
        f"{verdict}: {symbol} is {value} after {count(final.k, 'step')} back, {favoured}. On average it {falls} "
        f"{in_steps(abs(steps), 3)}{beyond}: {final.k} / {abs(final.log_norm):.{digits}g}, the steps over |ln {value}|."
    )


def _loss_verdict(path: GradientPath, digits: int) -> str:
    """Of the error of this loss; "" without a loss that is read from the last step alone."""
    signal = path.flow.by_loss
    if signal is None:
        return ""
    name, last = error_symbol(path), _named(path, 0)
    if signal.log_ratio is None or signal.log_carried is None:
        states = "any state of this run" if path.run_name else "any state"
        return f"no error: {name} is {OF_0} at {last} already. This loss asks for no change of {states}."
    start, end, kept = (of_any_size(log / LN10, digits) for log in (signal.start, signal.end, signal.log_ratio))
    first = _named(path, path.flow.final.k)
    text = f"{verdict_of(signal.log_carried)}: the error of this loss, {name}, is {start} at {last}"
    if not signal.entry:
        return f"{text} and {end} at {first}: {kept} times that."
    entered, carried = (of_any_size(log / LN10, digits) for log in (signal.at_entry, signal.log_carried))
    return (
        f"{text}, where the loss reads h alone, {entered} one step back, where all states have it, and {end} at {first}: "
        f"{carried} times that of one step back."
    )


def _path_verdict(path: GradientPath, digits: int) -> str:
    """Of the direct path; "" where the cell has none."""
    final, cell = path.flow.final, path.flow.cell
    if final.log_highway is None:
        return ""
    kept = of_any_size(final.log_highway / LN10, digits)
    return (
        f"{verdict_of(final.log_highway)}: the direct path ∏ {cell.path_symbol} is {kept}, of the unit that keeps most."
    )


def error_symbol(path: GradientPath) -> str:
    """The norm of the error of all that is carried."""
    return f"‖∂L/∂{state(path)}_t‖"


def lost(path: GradientPath) -> str:
    """Where what is followed back is under LITTLE of what it was, and whether it stays there."""
    signal, s = path.flow.signal, state(path)
    name = error_symbol(path) if path.flow.by_loss is not None else f"‖∂{s}_{path.from_t}/∂{s}_t‖"
    little = f"under {100 * LITTLE:g}% of what it is at {_named(path, 0)}"
    looked = "" if signal.every else " It was looked at where blocks of steps end, not at every step."
    if signal.log_ratio is None:
        return ""
    if signal.under is None:
        return f"{name} never falls {little}.{looked}"
    if signal.back is None:
        return f"{name} is {little} from {_named(path, signal.under)} on back: {count(signal.under, 'step')}.{looked}"
    back = f"{name} is {little} for the first time at {_back_at(path, signal.under)}, and comes back at {_back_at(path, signal.back)}"
    if signal.stays_under is not None:
        return f"{back}; from {_back_at(path, signal.stays_under)} on it stays under.{looked}"
    return f"{back}; at the end of the path it is not under.{looked}"


def _back_at(path: GradientPath, k: int) -> str:
    return f"{_named(path, k)}, {count(k, 'step')} back"


def _inputs_sentence(path: GradientPath, digits: int) -> str:
    """Which word the loss asks most of, and how many next to nothing."""
    logs = path.log_inputs
    if logs is None:
        return ""
    noun = "word" if path.sequence.tokens is not None else "input"
    largest = path.largest_input
    if largest is None:
        return f"No {noun} gets any of it: ‖∂L/∂x_t‖ is {OF_0} at each."
    size = of_any_size(float(logs[largest - 1]) / LN10, digits)
    if len(logs) == 1:
        return f"The one {noun}, {_at(path, largest)}, gets a ‖∂L/∂x_t‖ of {size}."
    equals = path.as_large_inputs
    gets = f"and {count(equals, 'other')} get" if equals else "gets"
    most = f"Of the {noun}s, {_at(path, largest)} {gets} the largest ‖∂L/∂x_t‖, {size}"
    lost = path.inputs_under(LITTLE)
    if not lost:
        return f"{most}; none gets under {100 * LITTLE:g}% of that."
    named = ", ".join(_at(path, t) for t in lost[:MOST_NAMED])
    more = f", … {len(lost) - MOST_NAMED} more" if len(lost) > MOST_NAMED else ""
    return f"{most}; under {100 * LITTLE:g}% of that {'gets' if len(lost) == 1 else 'get'} {len(lost):,} of {len(logs):,}: {named}{more}."


def _at(path: GradientPath, t: int) -> str:
    return f'"{clean(path.sequence.tokens[t - 1])}" (t = {t})' if path.sequence.tokens is not None else f"t = {t}"


def _named(path: GradientPath, k: int) -> str:
    t, word = path.to_t(k), path.word(k)
    return "the start" if t == 0 else f'"{clean(word)}" (t = {t})' if word else f"t = {t}"


def warnings(path: GradientPath, digits: int) -> list[str]:
    """Where the spectral radius would mislead."""
    flow, own = path.flow, path.flow.spectrum
    final, peak, powers = flow.final, flow.peak, flow.power_peak
    verdict = verdict_of(final.log_norm)
    found = []
    if (
        own is not None
        and powers is not None
        and own.radius < 1
        and powers.log_weights is not None
        and exp(min(powers.log_weights, 700)) > GROWS
    ):
        then = " before it decays" if powers.k < final.k else ", where this path ends; it decays only later"
        found.append(
            f"The spectral radius {beside_one(own.radius, 3)} misleads: {own.symbol} is not normal (departure {own.departure:.2g}), so ‖{own.symbol}^k‖ "
            f"rises to {of_any_size(powers.log_weights / LN10, digits)} at k = {powers.k}{then}."
        )
    if peak.k and peak.log_norm > final.log_norm and exp(min(peak.log_norm, 700)) > GROWS:
        found.append(
            f"The product itself grows on its way: {of_any_size(peak.log_norm / LN10, digits)} at {_named(path, peak.k)}, {count(peak.k, 'step')} back, "
            f"and {of_any_size(final.log_norm / LN10, digits)} at {_named(path, final.k)}."
        )
    if own is not None and own.radius > 1 and verdict == VANISHING:
        alone = final.log_weights is not None
        why = (
            "saturation wins over the weights"
            if alone
            else "this matrix is one part of the Jacobian, the gates and their slopes are others"
        )
        found.append(
            f"The spectral radius {beside_one(own.radius, 3)} says exploding, yet the product vanishes: {why}."
        )
    if own is not None and own.radius < 1 and verdict == EXPLODING:
        found.append(
            f"The spectral radius {beside_one(own.radius, 3)} says vanishing, yet over these steps the product grows."
        )
    return found


def reasons(path: GradientPath, digits: int) -> list[str]:
    """Why the product vanishes, grows or arrives; first what would mislead."""
    return [*warnings(path, digits), _summary(path, digits)]


def what_to_notice(path: GradientPath, digits: int) -> str:
    """The one sentence of the page, with the run that it is about where there are several."""
    where = f"in the {path.direction} run{f' of layer {path.layer}' if path.model.network.architecture.num_layers > 1 else ''}, "
    return (where if path.run_name else "") + _summary(path, digits)


def _summary(path: GradientPath, digits: int) -> str:
    final = path.flow.final
    cell = path.flow.cell
    if final.k == 0:
        return "one word has no step back through time: give at least two words."
    if final.log_saturation is not None and final.log_weights is not None and isfinite(final.log_norm):
        weights, slopes = final.log_weights / LN10, final.log_saturation / LN10
        W = cell.recurrent[0]
        more = "saturation" if abs(slopes) > abs(weights) else W if abs(slopes) < abs(weights) else "neither"
        return (
            f"of the {logarithm(final.log_norm / LN10, digits)} decades over {count(final.k, 'step')}, {W} alone accounts for {logarithm(weights, digits)} "
            f"and saturation for {logarithm(slopes, digits)}: here {more} does more."
        )
    if final.log_highway is not None and cell.keeping_gate is not None:
        return _advice(path, digits)
    if final.log_weights is not None and final.log_saturation is None and isfinite(final.log_norm):
        W, power = cell.recurrent[0], f"{cell.recurrent[0]}^{final.k}"
        return (
            f"{power} is 0 to rounding, so by {W} alone nothing would come back over {count(final.k, 'step')}; the slopes, which "
            f"differ from unit to unit and step to step, let {of_any_size(final.log_norm / LN10, digits)} through."
        )
    if isfinite(final.log_norm):
        return f"over {count(final.k, 'step')} back the product of the Jacobians is {of_any_size(final.log_norm / LN10, digits)}."
    return (
        f"the product of the Jacobians is {OF_0}: nothing of what enters at {_named(path, 0)} comes back to "
        f"{_named(path, final.k)}."
    )


def _advice(path: GradientPath, digits: int) -> str:
    """For a cell with a direct path: what the path, the product and the error of this loss say together."""
    final, cell, signal = path.flow.final, path.flow.cell, path.flow.by_loss
    assert final.log_highway is not None
    assert cell.keeping_gate is not None
    gate, sign = cell.keeping_gate
    title = cell.gate_title(gate).partition(",")[0].removesuffix(" gate")
    bias = f"{'larger' if sign > 0 else 'smaller'} {title} bias"
    error = None if signal is None else signal.log_carried
    whose, judged = ("the product", final.log_norm) if error is None else ("this loss's error", error)
    kept = [
        f"the direct path ∏ {cell.path_symbol} keeps {of_any_size(final.log_highway / LN10, digits)} of the unit that keeps most"
    ]
    kept.append(f"the whole product {of_any_size(final.log_norm / LN10, digits)}")
    since = " from one step back on" if signal is not None and signal.entry else ""
    kept += [] if error is None else [f"this loss's error {of_any_size(error / LN10, digits)}{since}"]
    text = f"over {count(final.k, 'step')} {', '.join(kept)}: "
    if signal is not None and error is None:
        return text + "this loss sends no error back, so it asks for no change of the cells."
    verdict, opens = verdict_of(judged), f"b_{gate}" in cell.parameters
    if verdict == VANISHING and verdict_of(final.log_highway) == VANISHING:
        flag = (
            "--keep-bias" if path.mode == MATRIX else "--forget-bias in rnn train, --keep-bias beside --spectral-radius"
        )
        return text + (
            f"a {bias} ({flag}) would open the path." if opens else "both vanish, and no bias opens the path."
        )
    if verdict == VANISHING:
        paths = final.units.log_highway
        shut = 0 if paths is None else sum(verdict_of(float(one)) == VANISHING for one in paths)
        if shut:
            others = f"{count(shut, 'other unit')} {'has' if shut == 1 else 'have'} one that is not"
            return f"{text}{whose} vanishes although this path is open; {others}, {f'and a {bias} opens it' if opens else 'and no bias opens it'}."
        return f"{text}{whose} vanishes although every unit's path is open: the path alone does not explain it."
    if verdict == EXPLODING and final.log_highway <= 0:
        return f"{text}{whose} grows, and not on the path: clipping bounds the step that learning takes by it."
    return f"{text}{whose} {'grows' if verdict == EXPLODING else 'arrives'}, so nothing here asks for a {bias}."
