"""Whether line 1 of a table names the columns."""

from collections import Counter
from collections.abc import Collection, Sequence

from rnn_cli.inputs.column_facts import ENOUGH_ROWS, Column, plain
from rnn_cli.inputs.roles import Role, hits_of

LANGUAGES = frozenset({
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "ga", "he", "hi", "hr", "hu", "id", "is",
    "it", "ja", "ko", "la", "lt", "lv", "nb", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "ta", "tr",
    "uk", "ur", "vi", "zh", "arabic", "chinese", "czech", "dutch", "english", "finnish", "french", "german", "greek",
    "hebrew", "hindi", "hungarian", "italian", "japanese", "korean", "polish", "portuguese", "russian", "spanish",
    "swedish", "turkish", "ukrainian", "vietnamese",
})  # fmt: skip
"""What the columns of translations are called."""


def names_columns(rows: Sequence[Sequence[str]], roles: Sequence[Role], labels: Collection[str] = ()) -> bool:
    """Whether the first row names the columns: it has names that mean a role, or cells unlike all below them.

    `labels` are those that are known already: where all rows have one but the first, it is no row.
    """
    first = [plain(cell) for cell in rows[0]]
    hits = [hits_of(role, first) for role in roles]
    if all(hits) and len({hit[0] for hit in hits}) == len(roles):
        return True
    body = [row for row in rows[1:] if len(row) == len(first)]
    if len(set(first)) < len(first) or len(body) < 2 or not any(first):
        return False
    if not any(role.repeats for role in roles) and all(cell in LANGUAGES for cell in first):
        return True
    columns = [Column([row[k] for row in body]) for k in range(len(first))]
    if any(column.values[cell] for column, cell in zip(columns, rows[0], strict=True)):
        return False  # what comes again below is no name
    return (
        any(hits)
        or any(labels and all(value in labels for value in column.values) for column in columns)
        or any(_unlike(column, cell) for column, cell in zip(columns, rows[0], strict=True))
        or (any(role.repeats for role in roles) and _alone(columns, rows[0]))
    )


def _unlike(column: Column, cell: str) -> bool:
    """Whether a cell is a word where all others in its column are numbers or dates."""
    if not cell:
        return False
    other = Column([cell])
    return (column.numeric and not other.numeric) or (column.dates and not other.dates)


def _alone(columns: Sequence[Column], first: Sequence[str]) -> bool:
    """Whether the first row has a label that no other has while every other label comes again, or a text of one word."""
    labels = [k for k, column in enumerate(columns) if column.repeats]
    if not labels or columns[0].rows < ENOUGH_ROWS - 1:
        return False
    if any(min(columns[k].values.values()) > 1 and columns[k].distinct > 1 for k in labels):
        return True
    texts = [k for k, column in enumerate(columns) if column.text]
    return bool(texts) and all(_one_word(first[k]) and _several_words(columns[k].values) for k in texts)


def _one_word(cell: str) -> bool:
    return len(cell.split()) == 1


def _several_words(values: Counter[str]) -> bool:
    several = sum(count for value, count in values.items() if not _one_word(value))
    return several >= 0.9 * values.total()
