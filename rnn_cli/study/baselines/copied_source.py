"""ŷ = x: the source as it stands.

Source: the "copy" row of tables of machine translation, as in Ott et al., "Analyzing uncertainty in neural machine
translation" (2018), who ask how far systems copy.
"""

from rnn_cli.study.baselines.parts import Parts
from rnn_cli.study.baselines.texts import references_of, text_scores
from rnn_cli.study.scores import Baseline
from rnn_cli.tasks.pairs import Pairs

UNWRITTEN = -2
"""A token of the source that no target has."""


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    measured, encoding = parts.measured.examples, parts.encoding
    assert isinstance(measured, Pairs)
    index = {token: k for k, token in enumerate(encoding.labels)}
    spelt = [index.get(token, UNWRITTEN) for token in encoding.vocabulary]
    written = [[spelt[k] for k in measured.sources[n]] for n in range(len(measured))]
    scores = text_scores(written, [*references_of(measured, encoding)])
    return Baseline("the source as it stands, copied", scores, "copied-source")
