"""tokenizer.json: the ids and the texts of its own library, for every kind of model that it has."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from rnn_cli.errors import InputError
from rnn_cli.inputs.cut import Spelling
from rnn_cli.inputs.sequence import encode_text
from rnn_cli.models.encoding import GivenEncoding
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.foreign.vocabulary import vocabulary_of
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.study.foreign import as_trained
from tests.conftest import Command
from tests.support.schemas import validate

tokenizers: Any = pytest.importorskip("tokenizers", reason="tokenizers is not installed")

CORPUS = ["the soup was good", "the service was not so bad, and the soup…", "naïve cafés, good soups"] * 4
TEXTS = ["the soup was good", "zebras were not so naïve", "Good Soup, soup; 漢字 🙂!", "  two  spaces\nand a line"]
SPECIAL = ["[UNK]", "[CLS]", "[SEP]"]


def _bpe() -> Any:
    made = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="[UNK]", dropout=0.5))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    made.train_from_iterator(CORPUS, tokenizers.trainers.BpeTrainer(vocab_size=60, special_tokens=SPECIAL))
    made.model.dropout = 0.5  # which a reader must leave out: ids are no matter of chance
    return made


def _bytes() -> Any:
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet)
    made.train_from_iterator(CORPUS, trainer)
    return made


def _unigram() -> Any:
    made = tokenizers.Tokenizer(tokenizers.models.Unigram())
    made.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    made.decoder = tokenizers.decoders.Metaspace()
    trainer = tokenizers.trainers.UnigramTrainer(vocab_size=50, special_tokens=["<unk>"], unk_token="<unk>")
    made.train_from_iterator(CORPUS, trainer)
    return made


def _word_piece() -> Any:
    made = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
    made.normalizer = tokenizers.normalizers.BertNormalizer()
    made.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    made.decoder = tokenizers.decoders.WordPiece()
    trainer = tokenizers.trainers.WordPieceTrainer(vocab_size=60, special_tokens=SPECIAL)
    made.train_from_iterator(CORPUS, trainer)
    made.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    made.enable_padding(length=40)
    made.enable_truncation(3)
    return made


def _words() -> Any:
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    made.train_from_iterator(CORPUS, tokenizers.trainers.WordLevelTrainer(special_tokens=SPECIAL))
    return made


def _split() -> Any:
    made = _words()
    made.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    return made


KINDS = {"BPE": _bpe, "bytes": _bytes, "Unigram": _unigram, "WordPiece": _word_piece, "words": _words, "split": _split}


def _loaded(folder: Path, made: Any) -> Model:
    """A language model of the tokenizer's ids."""
    size, generator = made.get_vocab_size(), np.random.default_rng(0)
    shapes = {
        "embed.weight": (size, 2), "rnn.weight_ih_l0": (3, 2), "rnn.weight_hh_l0": (3, 3), "fc.weight": (size, 3),
    }  # fmt: skip
    save_file({name: generator.standard_normal(shape) for name, shape in shapes.items()}, folder / "m.safetensors")
    made.save(str(folder / "tokenizer.json"))
    return load_model(str(folder / "m.safetensors"), Choices(vocab=str(folder / "tokenizer.json")))


def _whole(made: Any) -> Any:
    """The library's own, without what cuts, fills or drops."""
    made.no_padding()
    made.no_truncation()
    if getattr(made.model, "dropout", None):
        made.model.dropout = None
    return made


@pytest.mark.parametrize("kind", list(KINDS))
def test_ids_are_those_of_the_library(kind: str, tmp_path: Path) -> None:
    made = KINDS[kind]()
    model = _loaded(tmp_path, made)
    library = _whole(made)
    lacks = {k for name, k in library.get_vocab().items() if name in ("[UNK]", "<unk>")}
    for text in TEXTS:
        read = encode_text(text, model, 0)
        wanted = library.encode(text).ids
        assert list(read.ids or ()) == wanted
        assert list(read.known or ()) == [k not in lacks for k in wanted]
        np.testing.assert_array_equal(read.inputs, model.network.parameters["embedding"][wanted])


@pytest.mark.parametrize("kind", ["bytes", "Unigram", "WordPiece"])
def test_tokens_that_come_one_by_one_spell_what_the_library_does(kind: str, tmp_path: Path) -> None:
    made = KINDS[kind]()
    encoding = as_trained("m", _loaded(tmp_path, made)).encoding
    assert isinstance(encoding, GivenEncoding)
    library = _whole(made)
    for text in TEXTS:
        ids = library.encode(text, add_special_tokens=False).ids
        spelling = Spelling(encoding)
        spelt = "".join(spelling(library.id_to_token(k)) for k in ids)
        assert spelt == library.decode(ids, skip_special_tokens=False)


def test_a_level_does_not_cut_what_has_rules(tmp_path: Path, call: Command) -> None:
    _loaded(tmp_path, _bpe())
    path, vocab = str(tmp_path / "m.safetensors"), str(tmp_path / "tokenizer.json")
    found = call("forward", "soup", "--model", path, "--vocab", vocab, "--level", "char")
    assert (found.code, found.stdout) == (2, "")
    assert "has rules of its own, which cut a text" in found.stderr
    assert "cut by the rules of" in call("forward", "soup", "--model", path, "--vocab", vocab).stderr


def test_without_the_library_the_message_names_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}))
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(InputError, match=r"needs the library tokenizers: pip install 'rnn-cli\[tokenizers\]'"):
        vocabulary_of(str(path))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ({"added_tokens": {"type": "x"}}, "not a tokenizer.json as"),
        ({"added_tokens": [{"content": "b", "id": "x"}]}, "ids whole numbers"),
        ({"model": {"type": "WordLevel", "vocab": {"a": None}}}, "ids whole numbers"),
        ({"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": ["a"]}}, "not a tokenizer.json as"),
        ({"pre_tokenizer": {"type": "Whitespace"}, "added_tokens": 1}, "not a tokenizer.json that"),
        # a prefix that is longer than a token is where the library itself ends, with lines of its code
        ({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": [["a", "b"]], "continuing_subword_prefix": "##"}}, "not a tokenizer.json that"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_in_one_line(
    damage: dict[str, Any], says: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good: dict[str, Any] = {"version": "1.0", "pre_tokenizer": None, "added_tokens": [], "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}  # fmt: skip
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(good | damage))
    with pytest.raises(InputError, match=says) as refused:
        vocabulary_of(str(path))
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)
    assert capfd.readouterr() == ("", "")


def test_a_text_that_the_library_cannot_cut_is_refused(tmp_path: Path) -> None:
    made = _words()
    made.model.unk_token = "nowhere"
    made.save(str(tmp_path / "tokenizer.json"))
    cuts = vocabulary_of(str(tmp_path / "tokenizer.json")).tokenizer
    assert cuts is not None
    assert cuts.cut("soup") == ["soup"]
    with pytest.raises(InputError, match=r"cannot cut 'zebras' \(.*nowhere|cannot cut 'zebras' \(.*UNK"):
        cuts.cut("zebras")


def test_the_loss_of_pieces_is_measured_over_pieces(tmp_path: Path, call: Command) -> None:
    made = _bytes()
    _loaded(tmp_path, made)
    path, vocab, text = (str(tmp_path / name) for name in ("m.safetensors", "tokenizer.json", "text.txt"))
    Path(text).write_text("\n".join(CORPUS))
    document = validate(call("evaluate", path, text, "--vocab", vocab, "--json").document())
    assert document["answers"] == len(made.encode("\n".join(CORPUS)).ids) - 1
    assert document["token"] == "a piece, by the rules of its tokenizer"
    written = validate(
        call("generate", path, "--vocab", vocab, "--prompt", "the", "--length", "9", "--json").document()
    )
    ids = [one["id"] for one in written["samples"][0]["tokens"]]
    whole = made.decode([*made.encode("the").ids, *ids])
    assert whole.startswith("the" + written["samples"][0]["text"])  # a character that is not whole yet is held back
    left = call("convert", path, str(tmp_path / "m.json"), "--vocab", vocab, "--json").document()
    assert any("tokenizer.json" in one for one in left["left_behind"])
