"""translate: a text becomes another text, of its own length (encoder-decoder).

Data: a table with source and target (with tabs or commas, JSON), lines with a separator between the two, or two files
side by side.
"""

from collections.abc import Sequence
from typing import ClassVar

from rnn_cli.errors import InputError
from rnn_cli.inputs.columns import read_columns
from rnn_cli.inputs.cut import cut
from rnn_cli.inputs.parallel import read_parallel
from rnn_cli.inputs.placed import Placed
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.roles import SOURCE_NAMES, TARGET_NAMES, Role
from rnn_cli.inputs.tokens import CHARACTER, tokenize
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.fit import WRITTEN
from rnn_cli.tasks.base import ENCODER_DECODER
from rnn_cli.tasks.defaults import LAST, Default, Rounds
from rnn_cli.tasks.options import COMMON, TABLE, DataOptions, text_defaults
from rnn_cli.tasks.pairs import Pairs, written
from rnn_cli.tasks.ragged import Ragged
from rnn_cli.tasks.rows import RowTask
from rnn_cli.tasks.vocabulary import ids, index_of, vocabulary_of

ROLES = (Role("text", SOURCE_NAMES, 0, called="source"), Role("label", TARGET_NAMES, 1, called="target"))

Pair = tuple[str, str]


class Translate(RowTask[Pair]):
    """The task "translate", by characters unless the options say otherwise."""

    name = "translate"
    writes = True
    example = "pair"
    simple_answers = "even_guess", "unigram", "copied_source", "source_length", "commonest_target"
    run_defaults: ClassVar = {
        "epochs": Default(Rounds(30), "Thirty rounds: a network has to learn to read before it learns to write."),
        "keep": Default(
            LAST, "What is written gets better for long after the loss of single tokens has stopped falling."
        ),
        "hidden_size": Default(64, "Enough for a short text, and of two directions the decoder gets both states."),
        "bidirectional": Default(True, "What is read is there as a whole before the first word is written."),
        "attention": Default("dot", "The decoder finds each word where it stands, and the score costs no weights."),
    }
    data_defaults: ClassVar = {
        "level": Default(
            CHARACTER, "Most characters are seen often, so that hardly any is unknown; --level word is for long texts."
        )
    }
    shape = ENCODER_DECODER
    accepts = (
        COMMON | TABLE | {"level", "lowercase", "separator", "min_count", "max_vocabulary", "deduplicate", "parallel"}
    )

    def defaults(self, options: DataOptions) -> DataOptions:
        """See RowTask."""
        return text_defaults(options, self.data_defaults)

    def read(
        self, data: Sequence[str], options: DataOptions, report: ReadingReport, known: Encoding | None
    ) -> list[Pair]:
        """(source, target) of the good rows."""
        rows: list[Pair] = []
        where = ", ".join(data)
        if options.parallel and len(data) > 1:
            if len(data) != 2:
                raise InputError(f"{', '.join(data)}: expected two files, the source and the target")
            rows += [Placed(pair, data[0], line) for line, pair in read_parallel(data[0], data[1], report)]
            data = ()
        for name in data:
            found = read_columns(
                name,
                ROLES,
                (options.text, options.label),
                options.header,
                options.separator,
                report,
                delimiter=options.delimiter,
                quotes=options.quotes,
            )
            rows += [Placed((cells[0], cells[1]), name, line) for line, cells in found]
        report.rows = len(rows)
        report.require(where, "row with a source and a target")
        report.check_share(where)
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
        return Pairs(
            Ragged(ids(cut(row[0], encoding), read, encoding.unknown, row) for row in rows),
            Ragged(
                written(ids(cut(row[1], encoding.target), write, encoding.unknown_written, row), encoding.end)
                for row in rows
            ),
            encoding.begin,
        )
