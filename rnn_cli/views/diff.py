"""The page of rnn diff: what differs between two models, what explains it, and where their numbers part."""

from collections.abc import Sequence as Series

from rich.console import RenderableType

from rnn_cli.models.model import Model
from rnn_cli.study.diff import OF_OPTIONS, SIZES, DiffResult, FirstDifference
from rnn_cli.study.mistakes.whole import Place
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, signed, told_apart
from rnn_cli.views.page import Grid, Prose, blank, following, head, heading, notice
from rnn_cli.views.parts import describe

MOST_ARRAYS = 40
MOST_SAID = 3


def diff_page(result: DiffResult, digits: int) -> list[RenderableType]:
    """Two models side by side."""
    words, what = f"a = {clean(result.names[0])}     b = {clean(result.names[1])}", f"tolerance {result.tolerance:.0e}"
    page: list[RenderableType] = [
        head(words, what),
        Prose(describe(result.a), "  a"),
        Prose(describe(result.b), "  b"),
        blank(),
    ]
    if result.settings:
        rows = [[name, clean(str(one)), clean(str(other))] for name, (one, other) in result.settings.items()]
        page += [heading("Settings that differ"), Grid(["", "a", "b"], rows, align="<<<"), blank()]
    page += _arrays(result, digits)
    if result.found:
        page.append(
            heading("What explains it", "done to a in this order, it gives the arrays of b that are named here")
        )
        for one in result.found:
            where = f", in {_places(one.arrays)}" if one.arrays else ""
            page.append(Prose(f"{one.mistake}: {one.says}{where}.", "  -"))
        page.append(blank())
    page += _first(result, digits)
    page.append(notice(_notice(result)))
    return [*page, *following(*_next(result))]


def _arrays(result: DiffResult, digits: int) -> list[RenderableType]:
    differ = [one for one in result.arrays if not one.equal]
    same = len(result.arrays) - len(differ)
    note = f"{count(same, 'array')} of {len(result.arrays)} equal at the tolerance, gate by gate"
    if not differ:
        return [heading("Arrays", note), blank()]
    rows = []
    for one in differ[:MOST_ARRAYS]:
        size = "not comparable" if one.max_difference is None else f"{one.max_difference:.{digits}g}"
        rows.append([one.name, size, ", ".join(one.explained_by) or "-"])
    page: list[RenderableType] = [heading("Arrays", note)]
    page.append(Grid(["differs", "largest difference", "explained by"], rows, align="<><"))
    if len(differ) > MOST_ARRAYS:
        page.append(Prose(f"{len(differ) - MOST_ARRAYS} more arrays differ; --json has all.", " ", style.FAINT))
    return [*page, blank()]


def _first(result: DiffResult, digits: int) -> list[RenderableType]:
    if not result.input:
        return [Prose("The two cannot read the same input, so that no numbers are compared."), blank()]
    one = result.first
    if result.equal:
        return []
    if one is None:
        return [
            heading("The first number that parts", result.input),
            Prose("No number of this run parts.", " "),
            blank(),
        ]
    a, b = told_apart(one.a, one.b, signed, digits)
    rows = [[_place(one), a, b]]
    return [heading("The first number that parts", result.input), Grid(["", "a", "b"], rows, align="<>"), blank()]


def _place(one: FirstDifference) -> str:
    at = "" if one.t is None else f"_{one.t}"
    run = "" if one.layer is None else f"   layer {one.layer}, {one.direction}"
    return f"{one.quantity}{at}[{one.unit}]{run}"


def _notice(result: DiffResult) -> str:
    a, b = (clean(name) for name in result.names)
    if result.equal and result.found:
        return f"{a} and {b} give the same answers: {result.found[0].says}."
    if result.equal:
        return f"{a} and {b} are the same network: no array differs by more than the tolerance."
    sizes = [name for name in result.settings if name in SIZES]
    if sizes:
        return f"{a} and {b} are not of one shape: they differ in {_some([name.replace('_', ' ') for name in sizes])}."
    beside = [name for name in result.settings if name not in OF_OPTIONS]
    if beside and all(one.equal for one in result.arrays) and not result.found:
        return f"{a} and {b} are one network, and answer otherwise: they differ in {_some(beside)}."
    also = f" They differ in {_some(beside)} too." if beside else ""
    if result.found and result.explained:
        said = "; ".join(one.says for one in result.found[:MOST_SAID])
        more = f"; and {len(result.found) - MOST_SAID} more" if len(result.found) > MOST_SAID else ""
        things = "One thing explains" if len(result.found) == 1 else f"{len(result.found)} things explain"
        where = "" if all(one.equal for one in result.arrays) else " in the arrays"
        return f"{things} all that differs{where}: {said}{more}.{also}"
    unexplained = sum(not one.equal and not one.explained_by for one in result.arrays)
    known = "No convention known here explains" if not result.found else "No convention known here explains the rest:"
    return f"{known} {count(unexplained, 'array')} that {'differs' if unexplained == 1 else 'differ'}.{also}"


def _places(arrays: Series[tuple[Place, str]]) -> str:
    """Arrays by the place where they stand: W_xi, W_xf of layer 0, forward."""
    names: dict[Place, list[str]] = {}
    for place, name in arrays:
        names.setdefault(place, []).append(clean(name))
    each = [
        _some(found) + ("" if place is None else f" of layer {place[0]}, {place[1]}") for place, found in names.items()
    ]
    return "; ".join(each[:4]) + (f"; and {len(each) - 4} more places" if len(each) > 4 else "")


def _some(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _next(result: DiffResult) -> list[tuple[str, str]]:
    def inspect(name: str, model: Model) -> tuple[str, str]:
        return command_line("inspect", name), "its arrays and conventions"

    return [inspect(result.names[0], result.a), inspect(result.names[1], result.b)]
