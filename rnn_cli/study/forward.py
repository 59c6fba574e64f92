"""Every hidden state, cell state and gate of one sequence or of many."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Unpack

from rnn_cli.core.fast.batches import MOST_SEQUENCES, SequenceRun, batches, run_batch
from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.initial_states import batched
from rnn_cli.study.part import Part, part_of
from rnn_cli.study.range import Watch, answer_left_range, said
from rnn_cli.study.roles import check_network
from rnn_cli.study.shown import Choice, Shown, choose, given_options

if TYPE_CHECKING:  # loaded only where a text is decoded
    from rnn_cli.study.seq2seq import Decoded

DTYPES = ("float32", "float64")


@dataclass(frozen=True, eq=False)
class ForwardResult:
    """One sequence through one network.

    choice           what a page shows of it; `explain_shapes`: whether it names the slices of PyTorch's outputs
    decoded          the text that the network helps to decode, where it is one of those of a seq2seq model
    """

    model: Model
    sequence: Sequence
    run: SequenceRun
    choice: Choice
    explain_shapes: bool = False
    decoded: "Decoded | None" = None

    @property
    def left_range(self) -> str | None:
        """Where numbers left the finite range; None where all are finite."""
        return run_left_range(self.run, self.model)

    @property
    def part(self) -> Part:
        """What a document holds of it."""
        runs = {(one.layer, one.direction): one for one in self.run.states}
        network = self.model.network
        role = self.model.role if self.decoded is not None and self.decoded.encoder is not None else ""
        return part_of(
            self.choice,
            network,
            len(self.run.inputs),
            lambda *where: (runs[where].h, runs[where].initial["h"]),
            role,
        )


@dataclass(frozen=True, eq=False)
class ManyForwardResult:
    """Many sequences, which may be computed while they are drawn or written. `source` says what they are called."""

    model: Model
    runs: Iterable[tuple[Sequence, SequenceRun]]
    choice: Choice
    source: tuple[str, str]
    watch: Watch

    @property
    def left_range(self) -> str | None:
        """Where the first of those that were computed so far left the finite range."""
        return self.watch.first

    @property
    def part(self) -> Part:
        """What a document holds of each."""
        return part_of(self.choice, self.model.network, 1)


@dataclass(frozen=True, eq=False)
class Seq2SeqForwardResult:
    """Both networks of an encoder-decoder, and the context between them."""

    decoded: "Decoded"
    alone: None = None

    @property
    def left_range(self) -> str | None:
        """Where numbers left the finite range; None where all are finite."""
        return self.decoded.left_range


@dataclass(frozen=True, eq=False)
class ManyDecodedResult:
    """Many texts that a model decodes, which may be computed while they are drawn or written."""

    model: Model
    texts: "Iterable[Decoded]"
    source: tuple[str, str]
    watch: Watch

    @property
    def alone(self) -> "Model | None":
        """The network that is shown; None where there are two."""
        return None if self.model.role else self.model

    @property
    def left_range(self) -> str | None:
        """Where the first of those that were computed so far left the finite range."""
        return self.watch.first


Forwarded = ForwardResult | ManyForwardResult | Seq2SeqForwardResult | ManyDecodedResult

UNNAMED = ("", "")


def forward_sequences(
    model: Model,
    sequences: Iterable[Sequence],
    *,
    source: tuple[str, str] = UNNAMED,
    only: int | None = None,
    dtype: str = "float64",
    explain_shapes: bool = False,
    target: str | None = None,
    network: str | None = None,
    seed: int = 0,
    keep: bool = True,
    **shown: Unpack[Shown],
) -> Forwarded:
    """Run one sequence, or many.

    source    the name of many sequences, and the option that reads them again
    only      show only this one of many sequences, counted from 1
    keep      whether results are held, so that they can be gone through more than once; else they are computed when asked for
    target    of a model that writes a text: the text that it is made to write, and `network` the one that is shown

    InputError where an argument does not fit the model or the sequences.
    """
    model = computed_in(model, dtype)
    sequences = iter(sequences) if only is None else _single(sequences, only)
    chosen = [*given_options(shown), *["--explain-shapes"] * explain_shapes]
    if check_network(model, network, target, chosen):
        from rnn_cli.study.seq2seq import decode

        _refuse_dtype(dtype)
        texts = (decode(model, sequence, target, seed) for sequence in sequences)
        first_texts = list(islice(texts, 2))
        if len(first_texts) > 1:
            _refuse_for_many(chosen)
            watch = Watch()
            every_text = watch.over(chain(first_texts, texts), lambda one: one.left_range)
            return ManyDecodedResult(model, list(every_text) if keep else every_text, source, watch)
        return _one_text(first_texts[0], network, explain_shapes, shown)
    runs = _runs(model, sequences, MOST_SEQUENCES)
    first = list(islice(runs, 2))
    if len(first) == 1:
        sequence, run = first[0]
        choice = choose(model.network.architecture, len(run.inputs), **shown)
        return ForwardResult(model.after(sequence.raw), sequence, run, choice, explain_shapes)
    if shown.get("steps") is not None or explain_shapes:
        raise for_one_sequence()
    watch = Watch()
    every = watch.over(chain(first, runs), lambda one: run_left_range(one[1], model.after(one[0].raw)))
    choice = choose(model.network.architecture, 1, **shown)
    if choice.rule is not None:
        raise InputError(
            f"--unit {choice.rule.name} looks at one sequence: choose it with --only, or give the units by number"
        )
    return ManyForwardResult(model, list(every) if keep else every, choice, source, watch)


def forward_each(
    model: Model,
    sequences: Iterable[Sequence],
    *,
    only: int | None = None,
    dtype: str = "float64",
    explain_shapes: bool = False,
    target: str | None = None,
    network: str | None = None,
    seed: int = 0,
    one_by_one: bool = False,
    **shown: Unpack[Shown],
) -> Iterator[Forwarded]:
    """The same, as a result for each sequence; `one_by_one` gives each before the next is read."""
    model = computed_in(model, dtype)
    sequences = iter(sequences) if only is None else _single(sequences, only)
    chosen = [*given_options(shown), *["--explain-shapes"] * explain_shapes]
    if check_network(model, network, target, chosen):
        from rnn_cli.study.seq2seq import decode

        _refuse_dtype(dtype)
        for sequence in sequences:
            yield _one_text(decode(model, sequence, target, seed), network, explain_shapes, shown)
        return
    for sequence, run in _runs(model, sequences, 1 if one_by_one else MOST_SEQUENCES):
        choice = choose(model.network.architecture, len(run.inputs), **shown)
        yield ForwardResult(model.after(sequence.raw), sequence, run, choice)


def each_of(result: object) -> "list[Forwarded] | None":
    """A result for each of many sequences that are held; None where the result is of one."""
    if isinstance(result, ManyForwardResult):
        choice = result.choice
        return [ForwardResult(result.model.after(sequence.raw), sequence, run, choice) for sequence, run in result.runs]
    if isinstance(result, ManyDecodedResult):
        return [_one_text(decoded, None, False, {}) for decoded in result.texts]
    return None


def for_one_sequence() -> InputError:
    """What to say where an option is about one sequence and there are many."""
    return InputError(
        "--steps, --explain-shapes and --plot are for one sequence: choose it with --only, as in --only 1"
    )


def run_left_range(run: SequenceRun, model: Model) -> str | None:
    """Where one sequence's numbers left the finite range; None where all are finite."""
    passed = said(run.departure, model.network.architecture, model.role)
    return passed or answer_left_range(model, run.logits)


def _one_text(decoded: "Decoded", network: str | None, explain_shapes: bool, shown: Shown) -> Forwarded:
    one = decoded.network(network)
    if one is None:
        return Seq2SeqForwardResult(decoded)
    from rnn_cli.study.seq2seq import chosen_part, computed

    choice = chosen_part(one, **shown)
    return ForwardResult(one.model, one.sequence, computed(one), choice, explain_shapes, decoded)


def computed_in(model: Model, dtype: str) -> Model:
    """The model with its numbers in that type."""
    if dtype not in DTYPES:
        raise InputError(f"--dtype {dtype}: it can be float32 or float64")
    network = model.network
    return replace(model, network=network.with_parameters(network.parameters.astype(dtype)))


def _refuse_for_many(chosen: list[str]) -> None:
    if chosen:
        raise InputError(f"{chosen[0]} is about one text: choose it with --only, as in --only 1")


def _refuse_dtype(dtype: str) -> None:
    if dtype != "float64":
        raise InputError("--dtype float32 is for models of one network that answer at their own steps")


def _single(sequences: Iterable[Sequence], number: int) -> Iterator[Sequence]:
    """The sequence of that number, from 1, alone. InputError where there are not so many."""
    count = 0
    for count, sequence in enumerate(sequences, start=1):
        if count == number:
            return iter([sequence])
    raise InputError(f"--only {number}: there are {count}")


def _runs(model: Model, sequences: Iterable[Sequence], most: int) -> Iterator[tuple[Sequence, SequenceRun]]:
    """Each sequence with what the network computes on it, a batch at a time."""
    for batch in batches(sequences, lambda sequence: len(sequence.inputs), most):
        initial = batched(one.initial for one in batch)
        yield from zip(batch, run_batch(model.network, [one.inputs for one in batch], initial), strict=True)
