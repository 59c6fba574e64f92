"""The columns of a table that a task reads, row by row."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from rnn_cli.errors import InputError
from rnn_cli.inputs.column_facts import Column, plain
from rnn_cli.inputs.header import names_columns
from rnn_cli.inputs.reading_report import ReadingReport, columns_of
from rnn_cli.inputs.roles import Choice, Role, Table, choose, hits_of
from rnn_cli.inputs.table import Row, read_table
from rnn_cli.reading import whole_number

SUMMARY = re.compile(
    r"(?:total|sum|count|average|mean|rows|records|end|source|note)s?\b.*|\(\d[\d,]* rows?\)", re.IGNORECASE
)

Good = list[tuple[int, tuple[str, ...]]]
"""The line of each good row, and its cells in the order of the roles."""


def read_columns(
    name: str,
    roles: Sequence[Role],
    chosen: Sequence[str | None],
    header: bool | None,
    separator: str | None,
    report: ReadingReport,
    *,
    delimiter: str | None = None,
    quotes: bool | None = None,
    labels: Collection[str] = (),
) -> Good:
    """The cells of each good row in the order of the roles, with the row's line.

    A row with too few or too many cells, or with an empty cell where one is needed, is bad. `labels` are those that are
    known already. InputError where a chosen column does not exist, or it cannot be told which one is meant.
    """
    ragged = any(role.repeats for role in roles)
    rows: Sequence[Row] = list(read_table(name, report, separator, delimiter, quotes, ragged=ragged))
    if not rows:
        return []
    if rows[0].names is not None:
        return _from_objects(name, roles, chosen, rows, report, labels)
    rows = _trimmed(_without_frame(name, rows, roles, report), name, report)
    by_name = any(choice is not None and whole_number(choice) is None for choice in chosen)
    if by_name and header is False:
        raise InputError("a column is chosen by name, but --no-header says that line 1 has no names")
    named = header if header is not None else by_name or names_columns([row.cells for row in rows], roles, labels)
    width = _usual_width(rows)
    names = _names(rows, width) if named else None
    if header is None:
        report.decide(name, "header", named, "" if named else "no header (--header)")
        if named:
            report.note(f"{name}: line {rows[0].line} names the columns")
    body = rows[1:] if named else rows
    width = len(names) if names else width
    columns = [[row.cells[k] for row in body if len(row.cells) == width] for k in range(width)]
    table = Table(
        f"{name}:{body[0].line if body else rows[0].line}",
        [Column(cells, names[k] if names else None) for k, cells in enumerate(columns)],
        names,
        body[0].cells if body else rows[0].cells,
        labels,
    )
    places = [
        None if one is None else _chosen(name, rows[0], role, one, names, width)
        for role, one in zip(roles, chosen, strict=True)
    ]
    choice = choose(table, roles, places)
    _say(name, roles, choice, table, report)
    return _good_rows(name, roles, choice, table, body, report)


def _good_rows(
    name: str,
    roles: Sequence[Role],
    choice: Choice,
    table: Table,
    body: Sequence[Row],
    report: ReadingReport,
) -> Good:
    """The good rows; where a row has more cells than there are columns, the text may hold the delimiter."""
    good: Good = []
    joined = 0
    width = len(table.columns)
    text = next((place for role, place in zip(roles, choice.places, strict=True) if not role.repeats), None)
    label = next((place for role, place in zip(roles, choice.places, strict=True) if role.repeats), None)
    for row in body:
        cells: Sequence[str] = row.cells
        if len(cells) > width and row.sign and text is not None and label is not None:
            parts, more = row.parts or cells, len(cells) - width
            whole = (*parts[:text], row.sign.join(parts[text : text + more + 1]), *parts[text + more + 1 :])
            if table.columns[label].repeats and whole[label].strip() in table.columns[label].values:
                cells = tuple(cell.strip() for cell in whole)
                joined += 1
        if len(cells) != width:
            report.refuse(name, row.line, f"{columns_of(cells)}, expected {width}")
            continue
        wanted = tuple(cells[place] for place in choice.places)
        if _complete(name, row.line, roles, wanted, report):
            good.append((row.line, wanted))
    if joined:
        words = f"rows whose text holds the delimiter, cut beside the label: {joined:,}"
        report.decide(name, "joined", joined, words)
    return good


def _complete(name: str, line: int, roles: Sequence[Role], cells: Sequence[str], report: ReadingReport) -> bool:
    for role, cell in zip(roles, cells, strict=True):
        if not cell:
            report.refuse(name, line, f"no {role.name}")
            return False
    return True


def _from_objects(
    name: str,
    roles: Sequence[Role],
    chosen: Sequence[str | None],
    rows: Sequence[Row],
    report: ReadingReport,
    labels: Collection[str],
) -> Good:
    """The rows of JSON objects: their keys are the columns."""
    names = list(dict.fromkeys(key for row in rows for key in row.names or ()))
    lists = {row.line for row in rows if row.names is None}
    objects = [(row.line, dict(zip(row.names or (), row.cells, strict=False))) for row in rows]
    if len(names) < len(roles) and (lost := report.read.get(name, {}).get("lists")):
        raise InputError(
            f"{name}:{rows[0].line}: {lost[0]!r} holds lists, which are no cells: write each as one string"
        )
    columns = [Column([cells.get(key, "") for _, cells in objects], key) for key in names]
    table = Table(f"{name}:{rows[0].line}", columns, names, [objects[0][1].get(key, "") for key in names], labels)
    places = [None if one is None else _key(name, role, one, names) for role, one in zip(roles, chosen, strict=True)]
    choice = choose(table, roles, places)
    _say(name, roles, choice, table, report)
    keys = [names[place] for place in choice.places]
    good: Good = []
    for line, cells in objects:
        missing = next((key for key in keys if key not in cells), None)
        if line in lists:
            report.refuse(name, line, "not a JSON object")
        elif missing is not None:
            report.refuse(name, line, f"no text under {missing!r}")
        elif _complete(name, line, roles, [cells[key] for key in keys], report):
            good.append((line, tuple(cells[key] for key in keys)))
    return good


def _key(name: str, role: Role, choice: str, names: Sequence[str]) -> int:
    if choice in names:
        return names.index(choice)
    number = whole_number(choice)
    if number is not None and 1 <= number <= len(names):
        return number - 1
    raise InputError(f"--{role.option} {choice}: {name} has {', '.join(names)}")


def _chosen(name: str, row: Row, role: Role, choice: str, names: Sequence[str] | None, width: int) -> int:
    number = whole_number(choice)
    if number is not None:
        if not 1 <= number <= width:
            raise InputError(f"--{role.option} {choice}: {name} has columns 1 to {width}")
        return number - 1
    folded = [plain(cell) for cell in names or ()]
    if plain(choice) not in folded:
        raise InputError(f"--{role.option} {choice}: line {row.line} of {name} has {', '.join(row.cells)}")
    return folded.index(plain(choice))


def _usual_width(rows: Sequence[Row]) -> int:
    """The number of cells that most rows have; of two that are as common, the first."""
    return Counter(len(row.cells) for row in rows).most_common(1)[0][0]


def _names(rows: Sequence[Row], width: int) -> list[str]:
    """The names in line 1. A first column without a name numbers the rows, as R writes them."""
    names = list(rows[0].cells)
    numbers = [whole_number(row.cells[0]) for row in rows[1:] if len(row.cells) == width]
    return ["", *names] if len(names) == width - 1 and None not in numbers else names


def _trimmed(rows: Sequence[Row], name: str, report: ReadingReport) -> Sequence[Row]:
    """The rows without the columns at the end that have no name and hold next to nothing, as spreadsheets leave them."""
    width = _usual_width(rows)
    body = [row.cells for row in rows[1:] or rows if len(row.cells) == width]
    used = width
    while used > 2 and not any(rows[0].cells[used - 1 :]) and Column([cells[used - 1] for cells in body]).empty:
        used -= 1
    if used == width:
        return rows
    report.decide(name, "empty_columns", width - used, f"empty columns at the end left out: {width - used}")
    return [replace(row, cells=row.cells[:used]) if not any(row.cells[used:]) else row for row in rows]


def _without_frame(name: str, rows: Sequence[Row], roles: Sequence[Role], report: ReadingReport) -> Sequence[Row]:
    """The rows without comments, a title before them and a sum behind them: lines of one cell where others have more."""
    width = _usual_width(rows)
    if width < 2 or len(rows) < 3:
        return rows
    skipped = [
        row for row in rows if row.cells[0].startswith("#") and len(row.cells) != width and not _all_named(row, roles)
    ]
    kept = [row for row in rows if row not in skipped] if skipped else rows
    while len(kept) > 2 and len(kept[0].cells) == 1:
        skipped.append(kept[0])
        kept = kept[1:]
    last = kept[-1]
    filled = [cell for cell in last.cells if cell]
    if SUMMARY.fullmatch(last.cells[0]) and (len(last.cells) == 1 or len(filled) == 1):
        skipped.append(last)
        kept = kept[:-1]
    if skipped:
        lines = sorted(row.line for row in skipped)
        shown = ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
        words = f"line{'s' * (len(lines) > 1)} {shown} skipped: a title, a comment or a sum, no row"
        report.decide(name, "skipped", lines, words)
    return kept


def _all_named(row: Row, roles: Sequence[Role]) -> bool:
    return all(hits_of(role, row.cells) for role in roles)


def _say(name: str, roles: Sequence[Role], choice: Choice, table: Table, report: ReadingReport) -> None:
    """Note which column is what; nothing is said in words where the person chose."""
    words = []
    for role, place in zip(roles, choice.places, strict=True):
        shown = f'"{table.names[place]}"' if table.names else f"column {place + 1}"
        report.decide(name, role.name, table.names[place] if table.names and table.names[place] else place + 1)
        repeats = f" ({table.columns[place].distinct:,} different)" if role.repeats else ""
        words.append(f"{role.name} in {shown}{repeats}")
    if choice.how != "chosen":
        options = ", ".join(f"--{role.option}" for role in roles)
        report.decide(name, "columns", choice.how, f"{', '.join(words)} ({options})")
