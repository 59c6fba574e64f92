"""What a network reads and writes: the text that was written."""

from dataclasses import replace

from rnn_cli.models.load import load_model
from rnn_cli.models.model import BOS, EOS, UNKNOWN
from rnn_cli.study.predict import spelt
from rnn_cli.study.reading import read_text
from rnn_cli.study.seq2seq import decode
from tests.support.trained import TrainedModels


def test_what_was_written_is_spaced_as_predict_spaces_it(trained: TrainedModels) -> None:
    model = load_model(str(trained.path("translate-word")))
    assert model.encoding is not None
    words = [word for word in model.encoding.labels if word not in (BOS, EOS, UNKNOWN)]
    names = {words[0]: ",", words[1]: "!"}
    encoding = replace(model.encoding, labels=tuple(names.get(word, word) for word in model.encoding.labels))
    model = replace(model, encoding=encoding)
    decoded = decode(model, read_text("5 May", model, 0), f"{words[2]}, unheard {words[3]}!", 0)
    assert decoded.text == f"{words[2]}, {UNKNOWN} {words[3]}!"
    assert spelt(encoding, decoded.targets[:-1])[0] == decoded.text
