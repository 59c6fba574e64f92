"""Tagged files with a sentence a line: word/tag pairs with blanks between them, or the words, a tab, and the tags."""

from collections.abc import Iterator, Sequence

from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.tagged_parts import Lines, Tagged

JOINS = ("/", "|", "_", "\\", "#")
"""What stands between a word and its tag; a word may hold it too, for the last one counts."""
SIDES = ("\t", " ||| ", "###")
"""What stands between the words of a sentence and its tags."""
BRACKETS = frozenset("[]")
"""Around the phrases of the Penn Treebank's tagged files: no words."""
MOST = 0.9


def join_of(lines: Sequence[str]) -> str | None:
    """What joins a word and its tag in most lines; None where they have no such pairs, or one a line."""
    runs = [[run for run in line.split() if run not in BRACKETS] for line in lines]
    if sum(map(len, runs)) < 1.5 * len(runs):
        return None
    for join in JOINS:
        if sum(bool(line) and all(_pair(run, join) for run in line) for line in runs) >= MOST * len(runs):
            return join
    return None


def sides_of(lines: Sequence[str]) -> str | None:
    """What stands between words and tags in most lines, as many on either side; None where no sentence is a line."""
    for side in SIDES:
        both = [[part.split() for part in line.split(side)] for line in lines if side in line]
        fitting = [parts for parts in both if len(parts) == 2 and len(parts[0]) == len(parts[1])]
        if len(fitting) >= MOST * len(lines) and any(len(parts[0]) > 1 for parts in fitting):
            return side
    return None


def read_pairs(name: str, lines: Lines, join: str, report: ReadingReport) -> Iterator[tuple[int, Tagged]]:
    """Each good line as a sentence."""
    report.decide(name, "kind", "pairs", f"a sentence a line, of pairs word{join}tag")
    for number, line in lines:
        runs = [run for run in line.split() if run not in BRACKETS]
        pairs = [_pair(run, join) for run in runs]
        good = [pair for pair in pairs if pair is not None]
        if len(good) < len(runs):
            strange = runs[pairs.index(None)]
            report.refuse(name, number, f"{strange!r} has no tag", kind=f"a word without {join} and a tag")
        elif good:
            words, tags = zip(*good, strict=True)
            yield number, (words, tags)


def read_sides(name: str, lines: Lines, side: str, report: ReadingReport) -> Iterator[tuple[int, Tagged]]:
    """Each good line as a sentence."""
    between = {"\t": "a tab"}.get(side, side.strip())
    report.decide(name, "kind", "sides", f"a sentence a line: its words, {between}, its tags")
    for number, line in lines:
        if not line.strip():
            continue
        words, _, tags = line.partition(side)
        sentence = tuple(words.split()), tuple(tags.split())
        if len(sentence[0]) != len(sentence[1]) or not sentence[0]:
            reason = f"{len(sentence[0])} words, but {len(sentence[1])} tags"
            report.refuse(name, number, reason, kind="not as many tags as words")
        else:
            yield number, sentence


def _pair(run: str, join: str) -> tuple[str, str] | None:
    """The word and the tag; None where one of them is missing."""
    word, _, tag = run.rpartition(join)
    return (word, tag) if word and tag else None
