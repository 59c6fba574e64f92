"""One sequence through a network, with every number and where it comes from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from rnn_cli.core.trace import Trace, trace
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.range import answer_left_range, said
from rnn_cli.study.roles import check_network
from rnn_cli.study.shown import Choice, Shown, choose, given_options

if TYPE_CHECKING:  # loaded only where they are needed: most traces are of one network, and unfold no number
    from rnn_cli.core.why import Reason
    from rnn_cli.study.seq2seq import Decoded


@dataclass(frozen=True, eq=False)
class TraceResult:
    """One network's steps with every term.

    choice      what a page shows of them; `arithmetic`: whether it writes the products out
    decoded     the text that the network helps to decode, where it is one of those of a seq2seq model
    """

    model: Model
    sequence: Sequence
    trace: Trace
    choice: Choice
    arithmetic: bool = True
    decoded: "Decoded | None" = None

    @property
    def left_range(self) -> str | None:
        """Where numbers left the finite range; None where all are finite."""
        passed = said(self.trace.departure, self.model.network.architecture, self.model.role)
        return passed or answer_left_range(self.model, self.trace.logits)


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
    def left_range(self) -> str | None:
        """See TraceResult."""
        return self.traced.left_range


@dataclass(frozen=True, eq=False)
class AnswersResult:
    """The key to the worksheet of a trace."""

    traced: TraceResult

    @property
    def left_range(self) -> str | None:
        """See TraceResult."""
        return self.traced.left_range


@dataclass(frozen=True, eq=False)
class Seq2SeqTraceResult:
    """Both networks of an encoder-decoder, and the context between them."""

    decoded: "Decoded"
    arithmetic: bool = True

    @property
    def left_range(self) -> str | None:
        """See TraceResult; the encoder comes first."""
        return self.decoded.left_range


Traced = TraceResult | WhyResult | WorksheetResult | AnswersResult | Seq2SeqTraceResult

BLANK, ANSWERS = "blank", "answers"
"""The kinds of worksheet."""


def trace_sequence(
    model: Model,
    sequence: Sequence,
    *,
    why: str | None = None,
    worksheet: str | None = None,
    target: str | None = None,
    network: str | None = None,
    arithmetic: bool = True,
    seed: int = 0,
    **shown: Unpack[Shown],
) -> Traced:
    """Run a sequence step by step; unfold the number `why`, or leave the results out for a `worksheet`.

    For a model that writes a text, `target` is the text that it must write, and `network` the one that is shown.
    InputError where an argument does not fit the model or the sequence.
    """
    chosen = [*given_options(shown), *(["--why"] if why is not None else [])]
    chosen += [f"--{worksheet}"] if worksheet is not None else []
    if check_network(model, network, target, chosen):
        from rnn_cli.study.seq2seq import decode

        decoded = decode(model, sequence, target, seed)
        one = decoded.network(network)
        if one is None:
            return Seq2SeqTraceResult(decoded, arithmetic)
        choice = choose(one.model.network.architecture, len(one.sequence.inputs), **shown)
        result = TraceResult(one.model, one.sequence, one.trace, choice, arithmetic, decoded)
    else:
        steps = trace(model.network, sequence.inputs)
        choice = choose(model.network.architecture, len(sequence.inputs), **shown)
        result = TraceResult(model, sequence, steps, choice, arithmetic)
    if why is not None:
        from rnn_cli.core.why import unfold
        from rnn_cli.study.quantity import parse_quantity

        return WhyResult(
            result, unfold(result.trace, parse_quantity(why, result.trace, choice.layers, choice.directions))
        )
    if worksheet is not None:
        return WorksheetResult(result) if worksheet == BLANK else AnswersResult(result)
    return result
