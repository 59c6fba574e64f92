"""The columns of a table that a task reads: by name, by number from 1, or detected."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport, columns_of
from rnn_cli.inputs.table import Row, read_table
from rnn_cli.reading import whole_number

TEXT_NAMES = ("text", "sentence", "review", "comment", "content", "message", "name", "title", "tweet", "question")
LABEL_NAMES = ("label", "class", "category", "sentiment", "target", "tag", "y", "language", "polarity", "intent")
CONDITION_NAMES = ("condition", *LABEL_NAMES)
SOURCE_NAMES = ("source", "src", "input", "from", "text")
TARGET_NAMES = ("target", "tgt", "output", "to", "translation")
ENOUGH_ROWS = 10


@dataclass(frozen=True)
class Role:
    """What a column is for.

    option     the command-line option that chooses it
    names      column names that mean it
    position   where it stands in a table without names: 0 first, -1 last
    repeats    its values come again and again (labels): one that does not, on line 1, is a column's name
    """

    option: str
    names: tuple[str, ...]
    position: int
    repeats: bool = False


def read_columns(
    name: str,
    roles: Sequence[Role],
    chosen: Sequence[str | None],
    header: bool | None,
    separator: str | None,
    report: ReadingReport,
) -> list[tuple[int, tuple[str, ...]]]:
    """The cells of each good row in the order of the roles, with the row's line.

    A row of another width than the first, or with an empty cell where one is needed, is bad. InputError where a
    chosen column does not exist, or several could be meant.
    """
    rows = list(read_table(name, report, separator))
    if not rows:
        return []
    if rows[0].names is not None:
        return _from_objects(name, roles, chosen, rows, report)
    places, named = _places(name, roles, chosen, rows, header)
    if named:
        report.note(f"{name}: line {rows[0].line} names the columns")
    good = []
    width = len(rows[0].cells)
    for row in rows[1:] if named else rows:
        if len(row.cells) != width:
            report.refuse(name, row.line, f"{columns_of(row.cells)}, expected {width}")
            continue
        cells = tuple(row.cells[place] for place in places)
        if _complete(name, row.line, roles, cells, report):
            good.append((row.line, cells))
    return good


def _complete(name: str, line: int, roles: Sequence[Role], cells: Sequence[str], report: ReadingReport) -> bool:
    for role, cell in zip(roles, cells, strict=True):
        if not cell:
            report.refuse(name, line, f"no {role.option}")
            return False
    return True


def _from_objects(
    name: str, roles: Sequence[Role], chosen: Sequence[str | None], rows: Sequence[Row], report: ReadingReport
) -> list[tuple[int, tuple[str, ...]]]:
    keys = []
    for role, choice in zip(roles, chosen, strict=True):
        found = choice or next((known for known in role.names if known in (rows[0].names or ())), None)
        if found is None:
            have = ", ".join(rows[0].names or ())
            raise InputError(
                f"{name}:{rows[0].line}: which key is the {role.option}? It has {have}: --{role.option} KEY"
            )
        keys.append(found)
    good = []
    for row in rows:
        cells = dict(zip(row.names or (), row.cells, strict=True))
        missing = next((key for key in keys if key not in cells), None)
        if missing is not None:
            report.refuse(name, row.line, f"no text under {missing!r}")
        elif _complete(name, row.line, roles, [cells[key] for key in keys], report):
            good.append((row.line, tuple(cells[key] for key in keys)))
    return good


def _places(
    name: str, roles: Sequence[Role], chosen: Sequence[str | None], rows: Sequence[Row], header: bool | None
) -> tuple[list[int], bool]:
    """The index of each role's column, and whether line 1 names the columns."""
    first = [cell.casefold() for cell in rows[0].cells]
    if len(first) < len(roles):
        raise InputError(
            f"{name}:{rows[0].line}: {len(first)} column, expected {len(roles)}: a tab between two columns"
        )
    by_name = any(choice is not None and whole_number(choice) is None for choice in chosen)
    if by_name and header is False:
        raise InputError("a column is chosen by name, but --no-header says that line 1 has no names")
    known = [next((first.index(n) for n in role.names if n in first), None) for role in roles]
    found = None not in known and len(set(known)) == len(known)
    places = []
    for role, choice, place in zip(roles, chosen, known, strict=True):
        if choice is not None:
            places.append(_chosen(name, rows[0], role, choice))
        elif found and place is not None and header is not False:
            places.append(place)
        elif len(first) > len(roles):
            raise InputError(
                f"{name}:{rows[0].line}: {len(first)} columns: choose one by name or number with --{role.option}"
            )
        else:
            places.append(role.position % len(first))
    if len(set(places)) != len(places):
        raise InputError(f"{name}: {' and '.join('--' + role.option for role in roles)} are the same column")
    if header is not None or by_name:
        return places, header is not False
    return places, found or any(role.repeats and _stands_alone(rows, p) for role, p in zip(roles, places, strict=True))


def _chosen(name: str, row: Row, role: Role, choice: str) -> int:
    number = whole_number(choice)
    if number is not None:
        if not 1 <= number <= len(row.cells):
            raise InputError(f"--{role.option} {choice}: {name} has columns 1 to {len(row.cells)}")
        return number - 1
    names = [cell.casefold() for cell in row.cells]
    if choice.casefold() not in names:
        raise InputError(f"--{role.option} {choice}: line {row.line} of {name} has {', '.join(row.cells)}")
    return names.index(choice.casefold())


def _stands_alone(rows: Sequence[Row], place: int) -> bool:
    """Whether line 1 has a label that no other line has, while every other label comes again."""
    labels = Counter(row.cells[place] for row in rows if len(row.cells) == len(rows[0].cells))
    own = labels.pop(rows[0].cells[place])
    return own == 1 and len(rows) >= ENOUGH_ROWS and len(labels) > 1 and min(labels.values()) > 1
