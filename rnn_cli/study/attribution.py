"""Why a model answers as it does: what each word, or each row of numbers, gave to one number of its answer.

class, next    the log-odds of a label or a token: of the likeliest one, or of one that is named
tags           those of the tag of one word: the word that the network is least sure of, or one that is named by its number
numbers        a predicted number in the units of the data: the first one, or a column that is named
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array
from rnn_cli.core.attribution import LAST, LOG_ODDS, OUTPUT, Asked, Attribution, Together, attribute
from rnn_cli.core.fast.batches import SequenceRun, run_batch
from rnn_cli.core.metrics.spearman import spearman
from rnn_cli.core.metrics.ties import settled
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.state import InitialStates
from rnn_cli.errors import InputError, NumberError
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.answers import is_language_model
from rnn_cli.models.model import Model
from rnn_cli.reading import whole_number
from rnn_cli.study.initial_states import batched
from rnn_cli.study.range import LEFT

LEFT_OUT, REPLACED, GRADIENT, INTEGRATED = "left_out", "replaced", "gradient_input", "integrated"
"""The methods, by their keys in documents."""

MOST_BESIDE = 60
"""Up to so many steps a page that is about something else says it too."""

UNKNOWN_WORD, ZEROS, MEAN = "unknown", "zeros", "mean"
"""What stands in the place of a step: the vector of the unknown word, zeros, or the mean of the training data."""

MOST_STEPS = 500
"""A sequence is run once without each of its steps, so that longer ones take too long."""


@dataclass(frozen=True)
class Agreement:
    """Of two methods: the rank correlation of what they give to the steps, and whether they name the same step first."""

    methods: tuple[str, str]
    spearman: float
    same_top: bool


@dataclass(frozen=True, eq=False)
class TakenOut:
    """The number without some steps. `top_of` are the methods that name the step first; of several steps `apart` is what the
    number would be if their changes one by one added up."""

    steps: tuple[int, ...]
    value: float
    top_of: tuple[str, ...] = ()
    apart: float | None = None


@dataclass(frozen=True, eq=False)
class Explained:
    """What each step gave to one number of an answer.

    about     the label, token or column whose number it is
    names     what the steps are called
    stand_in  what stands in the place of a step
    columns   of numbers, what is read at each step
    """

    about: str
    names: tuple[str, ...]
    stand_in: str
    unknown: str
    found: Attribution
    columns: tuple[str, ...] = ()

    @property
    def is_share(self) -> bool:
        """Whether the number is the log-odds of a probability."""
        return self.found.asked.kind == LOG_ODDS

    def shown(self, value: float) -> float:
        """The probability that log-odds stand for, or the number itself."""
        return float(ACTIVATIONS["sigmoid"].function(np.array(value))) if self.is_share else value

    @cached_property
    def methods(self) -> dict[str, Array]:
        """What each method gives to the steps, (T,) each, nan where it says nothing."""
        found = self.found
        left = {} if found.left_out is None else {LEFT_OUT: found.left_out}
        return {**left, REPLACED: found.replaced, GRADIENT: found.gradient, INTEGRATED: found.integrated}

    @property
    def tops(self) -> dict[str, int]:
        """For each method the step that gave most to a label or a token, or that moved a number furthest, up or down; the
        first of equal ones."""
        return {name: int(np.nanargmax(settled(self._weight(values)))) for name, values in self.methods.items()}

    @property
    def strongest(self) -> TakenOut:
        """Of the steps that were tried one by one, the one without which the answer changes most, as `tops` has it."""
        single = [one for one in self.taken_out if len(one.steps) == 1]
        weights = settled(self._weight(self.found.taken_out))
        return max(single, key=lambda one: float(weights[one.steps[0]]))

    def _weight(self, values: Array) -> Array:
        """How much a contribution counts: a label is spoken for by what makes it likelier; a number is moved either way."""
        return values if self.is_share else np.abs(values)

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """Every two methods, over the steps of which both say something."""
        every, tops = self.methods, self.tops
        found = []
        for one, other in combinations(every, 2):
            both = np.isfinite(every[one]) & np.isfinite(every[other])
            found.append(
                Agreement((one, other), spearman(every[one][both], every[other][both]), tops[one] == tops[other])
            )
        return tuple(found)

    @cached_property
    def taken_out(self) -> tuple[TakenOut, ...]:
        """The strongest claims, tried: each method's first step, steps that hold the same, and the pair that gives most together."""
        found, tops = self.found, self.tops
        single = [
            TakenOut((t,), found.value - float(found.taken_out[t]), tuple(name for name in tops if tops[name] == t))
            for t in dict.fromkeys(tops.values())
        ]
        groups = dict.fromkeys([*found.repeated, *([] if found.pair is None else [found.pair])])
        return (*single, *(self._group(one) for one in groups))

    def _group(self, one: Together) -> TakenOut:
        return TakenOut(one.steps, self.found.value - one.change, apart=self.found.value - one.apart)


def explain_sequence(model: Model, sequence: Sequence, initial: InitialStates, about: str | None = None) -> Explained:
    """What each step of a sequence gave to the model's answer.

    InputError where there is no such answer or the sequence is too long; NumberError where a number left the finite range.
    """
    network, T = model.network, len(sequence.inputs)
    if T > MOST_STEPS:
        raise InputError(
            f"--explain reads a text again without each of its words: it takes up to {MOST_STEPS} steps, and this has {T:,}"
        )
    start, model = initial or sequence.initial, model.after(sequence.raw)
    (run,) = run_batch(network, [sequence.inputs], batched([start]))
    name, asked = _asked(model, run, about)
    stand_in, baseline = _stand_in(model)
    with np.errstate(over="ignore", invalid="ignore"):
        numeric = model.numeric
        found = attribute(
            network,
            sequence.inputs,
            asked,
            baseline,
            start,
            _alike(sequence),
            removes=not numeric,
            by_component=numeric and len(model.columns) > 1,
        )
    found = replace(found, running=_in_units_then(model, sequence, found))
    if not _is_finite(found):
        raise NumberError(f"--explain: what a step gave {LEFT}: the answer is there without --explain")
    return Explained(name, sequence.names, stand_in, model.unknown or "", found, model.columns)


def _in_units_then(model: Model, sequence: Sequence, found: Attribution) -> Array:
    """The running answer, each in the units that it has where the sequence ends at its step."""
    encoding, raw = model.encoding, sequence.raw
    if encoding is None or not encoding.forms or raw is None:
        return found.running
    size = model.network.architecture.output_size
    ends = [encoding.after(raw[: t + 1]).output_moments(size) for t in range(len(raw))]
    means, scales = (np.array([end[k][found.asked.unit] for end in ends]) for k in (0, 1))
    running: Array = (found.running - found.asked.shift) / found.asked.scale * scales + means
    return running


def _is_finite(found: Attribution) -> bool:
    """Whether all is a number that must be one: nothing is said of the step that answers left out, or of those before it so far."""
    at = found.asked.at
    parts = [found.replaced, found.gradient, found.integrated, found.running[0 if at is None else max(at, 0) :]]
    parts += [] if found.left_out is None else [found.left_out[np.arange(len(found.left_out)) != at]]
    together = [one.change for one in (*found.repeated, *([] if found.pair is None else [found.pair]))]
    return all(np.isfinite(part).all() for part in (*parts, np.array([found.value, found.empty, *together])))


def explain_trained(model: Model, sequence: Sequence) -> Explained | None:
    """The same for the pages of a trained model, which have room for it; None of other models and of long sequences."""
    trained = bool(model.trained_for) and not model.has_decoder
    if not trained or not can_explain(model) or len(sequence.inputs) > MOST_BESIDE:
        return None
    try:
        return explain_sequence(model, sequence, {})
    except NumberError:  # the page says where numbers left the range
        return None


def can_explain(model: Model) -> bool:
    """Whether a model answers with something that steps can give to."""
    return bool(model.network.architecture.output_size) and (
        model.numeric or model.network.architecture.output_size > 1
    )


def _asked(model: Model, run: SequenceRun, about: str | None) -> tuple[str, Asked]:
    """What the number is of, and the number."""
    a, logits = model.network.architecture, run.logits
    assert logits is not None
    if not can_explain(model):
        raise InputError(f"--explain: {model.name} has one class, whose probability is 1 whatever it reads")
    one = a.task == MANY_TO_ONE
    last = None if one else LAST
    if model.numeric:
        assert model.encoding is not None
        columns = model.encoding.outputs(a.output_size)
        unit = _index(about, columns, "column that is predicted")
        means, scales = model.encoding.output_moments(a.output_size)
        return columns[unit], Asked(OUTPUT, unit, last, float(scales[unit]), float(means[unit]))
    labels = model.labels or tuple(model.label(k) for k in range(a.output_size))
    if one or is_language_model(model):
        own = logits if one else logits[LAST]
        unit = int(own.argmax()) if about is None else _index(about, labels, "label")
        return labels[unit], Asked(LOG_ODDS, unit, last)
    assert run.probabilities is not None
    at = int(run.probabilities.max(axis=-1).argmin()) if about is None else _step(about, len(logits))
    unit = int(logits[at].argmax())
    return labels[unit], Asked(LOG_ODDS, unit, at)


def _index(about: str | None, names: tuple[str, ...], what: str) -> int:
    if about is None:
        return 0
    if about not in names:
        known = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        raise InputError(f"--about {about}: there is no such {what}: {known}")
    return names.index(about)


def _step(about: str, steps: int) -> int:
    number = whole_number(about)
    if number is None or not 1 <= number <= steps:
        raise InputError(f"--about {about}: write the number of the word whose tag is meant, from 1 to {steps}")
    return number - 1


def _stand_in(model: Model) -> tuple[str, Array]:
    """What says nothing where a step stood, and its vector (I,)."""
    size = model.network.architecture.input_size
    unknown, vocabulary = model.unknown or "", model.vocabulary or {}
    if unknown in model.rows:
        return UNKNOWN_WORD, model.network.parameters["embedding"][model.rows[unknown]]
    if model.one_hot and unknown in vocabulary:
        return UNKNOWN_WORD, np.eye(size)[vocabulary[unknown]]
    scaled = model.encoding is not None and model.encoding.rescales
    return (MEAN if scaled else ZEROS), np.zeros(size)


def _alike(sequence: Sequence) -> tuple[tuple[int, ...], ...]:
    """The steps of each token that stands several times."""
    return tuple(_groups(sequence.tokens or ()))


def _groups(tokens: tuple[str, ...]) -> Iterator[tuple[int, ...]]:
    for token in dict.fromkeys(tokens):
        steps = tuple(t for t, one in enumerate(tokens) if one == token)
        if len(steps) > 1:
            yield steps
