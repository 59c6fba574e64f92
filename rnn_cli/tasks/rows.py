"""What all tasks on rows share: read, drop duplicates, hold out, learn the encoding, encode."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.tokens import WORD, tokenize
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.fit import TOKEN
from rnn_cli.tasks.base import SHOWN, Examples, Needs, Prepared, check_level
from rnn_cli.tasks.defaults import Default
from rnn_cli.tasks.fingerprint import fingerprint
from rnn_cli.tasks.levels import choose_level, found_level, unknown_hint, unknown_in
from rnn_cli.tasks.options import BY_SIZE, DataOptions, check_options, validation_files, validation_fraction
from rnn_cli.tasks.split import hold_out, without_duplicates
from rnn_cli.tasks.vocabulary import count_tokens, settle_min_count

Row = TypeVar("Row", bound=Hashable)


class RowTask(ABC, Generic[Row]):
    """A task whose data are rows that can be held out one by one. See rnn_cli.tasks.base.Task."""

    name: str
    reads_numbers: ClassVar[bool] = False
    writes: ClassVar[bool] = False
    running: ClassVar[bool] = False
    generates: ClassVar[bool] = False
    forecasts: ClassVar[bool] = False
    example: ClassVar[str]
    label: ClassVar[str] = "class"
    labels: ClassVar[str] = "classes"
    simple_answers: ClassVar[tuple[str, ...]]
    run_defaults: ClassVar[Mapping[str, Default]]
    data_defaults: ClassVar[Mapping[str, Default]]
    shape: str
    accepts: frozenset[str]
    needs_data = True

    @abstractmethod
    def defaults(self, options: DataOptions) -> DataOptions:
        """The options with the task's own defaults where the user left them open."""

    @abstractmethod
    def read(
        self, data: Sequence[str], options: DataOptions, report: ReadingReport, known: Encoding | None
    ) -> list[Row]:
        """The good rows of all files, Placed. `known` is the encoding that they must fit, where it is given."""

    @abstractmethod
    def learn(self, train: Sequence[Row], rows: Sequence[Row], options: DataOptions) -> Encoding:
        """The encoding: vocabularies from the training rows, labels from all rows."""

    @abstractmethod
    def encode(self, rows: Sequence[Row], encoding: Encoding, balanced: bool = False) -> Examples:
        """Rows as numbers."""

    def tokens(self, row: Row, encoding: Encoding) -> list[str]:
        """What of a row is looked up in the vocabulary; [] where a task has more than one."""
        return []

    def settled(self, options: DataOptions, encoding: Encoding) -> DataOptions:
        """See Task."""
        return found_level(options, self.defaults(options), encoding)

    def shape_of(self, options: DataOptions) -> str:
        """See Task."""
        return self.shape

    def needs(self, options: DataOptions, encoding: Encoding) -> Needs:
        """See Task."""
        check_level(encoding, options.level or TOKEN, bool(options.lowercase))
        return Needs(self.name, self.shape, CROSS_ENTROPY, encoding, 0, len(encoding.labels))

    def words(self, rows: Sequence[Row], options: DataOptions) -> Iterator[list[str]]:
        """The tokens of rows, as a vocabulary will count them."""
        level, lowercase = options.level or WORD, bool(options.lowercase)
        return (tokenize(text, level, lowercase) for text in self.texts(rows))

    def mostly_rare(self, rows: Sequence[Row]) -> bool:
        """Whether most classes are rare in a training part; only asked where a default hangs on it."""
        return False

    def median_length(self, examples: Examples) -> float:
        """The median length of a training part; only asked where a default hangs on it."""
        return 0

    def texts(self, rows: Sequence[Row]) -> list[str]:
        """The texts of rows that are cut into tokens; [] where a file has its tokens itself."""
        return []

    def prepare(self, data: Sequence[str], options: DataOptions, seed: int) -> Prepared:
        """See Task."""
        check_options(self.name, options, self.accepts)
        given, options = options, self.defaults(options)
        fraction = validation_fraction(options)
        report = options.report()
        rows = without_duplicates(self.read(data, options, report, None), report, options.deduplicate)
        options = choose_level(self.texts(rows), given, options, report, data)
        train, held_out = hold_out(rows, fraction or 0, seed)
        if options.min_count == BY_SIZE:
            options = settle_min_count(options, count_tokens(self.words(train, options)), data, report)
        encoding = self.learn(train, rows, options)
        options = self.settled(options, encoding)
        validation_report = None
        if fraction is None and options.validation is not None:
            validation_report = options.report()
            held_out = self.read(validation_files(options), options, validation_report, encoding)
        texts = self.texts(held_out)
        if hint := unknown_hint(encoding.level, len(texts), *unknown_in(texts, encoding)):
            report.note(hint)
        seen = set(train)
        report.shared = sum(row in seen for row in held_out)
        (validation_report or report).examples = held_out
        learnt = self.encode(train, encoding, options.balanced)
        return Prepared(
            **vars(self.needs(options, encoding)),
            train=learnt,
            validation=self.encode(held_out, encoding) if held_out else None,
            report=report,
            fingerprint=fingerprint(data, options),
            options=options,
            validation_report=validation_report,
            first=tuple(train[:SHOWN]),
            mostly_rare=self.mostly_rare(train),
            median_length=self.median_length(learnt),
        )

    def load(
        self, data: Sequence[str], options: DataOptions, encoding: Encoding, seed: int = 0
    ) -> tuple[Examples, ReadingReport]:
        """See Task."""
        check_options(self.name, options, self.accepts)
        report = options.report()
        rows = self.read(data, self.defaults(options), report, encoding)
        rows = without_duplicates(rows, report, options.deduplicate)
        report.examples = rows
        return self.encode(rows, encoding), report
