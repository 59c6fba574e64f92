"""Models of other programs at the commands: tokens, labels, ids, what is said, what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import rnn_cli as rnn
from tests.conftest import Command
from tests.support.schemas import validate

TOKENS = ["<pad>", "<unk>", "the", "soup", "was", "good"]


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A classifier as PyTorch programs save it: embedding, LSTM, linear layer; and an array that plays no part."""
    generator = np.random.default_rng(0)
    shapes = {
        "embed.weight": (6, 3), "lstm.weight_ih_l0": (8, 3), "lstm.weight_hh_l0": (8, 2), "lstm.bias_ih_l0": (8,),
        "lstm.bias_hh_l0": (8,), "fc.weight": (2, 2), "fc.bias": (2,), "attn.v": (2, 2, 2),
    }  # fmt: skip
    save_file({name: generator.standard_normal(shape) for name, shape in shapes.items()}, tmp_path / "m.safetensors")
    return str(tmp_path / "m.safetensors")


@pytest.fixture
def vocab(tmp_path: Path) -> str:
    """A token a line."""
    (tmp_path / "vocab.txt").write_text("\n".join(TOKENS) + "\n")
    return str(tmp_path / "vocab.txt")


def test_a_text_is_read_with_its_vocabulary(model: str, vocab: str, call: Command) -> None:
    found = call("predict", model, "the soup was superb", "--vocab", vocab, "--labels", "bad,good", "--json")
    document = json.loads(found.stdout)
    answer = document["predictions"][0]
    assert answer["tokens"] == ["the", "soup", "was", "superb"]
    assert answer["known"] == [True, True, True, False]
    assert document["read"][model]["unknown_word"] == "<unk>"
    assert document["read"][model]["not_used"] == ["attn.v"]
    by_ids = json.loads(call("predict", model, "--ids", "2,3,4,1", "--json").stdout)["predictions"][0]
    assert by_ids["probabilities"] == answer["probabilities"]
    assert answer["prediction"] in ("bad", "good")
    for part in ("the LSTM at lstm", "embed.weight (6×3)", "fc.weight (2×2)", "not used: attn.v (2×2×2)"):
        assert part in found.stderr


def test_what_is_suggested_reads_the_file_in_the_same_way(model: str, vocab: str, call: Command) -> None:
    found = call("predict", model, "the soup", "--vocab", vocab, "--labels", "bad,good").stdout
    assert f"--vocab {vocab}" in " ".join(found.split())
    assert "rnn trace" not in call("predict", model, "--ids", "2,3").stdout


def test_labels_may_be_longer_than_a_name_of_a_file(model: str, vocab: str, call: Command) -> None:
    names = [letter * 200 for letter in "ab"]
    found = call("predict", model, "--ids", "2,3", "--labels", ",".join(names), "--json").document()
    assert found["predictions"][0]["prediction"] in names
    assert call("predict", model, "--ids", "2,3", "--labels", "a" * 300).stderr.startswith("rnn: labels: 1 names")


def test_labels_that_turn_a_line_round_are_not_shown_as_they_are(model: str, tmp_path: Path, call: Command) -> None:
    (tmp_path / "labels.txt").write_text("a\u202eb\nc")
    words = ["convert", model, str(tmp_path / "n.safetensors"), "--to", "pytorch"]
    said = call(*words, "--labels", str(tmp_path / "labels.txt"))
    assert (said.code, "\u202e" in said.stdout) == (0, False)
    assert "--labels FILE names them again" in said.stdout


@pytest.mark.parametrize("form", ["list", "ids", "by id", "tokenizer"])
def test_forms_of_a_vocabulary(form: str, model: str, tmp_path: Path, call: Command) -> None:
    ids = {token: k for k, token in enumerate(TOKENS)}
    forms: dict[str, Any] = {
        "list": TOKENS,
        "ids": ids,
        "by id": {str(k): token for token, k in ids.items()},
        "tokenizer": {"model": {"type": "WordLevel", "vocab": ids}, "added_tokens": [{"id": 1, "content": "<unk>"}]},
    }
    path = tmp_path / "vocab.json"
    path.write_text(json.dumps(forms[form]))
    document = json.loads(call("forward", "soup was good", "--model", model, "--vocab", str(path), "--json").stdout)
    assert document["sequences"][0]["ids"] == [3, 4, 5]


@pytest.mark.parametrize(
    ("vocabulary", "words"),
    [
        ("a\nb\na\n", "'a' stands twice, first on line 1"),
        ("\n".join("abcdefgh"), "8 tokens, the largest id is 7, and the embedding has 6 rows"),
        ("", "holds no token"),
        ('{"model": {"type": "BPE", "vocab": {}}}', "not a tokenizer.json"),
        ('{"a": 1, "b": 1}', "two tokens have the same id"),
        ('{"a": "x"}', "not a vocabulary"),
    ],
)
def test_vocabularies_that_do_not_fit(vocabulary: str, words: str, model: str, tmp_path: Path, call: Command) -> None:
    path = tmp_path / ("v.json" if vocabulary.startswith("{") else "v.txt")
    path.write_text(vocabulary)
    found = call("forward", "a", "--model", model, "--vocab", str(path))
    assert found.code == 2
    assert words in found.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["the soup"], "comes without a vocabulary"),
        (["the soup", "--vocab", "VOCAB", "--labels", "a,b,c"], "3 names, and the readout has 2 units"),
        (["--ids", "2,6"], "its ids are 0 to 5"),
        (["--ids", "2", "--module", "gru"], "there is no such recurrent module; there are lstm"),
        (["--ids", "2", "--activation", "relu"], "m.safetensors is made of LSTM, without this option"),
        (["--ids", "2", "--readout", "head"], "there is no such array; those that fit are fc.weight (2×2)"),
        (["--ids", "2", "--embedding", "fc"], "fc.weight (2×2) needs 3 columns"),
        (["--ids", "2", "--readout-reads", "median"], "it can be last-output, final-state, every-step, mean, max"),
    ],
)
def test_what_is_refused(arguments: list[str], words: str, model: str, vocab: str, call: Command) -> None:
    found = call("forward", *(vocab if one == "VOCAB" else one for one in arguments), "--model", model)
    assert found.code == 2
    assert words in found.stderr
    assert found.stdout == ""


def test_a_network_without_an_embedding_reads_words_as_vectors_or_one_hot(tmp_path: Path, call: Command) -> None:
    """What the message names, done."""
    draw = np.random.default_rng(0).standard_normal
    save_file({"weight_ih_l0": draw((12, 2)), "weight_hh_l0": draw((12, 3))}, tmp_path / "m.safetensors")
    (tmp_path / "vectors.txt").write_text("the 0 1\nsoup 1 0\n")
    (tmp_path / "vocab.txt").write_text("soup\nthe\n")
    asked = ("forward", "the soup", "--model", str(tmp_path / "m.safetensors"))
    said = "--vectors FILE gives words their 2 numbers, --vocab FILE of 2 tokens has them read one-hot, --input FILE"
    assert said in call(*asked).stderr
    for option, file in (("--vectors", "vectors.txt"), ("--vocab", "vocab.txt")):
        document = call(*asked, option, str(tmp_path / file), "--json").document()
        assert document["sequences"][0]["inputs"] == [[0, 1], [1, 0]]


def test_choices_need_a_model_of_another_program(vocab: str, call: Command) -> None:
    assert (
        "--vocab is for models that another program saved"
        in call("trace", "a", "--model", "nlp", "--vocab", vocab).stderr
    )
    assert "there is none" in call("trace", "a", "--cell", "lstm", "--vocab", vocab).stderr


def test_the_gradient_of_a_whole_model_is_checked(model: str, vocab: str, call: Command) -> None:
    found = call("bptt", "the soup was good", "--model", model, "--vocab", vocab, "--labels", "bad,good", "--target", "good", "--check")  # fmt: skip
    assert found.code == 0
    every = call(
        "bptt", "--ids", "2,3", "--model", model, "--readout-reads", "every-step", "--targets", "class 0;class 1"
    )
    assert every.code == 2  # labels of two words: a list of targets is cut at spaces


def test_a_vocabulary_of_characters_cuts_a_text_into_them(model: str, tmp_path: Path, call: Command) -> None:
    (tmp_path / "chars.txt").write_text("<pad>\n<unk>\na\nb\n \nc\n")
    found = call("forward", "a b", "--model", model, "--vocab", str(tmp_path / "chars.txt"), "--json")
    assert json.loads(found.stdout)["sequences"][0]["ids"] == [2, 4, 3]
    assert "a text is cut into characters" in found.stderr


@pytest.mark.parametrize("command", ["inspect", "forward", "trace", "bptt", "gradients", "predict"])
def test_documents_say_how_the_file_is_read(command: str, model: str, vocab: str, call: Command) -> None:
    options = ["--vocab", vocab, "--labels", "bad,good", "--json", *["--target", "good"] * (command == "bptt")]
    where = [model] if command in ("inspect", "predict") else ["--model", model]
    document = json.loads(call(command, *where, *["the soup"] * (command != "inspect"), *options).stdout)
    validate(document)
    assert document["read"][model]["readout"] == "fc.weight"


def test_a_result_is_not_written_over_the_vocabulary(model: str, vocab: str, call: Command) -> None:
    before = Path(vocab).read_bytes()
    found = call("trace", "the soup", "--model", model, "--vocab", vocab, "--save", vocab)
    assert found.code == 2
    assert "is what the command reads (--vocab" in found.stderr
    assert Path(vocab).read_bytes() == before


DATA = "text\tlabel\nthe soup\tgood\nthe soup was bad\tbad\n"


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("evaluate", ["DATA"], "comes without a vocabulary, so it reads no text: --vocab FILE"),
        ("evaluate", ["DATA", "--vocab", "VOCAB"], "nothing names its 2 answers: --labels A,B"),
        ("evaluate", ["DATA", "--vocab", "VOCAB", "--labels", "bad,good", "--held-out"], "nothing says on what"),
        (
            "evaluate",
            ["DATA", "--vocab", "VOCAB", "--readout", "none"],
            "has no readout, so there is nothing that it answers",
        ),
        ("evaluate", ["DATA", "--vocab", "KNOWN", "--labels", "bad,good"], "data.tsv:3: the vocabulary lacks 'bad'"),
        ("generate", [], "comes without a vocabulary"),
        ("generate", ["--vocab", "VOCAB"], "so it does not write; rnn predict asks it"),
        ("predict", ["the bread", "--vocab", "KNOWN"], "its vocabulary lacks 'bread'"),
        ("evaluate", ["DATA", "--vocab", "VOCAB", "--level", "line"], "it can be word, char, whitespace"),
        ("predict", ["the", "--vocab", "VOCAB", "--target-vocab", "VOCAB"], "m is one network: --vocab FILE"),
    ],
)
def test_what_a_model_lacks_is_asked_for_by_its_option(
    command: str, arguments: list[str], words: str, model: str, vocab: str, tmp_path: Path, call: Command
) -> None:
    (tmp_path / "data.tsv").write_text(DATA)
    (tmp_path / "known.txt").write_text("the\nsoup\nwas\n")
    named = {"DATA": str(tmp_path / "data.tsv"), "VOCAB": vocab, "KNOWN": str(tmp_path / "known.txt")}
    found = call(command, model, *(named.get(one, one) for one in arguments))
    assert (found.code, found.stdout) == (2, "")
    assert words in found.stderr


def test_a_level_decides_how_a_text_is_cut(model: str, vocab: str, call: Command) -> None:
    by_words = call("predict", model, "the soup-was", "--vocab", vocab, "--json").document()["predictions"][0]
    by_spaces = call("predict", model, "the soup-was", "--vocab", vocab, "--level", "whitespace", "--json")
    assert by_words["tokens"] == ["the", "soup", "-", "was"]
    assert by_spaces.document()["predictions"][0]["tokens"] == ["the", "soup-was"]


def test_python_takes_what_the_commands_do(model: str, vocab: str, tmp_path: Path, call: Command) -> None:
    (tmp_path / "data.tsv").write_text(DATA)
    ours = rnn.load(model, vocab=TOKENS, labels=["bad", "good"])
    from_files = rnn.load(model, vocab=vocab, labels="bad,good")
    shown = call("predict", model, "the soup", "--vocab", vocab, "--labels", "bad,good", "--json").document()
    scores = call("evaluate", model, str(tmp_path / "data.tsv"), "--vocab", vocab, "--labels", "bad,good", "--json").document()  # fmt: skip
    for loaded in (ours, from_files):
        assert loaded.predict("the soup").document()["predictions"] == shown["predictions"]
        assert loaded.evaluate(tmp_path / "data.tsv").document()["scores"] == scores["scores"]


def test_a_unit_with_a_sigmoid_tells_two_classes_apart(tmp_path: Path, call: Command) -> None:
    """One logit a, of binary cross-entropy: 1 / (1 + exp(-a)) is the probability of the second label."""
    generator = np.random.default_rng(1)
    shapes = {
        "lstm.weight_ih_l0": (8, 3), "lstm.weight_hh_l0": (8, 2), "lstm.bias_ih_l0": (8,), "lstm.bias_hh_l0": (8,),
        "embedding.weight": (6, 3), "fc.weight": (1, 2), "fc.bias": (1,),
    }  # fmt: skip
    path = str(tmp_path / "one.safetensors")
    save_file({name: generator.standard_normal(shape) for name, shape in shapes.items()}, path)
    alone = call("forward", "--ids", "2,4,1", "--model", path, "--json")
    assert "its readout has one unit: --labels NO,YES" in alone.stderr
    logit = json.loads(alone.stdout)["sequences"][0]["logits"]
    found = call("predict", path, "--ids", "2,4,1", "--labels", "bad,good", "--json")
    assert "read by a sigmoid" in found.stderr
    shares = json.loads(found.stdout)["predictions"][0]["probabilities"]
    assert shares[1] == pytest.approx(1 / (1 + np.exp(-np.ravel(logit)[0])), abs=1e-15)
    back = call("bptt", "--ids", "2,4,1", "--model", path, "--labels", "bad,good", "--target", "good", "--json")
    assert json.loads(back.stdout)["loss"]["total"] == pytest.approx(-np.log(shares[1]), abs=1e-14)
    assert "3 names, and the readout has 1 unit:" in call("inspect", path, "--labels", "a,b,c").stderr


@pytest.mark.parametrize(
    ("tokens", "level"),
    [
        (["<eos>", "lord,", "speak.", "speak", "Citizen:", "U.S."], "whitespace"),
        (["<eos>", "lord", ",", "U.S.", "n't", "e-mail"], "word"),
    ],
)
def test_a_vocabulary_shows_whether_texts_were_cut_at_white_space(
    tokens: list[str], level: str, model: str, tmp_path: Path, call: Command
) -> None:
    path = tmp_path / "v.json"
    path.write_text(json.dumps(tokens))
    found = call("inspect", model, "--vocab", str(path), "--json")
    assert json.loads(found.stdout)["read"][model]["level"] == level
    assert ("a text is cut at white space, as its vocabulary is (--level)" in found.stderr) == (level == "whitespace")


@pytest.mark.parametrize(
    ("name", "reads"), [("hidden2tag", "every-step"), ("tagger", "every-step"), ("fc", "final-state")]
)
def test_a_readout_called_after_tags_reads_every_step(name: str, reads: str, tmp_path: Path, call: Command) -> None:
    path = str(tmp_path / "t.safetensors")
    shapes = {
        "lstm.weight_ih_l0": (8, 3),
        "lstm.weight_hh_l0": (8, 2),
        "lstm.bias_ih_l0": (8,),
        "lstm.bias_hh_l0": (8,),
    }
    save_file({k: np.ones(shape) for k, shape in {**shapes, f"{name}.weight": (4, 2)}.items()}, path)
    assert json.loads(call("inspect", path, "--json").stdout)["read"][path]["readout_reads"] == reads


@pytest.mark.parametrize("command", ["inspect", "convert", "diff", "forward"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--readout", "none", "--readout-reads", "mean"], "--readout-reads mean: m has no readout here"),
        (
            ["--embedding", "none", "--embedding-activation", "relu"],
            "--embedding-activation relu: m has no embedding here",
        ),
    ],
)
def test_a_choice_about_a_part_that_is_not_there_is_refused(
    options: list[str], words: str, command: str, model: str, call: Command, tmp_path: Path
) -> None:
    more = {"convert": [str(tmp_path / "out.json")], "diff": [model], "forward": ["--ids", "1"]}.get(command, [])
    words_before = [command, *more, "--model", model] if command == "forward" else [command, model, *more]
    found = call(*words_before, *options)
    assert (found.code, found.stdout) == (2, "")
    assert words in found.stderr


def test_arrays_named_after_the_equations_heed_what_is_chosen(call: Command, tmp_path: Path) -> None:
    parts: dict[str, Any] = {
        "W_xh": np.ones((2, 3)),
        "W_hh": np.ones((2, 2)),
        "b_h": np.ones(2),
        "W_hy": np.ones((4, 2)),
    }
    np.savez(tmp_path / "m.npz", **parts)
    path = str(tmp_path / "m.npz")
    whole = call("inspect", path, "--json").document()["model"]
    cut = call("inspect", path, "--readout", "none", "--json").document()["model"]
    assert whole["parameter_count"] - cut["parameter_count"] == 4 * 2 + 4
    for options, words in {
        ("--module", "lstm"): "--module lstm: it holds one network",
        ("--readout", "fc"): "--readout fc: its names say which array that is, W_hy",
        ("--embedding", "E"): "--embedding E: its names say which array that is, none",
    }.items():
        found = call("inspect", path, *options)
        assert (found.code, found.stdout) == (2, "")
        assert words in found.stderr


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        *(("attn", None), ("attention.score", None), ("query_proj", None), ("value", None), ("self_attn.out", None)),
        *(("value_head", "value_head.weight"), ("keyness", "keyness.weight"), ("out", "out.weight")),
    ],
)
def test_a_part_of_attention_is_no_readout_by_guess(
    name: str, guess: str | None, tmp_path: Path, call: Command
) -> None:
    """Its real readout reads twice as much, so that by shape it is the only one."""
    path = str(tmp_path / "a.safetensors")
    shapes = {"lstm.weight_ih_l0": (8, 3), "lstm.weight_hh_l0": (8, 2), f"{name}.weight": (1, 2), "fc.weight": (4, 4)}
    save_file({k: np.ones(shape) for k, shape in shapes.items()}, path)
    found = call("inspect", path, "--json")
    read = found.document()["read"][path]
    assert read["readout"] == guess
    says = f"{name}.weight (1×2): attention by its name, and no readout by guess; --readout NAME takes it"
    assert (says in found.stderr) == (guess is None)
    asked = call("inspect", path, "--readout", name, "--json").document()
    assert asked["read"][path]["readout"] == f"{name}.weight"


def test_attention_in_the_path_of_the_whole_model_says_nothing(tmp_path: Path, call: Command) -> None:
    path = str(tmp_path / "a.safetensors")
    shapes = {"attn_net.lstm.weight_ih_l0": (8, 3), "attn_net.lstm.weight_hh_l0": (8, 2), "attn_net.fc.weight": (2, 2)}
    save_file({k: np.ones(shape) for k, shape in shapes.items()}, path)
    assert call("inspect", path, "--json").document()["read"][path]["readout"] == "attn_net.fc.weight"


def test_what_a_readout_reads_is_called_a_guess_where_nobody_said_it(model: str, call: Command, tmp_path: Path) -> None:
    parts: dict[str, Any] = {
        "W_xh": np.ones((2, 3)),
        "W_hh": np.ones((2, 2)),
        "b_h": np.ones(2),
        "W_hy": np.ones((2, 2)),
    }
    np.savez(tmp_path / "m.npz", **parts)
    for path in (model, str(tmp_path / "m.npz")):
        for reads, guess in ((), True), (("--readout-reads", "final-state"), False):
            found = call("inspect", path, *reads, "--json")
            assert ("what its readout reads is a guess" in found.stderr) == guess
            read = found.document()["read"][path]
            assert (read["readout_reads"], read["readout_reads_guessed"]) == ("final-state", guess)


def test_words_with_tags_are_no_texts_with_a_label(model: str, vocab: str, call: Command, tmp_path: Path) -> None:
    """A model that is read at the last state and judged on tagged words would be judged a word at a time."""
    (tmp_path / "words.conllu").write_text("".join(f"1\t{word}\t_\tgood\t_\t_\t0\t_\t_\t_\n\n" for word in TOKENS[2:]))
    data = str(tmp_path / "words.conllu")
    for command in (
        ["evaluate", model, data, "--vocab", vocab, "--labels", "bad,good"],
        ["data", data, "--task", "classify"],
    ):
        found = call(*command)
        assert (found.code, found.stdout) == (2, "")
        assert "--task tag" in found.stderr
        assert "--readout-reads every-step" in found.stderr
