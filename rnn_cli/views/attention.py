"""How a decoder looks back: every product of the shown steps, and which word written looked at which word read."""

from collections.abc import Sequence

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.attention.look import Look
from rnn_cli.study.attention_rows import at, context_rows, largest_of, pair_parts, part_rows, score_row, softmax_rows
from rnn_cli.study.seq2seq import Decoded
from rnn_cli.study.shown import Choice
from rnn_cli.views import style
from rnn_cli.views.arithmetic import Arithmetic, Wording
from rnn_cli.views.clean import clean
from rnn_cli.views.heat import POSITIVE_STEPS, SHADES
from rnn_cli.views.itemised import brief
from rnn_cli.views.numbers import percent
from rnn_cli.views.page import Equations, Grid, Prose, blank, clip_middle, heading, line

MOST_STEPS = 2
MOST_WORDS = 12
MOST_UNITS = 2
MOST_COLUMNS = 40
MOST_ROWS = 40


def attention_part(decoded: Decoded, choice: Choice, digits: int, arithmetic: bool) -> list[RenderableType]:
    """All that is shown of the attention of a decoder; nothing of one without."""
    look = decoded.decoder.trace.look
    if look is None or decoded.encoder is None:
        return []
    score = look.memory.attention.score
    page: list[RenderableType] = [
        heading("Attention", f"score: {score.name}; h_t of the encoder, s_u of the decoder, which its tables call h"),
        Equations(
            f"{score.equation}     α_ut = softmax over t of e_ut     ctx_u = sum over t of α_ut h_t     "
            "s~_u = tanh(W_c [ctx_u; s_u] + b_c)"
        ),
        blank(),
    ]
    if arithmetic:
        page += _steps(decoded, look, choice, Wording(digits))
    return [*page, *alignment_part(decoded, choice)]


def _steps(decoded: Decoded, look: Look, choice: Choice, wording: Wording) -> list[RenderableType]:
    """The chosen steps, or the first and the last, written out."""
    every = [u for u in range(len(look.s)) if choice.steps is None or u + 1 in choice.steps]
    page: list[RenderableType] = []
    for u in every if choice.steps is not None else clip_middle(every, MOST_STEPS):
        if u is None:
            said = f"Steps {every[1] + 1} to {every[-2] + 1} look back the same way: --network decoder --steps 2"
            page += [line((said, style.FAINT), indent=2), blank()]
        else:
            page += _step(decoded, look, u, choice, wording)
    return page


def _step(decoded: Decoded, look: Look, u: int, choice: Choice, wording: Wording) -> list[RenderableType]:
    assert decoded.encoder is not None
    names, full = decoded.encoder.sequence.names, choice.units is not None
    units = [k for k in choice.units or range(1, MOST_UNITS + 1) if k <= look.s.shape[-1]]
    wide = [k for k in units if k <= look.ctx.shape[-1]]
    most = int(np.nan_to_num(look.alpha[0, u]).argmax())
    times = largest_of(look.alpha[0, u], MOST_WORDS)
    leads = [f'"{brief(names[t])}"' for t in times]
    wrote = clean(decoded.decoder.model.labels[decoded.targets[u]])
    page: list[RenderableType] = [
        line((f"Look back at step {u + 1}", style.HEADING), ("   to write ", style.FAINT), (f'"{wrote}"', style.WORD))
    ]
    made_of = pair_parts(look, u, most)
    if made_of:
        page.append(line((f'what is compared, here with "{brief(names[most])}"', style.FAINT), indent=2))
        page += [Arithmetic(list(part_rows(part, units, u, most)), wording, full) for part in made_of]
    page.append(line(("scores", style.FAINT), indent=2))
    page.append(Arithmetic([score_row(look, u, t, lead) for t, lead in zip(times, leads, strict=True)], wording, full))
    if len(times) < len(names):
        page.append(
            line((f"{len(names) - len(times)} more words, of smaller shares; the JSON has all", style.FAINT), indent=2)
        )
    page.append(
        line(
            (
                "shares: " + at("α_ut = e^(e_ut - the largest e) / sum_u", u, most).replace(f",{most + 1}", ",t"),
                style.FAINT,
            ),
            indent=2,
        )
    )
    page.append(Arithmetic(list(softmax_rows(look, u, times, leads)), wording, full))
    page.append(
        line(("context: the states that were read times their shares, the largest first", style.FAINT), indent=2)
    )
    page.append(Arithmetic(list(context_rows(look, wide, u)), wording, full))
    page.append(line(("what the readout reads", style.FAINT), indent=2))
    page.append(Arithmetic(list(part_rows(look.read_part(u), units, u)), wording, full))
    others = look.s.shape[-1] - len(units)
    if others and choice.units is None:
        page.append(
            line(
                (f"{others} more units worked out the same way: --network decoder --unit {units[-1] + 1}", style.FAINT),
                indent=2,
            )
        )
    return [*page, blank()]


def alignment_part(decoded: Decoded, choice: Choice | None = None) -> list[RenderableType]:
    """Which word written looked at which word read: a row for each word written, a column for each word read."""
    look = decoded.decoder.trace.look
    if look is None or decoded.encoder is None:
        return []
    names, labels = decoded.encoder.sequence.names, decoded.decoder.model.labels
    every = [u for u in range(len(look.s)) if choice is None or choice.steps is None or u + 1 in choice.steps]
    columns = largest_of(look.alpha[0, every].sum(axis=0), MOST_COLUMNS)
    rows: list[Sequence[str | Text]] = []
    for u in clip_middle(every, MOST_ROWS, tail=MOST_ROWS // 2):
        if u is None:
            rows.append(["…"])
            continue
        shares = look.alpha[0, u]
        most = int(np.nan_to_num(shares).argmax())
        top = f"{brief(names[most])} ({most + 1})"
        cells = [share_cell(float(shares[t])) for t in columns]
        rows.append([str(u + 1), brief(labels[decoded.targets[u]]), top, *cells])
    header = ["u", "written", "most at", *(brief(names[t]) for t in columns)]
    notes = []
    if len(columns) < len(names):
        notes.append(f"Columns are the {len(columns)} of {len(names)} words read that were looked at most.")
    if len(every) > MOST_ROWS + 1:
        notes.append("The rows between are left out.")
    if notes:
        notes.append("The JSON and --plot have all.")
    shades = f"{SHADES[0]} up to 25, {SHADES[1]} to 50, {SHADES[2]} to 75, {SHADES[3]} above; · is below 0.5. "
    adds = "" if len(columns) < len(names) else "A row adds up to 100."
    return [
        heading("Alignment", "the share of each word read (a column) in what is written (a row), in percent"),
        Grid(header, rows, frozen=3, align="><<>"),
        Prose(" ".join([(shades + adds).rstrip(), *notes]), " ", style=style.FAINT),
        blank(),
    ]


def share_cell(share: float) -> Text:
    """A share in percent, with its shade."""
    if not np.isfinite(share):
        return Text("!", style=style.WARNING)
    if share < 0.005:
        return Text("·", style=style.FAINT)
    shade = min(int(share * len(SHADES)), len(SHADES) - 1)
    return Text.assemble(f"{100 * share:.0f}", (SHADES[shade], POSITIVE_STEPS[shade]))


def looked_at_most(decoded: Decoded) -> str:
    """One sentence on the sharpest look; "" without attention."""
    look = decoded.decoder.trace.look
    if look is None or decoded.encoder is None or not np.isfinite(look.alpha).all():
        return ""
    u, t = (int(k) for k in np.unravel_index(look.alpha[0].argmax(), look.alpha[0].shape))
    word, read = decoded.decoder.model.labels[decoded.targets[u]], decoded.encoder.sequence.names[t]
    return (
        f'It looked back most sharply to write "{clean(word)}" (step {u + 1}): {percent(float(look.alpha[0, u, t]))} '
        f'at "{clean(read)}" (step {t + 1}).'
    )
