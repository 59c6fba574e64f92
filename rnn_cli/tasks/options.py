"""The options that say how a data set is read. None means the task's own default."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from rnn_cli.core.forms import LEVEL
from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ALLOWED, ReadingReport
from rnn_cli.inputs.tokens import CHARACTER, LEVELS, WHITESPACE, WORD
from rnn_cli.reading import stands_at
from rnn_cli.tasks.affixes import AFFIXES, NO_PARTS, WORD_PARTS
from rnn_cli.tasks.defaults import OF_DATA, Default


@dataclass(frozen=True)
class DataOptions:
    """One dataclass for all tasks; a task refuses the options that mean nothing to it.

    level            "word", "char" or "whitespace"
    lowercase        lower-case the text
    text, label      columns of classify, translate (source, target) and describe, by name or number from 1
    header           whether line 1 of a table names the columns; None finds out
    column           tag: CoNLL-U column by name, or any column by number
    separator        translate, describe: the text between the two parts, in place of a tab
    min_count        a token that is rarer becomes <unk>; 0: by the size of the data
    max_vocabulary   the largest number of tokens; the most frequent are kept
    sequence_length  lm: steps of a chunk
    truncate         lm: "K1,K2", an update every K1 steps, back through K2 (in place of sequence_length)
    window, horizon  forecast: steps that are read, steps that are predicted
    season           forecast: steps of a season, for the simple answer that repeats it; None finds out
    columns, targets forecast: columns that are read and predicted, by name or number
    form             forecast: how each column is read and predicted, one of models/forms.py for all or for each with commas
                     between them; "auto" finds out; None for level, as in earlier versions
    every_step       forecast: predict after every step of the window (many-to-many)
    validation       a fraction of the data, or a file
    strict           the first bad row is an error
    deduplicate      drop a row that is equal to an earlier one
    balanced         weight the classes so that each counts the same
    encoding         of the files, as Python names it; None finds out
    delimiter        between the columns of a table; None finds out
    quotes           whether quotes enclose the cells of a table; None finds out
    time, series     forecast: the columns that order the rows, and those that tell series apart; "none" for none
    decimal          forecast: the decimal sign, "." or ","; None finds out, for each column
    missing          forecast: numbers that mean that there is none, as "-999,-1", or "none"; None finds out
    across_gaps      forecast: rows on either side of a gap are neighbours
    allow_left_out   the largest share of the rows that may be left out
    word_parts       tag: "affixes" gives beginnings and ends of words vectors that are added to the word's own; "none"
    parallel         translate: the data are two files, line k of the second being the target of line k of the first
    """

    level: str | None = None
    lowercase: bool | None = None
    text: str | None = None
    label: str | None = None
    header: bool | None = None
    column: str | None = None
    separator: str | None = None
    min_count: int | None = None
    max_vocabulary: int | None = None
    sequence_length: int | None = None
    truncate: str | None = None
    window: int | None = None
    horizon: int | None = None
    season: int | None = None
    columns: tuple[str, ...] | None = None
    targets: tuple[str, ...] | None = None
    form: str | None = None
    every_step: bool = False
    validation: str | None = None
    strict: bool = False
    deduplicate: bool = False
    balanced: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    quotes: bool | None = None
    time: str | None = None
    series: str | None = None
    decimal: str | None = None
    missing: str | None = None
    across_gaps: bool = False
    allow_left_out: float | None = None
    parallel: bool = False
    word_parts: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For a file and for a fingerprint: those that version 0.1.0 had, and of the later ones those that are given."""
        return {name: value for name, value in asdict(self).items() if name not in LATER or value != LATER[name]}

    def report(self) -> ReadingReport:
        """An empty report for reading with these options."""
        allowed = ALLOWED if self.allow_left_out is None else self.allow_left_out
        return ReadingReport(self.strict, self.encoding, allowed)


LATER = {
    "encoding": None, "delimiter": None, "quotes": None, "time": None, "series": None, "decimal": None,
    "missing": None, "across_gaps": False, "allow_left_out": None, "parallel": False, "season": None,
    "form": None, "word_parts": None,
}  # fmt: skip
"""The options that version 0.1.0 did not have, with their defaults."""


AUTO = "auto"
"""The form of the columns where the training part decides: see tasks/series_forms.py."""


def of_new_run(options: DataOptions, accepts: Collection[str]) -> DataOptions:
    """The options of a run that begins: what earlier versions could not leave to the data is left to them, and the part
    that is held out is said, so that a file says all that its run depended on."""
    begun: dict[str, Any] = {"form": AUTO, "word_parts": AFFIXES, "validation": OF_DATA["validation"].value}
    if options.max_vocabulary is None:
        begun["min_count"] = BY_SIZE
    return replace(options, **{k: v for k, v in begun.items() if k in accepts and getattr(options, k) is None})


BY_SIZE = 0
"""The min_count that leaves it to the size of the training part."""

AS_BEFORE = {"form": LEVEL, "word_parts": NO_PARTS}
"""What says on a command line that a run has none of what earlier versions did not have either."""


FOUND = frozenset({"time", "series", "window"})
"""The options that the data settle where they are left open."""


COMMON = frozenset({"validation", "strict", "encoding", "allow_left_out"})
"""What every task that reads data accepts."""

TABLE = frozenset({"text", "label", "header", "delimiter", "quotes"})
"""What a task that reads the columns of a table accepts."""


def check_options(task: str, options: DataOptions, accepts: frozenset[str]) -> None:
    """InputError where the task has no use for a given option, or the option's value is not possible."""
    for one in fields(DataOptions):
        if one.name not in accepts and getattr(options, one.name) != one.default:
            raise InputError(f"{flag_of(one.name)} means nothing to --task {task}")
    if options.level not in (None, *LEVELS):
        raise InputError(f"--level {options.level}: it can be word, char or whitespace")
    if options.word_parts not in (None, *WORD_PARTS):
        raise InputError(f"--word-parts {options.word_parts}: it can be {' or '.join(WORD_PARTS)}")
    for name in ("min_count", "max_vocabulary", "sequence_length", "window", "horizon", "season"):
        value = getattr(options, name)
        if value is not None and value < 1 and (name, value) != ("min_count", BY_SIZE):
            raise InputError(f"{flag_of(name)} {value}: it must be at least 1")


def flag_of(name: str) -> str:
    """The flag that sets an option."""
    return "--source" if name == "parallel" else f"--{name.replace('_', '-')}"


NEGATIVE = {"header": "--no-header", "lowercase": "--keep-case", "quotes": "--no-quotes"}
"""The flags that say no to what may be left open."""

OF_PREDICT = (
    "encoding",
    "header",
    "delimiter",
    "time",
    "series",
    "decimal",
    "missing",
    "across_gaps",
    "allow_left_out",
)
"""The options of reading that rnn predict has too."""


def words_of(options: DataOptions, names: Collection[str] | None = None) -> list[str]:
    """The given options, or those of these names, as a command line has them; not what says which files are read."""
    words: list[str] = []
    for one in fields(options):
        value = getattr(options, one.name)
        if value == one.default or one.name == "parallel" or (names is not None and one.name not in names):
            continue
        flag = NEGATIVE[one.name] if value is False else flag_of(one.name)
        shown = ",".join(value) if isinstance(value, tuple) else str(value)
        words += [flag] if isinstance(value, bool) else [flag, shown]
    return words


def side_by_side(data: Sequence[str], source: str | None, target: str | None) -> tuple[list[str], bool]:
    """The files to read, and whether they are a source and its target. InputError where only one of them is given."""
    if source is None and target is None:
        return list(data), False
    if source is None or target is None:
        raise InputError(
            "--source FILE and --target FILE go together: line k of the one belongs to line k of the other"
        )
    if data:
        raise InputError("give DATA, or --source and --target, not both")
    if stands_at(source) and stands_at(target) and Path(source).samefile(target):
        raise InputError(f"--source {source} and --target {target} are the same file")
    return [source, target], True


def validation_files(options: DataOptions) -> list[str]:
    """The files of --validation: none where it is a fraction, two with a comma between them beside parallel data."""
    if options.validation is None or validation_fraction(options) is not None:
        return []
    two = options.validation.split(",")
    parallel = options.parallel and len(two) == 2 and stands_at(options.validation) is None
    return two if parallel else [options.validation]


def text_defaults(options: DataOptions, defaults: Mapping[str, Default]) -> DataOptions:
    """The options with level, lowercase and min_count settled, by a task's defaults: characters are never lower-cased.

    A word that occurs once becomes <unk> unless min_count says otherwise, so that the network learns a vector for the
    words that it has not seen; characters are kept whatever their number. By white space min_count stays open: the
    text may hold <unk> itself (see learn_vocabulary). BY_SIZE stays until words are counted.
    """
    level = options.level or defaults["level"].value
    words = {**OF_DATA, **defaults}["lowercase"].value and level != CHARACTER
    lowercase = words if options.lowercase is None else options.lowercase
    least = {WORD: OF_DATA["min_count"].value.start, CHARACTER: 1, WHITESPACE: None}[level]
    open_ = options.min_count is None or (options.min_count == BY_SIZE and level == CHARACTER)
    return replace(options, level=level, lowercase=lowercase, min_count=least if open_ else options.min_count)


def validation_fraction(options: DataOptions) -> float | None:
    """The share of the data that is held out; None where --validation names a file. InputError outside 0…1."""
    if options.validation is None:
        return float(OF_DATA["validation"].value)
    try:
        fraction = float(options.validation)
    except ValueError:
        return None
    if not 0 <= fraction < 1:
        raise InputError(f"--validation {options.validation}: a fraction from 0 to below 1, or a file")
    return fraction
