"""Tokens with ids, learnt from counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rnn_cli.errors import InputError
from rnn_cli.inputs.opening import called
from rnn_cli.inputs.placed import Placed
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.models.model import UNKNOWN
from rnn_cli.tasks.defaults import OF_DATA
from rnn_cli.tasks.options import BY_SIZE, DataOptions


def count_tokens(texts: Iterable[Sequence[str]]) -> Counter[str]:
    """How often each token occurs."""
    counts: Counter[str] = Counter()
    for tokens in texts:
        counts.update(tokens)
    return counts


def learn_vocabulary(
    counts: Mapping[str, int],
    min_count: int | None,
    max_vocabulary: int | None = None,
    special: Sequence[str] = (UNKNOWN,),
) -> tuple[str, ...]:
    """The special tokens, then the others, the most frequent first (ties in the order of their characters).

    A token that occurs fewer than `min_count` times is left out, and so are the rarest beyond `max_vocabulary`; both
    become <unk>. The special tokens count towards `max_vocabulary`. Where `min_count` is left open, a text that has
    <unk> already keeps all its tokens, and in another a token that occurs once becomes <unk>.
    """
    min_count = min_count or (1 if UNKNOWN in counts else 2)
    kept = [token for token, count in counts.items() if count >= min_count and token not in special]
    kept.sort(key=lambda token: (-counts[token], token))
    room = None if max_vocabulary is None else max(0, max_vocabulary - len(special))
    return (*special, *kept[:room])


def settle_min_count(
    options: DataOptions, counts: Mapping[str, int], files: Sequence[str], report: ReadingReport
) -> DataOptions:
    """The options with min_count settled where it is left to the size of the training part, which the report says.

    A text that has <unk> already keeps all its tokens.
    """
    if options.min_count != BY_SIZE:
        return options
    tokens, known = sum(counts.values()), UNKNOWN in counts
    least = 1 if known else OF_DATA["min_count"].value.of_tokens(tokens)
    if not known and least != OF_DATA["min_count"].value.start:
        for name in files:
            said = f"of {tokens:,} words those that occur fewer than {least} times become {UNKNOWN} (--min-count)"
            report.decide(called(name), "min_count", least, said)
    return replace(options, min_count=least)


def vocabulary_of(
    texts: Iterable[Sequence[str]], options: DataOptions, special: Sequence[str] = (UNKNOWN,)
) -> tuple[str, ...]:
    """The vocabulary of some texts, by the options' min_count and max_vocabulary."""
    return learn_vocabulary(count_tokens(texts), options.min_count, options.max_vocabulary, special)


def ids(tokens: Iterable[str], index: Mapping[str, int], unknown: str | None, row: object = None) -> list[int]:
    """The id of each token, that of `unknown` where it has none. InputError where that has none either; it says where
    the `row` stands, if it is Placed."""
    if unknown is not None:
        instead = index[unknown]
        return [index.get(token, instead) for token in tokens]
    tokens = list(tokens)
    strange = next((token for token in tokens if token not in index), None)
    if strange is not None:
        where = f"{row.file}:{row.line}: " if isinstance(row, Placed) else ""
        raise InputError(
            f"{where}the vocabulary lacks {strange!r}, and has no token that stands for unknown words, as <unk>"
        )
    return [index[token] for token in tokens]


def index_of(vocabulary: Sequence[str]) -> dict[str, int]:
    """token -> id."""
    return {token: k for k, token in enumerate(vocabulary)}
