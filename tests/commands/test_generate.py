"""rnn generate: texts that are a function of the seed, their probabilities, and a stream that a terminal can trust."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.activations import log_softmax
from rnn_cli.core.forward import run_forward
from rnn_cli.models.load import load_model
from tests.conftest import Command
from tests.support.schemas import validate
from tests.support.trained import TrainedModels


def generated(call: Command, *arguments: str) -> Any:
    """The valid document of a run that went well."""
    result = call("generate", *arguments, "--json")
    assert (result.code, result.stderr) == (0, "")
    return validate(result.document())


@pytest.mark.parametrize("name", ["lm", "lm-word"])
def test_log_probabilities_are_those_of_one_run_over_prompt_and_text(
    call: Command, trained: TrainedModels, name: str
) -> None:
    path = str(trained.path(name))
    document = generated(call, path, "--prompt", "The grey ", "--length", "30", "--temperature", "1.5")
    model = load_model(path)
    assert model.vocabulary is not None
    (sample,) = document["samples"]
    prompt = list("The grey ") if name == "lm" else ["The", "grey"]
    ids = [model.vocabulary[token] for token in prompt] + [one["id"] for one in sample["tokens"]]
    run = run_forward(model.network, model.network.parameters["embedding"][np.array(ids[:-1])][:, None])
    assert run.logits is not None
    each = log_softmax(run.logits[:, 0])[len(prompt) - 1 :]
    assert len(sample["tokens"]) == len(each) == 30
    for row, one in zip(each, sample["tokens"], strict=True):
        assert one["log_probability"] == pytest.approx(row[one["id"]], abs=1e-9)
        assert one["rank"] == 1 + (row > row[one["id"]]).sum()
        assert model.labels[one["id"]] == one["token"] != "<unk>"
    total = sum(one["log_probability"] for one in sample["tokens"])
    assert sample["log_probability"] == pytest.approx(total)
    assert sample["perplexity"] == pytest.approx(np.exp(-total / 30))
    assert not sample["ended"]


def test_the_text_is_what_the_document_holds_and_a_function_of_the_seed(call: Command, trained: TrainedModels) -> None:
    path = str(trained.path("lm"))
    arguments = (path, "--prompt", "The ", "--length", "40")
    text = call("generate", *arguments).stdout
    assert text == "The " + generated(call, *arguments)["samples"][0]["text"] + "\n"
    assert call("generate", *arguments).stdout == text
    assert call("generate", *arguments, "--seed", "1").stdout != text
    assert len(text) == 4 + 40 + 1


def test_temperature_0_takes_the_likeliest_and_top_k_one_of_the_likeliest(
    call: Command, trained: TrainedModels
) -> None:
    path = str(trained.path("lm"))
    (surest,) = generated(call, path, "--temperature", "0", "--length", "50")["samples"]
    assert {one["rank"] for one in surest["tokens"]} <= {1, 2}  # 2 where <unk> would be the likeliest
    assert call("generate", path, "--top-k", "1", "--length", "50").stdout == surest["text"] + "\n"
    (some,) = generated(call, path, "--top-k", "3", "--length", "80", "--temperature", "2")["samples"]
    assert max(one["rank"] for one in some["tokens"]) in (3, 4)


def test_descriptions_end_where_the_network_ends_them(call: Command, trained: TrainedModels) -> None:
    path = str(trained.path("describe"))
    document = generated(call, path, "--prompt", "island", "--count", "6", "--length", "30")
    samples = document["samples"]
    assert len({sample["text"] for sample in samples}) > 1
    for sample in samples:
        assert sample["ended"] == (sample["end_log_probability"] is not None)
        assert sample["ended"] or len(sample["tokens"]) == 30
        assert not {"<eos>", "<bos>", "<unk>"} & {one["token"] for one in sample["tokens"]}
        total = sum(one["log_probability"] for one in sample["tokens"]) + (sample["end_log_probability"] or 0)
        assert sample["log_probability"] == pytest.approx(total)
    page = call("generate", path, "--prompt", "island", "--count", "6", "--length", "30").stdout
    assert page.splitlines() == [sample["text"] for sample in samples]


def test_words_have_spaces_and_signs_have_none_before_them(call: Command, trained: TrainedModels) -> None:
    text = call("generate", str(trained.path("lm-word")), "--prompt", "The grey", "--length", "60").stdout
    assert text.startswith("The grey")
    assert " ," not in text
    assert " ." not in text
    assert "  " not in text


def test_each_token_can_be_explained(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    page, data = tmp_path / "page.txt", tmp_path / "data.json"
    arguments = (str(trained.path("lm")), "--length", "5", "--prompt", "The", "--explain")
    result = call("generate", *arguments, "--save", str(page), "--save", str(data))
    assert (result.code, result.stderr) == (0, "")
    for part in ("Each token", "likeliest", "Notice", "Next"):
        assert part in result.stdout
    assert page.read_text(encoding="utf-8") == result.stdout
    assert len(validate(json.loads(data.read_text()))["samples"][0]["tokens"]) == 5


def test_a_bare_text_is_saved_as_a_page(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    result = call("generate", str(trained.path("lm")), "--length", "20", "--save", str(page))
    assert result.stdout.strip().splitlines()[0] in page.read_text(encoding="utf-8")
    assert "Notice" in page.read_text(encoding="utf-8")
    assert "Notice" not in result.stdout


def test_a_terminal_gets_the_text_on_stdout_alone(rnn_tty: Any, rnn: Command, trained: TrainedModels) -> None:
    arguments = ("generate", str(trained.path("lm")), "--length", "30", "--prompt", "The \x1b[2J", "--no-color")
    shown = rnn_tty(80)(*arguments)
    assert shown.code == 0
    assert "\x1b" not in shown.stdout
    assert "The \\x1b[2J" in shown.stdout
    assert "not in the vocabulary" in shown.stderr
    piped = rnn(*arguments)
    assert piped.stdout.startswith("The \x1b[2J")
    assert piped.stdout.replace("\x1b", "\\x1b") == shown.stdout


def test_unknown_tokens_of_the_prompt_are_named(call: Command, trained: TrainedModels) -> None:
    result = call("generate", str(trained.path("lm-word")), "--prompt", "The zzz", "--length", "3")
    assert result.code == 0
    assert "not in the vocabulary: zzz" in result.stderr
    assert generated(call, str(trained.path("lm-word")), "--prompt", "The zzz")["unknown"] == ["zzz"]


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("describe", [], "--prompt CONDITION"),
        ("describe", ["--prompt", "elv"], "did you mean elf?"),
        ("classify", [], "does not write on its own"),
        ("translate", [], "rnn predict asks it"),
        ("copy", [], "does not write on its own"),
        ("lm", ["--temperature", "-1"], "0 or greater"),
        ("lm", ["--temperature", "nan"], "finite"),
        ("lm", ["--top-k", "0"], "--top-k"),
        ("lm", ["--save", "x.doc"], "expected one of"),
    ],
)
def test_mistakes_have_a_message_and_code_2(
    call: Command, trained: TrainedModels, name: str, arguments: list[str], says: str
) -> None:
    result = call("generate", str(trained.path(name)), *arguments)
    assert (result.code, result.stdout) == (2, "")
    assert says in result.stderr


def test_a_model_that_was_not_trained_to_write(call: Command) -> None:
    result = call("generate", "nlp")
    assert result.code == 2
    assert "was not trained by rnn train to write" in result.stderr


@pytest.mark.parametrize("arguments", [("--length", "1" + "0" * 12), ("--count", "1" + "0" * 12)])
def test_more_than_memory_holds_is_refused(call: Command, trained: TrainedModels, arguments: tuple[str, str]) -> None:
    result = call("generate", str(trained.path("lm")), *arguments)
    assert (result.code, result.stdout) == (2, "")
    assert f"{arguments[0]} {arguments[1]}: a whole number from 1 to " in result.stderr
