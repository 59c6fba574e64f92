"""The figure of rnn train: the loss of every step, smoothed, and of the validation part."""

from rnn_cli.plots.figure import Curve, Figure, Panel
from rnn_cli.views.train import Watched


def loss_figure(watched: Watched) -> Figure:
    """The training loss as a moving average, and the validation loss where there is one, with the step whose weights are kept."""
    smooth = watched.smooths.values
    steps = [watched.started + min((k + 1) * watched.smooths.stride, watched.steps) for k in range(len(smooth))]
    curves = [Curve("training, moving average", steps, smooth)]
    if watched.evaluations:
        at = [one.step for one in watched.evaluations]
        losses = [one.measured.loss for one in watched.evaluations]
        curves.append(Curve("validation", at, losses, dashed=True))
        kept = watched.run.kept.step
        curves += (
            [Curve(f"kept: step {kept:,}", [kept], [dict(zip(at, losses, strict=True))[kept]])] if kept in at else []
        )
    return Figure(f"{watched.run.config.task}, {watched.run.config.cell}", "step", "loss", [Panel("", curves)])
