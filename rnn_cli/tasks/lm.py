"""lm: after every token, the next one (many-to-many).

Data: a plain text, or several, or a folder of them, one after the other. It is read twice, piece by piece, first to
count its tokens and then to write their ids to a file without a name; training reads its chunks from that file, so
memory does not grow with the text.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, overload

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.errors import InputError
from rnn_cli.inputs.cut import running
from rnn_cli.inputs.joined_text import text_files
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.running_text import WordCounter, structure_of
from rnn_cli.inputs.text_stream import TextStream, words_of
from rnn_cli.inputs.tokens import CHARACTER
from rnn_cli.models.encoding import Encoding
from rnn_cli.reading import whole_number
from rnn_cli.tasks.base import Needs, Prepared, check_level
from rnn_cli.tasks.defaults import PATIENCE, Default, Rounds
from rnn_cli.tasks.fingerprint import fingerprint
from rnn_cli.tasks.levels import choose_level, unknown_hint
from rnn_cli.tasks.options import COMMON, DataOptions, check_options, text_defaults, validation_fraction
from rnn_cli.tasks.token_file import TokenFile
from rnn_cli.tasks.vocabulary import ids, index_of, learn_vocabulary, settle_min_count

CODES = 0x110000
"""How many characters Unicode has room for."""
NO_ID = -1

MANY_WORDS = 1_000_000
"""The most different words that are counted at a time; beyond that, the rarest are forgotten."""


class Chunks(Sequence[Array]):
    """The batches of an epoch, computed when they are asked for: a long text has millions of them.

    The text is cut into B streams of equal length (to one token); chunk k holds the next `sequence_length` positions
    of every stream, as (B, 3): where it starts, stops, and from where on its answers count. With `overlap` a chunk
    starts so many positions earlier, in text that was learnt before: the error goes back through it once more.
    """

    def __init__(self, positions: int, batch_size: int, sequence_length: int, overlap: int = 0) -> None:
        streams = min(batch_size, positions)
        self.bounds: Array = np.arange(streams + 1) * positions // streams
        self.longest = int(np.diff(self.bounds).max())
        self.sequence_length, self.overlap = max(1, min(sequence_length, self.longest)), min(overlap, self.longest)

    def __len__(self) -> int:
        return -(-self.longest // self.sequence_length)

    @overload
    def __getitem__(self, k: int) -> Array: ...
    @overload
    def __getitem__(self, k: slice) -> list[Array]: ...
    def __getitem__(self, k: int | slice) -> Array | list[Array]:
        if isinstance(k, slice):
            return [self[one] for one in range(*k.indices(len(self)))]
        if not -len(self) <= k < len(self):
            raise IndexError(k)
        first = k % len(self) * self.sequence_length
        new = self.bounds[:-1] + first
        stops = np.minimum(new + self.sequence_length, self.bounds[1:])
        return np.stack([new - min(self.overlap, first), stops, new], axis=1)


@dataclass(frozen=True, eq=False)
class Text:
    """A text as ids. A position is that of a token that is read; the next token is predicted there.

    words     of what is predicted, as white space separates them, each line end being one: perplexities per word of
              texts that were cut in different ways can be compared
    unknown   the tokens that <unk> stands for
    lines     the line ends
    """

    tokens: TokenFile
    sequence_length: int
    overlap: int = 0
    words: int = 0
    unknown: int = 0
    lines: int = 0

    def __len__(self) -> int:
        return max(0, len(self.tokens) - 1)

    def batches(self, epoch: int, seed: int, batch_size: int, shuffle: bool = True) -> Chunks:
        """See Examples. The order is always that of the text: the state is carried from chunk to chunk."""
        return Chunks(len(self), batch_size, self.sequence_length, self.overlap)

    def collate(self, indices: Array) -> Batch:
        """See Examples; indices (B, 3) from `batches`.

        Where one stream is a token shorter than another, its last step has weight 0; what it reads there is the
        next stream's first token, after which its state is not used again.
        """
        starts, stops, new = indices[:, 0], indices[:, 1], indices[:, 2]
        steps = int((stops - starts).max())
        tokens = np.stack([self.tokens.read(int(start), steps + 1) for start in starts], axis=1)  # (T+1, B)
        t = np.arange(steps)[:, None]
        weights = ((t < stops - starts) & (t >= new - starts)).astype(np.float64)
        lengths = np.full(len(starts), steps)
        # The next chunk starts `overlap` positions before this one's new part ends, or at the stream's beginning.
        following = max(int(new[0]) + self.sequence_length - self.overlap, 0) - int(starts[0])
        carry_at = following if self.overlap else None
        return Batch(tokens[:-1], lengths, tokens[1:], weights, carries=bool(starts[0] > 0), carry_at=carry_at)


class LanguageModel:
    """The task "lm", by characters unless the options say otherwise. The last part of the text is for validation."""

    name = "lm"
    reads_numbers = writes = forecasts = False
    running = generates = True
    example = ""
    label, labels = "class", "classes"
    simple_answers = "even_guess", "unigram", "bigram"
    run_defaults: ClassVar = {
        "epochs": Default(Rounds(5), "Five rounds through long texts, and enough updates on short ones."),
        "patience": PATIENCE,
        "hidden_size": Default(128, "The state has to hold where in a word and a sentence the text is."),
        "learning_rate": Default(0.005, "Every step of a chunk has an answer, so that gradients are less noisy."),
    }
    data_defaults: ClassVar = {
        "level": Default(CHARACTER, "A short text has enough of them to learn from, and hardly any is unknown."),
        "sequence_length": Default(50, "The error goes back so far; the state is carried on beyond it."),
        "truncate": Default("50,50", "K1,K2: an update every K1 steps, with the error going back K2."),
    }
    accepts = COMMON | {"level", "lowercase", "min_count", "max_vocabulary", "sequence_length", "truncate"}
    needs_data = True

    def prepare(self, data: Sequence[str], options: DataOptions, seed: int) -> Prepared:
        """See Task."""
        check_options(self.name, options, self.accepts)
        given, options = options, self.defaults(options)
        fraction = validation_fraction(options)
        report = options.report()
        files = text_files(data, report)
        with TextStream(*files, report=report) as stream:
            beginning = next(stream.pieces(0, stream.size, ReadingReport()), "")
            _check_running(files[0], beginning, given, report)
            options = choose_level(beginning.split("\n"), given, options, report, files[:1])
            level, lowercase = options.level or CHARACTER, bool(options.lowercase)
            at = stream.cut(fraction or 0, level != CHARACTER)
            counts = _count(stream.pieces(0, at, ReadingReport()), level, lowercase)
            options = settle_min_count(options, counts, files, report)
            vocabulary = learn_vocabulary(counts, options.min_count, options.max_vocabulary)
            encoding = Encoding(level, lowercase, vocabulary, vocabulary)
            train = self.encode(stream.pieces(0, at, report), encoding, options)
            validation = self.encode(stream.pieces(at, stream.size, report), encoding, options) if fraction else None
        validation_report = None
        report.rows = len(train.tokens) + (0 if validation is None else len(validation.tokens))
        if len(train) < 1:
            raise InputError(f"{', '.join(data)}: the training part has {len(train.tokens)} tokens; two are needed")
        unheld = ""
        if validation is not None and len(validation) < 1:
            unheld = "the text is too short for a validation part"
            report.note(unheld)
            validation = None
        if fraction is None and options.validation is not None:
            validation, validation_report = self.load([options.validation], options, encoding)
        if validation is not None:
            words = len(validation.tokens) - validation.lines
            if hint := unknown_hint(encoding.level, validation.lines, words, validation.unknown):
                report.note(hint)
        return Prepared(
            **vars(self.needs(options, encoding)),
            train=train,
            validation=validation,
            report=report,
            fingerprint=fingerprint(data, options),
            options=options,
            validation_report=validation_report,
            unheld=unheld,
        )

    def settled(self, options: DataOptions, encoding: Encoding) -> DataOptions:
        """See Task."""
        return self.defaults(options)

    def shape_of(self, options: DataOptions) -> str:
        """See Task."""
        return MANY_TO_MANY

    def needs(self, options: DataOptions, encoding: Encoding) -> Needs:
        """See Task."""
        check_level(encoding, options.level or CHARACTER, bool(options.lowercase))
        if encoding.vocabulary != encoding.labels:
            raise ValueError("encoding.labels is not its vocabulary, and a language model predicts what it reads")
        return Needs(self.name, self.shape_of(options), CROSS_ENTROPY, encoding, 0, len(encoding.labels))

    def defaults(self, options: DataOptions) -> DataOptions:
        """The options with level, lowercase, min_count, sequence_length and truncate settled."""
        options = text_defaults(options, self.data_defaults)
        k1, k2 = truncation(options)
        return replace(options, sequence_length=k1, truncate=f"{k1},{k2}")

    def load(
        self, data: Sequence[str], options: DataOptions, encoding: Encoding, seed: int = 0
    ) -> tuple[Text, ReadingReport]:
        """See Task."""
        check_options(self.name, options, self.accepts)
        report = options.report()
        with TextStream(*text_files(data, report), report=report) as stream:
            text = self.encode(stream.pieces(0, stream.size, report), encoding, self.defaults(options))
        report.rows = len(text.tokens)
        if encoding.line_end is None and encoding.tokenizer is None:
            report.note("line ends are left out: the vocabulary has no token for them")
        if len(text) < 1:
            raise InputError(f"{', '.join(data)}: the text has {len(text.tokens)} tokens; two are needed")
        return text, report

    def encode(self, pieces: Iterator[str], encoding: Encoding, options: DataOptions) -> Text:
        """Write the ids of a text to a scratch file."""
        tokens, counter = TokenFile(len(encoding.vocabulary)), WordCounter()
        encoder = _character_ids if encoding.level == CHARACTER else _word_ids
        unknown, strange = unknown_id(encoding), 0
        for part in encoder(encoding)(counter(pieces)):
            tokens.append(part)
            strange += int((part == unknown).sum())
        k1, k2 = truncation(options)
        words = counter.predicted(encoding.level, encoding.lowercase)
        return Text(tokens, k1, k2 - k1, words, strange, counter.lines)


def _check_running(name: str, beginning: str, given: DataOptions, report: ReadingReport) -> None:
    """InputError where a file is a table or JSON and the person has not said at which level to read it all the same."""
    found = structure_of(name, beginning)
    if found is not None and given.level is None:
        raise InputError(
            f"{name}: {found}, not running text: write the texts alone to a file, a text a line,\n"
            "or read it as it stands, signs and all, with --level char"
        )
    if found is not None:
        report.note(f"{name}: {found}: read as it stands, signs and all")


def truncation(options: DataOptions) -> tuple[int, int]:
    """K1 and K2: an update every K1 steps, with the error going back K2 steps. InputError where they are not possible."""
    if options.truncate is None:
        length = options.sequence_length or LanguageModel.data_defaults["sequence_length"].value
        return length, length
    parts = options.truncate.split(",")
    numbers = [whole_number(part) for part in parts]
    if len(numbers) != 2 or None in numbers:
        raise InputError(f"--truncate {options.truncate}: expected K1,K2, as in --truncate 50,100")
    k1, k2 = (number or 0 for number in numbers)
    if not 1 <= k1 <= k2:
        raise InputError(f"--truncate {options.truncate}: K1 is at least 1 and K2 at least K1")
    if options.sequence_length not in (None, k1):
        raise InputError("--sequence-length is the K1 of --truncate: give one of them")
    return k1, k2


def _codes(text: str, lowercase: bool) -> Array:
    """The code points of a text, (N,)."""
    return np.frombuffer((text.lower() if lowercase else text).encode("utf-32-le"), dtype=np.uint32)


def _count(pieces: Iterator[str], level: str, lowercase: bool) -> dict[str, int]:
    """How often each token occurs."""
    return _count_characters(pieces, lowercase) if level == CHARACTER else _count_words(pieces, level, lowercase)


def _count_characters(pieces: Iterator[str], lowercase: bool) -> dict[str, int]:
    counts = np.zeros(CODES, dtype=np.int64)
    for text in pieces:
        found = np.bincount(_codes(text, lowercase))
        counts[: len(found)] += found
    return {chr(code): int(counts[code]) for code in np.flatnonzero(counts)}


def _count_words(pieces: Iterator[str], level: str, lowercase: bool) -> dict[str, int]:
    """The counts of the frequent words are exact; a rare word may have been forgotten and counted anew.

    Source: the vocabulary of word2vec (ReduceVocab) forgets in the same way.
    """
    counts: Counter[str] = Counter()
    rare = 1
    for words in words_of(pieces, lowercase, level):
        counts.update(words)
        while len(counts) > MANY_WORDS:
            counts = Counter({word: count for word, count in counts.items() if count > rare})
            rare += 1
    return counts


def unknown_id(encoding: Encoding) -> int:
    """The id that stands for unknown words; NO_ID where none does."""
    return NO_ID if encoding.unknown is None else encoding.vocabulary.index(encoding.unknown)


def _character_ids(encoding: Encoding) -> Callable[[Iterator[str]], Iterator[Array]]:
    unknown = unknown_id(encoding)
    table = np.full(CODES, unknown, dtype=np.int32)
    for k, token in enumerate(encoding.vocabulary):
        if len(token) == 1:
            table[ord(token)] = k

    def found(text: str) -> Array:
        read: Array = table[_codes(text, encoding.lowercase)]
        if unknown == NO_ID and NO_ID in read:
            ids(text, index_of(encoding.vocabulary), None)  # which says of what character
        return read

    return lambda pieces: map(found, pieces)


def _word_ids(encoding: Encoding) -> Callable[[Iterator[str]], Iterator[Array]]:
    index = index_of(encoding.vocabulary)
    return lambda pieces: (
        np.array(ids(words, index, encoding.unknown), dtype=np.int32) for words in running(pieces, encoding)
    )
