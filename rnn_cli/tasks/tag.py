"""tag: every word of a sentence gets a tag (many-to-many, same length).

Data: CoNLL-U, columns, word/tag pairs, or JSON; the words are those of the file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.embedding import NO_PART, side_by_side
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.errors import InputError
from rnn_cli.inputs.placed import Placed
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.tagged import Tagged, read_tagged
from rnn_cli.inputs.tokens import WORD
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.affixes import AFFIXES, learn_affixes
from rnn_cli.tasks.base import Needs
from rnn_cli.tasks.defaults import PATIENCE, Default, Rounds
from rnn_cli.tasks.options import COMMON, DataOptions, text_defaults, validation_fraction
from rnn_cli.tasks.order import bucketed
from rnn_cli.tasks.ragged import Ragged
from rnn_cli.tasks.rows import RowTask
from rnn_cli.tasks.truths import class_ids, within
from rnn_cli.tasks.vocabulary import ids, index_of, vocabulary_of
from rnn_cli.tasks.weights import class_weights


@dataclass(frozen=True, eq=False)
class Tags:
    """Sentences with a tag on each word: words and tags (N) of ids, weights (C,) what each tag counts for.

    The network can answer with the first C tags; `unlearnt` are the names of those from there on. `spellings` (N) number the
    different words, and `parts` (S, P) has the rows of the parts of each of those; None where words have no parts.
    """

    words: Ragged
    tags: Ragged
    weights: Array
    unlearnt: tuple[str, ...] = ()
    spellings: Ragged | None = None
    parts: Array | None = None

    def __len__(self) -> int:
        return len(self.words)

    def batches(self, epoch: int, seed: int, batch_size: int, shuffle: bool = True) -> list[Array]:
        """See Examples."""
        return bucketed([self.words.lengths], epoch, seed, batch_size, shuffle)

    def collate(self, indices: Array) -> Batch:
        """See Examples."""
        inputs, mask = self.words.padded(indices)
        tags, _ = self.tags.padded(indices)
        targets, truths = within(tags, len(self.weights))
        weights = np.where(mask, self.weights[targets], 0.0)
        parts = None
        if self.spellings is not None and self.parts is not None:
            parts = np.where(mask[..., None], self.parts[self.spellings.padded(indices)[0]], NO_PART)
        return Batch(inputs, self.words.lengths[indices], targets, weights, truths=truths, parts=parts)


class Tag(RowTask[Tagged]):
    """The task "tag". Words keep their capitals, which mark names, unless the options say otherwise."""

    name = "tag"
    example = "sentence"
    label, labels = "tag", "tags"
    simple_answers = "commonest_tag", "tag_of_word"
    run_defaults: ClassVar = {
        "epochs": Default(Rounds(10), "Ten rounds through large data, and enough updates on small ones."),
        "patience": PATIENCE,
        "hidden_size": Default(64, "A tag depends on the words close by."),
        "bidirectional": Default(True, "A word's tag depends on the words after it too."),
        "embedding_scale": Default(0.03, "A rare word keeps most of what its row begins with, and N(0, 1) is noise."),
    }
    data_defaults: ClassVar = {
        "level": Default(WORD, "The words are those of the file."),
        "word_parts": Default(AFFIXES, "Ends and beginnings tell the tag of a word that training did not have."),
    }
    shape = MANY_TO_MANY
    accepts = COMMON | {
        "lowercase", "column", "header", "delimiter", "min_count", "max_vocabulary", "deduplicate", "balanced",
        "word_parts",
    }  # fmt: skip

    def defaults(self, options: DataOptions) -> DataOptions:
        """See RowTask. The words are those of the file, so that no level is kept."""
        return replace(text_defaults(options, self.data_defaults), level=None)

    def settled(self, options: DataOptions, encoding: Encoding) -> DataOptions:
        """See RowTask. Without parts nothing is kept of them, as in files of earlier versions."""
        return replace(super().settled(options, encoding), word_parts=AFFIXES if encoding.parts else None)

    def needs(self, options: DataOptions, encoding: Encoding) -> Needs:
        """See RowTask."""
        if encoding.parts and options.word_parts != AFFIXES:
            raise ValueError(f"encoding has parts of words, and options.word_parts is {options.word_parts}")
        return super().needs(options, encoding)

    def read(
        self, data: Sequence[str], options: DataOptions, report: ReadingReport, known: Encoding | None
    ) -> list[Tagged]:
        """(words, tags) of the good sentences."""
        rows: list[Tagged] = []
        known_tags = set() if known is None else set(known.labels)
        for name in data:
            for line, (words, tags) in read_tagged(
                name, options.column, report, delimiter=options.delimiter, header=options.header
            ):
                for tag in tags if known is not None else ():
                    if tag not in known_tags:
                        report.unlearnt_label(name, line, tag)
                rows.append(Placed((words, tags), name, line))
        report.rows = len(rows)
        report.require(", ".join(data), "sentence with tags")
        report.check_share(", ".join(data))
        if known is None and len(rows) == 1 and validation_fraction(options):
            raise InputError(
                f"{', '.join(data)}: one sentence of {len(rows[0][0]):,} words, and none to hold out: an empty line ends "
                "a sentence;\n--validation 0 trains on the one"
            )
        if known is not None:
            every = (tag for _, tags in rows for tag in tags)
            report.require_learnt(", ".join(data), every, known.labels, "--column")
        return rows

    def words(self, rows: Sequence[Tagged], options: DataOptions) -> Iterator[list[str]]:
        """See RowTask."""
        return (spelt(words, bool(options.lowercase)) for words, _ in rows)

    def tokens(self, row: Tagged, encoding: Encoding) -> list[str]:
        """See RowTask."""
        return spelt(row[0], encoding.lowercase)

    def learn(self, train: Sequence[Tagged], rows: Sequence[Tagged], options: DataOptions) -> Encoding:
        """See RowTask."""
        lowercase = bool(options.lowercase)
        labels = tuple(sorted({tag for _, tags in rows for tag in tags}))
        vocabulary = vocabulary_of((spelt(words, lowercase) for words, _ in train), options)
        encoding = Encoding("token", lowercase, vocabulary, labels)
        if options.word_parts != AFFIXES:
            return encoding
        prefixes, suffixes = learn_affixes(word for words, _ in train for word in spelt(words, lowercase))
        return replace(encoding, prefixes=prefixes, suffixes=suffixes)

    def encode(self, rows: Sequence[Tagged], encoding: Encoding, balanced: bool = False) -> Tags:
        """See RowTask."""
        index, size = index_of(encoding.vocabulary), len(encoding.labels)
        words = Ragged(ids(self.tokens(row, encoding), index, encoding.unknown, row) for row in rows)
        found, unlearnt = class_ids([tag for _, tags in rows for tag in tags], encoding.labels)
        each = iter(found)
        tags = Ragged([next(each) for _ in tags] for _, tags in rows)
        weights = class_weights(tags.values, size) if balanced else np.ones(size)
        return Tags(words, tags, weights, unlearnt, *self._parts(rows, encoding))

    def _parts(self, rows: Sequence[Tagged], encoding: Encoding) -> tuple[Ragged, Array] | tuple[()]:
        """The number of each word's spelling, and the parts of each of those side by side; () where words have none."""
        if not encoding.parts:
            return ()
        number: dict[str, int] = {}
        spellings = Ragged(
            [number.setdefault(word, len(number)) for word in self.tokens(row, encoding)] for row in rows
        )
        return spellings, side_by_side([encoding.parts_of(word) for word in number])


def spelt(words: Sequence[str], lowercase: bool) -> list[str]:
    """The words as the vocabulary spells them."""
    return [word.lower() for word in words] if lowercase else list(words)
