"""One sequence through a network, with every number and where it comes from."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Unpack

from rnn_cli.core.network import Architecture
from rnn_cli.core.trace import Trace, trace
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.part import Part, part_of_trace
from rnn_cli.study.range import answer_left_range, said
from rnn_cli.study.roles import check_network
from rnn_cli.study.shown import Choice, Shown, choose, given_options, is_large
from rnn_cli.study.units import ShownUnits

if TYPE_CHECKING:  # loaded only where they are needed: most traces are of one network, and unfold no number
    from rnn_cli.core.why import Reason
    from rnn_cli.study.attribution import Explained
    from rnn_cli.study.seq2seq import Decoded
    from rnn_cli.study.worksheet import Sheet


@dataclass(frozen=True, eq=False)
class TraceResult:
    """One network's steps with every term.

    choice      what a page shows of them; `arithmetic`: whether it writes the products out
    overview    whether the page starts with a summary of all layers and directions
    decoded     the text that the network helps to decode, where it is one of those of a seq2seq model
    """

    model: Model
    sequence: Sequence
    trace: Trace
    choice: Choice
    arithmetic: bool = True
    decoded: "Decoded | None" = None
    overview: bool = False

    @property
    def left_range(self) -> str | None:
        """Where numbers left the finite range; None where all are finite."""
        passed = said(self.trace.departure, self.model.network.architecture, self.model.role)
        return passed or answer_left_range(self.model, self.trace.logits)

    @cached_property
    def explained(self) -> "Explained | None":
        """What each step gave to the answer, of a trained model all of which is shown."""
        if not self.model.trained_for or self.decoded is not None or self.choice.is_part or self.left_range:
            return None
        from rnn_cli.study.attribution import explain_trained

        return explain_trained(self.model, self.sequence)

    @property
    def part(self) -> Part:
        """What a document holds of them."""
        role = self.model.role if self.decoded is not None and self.decoded.encoder is not None else ""
        return part_of_trace(self.choice, self.trace, role)


@dataclass(frozen=True, eq=False)
class WhyResult:
    """One number of a trace, unfolded to weights, inputs and first states."""

    traced: TraceResult
    reason: "Reason"

    @property
    def left_range(self) -> str | None:
        """See TraceResult."""
        return self.traced.left_range


@dataclass(frozen=True, eq=False)
class WorksheetResult:
    """A trace to work out by hand: its results left out and numbered."""

    traced: TraceResult

    @property
    def model(self) -> Model:
        """The network."""
        return self.traced.model

    @property
    def sequence(self) -> Sequence:
        """What it read."""
        return self.traced.sequence

    @cached_property
    def sheet(self) -> "Sheet":
        """What is asked."""
        from rnn_cli.study.worksheet import forward_sheet

        return forward_sheet(self.traced.model, self.traced.trace, self.traced.choice)

    @property
    def left_range(self) -> str | None:
        """See TraceResult."""
        return self.traced.left_range


class AnswersResult(WorksheetResult):
    """The key to the worksheet of a trace."""


@dataclass(frozen=True, eq=False)
class Seq2SeqTraceResult:
    """Both networks of an encoder-decoder, and the context between them."""

    decoded: "Decoded"
    arithmetic: bool | None = None
    alone: None = None

    @property
    def left_range(self) -> str | None:
        """See TraceResult; the encoder comes first."""
        return self.decoded.left_range


Traced = TraceResult | WhyResult | WorksheetResult | AnswersResult | Seq2SeqTraceResult

MOST_KEPT = 1000
"""So many steps are kept as they are traced; those of a longer sequence are made again where a page or document needs them."""

BLANK, ANSWERS = "blank", "answers"
"""The kinds of worksheet."""


def units_of(trace: Trace, choice: Choice, layer: int, direction: str) -> ShownUnits:
    """The units that a page or a figure shows of one layer and direction."""
    h, start = trace.states(layer, direction), trace.initial[layer, direction].h
    return choice.units_of(trace.network, layer, direction, h, start)


def has_overview(architecture: Architecture, choice: Choice) -> bool:
    """Whether a page starts with an overview: of a large network, unless a part of it was chosen."""
    return is_large(architecture) and not choice.is_part


def trace_sequence(
    model: Model,
    sequence: Sequence,
    *,
    why: str | None = None,
    worksheet: str | None = None,
    target: str | None = None,
    network: str | None = None,
    arithmetic: bool | None = None,
    seed: int = 0,
    **shown: Unpack[Shown],
) -> Traced:
    """Run a sequence step by step; unfold the number `why`, or leave the results out for a `worksheet`.

    `arithmetic` says whether a page writes the products out: None: of a network that needs
    no overview, and of a chosen part. A worksheet has all layers.
    For a model that writes a text, `target` is the text that it must write, and `network` the one that is shown.
    InputError where an argument does not fit the model or the sequence.
    """
    chosen = [*given_options(shown), *(["--why"] if why is not None else [])]
    if worksheet is not None:
        chosen.append(f"--{worksheet}")
        shown["layer"] = "all" if shown.get("layer") is None else shown["layer"]
    if check_network(model, network, target, chosen):
        from rnn_cli.study.seq2seq import chosen_part, decode

        decoded = decode(model, sequence, target, seed)
        one = decoded.network(network)
        if one is None:
            return Seq2SeqTraceResult(decoded, arithmetic)
        choice = chosen_part(one, **shown)
        result = _shown_as(TraceResult(one.model, one.sequence, one.trace, choice, decoded=decoded), arithmetic)
    else:
        kept = len(sequence.inputs) <= MOST_KEPT
        steps = trace(model.network, sequence.inputs, sequence.initial, keep_steps=kept)
        choice = choose(model.network.architecture, len(sequence.inputs), **shown)
        result = _shown_as(TraceResult(model.after(sequence.raw), sequence, steps, choice), arithmetic)
    if why is not None:
        from rnn_cli.core.why import unfold
        from rnn_cli.study.quantity import parse_quantity

        return WhyResult(
            result, unfold(result.trace, parse_quantity(why, result.trace, choice.layers, choice.directions))
        )
    if worksheet is not None:
        return WorksheetResult(result) if worksheet == BLANK else AnswersResult(result)
    return result


def _shown_as(result: TraceResult, arithmetic: bool | None) -> TraceResult:
    """The result with what its page starts with, and whether it writes the products out."""
    architecture, choice = result.model.network.architecture, result.choice
    written = choice.writes_out(arithmetic, is_large(architecture))
    return replace(result, arithmetic=written, overview=has_overview(architecture, choice))
