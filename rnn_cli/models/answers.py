"""The task of rnn train that a network is of by what its readout answers.

a network that reads vectors                    forecast
a readout of the whole sequence                 classify
a readout of every step, over the vocabulary    lm
another readout of every step                   tag
"""

from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.models.model import Model

FORECAST, CLASSIFY, LANGUAGE_MODEL, TAG = "forecast", "classify", "lm", "tag"


def task_of(model: Model) -> str:
    """The task of a network with a readout."""
    a = model.network.architecture
    if not a.embedding_rows and not model.one_hot:
        return FORECAST
    if a.task == MANY_TO_ONE:
        return CLASSIFY
    return LANGUAGE_MODEL if is_language_model(model) else TAG


def is_language_model(model: Model) -> bool:
    """Whether the model predicts words of its own vocabulary at every step."""
    words = tuple(model.vocabulary or ())
    return bool(words) and model.network.architecture.task != MANY_TO_ONE and model.labels == words
