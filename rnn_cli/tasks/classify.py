"""classify: a text gets one label (many-to-one).

Data: a table with text and label (with tabs or commas, JSON, fastText's lines), or files or folders named by class.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.reads import FINAL_STATE, MAX
from rnn_cli.errors import InputError
from rnn_cli.inputs.cut import cut
from rnn_cli.inputs.placed import Placed
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.roles import LABEL_NAMES, TEXT_NAMES, Role
from rnn_cli.inputs.tokens import WORD, tokenize
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.base import Examples
from rnn_cli.tasks.defaults import F1, LOSS, METRIC, PATIENCE, ByHeldOut, ByLevel, ByTexts, Default, Rounds
from rnn_cli.tasks.labelled import note_alike, read_labelled
from rnn_cli.tasks.options import COMMON, TABLE, DataOptions, text_defaults
from rnn_cli.tasks.order import bucketed
from rnn_cli.tasks.ragged import Ragged
from rnn_cli.tasks.rows import RowTask
from rnn_cli.tasks.truths import class_ids, within
from rnn_cli.tasks.vocabulary import ids, index_of, vocabulary_of
from rnn_cli.tasks.weights import class_weights, mostly_rare

TEXT, LABEL = Role("text", TEXT_NAMES, 0), Role("label", LABEL_NAMES, -1, repeats=True)

Labelled = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Labels:
    """Texts with a label each: texts (N) of ids, labels (N,), weights (N,) what each example counts for.

    `known` is how many labels the network can answer with; `unlearnt` are the names of those from there on.
    """

    texts: Ragged
    labels: Array
    weights: Array
    known: int
    unlearnt: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def batches(self, epoch: int, seed: int, batch_size: int, shuffle: bool = True) -> list[Array]:
        """See Examples."""
        return bucketed([self.texts.lengths], epoch, seed, batch_size, shuffle)

    def collate(self, indices: Array) -> Batch:
        """See Examples."""
        inputs, _ = self.texts.padded(indices)
        targets, truths = within(self.labels[indices], self.known)
        return Batch(inputs, self.texts.lengths[indices], targets, self.weights[indices], truths=truths)


class Classify(RowTask[Labelled]):
    """The task "classify". Words are lower-cased unless the options say otherwise, characters are not."""

    name = "classify"
    example = "text"
    simple_answers = "commonest_label", "naive_bayes"
    run_defaults: ClassVar = {
        "epochs": Default(Rounds(10), "Ten rounds through large data, and enough updates on small ones."),
        "patience": PATIENCE,
        "hidden_size": Default(64, "The state has to hold what decides, not the text."),
        "readout_reads": Default(
            ByTexts(FINAL_STATE, MAX),
            "The largest of all states has the words that decide, wherever they stand; from many short texts the last learns to keep them.",
        ),
        "embedding_scale": Default(
            ByLevel(0.03, 1.0), "A rare word keeps most of what its row begins with; every character's row is learnt."
        ),
        "keep": Default(
            ByHeldOut(LOSS, METRIC, F1),
            "Few held-out answers have a loss that one sure mistake decides; many tell more by it, but little of rare classes.",
        ),
    }
    data_defaults: ClassVar = {
        "level": Default(WORD, "Words carry the meaning; --level char reads names and the like."),
        "lowercase": Default(True, "A word is the same at the beginning of a sentence, and is seen more often."),
    }
    shape = MANY_TO_ONE
    accepts = COMMON | TABLE | {"level", "lowercase", "min_count", "max_vocabulary", "deduplicate", "balanced"}

    def defaults(self, options: DataOptions) -> DataOptions:
        """See RowTask."""
        return text_defaults(options, self.data_defaults)

    def read(
        self, data: Sequence[str], options: DataOptions, report: ReadingReport, known: Encoding | None
    ) -> list[Labelled]:
        """(text, label) of the good rows. A row is bad if its text holds no token."""
        found = []
        for row in read_labelled(data, TEXT, LABEL, options, report, () if known is None else known.labels):
            if tokenize(row[2], options.level or WORD):
                found.append(row)
            else:
                report.refuse(row[0], row[1], "no text")
        report.rows = len(found)
        report.require(", ".join(data), "row with a text and a label")
        report.check_share(", ".join(data))
        note_alike(found, report)
        rows: list[Labelled] = []
        for file, line, text, label in found:
            if known is not None and label not in known.labels:
                report.unlearnt_label(file, line, label)
            rows.append(Placed((text, label), file, line))
        if known is not None:
            report.require_learnt(", ".join(data), (label for _, label in rows), known.labels, "--label")
        return rows

    def mostly_rare(self, rows: Sequence[Labelled]) -> bool:
        """See RowTask."""
        return mostly_rare(Counter(label for _, label in rows).values())

    def median_length(self, examples: Examples) -> float:
        """See RowTask."""
        assert isinstance(examples, Labels)
        return float(np.median(examples.texts.lengths))

    def texts(self, rows: Sequence[Labelled]) -> list[str]:
        """See RowTask."""
        return [text for text, _ in rows]

    def tokens(self, row: Labelled, encoding: Encoding) -> list[str]:
        """See RowTask."""
        return cut(row[0], encoding)

    def learn(self, train: Sequence[Labelled], rows: Sequence[Labelled], options: DataOptions) -> Encoding:
        """See RowTask. InputError where there is one label: nothing to tell apart."""
        labels = tuple(sorted({label for _, label in rows}))
        if len(labels) < 2:
            raise InputError(f"all rows have the label {labels[0]!r}: there is nothing to tell apart")
        level, lowercase = options.level or WORD, bool(options.lowercase)
        texts = (tokenize(text, level, lowercase) for text, _ in train)
        return Encoding(level, lowercase, vocabulary_of(texts, options), labels)

    def encode(self, rows: Sequence[Labelled], encoding: Encoding, balanced: bool = False) -> Labels:
        """See RowTask."""
        index = index_of(encoding.vocabulary)
        texts = Ragged(ids(self.tokens(row, encoding), index, encoding.unknown, row) for row in rows)
        found, unlearnt = class_ids([label for _, label in rows], encoding.labels)
        labels = np.array(found, dtype=np.int64)
        weights = class_weights(labels, len(encoding.labels))[labels] if balanced else np.ones(len(labels))
        return Labels(texts, labels, weights, len(encoding.labels), unlearnt)
