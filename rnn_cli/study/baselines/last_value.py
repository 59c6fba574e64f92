"""ŷ_{t+h} = y_t: the last known value stays.

Source: the naive method of Hyndman and Athanasopoulos, "Forecasting: principles and practice" (3rd edition), section 5.2.
"""

from rnn_cli.core.arrays import Array
from rnn_cli.study.baselines.parts import Parts
from rnn_cli.study.baselines.series import errors_of, forecast_of, windows_of
from rnn_cli.study.scores import Baseline
from rnn_cli.tasks.forecast import Windows

PERSISTENCE = "the last known value stays"


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    return forecast_of(PERSISTENCE, "last-value", last_value(windows_of(parts.measured)))


def last_value(windows: Windows) -> Array:
    """See errors_of."""
    return errors_of(windows, lambda rows: windows.targets[rows][:, None])
