"""translate: a text becomes another text, of its own length (encoder-decoder).

Data: a table with source and target (tab-separated, CSV, JSON lines), or lines with a separator between the two.
"""

from collections.abc import Sequence
from typing import ClassVar

from rnn_cli.inputs.columns import SOURCE_NAMES, TARGET_NAMES, Role, read_columns
from rnn_cli.inputs.placed import Placed
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.tokens import CHARACTER, tokenize
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.fit import WRITTEN
from rnn_cli.tasks.base import ENCODER_DECODER
from rnn_cli.tasks.options import COMMON, DataOptions, text_defaults
from rnn_cli.tasks.pairs import Pairs, written
from rnn_cli.tasks.ragged import Ragged
from rnn_cli.tasks.rows import RowTask
from rnn_cli.tasks.vocabulary import ids, index_of, vocabulary_of

ROLES = (Role("text", SOURCE_NAMES, 0), Role("label", TARGET_NAMES, 1))

Pair = tuple[str, str]


class Translate(RowTask[Pair]):
    """The task "translate", by characters unless the options say otherwise."""

    name = "translate"
    run_defaults: ClassVar = {"epochs": 30, "hidden_size": 64, "bidirectional": True, "learning_rate": 0.003}
    shape = ENCODER_DECODER
    accepts = COMMON | {
        "level", "lowercase", "text", "label", "header", "separator", "min_count", "max_vocabulary", "deduplicate",
    }  # fmt: skip

    def defaults(self, options: DataOptions) -> DataOptions:
        """See RowTask."""
        return text_defaults(options, CHARACTER)

    def read(
        self, data: Sequence[str], options: DataOptions, report: ReadingReport, known: Encoding | None
    ) -> list[Pair]:
        """(source, target) of the good rows."""
        rows: list[Pair] = []
        for name in data:
            chosen = (options.text, options.label)
            for line, cells in read_columns(name, ROLES, chosen, options.header, options.separator, report):
                rows.append(Placed(cells, name, line))
        report.rows = len(rows)
        report.require(", ".join(data), "row with a source and a target")
        return rows

    def texts(self, rows: Sequence[Pair]) -> list[str]:
        """See RowTask."""
        return [text for pair in rows for text in pair]

    def learn(self, train: Sequence[Pair], rows: Sequence[Pair], options: DataOptions) -> Encoding:
        """See RowTask. The labels are the tokens that the training part writes, after <unk>, <bos> and <eos>."""
        level, lowercase = options.level or CHARACTER, bool(options.lowercase)
        read = vocabulary_of((tokenize(source, level, lowercase) for source, _ in train), options)
        write = vocabulary_of((tokenize(target, level, lowercase) for _, target in train), options, WRITTEN)
        return Encoding(level, lowercase, read, write)

    def encode(self, rows: Sequence[Pair], encoding: Encoding, balanced: bool = False) -> Pairs:
        """See RowTask."""
        read, write = index_of(encoding.vocabulary), index_of(encoding.labels)
        level, lowercase = encoding.level, encoding.lowercase
        return Pairs(
            Ragged(ids(tokenize(source, level, lowercase), read) for source, _ in rows),
            Ragged(written(ids(tokenize(target, level, lowercase), write)) for _, target in rows),
        )
