"""What a written text rests on: which read word each written one used, and what the condition gave."""

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.arrays import Array
from rnn_cli.study.attribution_texts import Aligned, FromCondition
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.itemised import brief
from rnn_cli.views.numbers import count, fixed, percent, unsigned
from rnn_cli.views.page import Grid, Prose, blank, heading

MOST_ROWS = 40
MOST_CONDITIONS = 12

Cell = str | Text


def text_part(of: Aligned | FromCondition | None, look: Array | None = None) -> list[RenderableType]:
    """What is known of it; nothing where nothing is. `look` (U, T): the shares of a decoder that looks back."""
    if of is None:
        return []
    if isinstance(of, FromCondition):
        return condition_part(of)
    page = aligned_part(of)
    return page if look is None else [*page[:-1], Prose(_beside_look(of, look), " ", style.FAINT), blank()]


def _beside_look(of: Aligned, look: Array) -> str:
    """How often the decoder looked most at the token that gave most."""
    used = [u for u, changes in enumerate(of.left_out) if changes.max() > 0]
    same = sum(int(look[u].argmax()) == int(of.left_out[u].argmax()) for u in used)
    return (
        f"The decoder looked most at the token that gave most in {same} of {count(len(used), 'row')} where one gave something: "
        "where it looks is not yet what it uses."
    )


def aligned_part(of: Aligned) -> list[RenderableType]:
    """A row for each written token, a column for each that was read."""
    rows: list[list[Cell]] = []
    digits = 1 if np.abs(of.left_out).max() >= 1 else 2
    for u in range(min(len(of.written), MOST_ROWS)):
        changes = of.left_out[u]
        most = int(changes.argmax()) if changes.max() > 0 else -1
        cells = [_change(float(value), t == most, digits) for t, value in enumerate(changes)]
        rows.append([brief(of.written[u]), percent(float(np.exp(of.log_p[u]))), *cells])
    rows.append(["the whole", "", *(_change(float(value), False, digits) for value in of.whole)])
    parts: list[RenderableType] = [
        heading("What each written token used", "ln p of it, less ln p where the token above was not read"),
        Grid(["", "p", *(brief(one) for one in of.read)], rows, frozen=2, align="<>"),
    ]
    if len(of.written) > MOST_ROWS:
        parts.append(Prose(f"{len(of.written) - MOST_ROWS} more written tokens; --json has them", " ", style.FAINT))
    parts.append(
        Prose(
            "* gave most to the written token of the row; what was written before it stays as it is.", " ", style.FAINT
        )
    )
    return [*parts, blank()]


def aligned_words(of: Aligned) -> str:
    """One sentence about the read token that the whole text needs most."""
    t = int(of.whole.argmax())
    if not of.whole[t] > 0:
        return "No token that was read makes the written text likelier: it is as likely without any one of them."
    u = int(of.left_out[:, t].argmax())
    return (
        f"“{brief(of.read[t])}” (token {t + 1} of what was read) gave most to the text: without it ln p of the whole falls by "
        f"{unsigned(float(of.whole[t]), 2)}, most at “{brief(of.written[u])}” (token {u + 1}), by {unsigned(float(of.left_out[u, t]), 2)}."
    )


def condition_part(of: FromCondition) -> list[RenderableType]:
    """A row for each written token, then how likely the text is under each condition."""
    rows: list[list[Cell]] = []
    most = int(of.gain.argmax())
    for u in range(min(len(of.written), MOST_ROWS)):
        shares = (float(np.exp(of.log_p[u])), float(np.exp(of.others[:, u]).mean()))
        rows.append([brief(of.written[u]), *map(percent, shares), _change(float(of.gain[u]), u == most)])
    rows.append(["the whole", "", "", _change(float(of.gain.sum()), False)])
    totals = of.others.sum(axis=1)
    order = np.argsort(-totals, kind="stable")[:MOST_CONDITIONS]
    under: list[list[Cell]] = [[clean(of.condition), fixed(float(of.log_p.sum()), 2), "given"]]
    under += [[clean(of.conditions[k]), fixed(float(totals[k]), 2), ""] for k in order]
    return [
        heading("What the condition gave", "ln p of each token, less ln of its mean p under the other conditions"),
        Grid(["", "p", "p of others", "gave "], rows, align="<>"),
        blank(),
        heading("The same text under other conditions", "ln p of the whole"),
        Grid(["", "ln p", ""], under, align="<><"),
        blank(),
    ]


def condition_words(of: FromCondition) -> str:
    """One sentence: which token tells the condition, and whether another condition would write the text more readily."""
    u, totals = int(of.gain.argmax()), of.others.sum(axis=1)
    best = int(totals.argmax())
    own = float(of.log_p.sum())
    told = (
        f"“{brief(of.written[u])}” (token {u + 1}) owes most to the condition: {fixed(float(of.gain[u]), 2)} in ln p."
    )
    if totals[best] > own:
        return f"{told} The text is likelier under “{clean(of.conditions[best])}” than under “{clean(of.condition)}”."
    return f"{told} No other condition makes the whole text as likely."


def _change(value: float, most: bool, digits: int = 2) -> Text:
    """A change; * where it is the largest of its row, and more than a zero on the page."""
    text = fixed(value, digits)
    return Text.assemble((text, style.by_sign(value)), ("*" if most and text.strip("+-0.") else " ", style.WORD))
