"""Why a model answers as it does: what each step gave, the methods side by side, and their strongest claims tried."""

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.attribution import LAST
from rnn_cli.study.attribution import GRADIENT, INTEGRATED, LEFT_OUT, MEAN, REPLACED, UNKNOWN_WORD, Explained, TakenOut
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.itemised import brief
from rnn_cli.views.numbers import count, fixed, percent, told_apart, unsigned
from rnn_cli.views.page import Grid, Prose, blank, heading
from rnn_cli.views.states import number
from rnn_cli.views.ties import MOST_NAMED, as_much, ties

CLOSE = 1e-6
"""A residual of so small a share is not written out: its digits are those of a processor."""

MOST_ROWS = 40
MOST_GROUPS = 4
NAMES = {LEFT_OUT: "left out", REPLACED: "replaced", GRADIENT: "x·dF/dx", INTEGRATED: "integrated"}

Cell = str | Text


def attribution_part(of: Explained, digits: int) -> list[RenderableType]:
    """What each step gave, whether the methods agree, what happens without the steps that they name, and what to notice."""
    page = [heading(f"Why {_about(of)}", _quantity(of, digits)), *_steps(of, digits), blank(), *_columns(of, digits)]
    if len(of.names) > 1:
        page += [*_agreement(of), blank()]
    return [*page, *_tried(of, digits), blank()]


def attribution_words(of: Explained, digits: int) -> str:
    """One sentence: what the answer rests on, and a method that says otherwise."""
    first = of.strongest
    change = of.found.value - first.value
    if not (change > 0 if of.is_share else change):
        nothing = ("speaks for", "its probability is no lower") if of.is_share else ("moves", "it stays as it is")
        return f"No {_step(of)} {nothing[0]} {_about(of)}: {nothing[1]} {_way(of)} any one of them."
    gave = f"gave most to {_about(of)}" if of.is_share else f"moved {_about(of)} most"
    alike = ties(of.found.taken_out, first.steps[0])
    said = f"{_quoted(of, first)} {gave}{as_much([_named(of, t) for t in alike])}: {_way(of)} it, {_moved(of, first, digits)}."
    named = (*first.steps, *alike)
    other = [name for name, top in of.tops.items() if top not in named and name in (GRADIENT, INTEGRATED)]
    if not other:
        return said
    claimed = next(one for one in of.taken_out if one.steps == (of.tops[other[0]],))
    return f"{said} {NAMES[other[0]]} names {_quoted(of, claimed)}: {_way(of)} that, {_moved(of, claimed, digits)}."


def short_words(of: Explained, digits: int) -> str:
    """The steps that gave most, in one line."""
    values = of.found.taken_out
    order = [int(t) for t in np.argsort(-np.abs(values), kind="stable")[:MOST_NAMED]]
    return f"{_way(of)} each: " + ", ".join(
        f"{brief(of.names[t])} {fixed(float(values[t]), min(digits, 2))}" for t in order
    )


def _about(of: Explained) -> str:
    at = of.found.asked.at
    where = "" if at is None or at == LAST else f" at “{brief(of.names[at])}” (step {at + 1})"
    return f"“{clean(of.about)}”{where}"


def _quantity(of: Explained, digits: int) -> str:
    """Which number is shared out."""
    value = unsigned(of.found.value, digits)
    if of.is_share:
        return f"F = ln p/(1-p) = {value}, where p is its probability, {percent(of.shown(of.found.value))}"
    return f"F = {value}, the predicted number in the units of the data"


def _step(of: Explained) -> str:
    return "step" if of.names[0] == "x_1" else "word"


def _most(of: Explained) -> str:
    """What the first step of a method did."""
    return "gave most" if of.is_share else "moved most"


def _way(of: Explained) -> str:
    """How a step is taken out, in a word."""
    return "without" if of.found.leaves_out else f"with {_stand_in(of)} in place of"


def _stand_in(of: Explained) -> str:
    return {UNKNOWN_WORD: clean(of.unknown), MEAN: "the mean"}.get(of.stand_in, "zeros")


def _steps(of: Explained, digits: int) -> list[RenderableType]:
    """One row a step; of a long text those with the largest changes, in their order."""
    T, found, every = len(of.names), of.found, of.methods
    largest = np.argsort(-np.abs(found.taken_out), kind="stable")[:MOST_ROWS]
    shown = sorted(largest.tolist()) if T > MOST_ROWS + 1 else list(range(T))
    tops = {name: {top, *ties(every[name], top)} for name, top in of.tops.items()}
    rows: list[list[Cell]] = []
    for t in shown:
        row: list[Cell] = [str(t + 1), brief(of.names[t]), _running(of, float(found.running[t]), digits)]
        for name, values in every.items():
            one = number(float(values[t]), digits) if np.isfinite(values[t]) else Text("")
            row.append(Text.assemble(one, ("*" if t in tops[name] else " ", style.WORD)))
        rows.append(row)
    total: list[Cell] = [
        "", "sum", "", *("" if name != INTEGRATED else f"{unsigned(float(values.sum()), digits)} " for name, values in every.items()),
    ]  # fmt: skip
    header = ["", "", "so far", *(f"{NAMES[name]} " for name in every)]
    parts: list[RenderableType] = [Grid(header, [*rows, total], frozen=2, align="><>")]
    if len(shown) < T:
        parts.append(
            Prose(f"the {len(shown)} steps of {T:,} with the largest changes; --json has all", " ", style.FAINT)
        )
    stand_in = _stand_in(of)
    said = ["so far: as if the text ended there."] if _step(of) == "word" else ["so far: as if it ended there."]
    left = "left out: F less F without it; " if LEFT_OUT in every else ""
    said.append(f"{left}replaced: F less F with {stand_in} in its place; x·dF/dx: gradient times input; * {_most(of)}.")
    lacks = UNKNOWN_WORD if of.stand_in == UNKNOWN_WORD else ""
    whole = f"if every {_step(of)} were {stand_in}" if lacks or of.stand_in == MEAN else f"of {stand_in} alone"
    close = abs(found.residual) <= CLOSE * np.abs(found.integrated).sum()
    residual = (
        "the residual is less than a millionth of its terms" if close else f"the residual is {found.residual:.0e}"
    )
    said.append(
        f"integrated adds up to F less F {whole}, {unsigned(found.value - found.empty, digits)}: {residual}, from "
        f"{found.points:,} slopes between the two."
    )
    return [*parts, Prose(" ".join(said), " ", style.FAINT)]


def _columns(of: Explained, digits: int) -> list[RenderableType]:
    """What each column gave over all steps, where several are read."""
    if of.found.components is None:
        return []
    rows: list[list[Cell]] = [
        [clean(name), number(float(replaced), digits), number(float(integrated), digits)]
        for name, replaced, integrated in zip(of.columns, *of.found.components, strict=True)
    ]
    note = f"replaced: {_stand_in(of)} in its place at every step"
    return [heading("Which column gave it", note), Grid(["", NAMES[REPLACED], NAMES[INTEGRATED]], rows), blank()]


def _running(of: Explained, value: float, digits: int) -> str:
    if np.isnan(value):
        return ""
    return percent(of.shown(value)) if of.is_share else unsigned(value, digits)


def _agreement(of: Explained) -> list[RenderableType]:
    """The rank correlations of the methods."""
    names = list(of.methods)
    known = {one.methods: one for one in of.agreements}
    rows: list[list[Cell]] = []
    for one in names:
        alike = len(ties(of.methods[one], of.tops[one]))
        row: list[Cell] = [NAMES[one], _named(of, of.tops[one]) + f" and {alike:,} more" * (alike > 0)]
        for other in names[: names.index(one)]:
            value = known[other, one].spearman
            row.append("" if np.isnan(value) else fixed(value, 2))
        rows.append(row)
    header = ["", _most(of), *(NAMES[name] for name in names[:-1])]
    return [
        heading("Do the methods agree", "Spearman's rank correlation of what they give"),
        Grid(header, rows, align="<<>"),
    ]


def _tried(of: Explained, digits: int) -> list[RenderableType]:
    """The answer without the steps that the methods name first, and without several."""
    rows: list[list[Cell]] = []
    single = [one for one in of.taken_out if one.apart is None]
    together = sorted(
        (one for one in of.taken_out if one.apart is not None), key=lambda one: -abs(one.value - of.found.value)
    )
    for one in [*single, *together[:MOST_GROUPS]]:
        every = len(one.top_of) == len(of.methods)
        named = "every method" if every else ", ".join(NAMES[name] for name in one.top_of)
        why = (
            f"first for {named}" if one.apart is None else f"{_value(of, one.apart, digits)} if their changes added up"
        )
        rows.append([_quoted(of, one), _value(of, of.found.value, digits), "->", _value(of, one.value, digits), why])
    return [
        heading("Put to the test", f"{_about(of)} {_way(of)} …"),
        Grid(["", "", "", "", ""], rows, align="<>>><"),
    ]


def _value(of: Explained, value: float, digits: int) -> str:
    return percent(of.shown(value)) if of.is_share else unsigned(value, digits)


def _moved(of: Explained, one: TakenOut, digits: int) -> str:
    """From where to where the answer goes."""
    form = percent if of.is_share else unsigned
    before, after = told_apart(of.shown(of.found.value), of.shown(one.value), form, 1 if of.is_share else digits)
    what = "its probability" if of.is_share else "it"
    return f"{what} stays at {before}" if before == after else f"{what} goes from {before} to {after}"


def _quoted(of: Explained, one: TakenOut) -> str:
    """The words that are taken out."""
    (name, *others) = {of.names[t] for t in one.steps}
    if not others and 1 < len(one.steps) == of.names.count(name):
        return f"“{brief(name)}”, {count(len(one.steps), 'time')}"
    return " and ".join(_named(of, t) for t in one.steps)


def _named(of: Explained, t: int) -> str:
    """A word, and where another is the same which of them."""
    return f"“{brief(of.names[t])}”" + f" (step {t + 1})" * (of.names.count(of.names[t]) > 1)
