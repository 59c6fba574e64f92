"""Backpropagation through time: of one network, of an encoder-decoder, or of a long sequence by the kernels alone."""

from collections.abc import Callable
from collections.abc import Sequence as Series
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Unpack

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import Bptt, bptt, can_itemise
from rnn_cli.core.departure import Departure
from rnn_cli.core.fast.bptt_long import MOST_RECORDED, LongBpttReport, long_bptt_report
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.trace import trace
from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.bptt_checks import hold_gradient, hold_long_gradient
from rnn_cli.study.bptt_report import BackwardReport, backward_report
from rnn_cli.study.gradient_options import read_clipping, read_every, read_truncation
from rnn_cli.study.initial_states import batched
from rnn_cli.study.part import WHOLE, Part, part_of_trace
from rnn_cli.study.range import said
from rnn_cli.study.roles import DECODER, ENCODER, check_network
from rnn_cli.study.seq2seq import Decoded, chosen_part, decode
from rnn_cli.study.seq2seq_bptt import Seq2SeqBptt, seq2seq_bptt
from rnn_cli.study.shown import Choice, Shown, choose, given_options, is_wide
from rnn_cli.study.targets import read_loss
from rnn_cli.study.trace import ANSWERS
from rnn_cli.study.worksheet import Sheet, backward_sheet
from rnn_cli.threads import limit_threads

if TYPE_CHECKING:  # loaded for a trained model
    from rnn_cli.study.attribution import Explained


@dataclass(frozen=True, eq=False)
class BpttResult:
    """The backward pass of one network.

    choice      what a page shows of it; `arithmetic`: whether it writes the products out
    decoded     the text that the network decodes, if the network is that of a one-to-many model
    """

    model: Model
    sequence: Sequence
    report: BackwardReport
    choice: Choice
    arithmetic: bool = True
    decoded: Decoded | None = None

    @cached_property
    def left_range(self) -> str | None:
        """Where numbers left the finite range; None where all are finite."""
        return self._said(self.report.departure)

    @cached_property
    def explained(self) -> "Explained | None":
        """What each step gave to the answer, right or wrong, of a trained model that gives one and all of which is shown."""
        one = self.model.network.architecture.task == MANY_TO_ONE
        if not one or not self.model.trained_for or self.decoded is not None or self.choice.is_part or self.left_range:
            return None
        from rnn_cli.study.attribution import explain_trained

        return explain_trained(self.model, self.sequence)

    @property
    def part(self) -> Part:
        """What a document holds of it."""
        return part_of_trace(self.choice, self.report.result.trace)

    def _said(self, departure: Departure | None) -> str | None:
        return said(departure, self.model.network.architecture, self.model.role)

    def hold(self) -> None:
        """NumberError or CheckFailed where the gradient could not be checked, or is wrong."""
        hold_gradient(self.report.check, self._said(self.report.full.departure))


@dataclass(frozen=True, eq=False)
class Seq2SeqBpttResult:
    """The backward pass of an encoder-decoder.

    network     the network that a page goes back through; None: both
    choices     which part of each network a page shows, by "encoder" and "decoder"
    """

    decoded: Decoded
    report: Seq2SeqBptt
    network: str | None
    choices: dict[str, Choice]
    arithmetic: bool | None = None

    @property
    def alone(self) -> "Model | None":
        """The network that is shown; None where there are two."""
        one = self.decoded.network(self.network)
        return None if one is None else one.model

    @cached_property
    def left_range(self) -> str | None:
        """Where numbers left the finite range; None where all are finite."""
        return self._passes_left() or said(self.report.departure, self.report.decoder.trace.network.architecture)

    def part(self, role: str) -> Part:
        """What a document holds of the network of that role: all of the one that was not chosen."""
        back = self.report.encoder if role == ENCODER else self.report.decoder
        assert back is not None
        return part_of_trace(self.choices[role], back.trace, role) if role == self.network else WHOLE

    def _passes_left(self) -> str | None:
        """Where a forward or a backward pass left it, in the order of computation."""
        if self.decoded.left_range is not None:
            return self.decoded.left_range
        found = [
            said(back.departure, back.trace.network.architecture, role)
            for back, role in zip(self.report.networks, (DECODER, ENCODER), strict=False)
        ]
        return next((one for one in found if one is not None), None)

    def hold(self) -> None:
        """NumberError or CheckFailed where the gradient could not be checked, or is wrong."""
        hold_gradient(self.report.check, self._passes_left())


@dataclass(frozen=True, eq=False)
class BackSheetResult:
    """A backward pass to work out by hand: its results left out and numbered, or with `answers` the key.

    back    the backward pass; `make` the whole result that it is a part of, for its document
    """

    model: Model
    sequence: Sequence
    back: Bptt
    sheet: Sheet
    answers: bool
    make: Callable[[], "BpttResult | Seq2SeqBpttResult"]

    @cached_property
    def whole(self) -> "BpttResult | Seq2SeqBpttResult":
        """The whole result; it takes longer than the sheet, which needs neither the checks nor the descent."""
        return self.make()

    @cached_property
    def left_range(self) -> str | None:
        """Where numbers left the finite range; None where all are finite."""
        return said(self.back.departure, self.model.network.architecture, self.model.role)

    def hold(self) -> None:
        """A sheet checks nothing."""


@dataclass(frozen=True, eq=False)
class LongBpttResult:
    """Loss and gradient of one sequence, without a record of its steps."""

    model: Model
    sequence: Sequence
    report: LongBpttReport

    @cached_property
    def left_range(self) -> str | None:
        """Where numbers left the finite range; None where all are finite."""
        return said(self.report.departure, self.model.network.architecture)

    def hold(self) -> None:
        """NumberError or CheckFailed where the gradient could not be compared, or differs."""
        hold_long_gradient(self.report, self.left_range)


LEARNING_RATE = 0.1
"""Of the step of gradient descent that is shown, where nobody says another."""

BackwardResult = BpttResult | Seq2SeqBpttResult | LongBpttResult | BackSheetResult


def bptt_sequence(
    model: Model,
    sequence: Sequence,
    *,
    target: str | None = None,
    targets: str | Series[str] | None = None,
    loss: str | None = None,
    upstream: "str | Array | None" = None,
    reduction: str | None = None,
    truncate: str | None = None,
    truncate_sweep: bool = False,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    lr: float = LEARNING_RATE,
    checkpoint_every: str | None = None,
    check: bool = False,
    worksheet: str | None = None,
    network: str | None = None,
    arithmetic: bool | None = None,
    seed: int = 0,
    **shown: Unpack[Shown],
) -> BackwardResult:
    """Backpropagate a sequence's loss. Options truncate it, clip the gradient, or keep no record of the steps.

    `check` compares a long sequence's gradient once more; `hold()` of the result says whether all comparisons held.
    `worksheet` leaves the results out ("blank"), or is the key to it ("answers").
    InputError where an argument does not fit the model or the sequence.
    """
    decoded, traced = None, None
    model = model.after(sequence.raw)
    if worksheet is not None:
        asked: dict[str, object] = {
            "--truncate": truncate,
            "--truncate-sweep": truncate_sweep or None,
            "--clip-norm": clip_norm,
        }
        asked |= {"--clip-value": clip_value, "--checkpoint-every": checkpoint_every, "--check": check or None}
        asked |= {"--lr": lr if lr != LEARNING_RATE else None}
        _refuse_on_worksheet(worksheet, asked)
    chosen = [*given_options(shown), *([f"--{worksheet}"] if worksheet is not None else [])]
    if worksheet is not None:
        shown["layer"] = "all" if shown.get("layer") is None else shown["layer"]
    if check_network(model, network, None, chosen):
        refused: dict[str, object] = {"--targets": targets, "--loss": loss, "--dL-dh": upstream}
        refused |= {"--reduction": reduction, "--checkpoint-every": checkpoint_every}
        if model.kind == "encoder-decoder":
            refused |= {"--truncate": truncate, "--truncate-sweep": truncate_sweep or None}
        _check_forced_text(model, target, refused)
        decoded = decode(model, sequence, target, seed)
        if worksheet is not None and decoded.attentive:
            raise InputError(
                f"--{worksheet}: the decoder of {model.name} looks back at every state of its encoder, and a worksheet has no rows "
                "for the errors on that way; rnn bptt shows them, and rnn trace has a worksheet of each network's steps"
            )
        if decoded.encoder is not None:
            both = _both_networks(decoded, network, read_clipping(clip_norm, clip_value), lr, arithmetic, seed, shown)
            return both if worksheet is None else _sheet_of_one(both, network or DECODER, worksheet)
        model, sequence, traced = decoded.decoder.model, decoded.decoder.sequence, decoded.decoder.trace
    choice = choose(model.network.architecture, len(sequence.inputs), **shown)
    if worksheet is not None and not model.network.architecture.output_size:
        raise InputError(f"a worksheet of the backward pass asks for the loss of a readout, and {model.name} has none")
    if decoded is not None:
        wanted = decoded.target
    else:
        model, wanted = read_loss(model, sequence, target, targets, loss, upstream, reduction)
    if worksheet is not None and wanted.mean:
        raise InputError("a worksheet asks for the sum of the losses: leave --reduction mean out")
    cut = read_truncation(truncate, len(sequence.inputs))
    clipping = read_clipping(clip_norm, clip_value)
    if worksheet is not None and len(sequence.inputs) > MOST_RECORDED:
        raise InputError(f"--{worksheet} shows single steps, which are kept up to {MOST_RECORDED:,}: take fewer")
    if decoded is None and (checkpoint_every is not None or len(sequence.inputs) > MOST_RECORDED):
        _refuse_records(checkpoint_every, {"--truncate": truncate, "--truncate-sweep": truncate_sweep or None}, shown)
        every = read_every(checkpoint_every)
        with limit_threads(1):  # products with one sequence are small
            report = long_bptt_report(
                model.network, sequence.inputs, wanted, every, clipping, check, batched([sequence.initial])
            )
        return LongBpttResult(model, sequence, report)
    result = traced or trace(model.network, sequence.inputs, sequence.initial)
    if (cut is not None or truncate_sweep) and not can_itemise(result):
        raise InputError(
            f"--truncate{'' if cut is not None else '-sweep'}: {len(sequence.inputs)} steps with "
            f"{model.network.architecture.output_width} units are too many to keep each loss's error apart; "
            "take fewer words"
        )

    def whole() -> BpttResult:
        backward = backward_report(result, wanted, cut, truncate_sweep, clipping, lr, seed)
        written = choice.writes_out(arithmetic, is_wide(model.network.architecture))
        return BpttResult(model, sequence, backward, choice, written, decoded)

    if worksheet is None:
        return whole()
    back = bptt(result, wanted)
    return BackSheetResult(model, sequence, back, backward_sheet(model, back, choice), worksheet == ANSWERS, whole)


def _sheet_of_one(both: Seq2SeqBpttResult, network: str, worksheet: str) -> BackSheetResult:
    """The worksheet of one of two networks. The encoder's errors begin with those that the decoder hands over."""
    one = both.decoded.encoder if network == ENCODER else both.decoded.decoder
    back = both.report.encoder if network == ENCODER else both.report.decoder
    assert one is not None
    assert back is not None
    sheet = backward_sheet(one.model, back, both.choices[network], given_end=network == ENCODER)
    return BackSheetResult(one.model, one.sequence, back, sheet, worksheet == ANSWERS, lambda: both)


def _refuse_on_worksheet(worksheet: str, given: dict[str, object]) -> None:
    """InputError where an option changes or checks the gradient: a worksheet asks for the plain backward pass."""
    for option, value in given.items():
        if value is not None:
            raise InputError(f"--{worksheet} asks for the plain backward pass: leave {option} out")


def _both_networks(
    decoded: Decoded,
    network: str | None,
    clipping: tuple[str, float] | None,
    lr: float,
    arithmetic: bool | None,
    seed: int,
    shown: Shown,
) -> Seq2SeqBpttResult:
    encoder, decoder = decoded.encoder, decoded.decoder
    assert encoder is not None
    choices = {}
    for role, one in ((ENCODER, encoder), (DECODER, decoder)):
        own: Shown = shown if role == network else {}
        choices[role] = chosen_part(one, **own)
    report = seq2seq_bptt(encoder.trace, decoder.trace, decoded.target, clipping, lr, seed)
    return Seq2SeqBpttResult(decoded, report, network, choices, arithmetic)


def _check_forced_text(model: Model, text: str | None, refused: dict[str, object]) -> None:
    """InputError where the text to write is missing, or an option is given that has no meaning for a model that writes."""
    for option, value in refused.items():
        if value is not None:
            raise InputError(
                f"{option} has no meaning for {model.name}, whose loss is that of the text in --target: leave it out"
            )
    if text is None:
        raise InputError("give the --target: the text that should be written")


def _refuse_records(every: str | None, given: dict[str, object], shown: Shown) -> None:
    """InputError where an option asks for the record of single steps, which is not kept."""
    asked = [name for name, value in given.items() if value is not None] + given_options(shown)
    if asked and every is not None:
        raise InputError(f"{asked[0]} shows single steps, which --checkpoint-every does not keep: leave one out")
    if asked:
        raise InputError(f"{asked[0]} shows single steps, which are kept up to {MOST_RECORDED:,}: take fewer")
