"""The figure of rnn trace and rnn forward: hidden states over time."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # most runs draw no figure and need not load these modules
    from rnn_cli.study.forward import Forwarded
    from rnn_cli.study.states import ShownStates
    from rnn_cli.study.trace import Traced


def states_to_draw(result: "Traced | Forwarded", files: list[str]) -> "ShownStates | None":
    """The content of the figure files, if any. InputError where the result covers more than one network."""
    if not files:
        return None
    from rnn_cli.study.states import shown_states

    return shown_states(result)


def draw_states(states: "ShownStates | None", files: list[str]) -> None:
    """Draw the figures."""
    if states is not None:
        from rnn_cli.plots.draw import save_plots
        from rnn_cli.plots.states import states_figure

        save_plots(files, states_figure(states))
