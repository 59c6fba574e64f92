"""The gradient's path in brief, above its whole page: the verdict, why it is so, the rows that matter, the units of the step that are flat."""

from math import log

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from rnn_cli.core.gradients.flow import LITTLE, FlowRow, flatness, saturation
from rnn_cli.core.gradients.verdict import verdict_of
from rnn_cli.explore.draw.text import line, word, wrapped
from rnn_cli.explore.session import Session
from rnn_cli.study.gradient_path import GradientPath
from rnn_cli.views import style
from rnn_cli.views.gradients_verdict import VERDICT_STYLES, error_symbol, lost, reasons, state
from rnn_cli.views.logs import of_any_size
from rnn_cli.views.numbers import count, percent

FEWEST_ROWS, MOST_ROWS = 3, 12
MOST_LINES = 4
"""Of one reason; one that is longer or has no room beside the rows stands at the end of the page alone, and is never cut."""
LONGEST_WORD = 14
MORE = ", …"
LN10 = log(10)


def path_in_brief(session: Session, width: int, height: int) -> list[Text]:
    """The verdict and its reasons, rows of the table, and what is saturated: in so many lines, where that is possible."""
    path = session.path
    if path.flow.final.k == 0:
        return _flat_units(session, width)
    final, s = path.flow.final, state(path)
    verdict = verdict_of(final.log_norm)
    product = f"‖∂{s}_{path.from_t}/∂{s}_{path.to_t(final.k)}‖, the product of {count(final.k, 'Jacobian')}, is"
    said = f"{verdict}: {product} {of_any_size(final.log_norm / LN10, session.digits)}"
    above = [line((one, VERDICT_STYLES.get(verdict, "")), width=width) for one in wrapped(said, width, 3)]
    below = [line(one, width=width) for one in wrapped(lost(path), width, 4) if one]
    below += _flat_units(session, width)
    spare = height - len(above) - len(below) - FEWEST_ROWS - 2
    for reason in reasons(path, session.digits):
        rows = wrapped(reason, width, MOST_LINES + 1)
        if len(rows) <= min(spare, MOST_LINES):
            above += [line(one, width=width) for one in rows]
            spare -= len(rows)
    above += below
    return [*above, *_table(session, path, width, height - len(above) - 1)]


def _table(session: Session, path: GradientPath, width: int, room: int) -> list[Text]:
    """The rows that matter, from the last step back."""
    between = all(path.to_t(row.k) != session.cursor.t for row in path.flow.rows)
    rows = _chosen(path, session.cursor.t, min(max(room - between, FEWEST_ROWS), MOST_ROWS))
    s, signal = state(path), path.flow.signal
    heads = [f"‖∂{s}_{path.from_t}/∂{s}_t‖", *[error_symbol(path)] * (rows[0].log_error is not None)]
    sizes = [max(cell_len(one), 9) for one in heads]
    steps = max(len(str(path.flow.length)), 1)
    name = max(min(width - steps - 4 - sum(sizes) - 2 * len(sizes), LONGEST_WORD), 4)
    titles = "".join(f"  {one:>{size}}" for one, size in zip(heads, sizes, strict=True))
    lines = [line((f"  {'t':>{steps}} {'':{name}}{titles}", style.WORD), width=width)]
    for row in rows:
        t = path.to_t(row.k)
        logs = [row.log_norm, *([] if row.log_error is None else [row.log_error])]
        values = (of_any_size(one / LN10, session.digits) for one in logs)
        cells = "".join(f"  {one:>{size}}" for one, size in zip(values, sizes, strict=True))
        here = t == session.cursor.t
        carried = row.log_norm if path.flow.by_loss is None or row.log_error is None else row.log_error
        little = f"  under {100 * LITTLE:g}%" if carried < signal.start + log(LITTLE) else ""
        start = f"{'›' if here else ' '} {t:>{steps}} "
        words = word(path.word(row.k), name)
        fits = cell_len(start + words + cells + little) <= width
        lines.append(
            line((start + words, style.WORD if here else ""), cells, (little * fits, style.WARNING), width=width)
        )
    near = path.to_t(min(path.flow.rows, key=lambda row: abs(path.to_t(row.k) - session.cursor.t)).k)
    said = f"› step {session.cursor.t:,} lies between rows that were computed; the nearest is {near:,}"
    return [*lines, *[line((said, style.FAINT), width=width)] * between]


def _chosen(path: GradientPath, t: int, room: int) -> list[FlowRow]:
    """All rows, or where they have no room the first two, that of step t, the first under LITTLE, the longest; then others."""
    rows = path.flow.rows
    if len(rows) <= room:
        return list(rows)
    here = min(rows, key=lambda row: abs(path.to_t(row.k) - t))
    under = path.flow.signal.under
    dies = [] if under is None else [next((row for row in rows if row.k >= under), rows[-1])]
    spread = [rows[round(k)] for k in np.linspace(0, len(rows) - 1, room)]
    wanted = list({row.k: row for row in (here, *dies, rows[0], rows[-1], rows[1], *spread)}.values())[:room]
    return sorted(wanted, key=lambda row: row.k)


def _flat_units(session: Session, width: int) -> list[Text]:
    """The units of the cursor's step whose activations are flattest; of several gates the flattest too."""
    cursor = session.cursor
    step = session.world.trace.at(cursor.layer, cursor.direction, cursor.t)
    gates = flatness(step)
    each = np.mean(list(gates.values()), axis=0)
    said = f"saturated at step {cursor.t:,}: {percent(saturation(step))}"
    ranked = np.argsort(-each, kind="stable")
    for k in ranked:
        flattest = max(gates, key=lambda gate: float(gates[gate][k]))
        of = f" ({flattest} {percent(float(gates[flattest][k]))})" if len(gates) > 1 else ""
        longer = f"{said}{' · most: ' if k == ranked[0] else ', '}unit {k + 1} {percent(float(each[k]))}{of}"
        if k != ranked[0] and cell_len(longer) + len(MORE) * (k != ranked[-1]) > width:
            said += MORE
            break
        said = longer
    return [line((one, style.WORD), width=width) for one in wrapped(said, width, 2)]
