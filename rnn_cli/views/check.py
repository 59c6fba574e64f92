"""The page of rnn check: each array right or wrong, and the mistake that explains what is wrong."""

from collections.abc import Sequence as Series
from math import floor, inf, isnan, log10

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.referee.agreement import RIGHT, WAITS, WRONG, from_end, stage_of
from rnn_cli.core.referee.kinds import KINDS, kind_of
from rnn_cli.core.referee.mutants import FORWARD
from rnn_cli.core.referee.search import MOST_FINDINGS
from rnn_cli.study.check.hints import CALL, CAUSE, KIND, PLACE, CheckResult, Told
from rnn_cli.study.check.names import OF_EMBEDDING
from rnn_cli.study.check.report import Compared, First
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import MOST_DIGITS, count, digits_apart, signed, some, told_apart
from rnn_cli.views.page import Grid, Prose, blank, following, head, heading, line, notice
from rnn_cli.views.parts import describe
from rnn_cli.views.why import number_part

COLOURS = {RIGHT: style.GOOD, WRONG: style.BAD, WAITS: style.WARNING}
MOST_NAMES = 8
MOST_ROWS = 16
MOST_LEFT_OUT = 12
MOST_PRINTED = 20
UNKNOWN = "matches no mistake that is known here, nor two of them as far as they were tried together"
"""There are too many pairs to try all of them."""
NO_LINE = ("raises", "too-slow", "not-returned")
"""Calls that failed, where nobody knows the line that should be there."""
SIGNIFICANT = 4


def check_page(result: CheckResult, digits: int) -> list[RenderableType]:
    """What was compared, what explains it, and what to do next."""
    report = result.report
    page: list[RenderableType] = [
        head(f"{clean(report.source)} checked", f"against {describe(report.model)}"),
        *(Prose(clean(one), " ", style.FAINT) for one in report.said),
        blank(),
        *_arrays(result),
    ]
    for k, told in enumerate(result.findings, start=1):
        page += _finding(result, told, k, digits)
    if result.why:
        page += _why(result, digits)
    page += left_out_part(report.not_compared)
    if report.prints:
        page += _prints(report.prints)
    page.append(notice(_notice(result, digits)))
    return [*page, *following(*_next(result))]


def left_out_part(left_out: Series[tuple[str, str]]) -> list[RenderableType]:
    """The arrays that were not compared, and why."""
    if not left_out:
        return []
    page: list[RenderableType] = [heading("Not compared")]
    page += [Prose(f"{clean(name)}: {clean(why)}.", "  -") for name, why in left_out[:MOST_LEFT_OUT]]
    if len(left_out) > MOST_LEFT_OUT:
        page.append(Prose(f"{len(left_out) - MOST_LEFT_OUT} more; --json has all.", " ", style.FAINT))
    return [*page, blank()]


def _arrays(result: CheckResult) -> list[RenderableType]:
    """Each array in a row; of many only those that are wrong, and the names of the others."""
    compared, with_errors = result.compared, result.hints >= PLACE
    if not compared:
        return []
    right = [one for one in compared if one.verdict == RIGHT]
    fold = len(compared) > MOST_ROWS and len(right) < len(compared)
    rows: list[list[str | Text]] = []
    for one in compared:
        if fold and one.verdict != WRONG:
            continue
        error = [_error(result, one)] if with_errors else []
        rows.append([clean(one.name), _read_as(result, one), *error, Text(one.verdict, style=COLOURS[one.verdict])])
    header = ["name", "read as", *(["error"] if with_errors else []), "verdict"]
    page: list[RenderableType] = [heading("Arrays", f"{len(right)} of {len(compared)} right")]
    page.append(Grid(header, rows, align="<<><" if with_errors else "<<<"))
    waits = [one for one in compared if one.verdict == WAITS]
    if fold:
        for verdict, those in ((RIGHT, right), (WAITS, waits)):
            if those:
                page.append(Prose(", ".join(clean(one.name) for one in those), f"  {verdict}"))
    if waits:
        page.append(Prose("waits: computed from what is wrong; check again when that is mended.", " ", style.FAINT))
    return [*page, blank()]


def _read_as(result: CheckResult, one: Compared) -> str:
    """What an array is, and how its axes were read; the layer is said where there are several."""
    a = result.model.network.architecture
    only = a.num_layers == 1 and not a.bidirectional
    what = one.read_as.removesuffix(" of layer 0, forward") if only else one.read_as
    return ", ".join(filter(None, (clean(what), clean(one.layout))))


def _finding(result: CheckResult, told: Told, k: int, digits: int) -> list[RenderableType]:
    """One mistake, as far as it is told."""
    number = f"{k}. " if len(result.findings) > 1 else ""
    one = told.finding
    if one is None:
        title = "What kind of mistake" if told.kind else "Where to look"
    else:
        title = " or ".join((one.mistake, *one.others))
    page: list[RenderableType] = [heading(number + title)]
    rows: list[tuple[str, str]] = []
    if one is not None:
        page.append(Prose(f"The program {one.says}.", " "))
    elif told.kind:
        rows.append(("kind", KINDS[told.kind]))
    compared = next((each for each in result.compared if told.array and each.name == told.array), None)
    if compared is not None:
        rows.append(("shows in", clean(told.array) + _place(result, compared)))
        if compared.first is not None:
            rows.append(("yours", "  right  ".join(_pair(compared.first, digits))))
    if one is None and told.where:
        rows.append(("concerns", told.where))
    if one is not None and one.before is not None and one.after is not None:
        rows.append(
            ("error", f"{error_words(one.before)} -> {error_words(one.after)} with this mistake in the right program")
        )
    if one is not None:
        rows.append(("to do" if one.mistake in NO_LINE else "should be", one.fix))
    before = _right_before(result, compared)
    if before:
        rows.append(("still right", before))
    if one is not None and one.others:
        rows.append(("or", "these numbers do not tell the mistakes in the heading apart"))
    if one is not None and one.beside:
        rows.append(("with", f"{', '.join(one.beside)}: neither alone explains the array"))
    width = max((len(label) for label, _ in rows), default=0)
    page += [Prose(text, f"  {label.ljust(width)}") for label, text in rows]
    return [*page, blank()]


def _place(result: CheckResult, compared: Compared) -> str:
    """Where the first wrong number of an array stands."""
    first = compared.first
    if first is None:
        return ": its shape is another" if compared.relative_error == float("inf") else ""
    a, several = result.model.network.architecture, result.report.plan.x.shape[1] > 1
    said = [
        f"layer {first.layer}" if first.layer is not None and a.num_layers > 1 else "",
        str(first.direction) if first.direction is not None and not a.forward_only else "",
        f"step {first.t}" if first.t is not None else "",
        f"sequence {first.sequence}" if first.sequence is not None and several else "",
        f"gate {first.gate}" if first.gate is not None and len(result.model.network.cell.gates) > 1 else "",
        _unit(result, compared, first),
    ]
    found = ", ".join(filter(None, said))
    return f", first at {found}" if found else ""


def _unit(result: CheckResult, compared: Compared, first: First) -> str:
    """Which number it is: a unit of a vector, a row and a column of a matrix, in an embedding the row of a word."""
    if compared.key.name.startswith("dW_") and len(first.index) == 2:
        return f"row {first.index[0] + 1}, column {first.index[1] + 1}"
    if (compared.key.name,) == OF_EMBEDDING and len(first.index) == 2:
        word = result.model.names_of_rows.get(first.index[0])
        row = f"row {first.index[0] + 1}" if word is None else f"the row of {clean(word)}"
        return f"{row}, column {first.index[1] + 1}"
    return f"unit {first.unit}" if first.unit is not None else ""


def _holds_nan(result: CheckResult, one: Compared) -> bool:
    return bool(np.isnan(result.report.seen[one.key]).any()) if one.key in result.report.seen else False


def _error(result: CheckResult, one: Compared) -> str:
    if not one.fits:
        return "-"
    return "NaN" if one.verdict != RIGHT and _holds_nan(result, one) else error_words(one.relative_error)


def error_words(value: float) -> str:
    """A relative error: its size matters, and not its digits."""
    return "0" if value == 0 else f"{value:.2g}" if 1e-3 <= value < 1e4 else f"{value:.0e}"


def _pair(first: First, digits: int) -> tuple[str, str]:
    """With four digits of numbers that the decimals all but hide."""
    largest = max(abs(first.yours), abs(first.right))
    if 0 < largest < 10.0 ** (1 - digits):
        digits = min(SIGNIFICANT - 1 - floor(log10(largest)), MOST_DIGITS)
    return told_apart(first.yours, first.right, signed, digits)


def _right_before(result: CheckResult, compared: Compared | None) -> str:
    """What is right beside an array that is not: arrays, and the steps of itself that are computed before its first mistake."""
    if compared is None:
        return ""
    names = [clean(one.name) for one in result.compared if one.verdict == RIGHT]
    found = [some(names, MOST_NAMES)] if names else []
    first = compared.first
    if first is not None and first.t is not None:
        T = len(result.report.plan.x)
        steps = range(first.t + 1, T + 1) if from_end(compared.key) else range(1, first.t)
        if steps:
            said = f"step {steps[0]}" if len(steps) == 1 else f"steps {steps[0]} to {steps[-1]}"
            found.append(f"{said} of {clean(compared.name)}")
    return "; ".join(found)


def _why(result: CheckResult, digits: int) -> list[RenderableType]:
    one = result.unfolded
    if one is None:
        if result.first_wrong is None:
            return []
        return [Prose(f"{clean(result.first_wrong.name)} has no number to unfold.", " ", style.FAINT), blank()]
    digits = digits_apart(one.yours, one.right, signed, digits)
    yours, right = signed(one.yours, digits), signed(one.right, digits)
    root = one.numbers[0]
    of = f"{root.name}, of sequence {one.sequence}" if one.sequence is not None else root.name
    page: list[RenderableType] = [
        heading("The first wrong number", of),
        line("yours  ", (yours, style.BAD), "   right  ", (right, style.GOOD), indent=2),
        Prose(
            "Below it the right one: the sum of the products that it is made of, with their numbers. -> marks one that is "
            "unfolded further down.",
            " ",
            style.FAINT,
        ),
        blank(),
    ]
    for number in one.numbers:
        page += number_part(number, digits)
    return page


def _prints(prints: str) -> list[RenderableType]:
    lines = prints.rstrip("\n").splitlines()
    page: list[RenderableType] = [heading("Printed by the program")]
    page += [Prose(clean(one), " ", style.FAINT) for one in lines[:MOST_PRINTED]]
    if len(lines) > MOST_PRINTED:
        page.append(Prose(f"… {count(len(lines) - MOST_PRINTED, 'more line')}", " ", style.FAINT))
    return [*page, blank()]


def _notice(result: CheckResult, digits: int) -> str:
    report = result.report
    off = [one for one in report.compared if one.verdict != RIGHT]
    wrong = [one for one in off if one.fits]
    if report.passed:
        worst = max((one.relative_error for one in report.compared), default=0.0)
        names = some([clean(one.name) for one in report.compared], MOST_NAMES)
        left = f" Not compared: {some([clean(name) for name, _ in report.not_compared], MOST_NAMES)}."
        said = f"All that was compared is right: {names}. The largest relative error is {error_words(worst)}."
        return said + left * bool(report.not_compared) + _also(report.caveat)
    if not report.compared:
        return "Nothing was compared: mend that first, and check again."
    if result.hints < PLACE and off:
        named = some([clean(one.name) for one in off if one.verdict == WRONG], MOST_NAMES)
        waiting = sum(one.verdict == WAITS for one in off)
        wait = f"; {waiting} {'waits' if waiting == 1 else 'wait'}" if waiting else ""
        return f"{len(off) - waiting} of {count(len(report.compared), 'array')} wrong: {named}{wait}."
    if off and not wrong:
        names = some([clean(one.name) for one in off], MOST_NAMES)
        rest = f", but {_beside(result)}" if any(not _is_not_compared(one.mistake) for one in report.behaviour) else ""
        told = {one.finding.mistake for one in result.findings if one.finding is not None}
        if told & {*EXCHANGED} and "wrong-shape" not in told:
            why = "each stands under the other's name"
        else:
            why = "a shape that the name cannot have" if any(one.relative_error == inf for one in off) else "not right"
        others = ". Every other array that was compared is right" if len(off) < len(report.compared) else ""
        return f"{names}: {why}{others}{rest}."
    if not wrong:
        return f"Every array that was compared is right, but {_beside(result)}."
    if not report.findings:
        first = " Mend first what the program does beside its numbers: it may be the cause." * bool(report.behaviour)
        return f"What is wrong {UNKNOWN}.{first} {_first_difference(result, digits)}"
    if result.hints < CAUSE:
        more = "--hints 2 says what kind of mistake it is" if result.hints < KIND else "--hints 3 says what to mend"
        return f"{_first_difference(result, digits)} {more}."
    n = len(report.findings)
    things, it = ("One mistake explains", "it") if n == 1 else (f"{n} mistakes explain", "them")
    beside = f" Beside the numbers {_beside(result)}." * bool(report.behaviour)
    if report.explained:
        what = "all that is wrong in the numbers" if beside else "all that is wrong"
        return f"{things} {what}: with {it} the right program gives every one of these numbers.{beside}"
    if report.unexplained:
        others = f"{count(report.unexplained, 'other network')} {'is' if report.unexplained == 1 else 'are'} wrong"
        return f"{things} all that is wrong here; {others} in a way that {UNKNOWN}.{beside}"
    blamed = {one.array for one in report.findings}
    left = some(
        [clean(one.name) for one in report.compared if one.verdict == WRONG and one.fits and one.name not in blamed],
        MOST_NAMES,
    )
    rest = f"what is wrong in {left} {UNKNOWN}" if left else "what waits may have another"
    if n >= MOST_FINDINGS:
        rest = "the search ends there: mend them, and check again"
    return f"{things} a part of what is wrong; {rest}.{beside}"


def _also(caveat: str) -> str:
    return f" {caveat[0].upper()}{caveat[1:]}." if caveat else ""


def _beside(result: CheckResult) -> str:
    """What the program does wrong that no array shows, as far as it is told."""
    told = [
        one.finding.mistake
        for one in result.findings
        if one.finding is not None and one.finding in result.report.behaviour
    ]
    if not told and result.hints < PLACE:
        return "something else is wrong: --hints 1 says more"
    if told and all(map(_is_not_compared, told)):
        if set(told) == {"blank"}:
            return "the program is not finished"
        if set(told) <= ENDLESS:
            return "the program did not come to its end"
        return "the program hands out what cannot be compared"
    return "the program does what a program must not do"


def _is_not_compared(mistake: str) -> bool:
    """Whether a mistake that shows in no number is one for which there was no number to compare."""
    return kind_of(mistake) == CALL or mistake in EXCHANGED


EXCHANGED = ("swapped-weights", "swapped-names")
"""Mistakes with which an array is handed out under another's name."""

ENDLESS = {"raises", "blank", "too-slow"}
"""Mistakes with which a call gives nothing."""


def _first_difference(result: CheckResult, digits: int) -> str:
    first = result.first_wrong
    if first is None:
        return ""
    where = f"The first difference is in {clean(first.name)}{_place(result, first)}"
    if first.first is None:
        return f"{where}."
    yours, right = _pair(first.first, digits)
    if isnan(first.first.yours):
        return f"{clean(first.name)} holds NaN. {where}, where {right} is right."
    return f"{where}: {yours}, where {right} is right."


def _next(result: CheckResult) -> list[tuple[str, str]]:
    if result.report.passed:
        return []
    found: list[tuple[str, str]] = []
    first = result.first_wrong
    if not result.why and result.hints >= CAUSE and result.again and first is not None and first.fits:
        found.append((f"{result.again} --why", "the first wrong number, unfolded"))
    if first is None or not result.text or result.model.flags is None or first.first is None:
        return found
    back = stage_of(first.key) != FORWARD
    command = "bptt" if back else "trace"
    steps = ("--steps", str(first.first.t)) if first.first.t is not None else ()
    target = ("--target", result.target) if back and result.target else ()
    if back and not target:
        return found
    said = "its step" if steps else "every step"
    return [
        *found,
        (command_line(command, result.text, *target, *steps, flags=result.model.flags), f"{said}, written out"),
    ]
