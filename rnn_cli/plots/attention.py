"""The figure of a decoder's attention: which word that was read has which share in every word that is written."""

from rnn_cli.plots.figure import Figure, Panel, Shades
from rnn_cli.study.seq2seq import Decoded


def alignment_figure(decoded: Decoded) -> Figure:
    """A row of shades for each word written, a column for each word read."""
    look = decoded.decoder.trace.look
    assert look is not None
    assert decoded.encoder is not None
    labels, names = decoded.decoder.model.labels, decoded.encoder.sequence.names
    written = [labels[target] for target in decoded.targets]
    shades = Shades("share", written, look.alpha[0].tolist(), rows_are="written", signed=False)
    score = look.memory.attention.score.name
    title = f"{decoded.model.name}: where the decoder looks back ({score} attention)"
    below = [(float(t), name) for t, name in enumerate(names, start=1)]
    return Figure(title, "read", "written", [Panel("α_ut", shades=shades)], names=below)
