"""describe: one condition becomes a text, a class a name of its kind (one-to-many).

Data: a table with condition and text (with tabs or commas, JSON), or files or folders named by condition.
"""

from collections.abc import Sequence
from typing import ClassVar

from rnn_cli.inputs.cut import cut
from rnn_cli.inputs.placed import Placed
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.roles import CONDITION_NAMES, TEXT_NAMES, Role
from rnn_cli.inputs.tokens import CHARACTER, tokenize
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.fit import WRITTEN
from rnn_cli.tasks.base import ONE_TO_MANY
from rnn_cli.tasks.defaults import PATIENCE, Default, Rounds
from rnn_cli.tasks.labelled import note_alike, read_labelled
from rnn_cli.tasks.options import COMMON, TABLE, DataOptions, text_defaults
from rnn_cli.tasks.pairs import Pairs, written
from rnn_cli.tasks.ragged import Ragged
from rnn_cli.tasks.rows import RowTask
from rnn_cli.tasks.vocabulary import ids, index_of, vocabulary_of

CONDITION, TEXT = Role("label", CONDITION_NAMES, 0, repeats=True, called="condition"), Role("text", TEXT_NAMES, 1)

Described = tuple[str, str]


class Describe(RowTask[Described]):
    """The task "describe", by characters unless the options say otherwise. The condition is a sequence of one id."""

    name = "describe"
    writes = generates = True
    example = "text"
    simple_answers = "even_guess", "unigram"
    run_defaults: ClassVar = {
        "epochs": Default(Rounds(20), "Twenty rounds: nothing but the condition is read, and all is to be written."),
        "patience": PATIENCE,
        "hidden_size": Default(128, "The state has to hold what has been written, and of which condition."),
    }
    data_defaults: ClassVar = {
        "level": Default(CHARACTER, "What is written is new, as names are, and characters make it up.")
    }
    shape = ONE_TO_MANY
    accepts = COMMON | TABLE | {"level", "lowercase", "separator", "min_count", "max_vocabulary", "deduplicate"}

    def defaults(self, options: DataOptions) -> DataOptions:
        """See RowTask."""
        return text_defaults(options, self.data_defaults)

    def read(
        self, data: Sequence[str], options: DataOptions, report: ReadingReport, known: Encoding | None
    ) -> list[Described]:
        """(condition, text) of the good rows. A row with an unknown condition is bad."""
        found = read_labelled(data, TEXT, CONDITION, options, report, () if known is None else known.vocabulary)
        report.require(", ".join(data), "row with a condition and a text")
        report.check_share(", ".join(data))
        note_alike(found, report)
        rows: list[Described] = []
        for file, line, text, condition in found:
            if known is not None and condition not in known.vocabulary:
                reason = f"the condition {condition!r} does not occur in the training data"
                report.refuse(file, line, reason, kind="a condition that training did not have")
            else:
                rows.append(Placed((condition, text), file, line))
        report.rows = len(rows)
        report.require(", ".join(data), "row with a condition that the training data have")
        return rows

    def texts(self, rows: Sequence[Described]) -> list[str]:
        """See RowTask."""
        return [text for _, text in rows]

    def learn(self, train: Sequence[Described], rows: Sequence[Described], options: DataOptions) -> Encoding:
        """See RowTask. The vocabulary holds the conditions, without <unk>: there is nothing to write for another."""
        level, lowercase = options.level or CHARACTER, bool(options.lowercase)
        conditions = tuple(sorted({condition for condition, _ in rows}))
        write = vocabulary_of((tokenize(text, level, lowercase) for _, text in train), options, WRITTEN)
        return Encoding(level, lowercase, conditions, write)

    def encode(self, rows: Sequence[Described], encoding: Encoding, balanced: bool = False) -> Pairs:
        """See RowTask."""
        read, write = index_of(encoding.vocabulary), index_of(encoding.labels)
        return Pairs(
            Ragged([read[condition]] for condition, _ in rows),
            Ragged(written(ids(cut(text, encoding), write, encoding.unknown_written)) for _, text in rows),
        )
