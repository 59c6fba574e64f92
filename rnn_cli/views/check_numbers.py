"""The page of a gradient check: each array with what explains its differences."""

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.referee.agreement import RIGHT, WAITS, WRONG
from rnn_cli.study.check.numbers import NumbersCompared, NumbersReport
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import signed, some, told_apart
from rnn_cli.views.page import Grid, Prose, blank, head, heading, notice

COLOURS = {RIGHT: style.GOOD, WRONG: style.BAD, WAITS: style.WARNING}
MOST_NAMES = 8


def numbers_page(result: NumbersReport, digits: int) -> list[RenderableType]:
    """What was compared, what explains each difference, and what to try where nothing is sure."""
    analytic, numeric = (clean(name) for name in result.names)
    right = sum(one.verdict == RIGHT for one in result.compared)
    rows: list[list[str | Text]] = [
        [
            clean(one.name),
            "×".join(map(str, one.shape)),
            f"{one.relative_error:.1e}",
            one.diagnosis,
            Text(one.verdict, style=COLOURS[one.verdict]),
        ]
        for one in result.compared
    ]
    page: list[RenderableType] = [
        head(f"{analytic} checked", f"against the differences in {numeric}"),
        *(Prose(f"{one[0].upper()}{one[1:]}.", " ", style.FAINT) for one in result.said),
        blank(),
        heading("Arrays", f"{right} of {len(result.compared)} right; an error is of the largest number"),
        Grid(["name", "shape", "error", "explained by", "verdict"], rows, align="<<><<"),
        blank(),
    ]
    for says, those in _by_words(result).items():
        page += _explained(says, those, digits)
    if result.not_compared:
        left = [[clean(name), clean(why)] for name, why in result.not_compared]
        page += [heading("Not compared"), Grid(["", "why"], left, align="<<"), blank()]
    return [*page, notice(_notice(result)), *([Prose(_sentence(result.try_next), "Next  ")] if result.try_next else [])]


def _by_words(result: NumbersReport) -> dict[str, list[NumbersCompared]]:
    """The arrays that do not agree, those of one explanation together."""
    found: dict[str, list[NumbersCompared]] = {}
    for one in result.compared:
        if one.verdict != RIGHT or one.diagnosis != "agrees":
            found.setdefault(one.says, []).append(one)
    return found


def _explained(says: str, those: list[NumbersCompared], digits: int) -> list[RenderableType]:
    first = those[0]
    names = some([clean(one.name) for one in those], MOST_NAMES)
    page: list[RenderableType] = [heading(first.mistake.mistake if first.mistake else first.diagnosis, f"in {names}")]
    page.append(Prose(f"The analytic gradient {says}." if first.verdict == WRONG else _sentence(says), " "))
    a, n = told_apart(first.analytic, first.numeric, signed, digits)
    at = "".join(f"[{k + 1}]" for k in first.worst)
    rows = [("differs most", f"{clean(first.name)}{at}: analytic {a}, numeric {n}")]
    if first.mistake is not None:
        rows.append(("mend", first.mistake.fix))
    width = max(len(label) for label, _ in rows)
    return [*page, *(Prose(text, f"  {label.ljust(width)}") for label, text in rows), blank()]


def _notice(result: NumbersReport) -> str:
    if result.passed:
        return "No gradient is wrong: what differs is what differences of a loss give."
    wrong = [clean(one.name) for one in result.compared if one.verdict == WRONG]
    waits = [clean(one.name) for one in result.compared if one.verdict == WAITS]
    said = [f"Wrong: {some(wrong, MOST_NAMES)}."] if wrong else []
    if waits:
        is_right = "is right" if len(waits) == 1 else "are right"
        said.append(f"These numbers cannot tell whether {some(waits, MOST_NAMES)} {is_right}.")
    return " ".join(said)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
