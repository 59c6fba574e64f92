"""What a written text rests on: which read word each written one used, and what the condition gave."""

from collections.abc import Sequence

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.metrics.ties import settled
from rnn_cli.study.attribution import LEFT_OUT, UNKNOWN_WORD
from rnn_cli.study.attribution_texts import LOOKED, Aligned, FromCondition
from rnn_cli.views import style
from rnn_cli.views.attribution import NAMES as METHODS
from rnn_cli.views.clean import clean
from rnn_cli.views.itemised import brief
from rnn_cli.views.numbers import count, fixed, percent, signed, unsigned
from rnn_cli.views.page import Grid, Prose, blank, heading
from rnn_cli.views.ties import as_much, ties

MOST_ROWS = 40
MOST_CONDITIONS = 12

ROUNDS = 3
"""A text that ends in a loop is shown until it has gone round so many times."""

NAMES = METHODS | {LOOKED: "looked"}
LONGEST = 40
"""So many characters of a text are shown that is written without a token."""

LEAST = 1e-6
"""A residual below it is not written out."""

Cell = str | Text


def text_part(of: Aligned | FromCondition | None) -> list[RenderableType]:
    """What is known of it; nothing where nothing is."""
    if of is None:
        return []
    return condition_part(of) if isinstance(of, FromCondition) else aligned_part(of)


def _beside_look(of: Aligned) -> list[RenderableType]:
    """How often the decoder looked most at the token that gave most."""
    if of.look is None:
        return []
    used = of.tops[LEFT_OUT] >= 0
    same, rows = int((of.look.argmax(axis=1) == of.tops[LEFT_OUT])[used].sum()), int(used.sum())
    if not rows:
        return []
    where = f"{same} of {count(rows, 'row')} where one gave something"
    not_yet = ": where it looks is not yet what it uses" * (same < rows)
    return [Prose(f"The decoder looked most at the token that gave most in {where}{not_yet}.", " ", style.FAINT)]


def _shown(written: Sequence[str]) -> int:
    """How many rows are shown: the first ones, and of a loop at the end a few rounds."""
    first = written[:MOST_ROWS]
    return min(len(first), *(_looped(written, period) for period in range(1, MOST_ROWS // ROUNDS)))


def _looped(written: Sequence[str], period: int) -> int:
    """Where a loop of so many tokens that lasts to the end has gone round a few times; the end where there is no long one."""
    start = len(written) - period
    while start > 0 and written[start - 1] == written[start - 1 + period]:
        start -= 1
    return start + ROUNDS * period if start + 2 * ROUNDS * period < len(written) else len(written)


def _not_shown(written: Sequence[str]) -> list[RenderableType]:
    """How many tokens have no row."""
    shown = _shown(written)
    if shown == len(written):
        return []
    rest = count(len(written) - shown, "more written token")
    loops = shown < MOST_ROWS
    return [Prose(f"{rest}{' that go on in the same loop' * loops}; --json has all", " ", style.FAINT)]


def aligned_part(of: Aligned) -> list[RenderableType]:
    """A row for each written token, a column for each that was read."""
    rows: list[list[Cell]] = []
    digits = 1 if np.abs(of.left_out).max() >= 1 else 2
    for u in range(_shown(of.written)):
        changes, most = of.left_out[u], int(of.tops[LEFT_OUT][u])
        cells = [_change(float(value), t == most, digits) for t, value in enumerate(changes)]
        rows.append([brief(of.written[u]), percent(float(np.exp(of.log_p[u]))), *cells])
    rows.append(["the whole", "", *(_change(float(value), False, digits) for value in of.whole)])
    parts: list[RenderableType] = [
        heading("What each written token used", "ln p of it, less ln p where the token above was not read"),
        Grid(["", "p", *(brief(one) for one in of.read)], rows, frozen=2, align="<>"),
    ]
    parts += _not_shown(of.written)
    parts.append(
        Prose(
            "* gave most to the written token of the row; what was written before it stays as it is.", " ", style.FAINT
        )
    )
    return [*parts, *_beside_look(of), blank(), *_named(of), blank(), *_agreement(of), blank(), *_tried(of), blank()]


def _named(of: Aligned) -> list[RenderableType]:
    """Which read token each method names first, for each written one."""
    rows: list[list[Cell]] = []
    for u in range(_shown(of.written)):
        rows.append([brief(of.written[u]), *(_token(of, int(tops[u])) for tops in of.tops.values())])
    parts: list[RenderableType] = [
        heading("Which token each method names", "in brackets its place among those that were read"),
        Grid(["", *(NAMES[name] for name in of.methods)], rows, align="<"),
    ]
    said = [f"replaced: with {_stand_in(of)} in its place; x·dF/dx: gradient times input, of F = ln p."]
    if of.slopes is None:
        said.append("This text is too long for slopes.")
    else:
        worst = float(np.abs(of.slopes.residuals).max())
        small = f"the largest residual is {worst:.0e}" if worst >= LEAST else "no residual is above a millionth"
        said.append(
            f"integrated adds up in each row to F less F of {_stand_in(of)} alone: {small}, from {of.slopes.points:,} slopes."
        )
    if of.look is not None:
        said.append("looked: where attention had its largest share.")
    return [*parts, Prose(" ".join(said), " ", style.FAINT)]


def _agreement(of: Aligned) -> list[RenderableType]:
    """For every two methods the mean rank correlation of their rows, and how often they name the same token."""
    names, known = list(of.methods), {one.methods: one for one in of.agreements}
    rows: list[list[Cell]] = []
    for one in names[1:]:
        row: list[Cell] = [NAMES[one]]
        for other in names[: names.index(one)]:
            found = known[other, one]
            value = "" if np.isnan(found.spearman) else fixed(found.spearman, 2)
            row.append(f"{value} {found.same_top}/{len(of.written)}".strip())
        rows.append(row)
    return [
        heading("Do the methods agree", "mean rank correlation of a row, and rows that name the same"),
        Grid(["", *(NAMES[name] for name in names[:-1])], rows, align="<>"),
    ]


def _tried(of: Aligned) -> list[RenderableType]:
    """The largest claim of each method: how likely the written token is without the read one, and what is written then."""
    if not of.tried:
        return [heading("Put to the test", "no method names a token that speaks for another")]
    rows: list[list[Cell]] = []
    for one in of.tried:
        every = len(one.top_of) == len(of.methods)
        said = "every method" if every else ", ".join(NAMES[name] for name in one.top_of)
        shares = [percent(value) for value in (one.p, one.without, one.replaced)]
        rows.append([f"{_quoted(of.read, one.t)} for {_quoted(of.written, one.u)}", *shares, said])
    parts: list[RenderableType] = [
        heading("Put to the test", "the largest claim of each method; places in brackets"),
        Grid(["", "p", "left out", "replaced", "claimed by"], rows, align="<>>><"),
    ]
    for t in dict.fromkeys(one.t for one in of.tried):
        text = next(one.writes for one in of.tried if one.t == t)
        shown = f"{text[:LONGEST]}…" if len(text) > LONGEST else text
        parts.append(Prose(f"it writes: {clean(shown) or 'nothing'}", f"  without {_quoted(of.read, t)}", style.FAINT))
    return parts


def _quoted(tokens: Sequence[str], k: int) -> str:
    """A token that is named in words, with its place."""
    return f"“{brief(tokens[k])}” ({k + 1})"


def _token(of: Aligned, t: int) -> str:
    """A read token with its place; where no token was named a dash."""
    return f"{brief(of.read[t])} ({t + 1})" if t >= 0 else "-"


def _stand_in(of: Aligned) -> str:
    return "<unk>" if of.stand_in == UNKNOWN_WORD else "zeros"


def aligned_words(of: Aligned) -> str:
    """One sentence about the read token that the whole text needs most."""
    t = int(settled(of.whole).argmax())
    if not of.whole[t] > 0:
        return "No token that was read makes the written text likelier: it is no less likely without any one of them."
    u = int(settled(of.left_out[:, t]).argmax())
    others = as_much([_quoted(of.read, k) for k in ties(of.whole, t)])
    return (
        f"“{brief(of.read[t])}” (token {t + 1} of what was read) gave most to the text{others}: without it ln p of the whole falls by "
        f"{unsigned(float(of.whole[t]), 2)}, most at “{brief(of.written[u])}” (token {u + 1}), by {unsigned(float(of.left_out[u, t]), 2)}."
    )


def condition_part(of: FromCondition) -> list[RenderableType]:
    """A row for each written token, then how likely the text is under each condition."""
    rows: list[list[Cell]] = []
    most = int(settled(of.gain).argmax())
    for u in range(_shown(of.written)):
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
        *_not_shown(of.written),
        blank(),
        heading("The same text under other conditions", "ln p of the whole"),
        Grid(["", "ln p", ""], under, align="<><"),
        blank(),
    ]


def condition_words(of: FromCondition) -> str:
    """One sentence: which token tells the condition, and whether another condition would write the text more readily."""
    u, totals = int(settled(of.gain).argmax()), of.others.sum(axis=1)
    best = int(totals.argmax())
    own = float(of.log_p.sum())
    others = as_much([_quoted(of.written, k) for k in ties(of.gain, u)])
    gave = f"“{brief(of.written[u])}” (token {u + 1}) owes most to the condition{others}: {signed(float(of.gain[u]), 2)} in ln p."
    told = (
        gave
        if of.gain[u] > 0
        else "No token owes the condition anything: in the mean the others make each at least as likely."
    )
    if totals[best] == own:
        return f"{told} Under “{clean(of.conditions[best])}” the whole text is as likely."
    if totals[best] > own:
        return f"{told} The text is likelier under “{clean(of.conditions[best])}” than under “{clean(of.condition)}”."
    return f"{told} No other condition makes the whole text as likely."


def _change(value: float, most: bool, digits: int = 2) -> Text:
    """A change; * where it is the largest of its row, and more than a zero on the page."""
    text = fixed(value, digits)
    return Text.assemble((text, style.by_sign(value)), ("*" if most and text.strip("+-0.") else " ", style.WORD))
