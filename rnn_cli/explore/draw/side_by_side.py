"""The cells side by side along the sentence: the product of the Jacobians, saturation, and what the gates keep."""

from collections.abc import Callable

from rich.text import Text

from rnn_cli.explore.beside import Column, columns
from rnn_cli.explore.draw.text import line, word, wrapped
from rnn_cli.explore.session import Session
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.logs import of_any_size

STEP, CELL = 15, 10
DIGITS = 3


def side_by_side(session: Session, width: int) -> list[Text]:
    """All lines: three tables with a row a step and a column a cell."""
    cursor = session.cursor
    found = columns(session.world, cursor.layer, cursor.direction, session.path)
    paths = [one for one in found if one.path is not None]
    rows = [line((one, style.FAINT), width=width) for one in wrapped(_whose(session, found), width, 4)]
    steps = sorted(set.union(*(set(one.norms) for one in paths)))
    last = session.path.from_t
    joint = [one.cell for one in paths if one.path is not None and one.path.flow.joint]
    carried = f"; s is all that a cell carries: of {', '.join(joint)} more than h" if joint else ""

    def norm(column: Column, t: int) -> str:
        return of_any_size(column.norms[t], DIGITS) if t in column.norms else ""

    def saturation(column: Column, t: int) -> str:
        return f"{column.saturations[t]:.{DIGITS}f}" if t in column.saturations else ""

    def kept(column: Column, t: int) -> str:
        share = column.kept(t) if t else None
        return "" if share is None else f"{share:.{DIGITS}f}"

    gates = [
        f"{one.cell} {one.world.model.network.cell.path_symbol}" for one in found if one.world.model.network.cell.keeps
    ]
    tables: list[tuple[str, Callable[[Column, int], str], list[int]]] = [
        (f"‖∂s_{last}/∂s_t‖, what is left of the gradient from step {last}{carried}", norm, steps),
        ("saturation of step t: 0, all activations at their steepest, to 1", saturation, [t for t in steps if t]),
        (
            f"what the gates keep of the state before, mean over units: {', '.join(gates)}",
            kept,
            [t for t in steps if t],
        ),
    ]
    for title, text, times in tables:
        rows += [line((one, style.HEADING), width=width) for one in wrapped(title, width, 2)]
        heads = [(f"{one.cell + '*' * one.own:>{CELL}}", style.WORD) for one in found]
        rows.append(line(" " * STEP, *heads, width=width))
        for t in times:
            name = "start" if t == 0 else session.world.sequence.names[t - 1]
            shade = style.WORD if t == cursor.t else ""
            cells = [(f"{_shown(one, text, t):>{CELL}}", style.WORD if one.own else "") for one in found]
            rows.append(line((f"{t:>4} {word(name, STEP - 6)} ", shade), *cells, width=width))
    return rows


def _shown(column: Column, text: Callable[[Column, int], str], t: int) -> str:
    return "not finite" if column.path is None else text(column, t)


def _whose(session: Session, found: list[Column]) -> str:
    """Which network is the person's, and what is random."""
    world = session.world
    own = next(one for one in found if one.own)
    seed = f"random weights from seed {world.seed}, of the same sizes, on the same vectors"
    if world.model.origin == "random" and not world.edited:
        return f"all with {seed}; * is the one of the map"
    return f"* {own.cell}: {clean(world.model.name)}{', as edited' * world.edited}; the others: {seed}"
