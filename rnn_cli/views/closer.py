"""A closer look at an evaluation: how sure the network is where it is right, its weak slices, and another model beside it."""

from functools import partial

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.metrics.calibration import BINS, Calibration
from rnn_cli.core.metrics.wilson import wilson
from rnn_cli.study.closer import LENGTH, MCNEMAR, UNKNOWN, Compared, Outcomes, Slice, slices
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, digits_apart, fixed, percent, told_apart, unsigned
from rnn_cli.views.page import Grid, Prose, blank, heading

Cell = str | Text
FEW = 30
"""A slice of fewer answers is called small where it is the worst."""

CALLED = {"accuracy": "accuracy", "exact_match": "exact match", "loss": "loss", "mae": "error"}
NAMES = {**CALLED, "mae": "mean absolute error, each column in units of its spread in training,"}
UNLIKELY = 0.05
"""Below this p two models are told apart."""

SORTED = {LENGTH: "how many tokens they have", UNKNOWN: "the share of their tokens that is unknown"}
SURE = 0.01
"""From here on the network is called too sure, or not sure enough."""


def calibration_part(found: Calibration, intervals: bool) -> list[RenderableType]:
    """A row for each bin with an answer; `intervals`: whether those of the share that is right are shown."""
    rows: list[list[Cell]] = []
    for k in range(BINS):
        answers, right = float(found.answers[k]), float(found.right[k])
        if not answers:
            continue
        row: list[Cell] = [f"{k / BINS:.1f} to {(k + 1) / BINS:.1f}", f"{answers:,.0f}"]
        row += [percent(float(found.sums[k]) / answers), percent(right / answers)]
        low, high = wilson(right / answers, answers)
        rows.append([*row, *[f"{percent(low)} to {percent(high)}"] * intervals])
    header = ["probability", "answers", "it says", "right", *["95% interval"] * intervals]
    beyond = found.beyond
    if abs(beyond) < SURE:
        tendency = "in the mean it is as sure as it is right"
    else:
        tendency = f"in the mean it is {'surer than it is right' if beyond > 0 else 'less sure than it is right'}, by {percent(abs(beyond))}"
    said = (
        f"expected calibration error {percent(found.error)}: the mean distance of both over the answers, in {BINS} equal bins "
        f"from 0 to 1 (Guo et al. 2017); {tendency}."
    )
    return [
        heading("Calibration", "how often an answer is right to which it gives such a probability"),
        Grid(header, rows, align="<>"),
        Prose(said, " ", style.FAINT),
        blank(),
    ]


def slices_part(of: Outcomes, noun: str, digits: int, intervals: bool) -> list[RenderableType]:
    """A row for each slice; nothing where all examples are alike."""
    found = slices(of, intervals)
    if not found:
        return []
    with_ends = any(one.ends for one in found)
    rows: list[list[Cell]] = []
    before = ""
    for one in found:
        by = ("length" if one.by == LENGTH else "unknown") if one.by != before else ""
        before = one.by
        row: list[Cell] = [by, _range(one), f"{one.examples:,}", _value(of, one.value, digits)]
        rows.append([*row, *([] if not with_ends else [_ends(one)])])
    header = ["", "", f"{noun}s", CALLED[of.metric], *["95% interval"] * with_ends]
    return [
        heading(
            "Where it is weak",
            f"the examples by {' and by '.join(SORTED[by] for by in dict.fromkeys(one.by for one in found))}",
        ),
        Grid(header, rows, frozen=2, align="<<>"),
        Prose(_weakest(found, of, noun), " ", style.FAINT),
        blank(),
    ]


def _range(one: Slice) -> str:
    if one.by == LENGTH:
        return f"{one.low:,.0f}" if one.low == one.high else f"{one.low:,.0f} to {one.high:,.0f}"
    return percent(one.low) if one.low == one.high else f"{percent(one.low)} to {percent(one.high)}"


def _ends(one: Slice) -> str:
    return "" if one.ends is None else f"{percent(one.ends[0])} to {percent(one.ends[1])}"


def _weakest(found: tuple[Slice, ...], of: Outcomes, noun: str) -> str:
    """The slice that is furthest below the whole."""
    if len({one.value for one in found}) == 1:
        return "no slice differs from the others."
    worst = min(found, key=lambda one: one.value if of.more else -one.value)
    what = "unknown" if worst.by != LENGTH else "token" if worst.low == worst.high == 1 else "tokens"
    alike = [one for one in found if one.value == worst.value and one is not worst]
    where = f"weakest at {_range(worst)} {what}" + f", as at {count(len(alike), 'other slice')}" * bool(alike)
    small = " There are few of them." if worst.answers < FEW else ""
    here, whole = told_apart(worst.value, of.mean, percent, 1)
    if worst.ends is not None and worst.ends[1] >= of.mean:
        return f"{where}; its interval holds the {whole} of all {noun}s.{small}"
    return f"{where}: {here}, and {whole} of all {noun}s.{small}"


def compared_part(found: Compared, called: str, digits: int) -> list[RenderableType]:
    """Both scores, the difference, and the test of pairs."""
    digits = _decimals(found, digits)
    rows: list[list[Cell]] = [
        [clean(called), _score(found, found.values[0], digits), ""],
        [clean(found.other), _score(found, found.values[1], digits), ""],
        ["difference", _signed(found, found.difference, digits), _interval(found, digits)],
    ]
    parts: list[RenderableType] = [
        heading("Against", f"{NAMES[found.metric]} on the same {_paired(found)}"),
        Grid(["", "", "95% interval" if found.ends else ""], rows, align="<>"),
    ]
    if found.only is not None:
        first, second = found.only
        said = f"{clean(called)} alone is right {count(first, 'time')}, {clean(found.other)} alone {count(second, 'time')}; "
    else:
        said = ""
    return [*parts, Prose(said + _test(found), "  test", style.FAINT), blank()]


def compared_words(found: Compared, called: str, digits: int) -> str:
    """Which is better, as far as the examples tell."""
    if not found.difference:
        return f"{clean(called)} and {clean(found.other)} are equally good on these examples."
    better = (found.difference > 0) == found.more
    names = (clean(called), clean(found.other)) if better else (clean(found.other), clean(called))
    gap = _signed(found, abs(found.difference), _decimals(found, digits)).removeprefix("+")
    said = f"{names[0]} is better than {names[1]} by {gap}; of equal models {_p(found.p)} of such samples show as much"
    return f"{said}." if found.p < UNLIKELY else f"{said}: these examples do not tell them apart."


def _paired(found: Compared) -> str:
    return f"{found.units:,} examples" if found.units != 1 else "example"


def _test(found: Compared) -> str:
    if found.test == MCNEMAR:
        return f"McNemar's, exact, p = {_number(found.p)}; the examples that both have right, or both wrong, do not count (McNemar 1947)."
    blocks = f"blocks of {found.block:,}" if found.block > 1 else "examples"
    return (
        f"p = {_number(found.p)}: so often a difference as large comes of exchanging the two models in {blocks} at random, "
        f"{found.draws:,} draws (approximate randomisation, Noreen 1989)."
    )


def _number(p: float) -> str:
    return f"{p:.2g}" if p >= 1e-4 else "less than 0.0001"


def _p(p: float) -> str:
    return percent(p) if p >= 1e-3 else "less than 0.1%"


def _is_share(found: Compared) -> bool:
    return found.more


def _decimals(found: Compared, digits: int) -> int:
    """As many as show that two scores differ, and that their difference is not 0."""
    digits = 1 if _is_share(found) else digits
    form = percent if _is_share(found) else unsigned
    shown = partial(_signed, found)
    return max(digits_apart(*found.values, form, digits), digits_apart(found.difference, 0.0, shown, digits))


def _score(found: Compared, value: float, digits: int) -> str:
    return percent(value, digits) if _is_share(found) else unsigned(value, digits)


def _value(of: Outcomes, value: float, digits: int) -> str:
    return percent(value) if of.more else unsigned(value, digits)


def _signed(found: Compared, value: float, digits: int) -> str:
    if _is_share(found):
        return f"{fixed(100 * value, digits)} points"
    return fixed(value, digits)


def _interval(found: Compared, digits: int) -> str:
    return "" if found.ends is None else " to ".join(_signed(found, end, digits) for end in found.ends)
