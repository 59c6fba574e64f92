"""The figure of rnn trace and rnn forward: hidden states over time, or of a decoder with attention where it looks back."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # most runs draw no figure and need not load these modules
    from rnn_cli.plots.figure import Figure
    from rnn_cli.study.forward import Forwarded
    from rnn_cli.study.trace import Traced

MOST_SIGNS = 8


def draw_plots(result: "Traced | Forwarded", files: list[str]) -> None:
    """Draw the figure files, if any. InputError where nothing draws two networks, or many sequences, as one figure."""
    if files:
        save_figure(files, _figure(result))


def save_figure(files: list[str], figure: "Figure") -> None:
    """Draw a figure into its files, and say where signs are boxes."""
    from rnn_cli.plots.draw import TEXT, save_plots

    lacking = save_plots(files, figure)
    if lacking:
        from rnn_cli.output.progress import say

        few = " ".join(lacking[:MOST_SIGNS]) + (f" and {len(lacking) - MOST_SIGNS} more" * (len(lacking) > MOST_SIGNS))
        say(f"--plot: no font of this machine has {few}: boxes stand for them. Install one, or save as {TEXT}")


def _figure(result: "Traced | Forwarded") -> "Figure":
    from rnn_cli.study.forward import Seq2SeqForwardResult
    from rnn_cli.study.trace import Seq2SeqTraceResult

    if isinstance(result, Seq2SeqTraceResult | Seq2SeqForwardResult) and result.decoded.attentive:
        from rnn_cli.plots.attention import alignment_figure

        return alignment_figure(result.decoded)
    from rnn_cli.plots.states import states_figure
    from rnn_cli.study.states import shown_states

    return states_figure(shown_states(result))
