"""What a model answers: a label, tags, a translation, a description, the next token, the next numbers."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.decode import beam
from rnn_cli.core.fast.batches import MOST_SEQUENCES, batches, run_batch
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.state import InitialStates
from rnn_cli.core.systems.conditioned import Conditioned
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.errors import InputError, NumberError
from rnn_cli.inputs.cut import joined
from rnn_cli.inputs.number_table import NumberOptions
from rnn_cli.inputs.numbers import read_numbers
from rnn_cli.inputs.opening import suffix_of
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.sequence import Sequence, from_numbers
from rnn_cli.inputs.series import MATRICES, read_latest_rows, read_series
from rnn_cli.models.answers import LANGUAGE_MODEL, is_language_model
from rnn_cli.models.decoder import decoder_of
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.forms import check_positive
from rnn_cli.models.model import Model
from rnn_cli.models.typed import typed
from rnn_cli.study.initial_states import batched
from rnn_cli.study.kind import forecasts
from rnn_cli.study.range import in_words, said
from rnn_cli.study.reading import condition_of, read_text
from rnn_cli.study.seq2seq import at_most
from rnn_cli.tasks.forecast import asked_of
from rnn_cli.tasks.options import DataOptions

if TYPE_CHECKING:  # loaded where an answer is explained
    from rnn_cli.study.attribution import Explained
    from rnn_cli.study.attribution_texts import Aligned, FromCondition
    from rnn_cli.study.rollout import Ahead, LookAhead

CLASS, TAGS, NEXT, TEXTS, NUMBERS = "class", "tags", "next", "texts", "numbers"
"""The kinds of answer."""

LONGEST_DESCRIPTION = 200

Named = tuple[str, Array]
"""The name of a series ("" where it has none) and its rows (T, I)."""


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """A text that the network writes, with the sum of its tokens' log p, <eos> included where it ends."""

    text: str
    tokens: tuple[str, ...]
    log_probability: float
    finished: bool


@dataclass(frozen=True, eq=False)
class Answer:
    """What the model answers to one input. Only what its kind needs is there.

    text           the input's text; tokens and known: as the network read it
    line           where the text stands in a file
    probabilities  CLASS and NEXT (C,), TAGS (T, C)
    hypotheses     TEXTS, the best first
    numbers        NUMBERS (S, K) in the units of the data: steps ahead, target columns; `last` (K,) the last known
                   values, nan where a column is not read; steps: how many were read; series: the name of one among
                   several
    explained      what each step gave to it, where that was asked for
    ahead          of numbers, how far such forecasts were from what came, where --steps asks for them
    """

    text: str | None
    tokens: tuple[str, ...] | None = None
    known: tuple[bool, ...] | None = None
    probabilities: Array | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    numbers: Array | None = None
    last: Array | None = None
    steps: int = 0
    line: int | None = None
    series: str = ""
    explained: "Explained | Aligned | FromCondition | None" = None
    ahead: "Ahead | None" = None


@dataclass(frozen=True)
class Why:
    """That what each step gave is asked for; `about`: to which of the numbers of an answer, None for the usual one."""

    about: str | None = None


@dataclass(frozen=True, eq=False)
class PredictResult:
    """What a model answers to one input or to many, which may be computed while they are drawn or written.

    name       how the model was asked for; `source`: what many inputs are called
    kind       what an answer is; `single`: whether there is one
    top        how many labels or next tokens are listed; `beam`: hypotheses of a search
    steps      of a forecast, how many steps ahead were asked for
    """

    model: Model
    name: str
    kind: str
    answers: Iterable[Answer]
    single: bool
    top: int
    beam: int
    source: str = ""
    steps: int | None = None

    @property
    def called(self) -> str:
        """What a page calls many inputs."""
        return "stdin" if self.source == "-" else Path(self.source).name


def predict(
    model: Model,
    name: str,
    *,
    texts: Iterable[str] | None = None,
    sequences: Iterable[Sequence] | None = None,
    numbers: Iterable[Array | Named] | None = None,
    source: str = "",
    beam: int = 1,
    top: int = 10,
    seed: int = 0,
    keep: bool = True,
    lines: deque[int] | None = None,
    initial: InitialStates | None = None,
    why: Why | None = None,
    steps: int | None = None,
) -> PredictResult:
    """The answers to texts, to sequences that are ready, or to numbers in the units of the data: one of the three.

    lines   filled with the line of each text, in their order, as it is read
    keep    whether answers are held, so that they can be gone through more than once; else they are computed when asked for
    initial where the memory starts before each input; the model's own where it says nothing
    why     whether each answer comes with what every step gave to it
    steps   of a model that forecasts: so many steps ahead, with the errors that such forecasts had

    InputError where the model does not answer such inputs; NumberError where an answer is not finite.
    """
    kind = _asked_kind(name, model, beam)
    found = _answers(
        model, kind, texts, sequences, numbers, source, seed, beam, MOST_SEQUENCES, initial or {}, why, steps
    )
    answers = _placed(found, lines)
    first = list(islice(answers, 2))
    every: Iterable[Answer] = chain(first, answers)
    return PredictResult(model, name, kind, list(every) if keep else every, len(first) == 1, top, beam, source, steps)


def predict_each(
    model: Model,
    name: str,
    *,
    texts: Iterable[str] | None = None,
    sequences: Iterable[Sequence] | None = None,
    numbers: Iterable[Array | Named] | None = None,
    source: str = "",
    beam: int = 1,
    top: int = 10,
    seed: int = 0,
    one_by_one: bool = False,
    lines: deque[int] | None = None,
    initial: InitialStates | None = None,
    why: Why | None = None,
    steps: int | None = None,
) -> Iterator[PredictResult]:
    """The same, as a result for each input; `one_by_one` gives each before the next is read."""
    kind = _asked_kind(name, model, beam)
    most = 1 if one_by_one else MOST_SEQUENCES
    found = _answers(model, kind, texts, sequences, numbers, source, seed, beam, most, initial or {}, why, steps)
    for answer in _placed(found, lines):
        yield PredictResult(model, name, kind, [answer], True, top, beam, source, steps)


def _placed(answers: Iterator[Answer], lines: deque[int] | None) -> Iterator[Answer]:
    """Each answer with its line: texts may be read ahead of their answers, so that their lines wait in a queue."""
    return answers if lines is None else (replace(one, line=lines.popleft()) for one in answers)


def read_numbers_for(
    model: Model,
    name: str,
    file: str,
    report: ReadingReport | None = None,
    numbers: NumberOptions | None = None,
    **reading: Any,
) -> list[Named]:
    """The numbers of a file that a model predicts from; `report` gets how it was read. InputError where the model reads text.

    `reading` are options of DataOptions, for a table that looks different from that of training; `numbers` those of
    other files.
    """
    report = ReadingReport() if report is None else report
    numbers = NumberOptions() if numbers is None else numbers
    given = {key: value for key, value in reading.items() if value not in (None, False)}
    if kind_of(name, model) == NUMBERS and model.encoding is not None:
        given |= {key: getattr(numbers, key) for key in ("header", "delimiter") if getattr(numbers, key) is not None}
        options = replace(typed(DataOptions, model.data_options), **given)
        report.allow = options.report().allow
        asked = replace(asked_of(options), columns=model.encoding.columns)
        return read_latest_rows(file, asked, report, numbers)
    given.pop("decimal", None)
    check_no_reading(given)
    if model.encoding is not None:
        raise InputError(f"--input: {model.name} reads text, not numbers")
    return [("", one) for one in read_numbers(file, report, numbers)]


def check_rows_in_time(model: Model, file: str) -> None:
    """InputError where a model that forecasts is given a table whose rows do not follow time, or are of several series.

    Commands that show every step read the rows as they stand, and a network that reads time backwards shows nothing true.
    """
    if not forecasts(model) or model.encoding is None or file == "-" or suffix_of(file) in MATRICES:
        return
    options, report = typed(DataOptions, model.data_options), ReadingReport()
    columns = model.encoding.columns
    try:
        series = read_series([file], replace(asked_of(options), columns=columns, targets=columns), report)
    except InputError:  # whoever reads the numbers says what is wrong with them
        return
    order = report.read.get(file, {}).get("order")
    if order in ("reversed", "sorted") or len(series.groups) > 1:
        why = "holds several series" if len(series.groups) > 1 else "has rows that do not follow time"
        raise InputError(
            f"{file}: {why}, and is read here as it stands; give a file of one series, the oldest row first,\n"
            "or see the forecast of each series with rnn predict --input"
        )


def check_no_reading(reading: Mapping[str, Any]) -> None:
    """InputError where an option says how a table is read, and none is."""
    for name, value in reading.items():
        if value not in (None, False):
            raise InputError(f"--{name.replace('_', '-')}: it is for the --input of a model that forecasts")


def _asked_kind(name: str, model: Model, beam: int) -> str:
    kind = kind_of(name, model)
    if beam > 1 and kind != TEXTS:
        raise InputError(f"--beam is for a model that writes; {name} answers otherwise")
    return kind


def _answers(
    model: Model,
    kind: str,
    texts: Iterable[str] | None,
    sequences: Iterable[Sequence] | None,
    numbers: Iterable[Array | Named] | None,
    source: str,
    seed: int,
    beam: int,
    most: int,
    initial: InitialStates,
    why: Why | None,
    steps: int | None = None,
) -> Iterator[Answer]:
    """The answers, as their inputs are read."""
    ahead = None
    if steps is not None:
        from rnn_cli.study.rollout import look_ahead

        ahead = look_ahead(model, steps, initial)
    if numbers is not None:
        named = (one if isinstance(one, tuple) else ("", one) for one in numbers)
        if kind == NUMBERS:
            return (answer_numbers(model, array, source, series, initial, why, ahead) for series, array in named)
        if model.encoding is not None:
            raise InputError(f"{model.name} reads text, not numbers")
        given = (from_numbers(array, model, source) for _, array in named)
        return answer_sequences(model, kind, given, most, initial, why)
    if kind == NUMBERS:
        raise InputError(f"{model.name} reads numbers, not text: --input FILE, with the columns of its training")
    if sequences is not None and kind == TEXTS:
        return (write_answer(model, sequence, beam, why) for sequence in sequences)
    if sequences is not None:
        return answer_sequences(model, kind, sequences, most, initial, why)
    return answer_texts(model, kind, texts or (), seed, beam, most, initial, why)


def kind_of(name: str, model: Model) -> str:
    """What the model answers. InputError where it has nothing to answer with."""
    if model.system is None:
        if not model.network.architecture.output_size:
            raise InputError(
                f"{name}: has no readout, so there is nothing that it predicts; rnn forward shows its states"
            )
        if model.foreign and is_language_model(model):
            return NEXT
        return CLASS if model.network.architecture.task == MANY_TO_ONE else TAGS
    if isinstance(model.system, EncoderDecoder | Conditioned):
        return TEXTS
    if model.numeric:
        return NUMBERS
    if model.trained_for == LANGUAGE_MODEL:
        return NEXT
    return CLASS if model.network.architecture.task == MANY_TO_ONE else TAGS


def answer_texts(
    model: Model,
    kind: str,
    texts: Iterable[str],
    seed: int,
    width: int,
    most: int,
    initial: InitialStates | None = None,
    why: Why | None = None,
) -> Iterator[Answer]:
    """The answer to each text, `most` of them at a time where they can be run together."""
    if kind == TEXTS:
        yield from (write_answer(model, text, width, why) for text in texts)
        return
    sequences = map(partial(read_text, model=model, seed=seed), texts)
    yield from answer_sequences(model, kind, sequences, most, initial, why)


def answer_sequences(
    model: Model,
    kind: str,
    sequences: Iterable[Sequence],
    most: int = MOST_SEQUENCES,
    initial: InitialStates | None = None,
    why: Why | None = None,
) -> Iterator[Answer]:
    """Labels, tags or next tokens of sequences that are ready. NumberError where they leave the finite range."""
    number = 0
    for group in batches(sequences, lambda one: len(one.inputs), most):
        starts = batched(initial or one.initial for one in group)
        runs = run_batch(model.network, [one.inputs for one in group], starts)
        for sequence, run in zip(group, runs, strict=True):
            number += 1
            assert run.probabilities is not None
            probabilities = run.probabilities[-1] if kind == NEXT else run.probabilities
            if not np.isfinite(probabilities).all():
                where = f"input {number}: " if number > 1 else ""
                raise NumberError(f"{where}{said(run.departure, model.network.architecture)}")
            reason = explained(model, sequence, initial or {}, why)
            yield Answer(sequence.text, sequence.tokens, sequence.known, probabilities, explained=reason)


def explained(model: Model, sequence: Sequence, initial: InitialStates, why: Why | None) -> "Explained | None":
    """What each step gave to the answer, where that is asked for."""
    if why is None:
        return None
    from rnn_cli.study.attribution import explain_sequence

    return explain_sequence(model, sequence, initial, why.about)


def write_answer(model: Model, given: str | Sequence, width: int, why: Why | None = None) -> Answer:
    """What a network that writes makes of a text or of a condition; a beam of 1 is greedy."""
    system, encoding = model.system, model.encoding
    assert encoding is not None
    bos, eos = encoding.begin, encoding.end
    tokens: tuple[str, ...] | None
    known: tuple[bool, ...] | None
    if isinstance(system, EncoderDecoder):
        sequence = read_text(given, model, 0) if isinstance(given, str) else given
        tokens, known = sequence.tokens, sequence.known
        ids, limit = np.array(sequence.ids), at_most(len(sequence.inputs))
        state, memory = system.begin(ids[:, None], np.array([len(ids)]))
    else:
        assert isinstance(system, Conditioned)
        assert isinstance(given, str)
        tokens, known, limit = None, None, LONGEST_DESCRIPTION
        condition = condition_of(given, encoding)
        state, memory = system.begin(np.array([[condition]]), np.array([1]))
    with in_words(decoder_of(model)):
        found = beam(system.decoder, state, bos, eos, width, limit, memory)
    texts = tuple(Hypothesis(*spelt(encoding, one.tokens), one.log_probability, one.finished) for one in found)
    reason: Aligned | FromCondition | None = None
    if why is not None:
        from rnn_cli.study.attribution_texts import align, beside_others

        if why.about is not None:
            raise InputError(f"--about: {model.name} writes, and every token that it writes is explained")
        written = (*found[0].tokens, *((eos,) if found[0].finished else ()))
        if isinstance(system, EncoderDecoder):
            reason = align(system, encoding, ids.tolist(), tokens or (), written)
        else:
            reason = beside_others(system, encoding, condition, written)
    return Answer(given if isinstance(given, str) else given.text, tokens, known, hypotheses=texts, explained=reason)


def spelt(encoding: Encoding, ids: Iterable[int]) -> tuple[str, tuple[str, ...]]:
    """The text of ids of labels, and its tokens."""
    tokens = tuple(encoding.labels[k] for k in ids)
    return joined(tokens, encoding.target), tokens


def answer_numbers(
    model: Model,
    values: Array,
    where: str,
    series: str = "",
    initial: InitialStates | None = None,
    why: Why | None = None,
    ahead: "LookAhead | None" = None,
) -> Answer:
    """What comes after the last row of values (T, I) of a series, in the units of the data."""
    encoding = model.encoding
    assert encoding is not None
    if values.shape[1] != len(encoding.columns):
        raise InputError(
            f"{where}: rows of {values.shape[1]} numbers, but the model reads {len(encoding.columns)}: "
            f"{', '.join(encoding.columns)}"
        )
    window = model.data_options.get("window") if forecasts(model) else None
    read = values[-window:] if isinstance(window, int) and window > 0 else values
    check_positive(read, encoding.columns, encoding.forms, where)
    model, encoding, scaled = model.after(read), encoding.after(read), encoding.scaled(read)
    (run,) = run_batch(model.network, [scaled], batched([initial or {}]))
    assert run.logits is not None
    logits = run.logits if run.logits.ndim == 1 else run.logits[-1]
    numbers = encoding.in_units(logits).reshape(-1, len(encoding.target_columns))
    if not np.isfinite(numbers).all():
        reached = said(run.departure, model.network.architecture) or "an output times its scale left the finite range"
        raise NumberError(f"{where}: the forecast is not a finite number: {reached}")
    reason = explained(model, Sequence(None, None, None, None, None, scaled, read), initial or {}, why)
    found = None if ahead is None else ahead.after(model, values, len(read))
    return Answer(
        None,
        numbers=numbers if found is None else found.numbers,
        last=encoding.targets_among(values[-1]),
        steps=len(read),
        series=series,
        explained=reason,
        ahead=found,
    )


def likeliest(probabilities: Array, most: int) -> list[tuple[int, float]]:
    """The `most` likeliest classes with their probabilities, the first of equals first."""
    return [(int(k), float(probabilities[k])) for k in np.argsort(-probabilities, kind="stable")[:most]]
