"""The figure of rnn train: the loss of every step, smoothed, and of the validation part."""

from rnn_cli.plots.figure import Curve, Figure
from rnn_cli.views.train import SMOOTHING, Watched


def loss_figure(watched: Watched) -> Figure:
    """The training loss as a moving average, and the validation loss where there is one."""
    steps = range(watched.started + 1, watched.started + 1 + len(watched.losses))
    smooth: list[float] = []
    for loss in watched.losses:
        smooth.append(SMOOTHING * smooth[-1] + (1 - SMOOTHING) * loss if smooth else loss)
    curves = [Curve("training, moving average", list(steps), smooth)]
    if watched.evaluations:
        at = [one.step for one in watched.evaluations]
        curves.append(Curve("validation", at, [one.measured.loss for one in watched.evaluations], dashed=True))
    return Figure(f"{watched.run.config.task}, {watched.run.config.cell}", "step", "loss", curves)
