"""Which column is what: chosen by the person, else by the columns' names, else by what the cells look like.

A label is a column whose cells come again and again; a text one whose cells do not. Where both could be either, the
person is asked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rnn_cli.errors import InputError
from rnn_cli.inputs.column_facts import ENOUGH_ROWS, Column, plain
from rnn_cli.inputs.delimited import shortened

TEXT_NAMES = (
    "text", "sentence", "review", "comment", "content", "message", "name", "title", "tweet", "question", "description",
    "body", "headline", "phrase", "utterance", "document", "sms", "reviewtext", "review_text", "comment_text",
    "sentence1", "sentence2", "question1", "question2", "premise", "hypothesis",
)  # fmt: skip
LABEL_NAMES = (
    "label", "class", "category", "sentiment", "target", "tag", "y", "language", "polarity", "intent", "labels", "rating",
    "stars", "score", "emotion", "genre", "topic",
)  # fmt: skip
CONDITION_NAMES = ("condition", *LABEL_NAMES)
SOURCE_NAMES = ("source", "src", "input", "from", "text")
TARGET_NAMES = ("target", "tgt", "trg", "output", "to", "translation")


@dataclass(frozen=True)
class Role:
    """What a column is for.

    option     the command-line option that chooses it
    names      column names that mean it, the plainest first
    position   where it stands in a table without names: 0 first, -1 last
    repeats    its values come again and again (labels)
    called     what the task calls it, where that is not the option's name
    """

    option: str
    names: tuple[str, ...]
    position: int
    repeats: bool = False
    called: str = ""

    @property
    def name(self) -> str:
        """What it is called in words and in documents."""
        return self.called or self.option


@dataclass(frozen=True)
class Choice:
    """The columns of the roles, and what decided: "chosen", "names", "content" or "position"."""

    places: tuple[int, ...]
    how: str


@dataclass(frozen=True)
class Table:
    """What is to be decided on: the columns of a file with their names, None without, its first row, where that is.

    `labels` are those that a label can have, where they are known: from a trained model, or from the files before.
    """

    where: str
    columns: Sequence[Column]
    names: Sequence[str] | None
    first: Sequence[str]
    labels: Collection[str] = ()

    def known(self, place: int) -> float:
        """How many of a column's cells are labels that are known, as a share."""
        column = self.columns[place]
        return sum(count for value, count in column.values.items() if value in self.labels) / max(column.rows, 1)

    def ask(self, why: str, roles: Sequence[Role]) -> InputError:
        """What to say where the person has to choose."""
        cells = self.names or range(1, len(self.first) + 1)
        row = ", ".join(
            f"{name or '(no name)'}: {shortened(cell, 24)}" for name, cell in zip(cells, self.first, strict=False)
        )
        options = " and ".join(f"--{role.option}" for role in roles)
        return InputError(f"{self.where}: {why}: choose with {options}, by name or number; the first row is\n{row}")


def choose(table: Table, roles: Sequence[Role], chosen: Sequence[int | None]) -> Choice:
    """The column of each role. InputError where they cannot be told, or what they seem to be is implausible."""
    places = list(chosen)
    how = "chosen"
    if None in places and table.names is not None:
        places = _by_names(table, roles, places)
        how = "names" if places != list(chosen) else how
    if None in places:
        places, how = _by_content(table, roles, places)
    found = tuple(place for place in places if place is not None)
    if len(set(found)) < len(roles):
        options = " and ".join(f"--{role.option}" for role in roles)
        raise InputError(f"{table.where}: {options} are the same column")
    _check_labels(table, roles, chosen, found)
    return Choice(found, how)


def hits_of(role: Role, names: Sequence[str]) -> list[int]:
    """The columns whose names mean a role, the plainest name first."""
    folded = [plain(name) for name in names]
    return [folded.index(name) for name in role.names if name in folded]


def _by_names(table: Table, roles: Sequence[Role], chosen: Sequence[int | None]) -> list[int | None]:
    """The columns that are named for a role. InputError where several are, and none by the plainest of all names."""
    assert table.names is not None
    places = list(chosen)
    for k, role in enumerate(roles):
        hits = [place for place in hits_of(role, table.names) if place not in places]
        if places[k] is not None or not hits:
            continue
        plainest = plain(table.names[hits[0]]) == role.names[0]
        rivals: list[int] = []
        if role.repeats:
            rivals = [place for place in hits[1:] if table.columns[place].repeats]
        elif any(one.repeats for one in roles):
            rivals = [p for p, column in enumerate(table.columns) if p not in (hits[0], *places) and _rival(column)]
        if rivals and not plainest and len(table.columns) > len(roles):
            shown = ", ".join(str(table.names[place]) for place in (hits[0], *rivals))
            raise table.ask(f"several columns may be the {role.name} ({shown})", [role])
        places[k] = hits[0]
    return places


def _rival(column: Column) -> bool:
    """Whether a column beside the one that is named for the text may be the text as well."""
    return column.text and column.words >= 3


def _by_content(table: Table, roles: Sequence[Role], chosen: Sequence[int | None]) -> tuple[list[int | None], str]:
    """The columns of the roles that are left, by what the cells look like."""
    places = list(chosen)
    left = [k for k, place in enumerate(places) if place is None]
    every = [p for p in range(len(table.columns)) if p not in places]
    free = [p for p in every if not (table.columns[p].empty or table.columns[p].id or table.columns[p].dates)]
    if len(free) < len(left):
        free = every
    if len(free) < len(left):
        count = len(table.columns)
        raise InputError(f"{table.where}: {count} column{'s' * (count > 1)}, expected {len(roles)}")
    if len(left) == 1:
        places[left[0]] = _only(table, roles[left[0]], free)
        return places, "content" if len(table.columns) > len(roles) else "position"
    if not any(role.repeats for role in roles):
        if len(free) > len(left):
            raise table.ask(f"{len(table.columns)} columns, of which {len(roles)} are wanted", roles)
        return list(free), "position" if len(table.columns) == len(roles) else "content"
    label = next(k for k in left if roles[k].repeats)
    text = next(k for k in left if not roles[k].repeats)
    if len(free) == 2:
        places[label], places[text], how = _one_of_two(table, roles, free, label)
        return places, how if len(table.columns) == len(roles) else "content"
    labels = [p for p in free if table.known(p) >= 0.5] or [p for p in free if table.columns[p].repeats]
    texts = [p for p in free if table.columns[p].text]
    if len(labels) != 1 or len(texts) != 1:
        raise table.ask(f"{len(table.columns)} columns, and it does not show which are meant", roles)
    places[label], places[text] = labels[0], texts[0]
    return places, "content"


def _only(table: Table, role: Role, free: Sequence[int]) -> int:
    """The column of the one role that is left."""
    if len(free) == 1:
        return free[0]
    if role.repeats:
        fits = [p for p in free if table.known(p) >= 0.5] or [p for p in free if table.columns[p].repeats]
    else:
        fits = [p for p in free if table.columns[p].text]
    if len(fits) != 1:
        raise table.ask(f"{len(table.columns)} columns, and it does not show which is the {role.name}", [role])
    return fits[0]


def _one_of_two(table: Table, roles: Sequence[Role], free: Sequence[int], label: int) -> tuple[int, int, str]:
    """(the label's column, the text's, what decided) of two columns."""
    usual = free[roles[label].position]
    other = free[0] if usual == free[1] else free[1]
    one, two = table.columns[usual], table.columns[other]
    known = table.known(usual), table.known(other)
    if max(known) >= 0.5:
        return (usual, other, "content") if known[0] >= known[1] else (other, usual, "content")
    if one.rows < ENOUGH_ROWS:
        swap = one.rows > 2 and one.distinct == one.rows and two.distinct <= one.rows / 2
    elif one.repeats != two.repeats:
        swap = two.repeats
    elif not one.repeats:
        if one.hardly_repeats and table.names is None:
            raise table.ask(
                f"neither column repeats as labels do ({one.distinct:,} and {two.distinct:,} different)", roles
            )
        swap = False
    elif 2 * min(one.distinct, two.distinct) <= max(one.distinct, two.distinct):
        swap = two.distinct < one.distinct
    elif one.numeric != two.numeric:
        swap = two.numeric
    elif max(one.words, two.words) >= 2 * min(one.words, two.words):
        swap = two.words < one.words
    else:
        raise table.ask("each of two columns repeats as labels do", roles)
    return (other, usual, "content") if swap else (usual, other, "position")


def _check_labels(table: Table, roles: Sequence[Role], chosen: Sequence[int | None], places: Sequence[int]) -> None:
    """InputError where labels that nobody chose hardly ever repeat."""
    for role, choice, place in zip(roles, chosen, places, strict=True):
        column = table.columns[place]
        if not role.repeats or choice is not None or column.rows < ENOUGH_ROWS or not column.hardly_repeats:
            continue
        if table.known(place) < 0.5:
            name = repr(table.names[place]) if table.names else f"column {place + 1}"
            raise table.ask(
                f"the {role.name} would be {name}, but its values hardly ever repeat ({column.distinct:,} in {column.rows:,} rows)",
                [role],
            )
