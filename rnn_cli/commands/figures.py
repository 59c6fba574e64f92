"""The figure of rnn trace and rnn forward: hidden states over time, or of a decoder with attention where it looks back."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # most runs draw no figure and need not load these modules
    from rnn_cli.plots.figure import Figure
    from rnn_cli.study.forward import Forwarded
    from rnn_cli.study.trace import Traced


def draw_plots(result: "Traced | Forwarded", files: list[str]) -> None:
    """Draw the figure files, if any. InputError where nothing draws two networks, or many sequences, as one figure."""
    if files:
        from rnn_cli.plots.draw import save_plots

        save_plots(files, _figure(result))


def _figure(result: "Traced | Forwarded") -> "Figure":
    from rnn_cli.study.forward import Seq2SeqForwardResult
    from rnn_cli.study.trace import Seq2SeqTraceResult

    if isinstance(result, Seq2SeqTraceResult | Seq2SeqForwardResult) and result.decoded.attentive:
        from rnn_cli.plots.attention import alignment_figure

        return alignment_figure(result.decoded)
    from rnn_cli.plots.states import states_figure
    from rnn_cli.study.states import shown_states

    return states_figure(shown_states(result))
