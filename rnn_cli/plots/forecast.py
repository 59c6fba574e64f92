"""The figure of rnn predict --steps: what came, the forecast with its intervals, and the one that was possible as many steps before."""

from itertools import islice

from rnn_cli.errors import InputError
from rnn_cli.plots.figure import Band, Curve, Figure, Panel
from rnn_cli.study.predict import Answer, PredictResult
from rnn_cli.study.rollout import COVERED

MOST_PANELS = 6
LEAST_KNOWN = 30


def forecast_figure(result: PredictResult) -> Figure:
    """A panel for each series and column. InputError where they are too many to be seen."""
    assert result.model.encoding is not None
    assert result.steps is not None
    names = result.model.encoding.target_columns
    answers = list(islice(result.answers, MOST_PANELS + 1))
    if len(answers) * len(names) > MOST_PANELS:
        raise InputError(
            f"--plot draws up to {MOST_PANELS} series or columns, and these are more: take a file of fewer"
        )
    panels = [_panel(one, k, name) for one in answers for k, name in enumerate(names)]
    title = f"{result.called}, {result.steps} step{'s' * (result.steps != 1)} ahead by {result.model.name}"
    return Figure(title, "steps after the last row", "in the units of the data", panels, own_scales=True)


def _panel(answer: Answer, k: int, name: str) -> Panel:
    ahead = answer.ahead
    assert ahead is not None
    steps = len(ahead.numbers)
    known = ahead.known[-max(3 * steps, answer.steps, LEAST_KNOWN) :, k]
    behind, before = list(range(1 - len(known), 1)), list(range(1, steps + 1))
    curves = [Curve("what came", behind, known.tolist()), Curve("forecast", before, ahead.numbers[:, k].tolist())]
    if ahead.before is not None:
        earlier = list(range(1 - steps, 1))
        label = f"forecast {steps} step{'s' * (steps != 1)} before the end"
        curves.append(Curve(label, earlier, ahead.before[:, k].tolist(), dashed=True))
    band = Band(f"{COVERED:.0%} of the validation errors", before, ahead.low[:, k].tolist(), ahead.high[:, k].tolist())
    title = ": ".join(filter(None, (answer.series, name)))
    return Panel(title, curves, band=None if isinstance(ahead.past, str) else band)
