"""rnn predict --explain: of every kind of model, what the page says against the document, and the document against runs."""

import json
from itertools import combinations
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention import SCORES
from rnn_cli.models.load import load_model
from tests.conftest import Both, Command
from tests.support.command import Result
from tests.support.networks import slow_if
from tests.support.schemas import validate
from tests.support.trained import DATA, TrainedModels

TEXTS = {
    "classify": "The soup was not bad but the soup was cold",
    "classify-char": "Bad soup",
    "tag": "She can book the old zzz boat",
    "lm": "The grey",
    "lm-word": "The grey mouse",
    "copy": "s1 s2 _ _ > _ _",
}


def explanation(result: Result, which: int = 0) -> Any:
    """The explanation of one prediction in a valid document."""
    assert result.code == 0, result.stderr
    return validate(result.document())["predictions"][which]["explanation"]


def share(call: Command, path: str, text: str, label: str) -> float:
    """The probability that the model gives a label, in a run of its own."""
    document = call("predict", path, text, "--json").document()
    return float(document["predictions"][0]["probabilities"][document["model"]["labels"].index(label)])


@pytest.mark.parametrize("name", list(TEXTS))
def test_every_kind_of_text_is_explained(
    both: Both, trained: TrainedModels, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page, document = both("predict", str(trained.path(name)), TEXTS[name], "--explain")
    found = validate(document)["predictions"][0]["explanation"]
    assert page.stderr == ""
    assert max(map(cell_len, page.stdout.split("Next")[0].splitlines())) <= 80
    total = sum(step["integrated"] for step in found["steps"])
    assert total == pytest.approx(found["quantity"]["value"] - found["baseline"]["value"], abs=1e-5)
    assert found["completeness"]["residual"] == pytest.approx(0, abs=1e-5)
    assert found["steps"][-1]["running"] == pytest.approx(found["quantity"]["value"])
    methods = ["left_out", "replaced", "gradient_input", "integrated"]
    assert {method for one in found["agreement"] for method in one["methods"]} == set(methods)
    tops = {
        method: max((step for step in found["steps"] if step[method] is not None), key=lambda step: step[method])["t"]
        for method in methods
    }
    for one in found["taken_out"]:
        assert sorted(one["top_of"]) == sorted(
            method for method, t in tops.items() if [t] == one["steps"] and "if_added_up" not in one
        )
    for one in found["agreement"]:
        a, b = one["methods"]
        assert one["same_top"] == (tops[a] == tops[b])


def test_the_sentence_without_a_word_has_the_probability_that_is_said(call: Command, trained: TrainedModels) -> None:
    path, words = str(trained.path("classify")), TEXTS["classify"].split()
    found = explanation(call("predict", path, " ".join(words), "--explain", "--json"))
    label, value = found["quantity"]["of"], found["quantity"]["value"]
    tried = {tuple(one["steps"]): one for one in found["taken_out"]}
    assert (2, 8) in tried  # soup and soup
    assert (3, 9) in tried  # was and was
    for steps, one in tried.items():
        assert one["how"] == "left_out"
        left = " ".join(word for t, word in enumerate(words, start=1) if t not in steps)
        p = share(call, path, left, label)
        assert one["probability"] == pytest.approx(p, rel=1e-9)
        assert one["value"] == pytest.approx(log(p / (1 - p)), abs=1e-9)
        alone = [found["steps"][t - 1]["left_out"] for t in steps]
        if len(steps) == 1:
            assert value - alone[0] == pytest.approx(one["value"])
        else:
            assert value - sum(alone) == pytest.approx(one["if_added_up"])
    for t, step in enumerate(found["steps"], start=1):
        p = share(call, path, " ".join(words[:t]), label)
        assert step["running_probability"] == pytest.approx(p, rel=1e-9)
        p = share(call, path, " ".join([*words[: t - 1], "qqqq", *words[t:]]), label)
        assert value - step["replaced"] == pytest.approx(log(p / (1 - p)), abs=1e-9)


def test_about_chooses_the_label_the_word_or_the_column(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    path = str(trained.path("classify"))
    yes, no = (
        explanation(call("predict", path, "good soup", "--explain", "--about", label, "--json"))
        for label in call("predict", path, "x", "--json").document()["model"]["labels"]
    )
    assert yes["quantity"]["value"] == pytest.approx(-no["quantity"]["value"])  # of two classes
    assert [a["left_out"] for a in yes["steps"]] == pytest.approx([-b["left_out"] for b in no["steps"]])
    third = explanation(call("predict", str(trained.path("tag")), TEXTS["tag"], "--explain", "--about", "3", "--json"))
    assert third["quantity"]["step"] == 3
    assert [step["running"] is None for step in third["steps"]] == [True, True, *[False] * 5]
    assert third["steps"][2]["left_out"] is None
    assert {one["how"] for one in third["taken_out"]} == {"replaced"}
    weather = ("--input", str(DATA / "weather.csv"), "--explain")
    path = str(trained.path("forecast"))
    result = call("predict", path, *weather, "--about", "pressure +2", "--json")
    one = explanation(result)
    said = result.document()["predictions"][0]
    assert one["quantity"]["value"] == pytest.approx(said["prediction"][1][said["columns"].index("pressure")])
    assert one["baseline"]["kind"] == "mean"
    assert all("left_out" not in step for step in one["steps"])
    page = call("predict", path, *weather).stdout
    assert "Put to the test" in page
    assert "Which column gave it" in page
    means = load_model(path).encoding
    assert means is not None
    rows = [
        [float(cell) for cell in line.split(",")[1:4]] for line in (DATA / "weather.csv").read_text().splitlines()[-5:]
    ]
    for k, column in enumerate(one["columns"]):
        changed = [[means.means[k] if i == k else value for i, value in enumerate(row)] for row in rows]
        (tmp_path / "rows.json").write_text(json.dumps(changed))
        (other,) = call("predict", path, "--input", str(tmp_path / "rows.json"), "--json").document()["predictions"]
        left = one["quantity"]["value"] - other["prediction"][1][other["columns"].index("pressure")]
        assert column["replaced"] == pytest.approx(left, abs=1e-9)
    assert sum(column["integrated"] for column in one["columns"]) == pytest.approx(one["completeness"]["sum"])


def test_a_forecast_after_every_step_is_explained_at_its_last(call: Command, trained: TrainedModels) -> None:
    result = call(
        "predict", str(trained.path("forecast-steps")), "--input", str(DATA / "weather.csv"), "--explain", "--json"
    )
    found = explanation(result)
    assert found["quantity"]["value"] == pytest.approx(result.document()["predictions"][0]["prediction"][0][0])
    assert found["quantity"]["step"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nlp", "love", "--about", "positive"), "--about says what --explain is about: give both"),
        (
            ("nlp", "love", "--explain", "--about", "neutral"),
            "--about neutral: there is no such label: negative, positive",
        ),
        (
            ("nlp", "I " * 501, "--explain"),
            "--explain reads a text again without each of its words: it takes up to 500",
        ),
    ],
)
def test_what_cannot_be_explained_is_refused(call: Command, arguments: tuple[str, ...], said: str) -> None:
    refused = call("predict", *arguments)
    assert refused.code == 2
    assert said in refused.stderr


def test_a_number_of_a_word_is_within_the_sentence(call: Command, trained: TrainedModels) -> None:
    for wrong in ("0", "8", "boat"):
        refused = call("predict", str(trained.path("tag")), TEXTS["tag"], "--explain", "--about", wrong)
        assert refused.code == 2
        assert "from 1 to 7" in refused.stderr


def test_one_class_has_nothing_to_explain(call: Command, tmp_path: Path) -> None:
    layer = {"W_xh": [[1.0]], "W_hh": [[0.5]], "b_h": [0.0]}
    model = {
        "format": "rnn.model/1", "cell": "rnn", "activation": "tanh", "task": "many-to-one", "labels": ["only"],
        "embedding": {"love": [0.7]},
        "parameters": {"layers": [layer], "readout": {"W_hy": [[1.0]], "b_y": [0.0]}},
    }  # fmt: skip
    (tmp_path / "one.json").write_text(json.dumps(model))
    refused = call("predict", str(tmp_path / "one.json"), "love", "--explain")
    assert refused.code == 2
    assert "has one class, whose probability is 1 whatever it reads" in refused.stderr


@pytest.mark.parametrize("name", slow_if(["classify", "tag", "lm-word"], "tag"))
def test_the_pages_of_a_trained_model_explain_its_answer_too(
    call: Command, both: Both, trained: TrainedModels, name: str
) -> None:
    path, text = str(trained.path(name)), "The grey boat"
    answer = explanation(call("predict", path, text, "--explain", "--json"))
    traced = call("trace", text, "--model", path, "--json")
    assert validate(traced.document())["explanation"] == answer
    page = call("trace", text, "--model", path, "--no-arithmetic").stdout
    assert page.count("Put to the test") == 1
    assert "Put to the test" not in call("trace", text, "--model", path, "--steps", "2").stdout
    if name == "classify":
        for target in call("predict", path, "x", "--json").document()["model"]["labels"]:
            shown, document = both("bptt", text, "--model", path, "--target", target, "--no-arithmetic")
            assert validate(document)["explanation"] == answer
            assert "Put to the test" in shown.stdout
    else:
        targets = () if name == "lm-word" else ("--targets", "DET ADJ NOUN")
        assert "explanation" not in call("bptt", text, "--model", path, *targets, "--json").document()


def test_numbers_are_explained_on_the_page_of_trace(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps(np.random.default_rng(0).uniform(0, 10, (5, 3)).round(2).tolist()))
    path = str(trained.path("forecast"))
    answer = explanation(call("predict", path, "--input", str(rows), "--explain", "--json"))
    assert call("trace", "--input", str(rows), "--model", path, "--json").document()["explanation"] == answer


def log_p(call: Command, path: str, text: str, written: str) -> Array:
    """ln p of each token of a text that the network is made to write, its end included, by the readable steps."""
    document = call("trace", text, "--model", path, "--target", written, "--json").document()
    decoder = document.get("decoder", document)
    p = np.array(decoder["probabilities"])
    ids = [decoder["model"]["labels"].index(token) for token in [*decoder["tokens"][1:], "<eos>"]]
    found: Array = np.log(p[np.arange(len(ids)), ids])
    return found


@pytest.mark.parametrize(("name", "text"), [("translate", "9 June 1999"), ("translate-word", "9 June 1999")])
def test_a_translation_is_explained_by_what_it_read(
    call: Command, both: Both, trained: TrainedModels, name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    path = str(trained.path(name))
    shown, document = both("predict", path, text, "--explain")
    (one,) = validate(document)["predictions"]
    found, written = one["alignment"], one["prediction"]
    assert found["read"] == one["tokens"]
    whole = log_p(call, path, text, written)
    np.testing.assert_allclose(found["log_probabilities"], whole, rtol=1e-6, atol=1e-9)
    by_character = name == "translate"
    parts = list(text) if by_character else text.split()
    between, t = "" if by_character else " ", 2
    for method, text_then in (
        ("left_out", between.join(parts[:t] + parts[t + 1 :])),
        ("replaced", between.join([*parts[:t], "☃", *parts[t + 1 :]])),
    ):
        changes = whole - log_p(call, path, text_then, written)
        np.testing.assert_allclose(np.array(found[method])[:, t], changes, rtol=1e-5, atol=1e-9)
    for row, most in zip(found["left_out"], found["gave_most"], strict=True):
        assert most == (int(np.argmax(row)) + 1 if max(row) > 0 else None)
    page = shown.stdout
    assert "What each written token used" in page
    assert "Which token each method names" in page
    assert max(map(cell_len, page.split("Next")[0].splitlines())) <= 80


METHODS = ("left_out", "replaced", "gradient_input", "integrated", "looked")


def ranked(row: Array) -> Array:
    """The rank of each of the numbers; equal ones share theirs."""
    return np.array([(row < value).sum() + ((row == value).sum() + 1) / 2 for value in row])


def test_the_methods_of_a_translation_are_held_against_each_other_and_tried(
    call: Command, both: Both, trained: TrainedModels
) -> None:
    path, text = str(trained.path("translate-word")), "3 June 2004 , Friday"
    result, document = both("predict", path, text, "--explain")
    (one,) = validate(document)["predictions"]
    found = one["alignment"]
    tables = {name: np.array(found[name]) for name in METHODS}
    U, T = len(found["written"]), len(found["read"])
    assert {table.shape for table in tables.values()} == {(U, T)}
    np.testing.assert_allclose(tables["looked"].sum(axis=1), 1)
    unknown = log_p(call, path, " ".join("☃" * T), one["prediction"])[:U]
    missed = tables["integrated"].sum(axis=1) - (np.array(found["log_probabilities"]) - unknown)
    np.testing.assert_allclose(found["completeness"]["residuals"], missed, atol=1e-9)
    assert np.abs(missed).max() < 1e-2
    assert [tuple(pair["methods"]) for pair in found["agreement"]] == [*combinations(METHODS, 2)]
    for pair in found["agreement"]:
        a, b = (tables[name] for name in pair["methods"])
        rows = [np.corrcoef(ranked(x), ranked(y))[0, 1] for x, y in zip(a, b, strict=True)]
        assert pair["spearman"] == pytest.approx(np.mean(rows), abs=1e-9)
        same = (a.argmax(axis=1) == b.argmax(axis=1)) & (a.max(axis=1) > 0) & (b.max(axis=1) > 0)
        assert pair["same_top"] == same.sum()
    claims = {name: divmod(int(table.argmax()), T) for name, table in tables.items()}
    for tried in found["taken_out"]:
        u, t = tried["written"] - 1, tried["read"] - 1
        assert tried["top_of"] == [name for name in METHODS if claims[name] == (u, t)]
        p = np.exp(found["log_probabilities"][u] - np.array([0, tables["left_out"][u, t], tables["replaced"][u, t]]))
        np.testing.assert_allclose([tried["probability"], tried["left_out"], tried["replaced"]], p)
        left = " ".join(found["read"][:t] + found["read"][t + 1 :])
        assert tried["writes"] == call("predict", path, left, "--json").document()["predictions"][0]["prediction"]
    assert {(one["written"] - 1, one["read"] - 1) for one in found["taken_out"]} == set(claims.values())
    page = " ".join(result.stdout.split())
    for tried in found["taken_out"]:
        assert f"it writes: {tried['writes'][:40] or 'nothing'}" in page
    for pair in found["agreement"][:1]:
        assert f"replaced {pair['spearman']:+.2f} {pair['same_top']}/{U}" in page


def test_a_long_translation_is_explained_without_slopes(
    both: Both, trained: TrainedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rnn_cli.core.alignment.MOST_RUN", 1)
    page, document = both("predict", str(trained.path("translate-word")), "9 June 1999", "--explain")
    found = validate(document)["predictions"][0]["alignment"]
    assert not {"gradient_input", "integrated", "completeness"} & set(found)
    assert len(found["agreement"]) == 3
    assert "This text is too long for slopes." in " ".join(page.stdout.split())


def test_a_description_is_held_against_the_other_conditions(call: Command, both: Both, trained: TrainedModels) -> None:
    path = str(trained.path("describe"))
    page, document = both("predict", path, "island", "--explain")
    (one,) = validate(document)["predictions"]
    found = one["condition"]
    own = log_p(call, path, "island", one["prediction"])
    others = np.array([log_p(call, path, other["condition"], one["prediction"]) for other in found["others"]])
    np.testing.assert_allclose(found["log_probabilities"], own, rtol=1e-6)
    np.testing.assert_allclose([other["log_probability"] for other in found["others"]], others.sum(axis=1), rtol=1e-6)
    np.testing.assert_allclose(found["gain"], own - np.log(np.exp(others).mean(axis=0)), rtol=1e-5)
    likelier = others.sum(axis=1).max() > own.sum()
    assert ("is likelier under" in page.stdout) == likelier
    refused = call("predict", path, "island", "--explain", "--about", "elf")
    assert (refused.code, "every token that it writes is explained" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "text", "key"), [("translate-word", "9 June 1999", "alignment"), ("describe", "elf", "condition")]
)
def test_the_page_of_trace_says_what_a_text_rests_on(
    call: Command, trained: TrainedModels, name: str, text: str, key: str
) -> None:
    path = str(trained.path(name))
    (one,) = call("predict", path, text, "--explain", "--json").document()["predictions"]
    assert validate(call("trace", text, "--model", path, "--json").document())[key] == one[key]
    page = call("predict", path, text, "--explain").stdout
    part = page[page.index("What ") : page.index("Notice")].rstrip()  # a decoder that looks back has a sentence more
    assert part in call("trace", text, "--model", path, "--no-arithmetic").stdout
    assert key not in call("trace", text, "--model", path, "--network", "decoder", "--steps", "1", "--json").document()


@pytest.mark.parametrize("name", slow_if(SCORES, *list(SCORES)[1:]))
def test_where_a_decoder_looks_stands_beside_what_it_uses(both: Both, trained: TrainedModels, name: str) -> None:
    path = str(trained.path(f"translate-{name}"))
    shown, document = both("trace", "9 June", "--model", path, "--no-arithmetic")
    found = document["alignment"]
    looks = np.array([step["shares"] for step in document["decoder"]["attention"]["steps"]])
    used = [u for u, row in enumerate(found["left_out"]) if max(row) > 0]
    same = sum(int(looks[u].argmax()) == int(np.argmax(found["left_out"][u])) for u in used)
    page = " ".join(shown.stdout.split())
    assert f"looked most at the token that gave most in {same} of {len(used)} row" in page
    assert ("where it looks is not yet what it uses" in page) == (same < len(used))


def test_one_word_cannot_be_left_out_of_a_translation(call: Command, trained: TrainedModels) -> None:
    refused = call("predict", str(trained.path("translate-word")), "June", "--explain")
    assert refused.code == 2
    assert "nothing is left without its one word" in refused.stderr


def test_what_leaves_the_finite_range_is_said(call: Command, tmp_path: Path) -> None:
    """The sentence has finite log-odds; without its first word, which holds the second back, they are beyond all floats."""
    model = {
        "format": "rnn.model/1", "cell": "rnn", "activation": "relu", "task": "many-to-one", "labels": ["no", "yes"],
        "embedding": {"calm": [1.0, 0.0], "vast": [0.0, 1e200]},
        "parameters": {
            "layers": [{"W_xh": [[0.0, 1.0], [1e300, 0.0]], "W_hh": [[0.0, -1.0], [0.0, 0.0]], "b_h": [0.0, 0.0]}],
            "readout": {"W_hy": [[0.0, 0.0], [1e200, 0.0]], "b_y": [0.0, 0.0]},
        },
    }  # fmt: skip
    (tmp_path / "vast.json").write_text(json.dumps(model))
    assert call("predict", str(tmp_path / "vast.json"), "calm vast").code == 0
    refused = call("predict", str(tmp_path / "vast.json"), "calm vast", "--explain")
    assert refused.code == 3
    assert "what a step gave left the finite range" in refused.stderr


def test_python_asks_for_the_same(call: Command, trained: TrainedModels) -> None:
    import rnn_cli as rnn

    path = str(trained.path("tag"))
    model = rnn.load(path)
    said = call("predict", path, TEXTS["tag"], "--explain", "--about", "3", "--json").document()
    assert rnn.load(path).predict(TEXTS["tag"], explain=True, about=3).document() == said
    with pytest.raises(rnn.InputError, match="explain=True"):
        rnn.load(path).predict(TEXTS["tag"], about=3)
    data = trained.data("tag")
    against = call("evaluate", path, *data, "--against", path, "--resamples", "9", "--json").document()["against"]
    found = model.evaluate(*data, against=model, resamples=9).document()["against"]
    assert {**found, "model": ""} == {**against, "model": ""}


def test_many_texts_each_name_the_words_that_gave_most(call: Command, trained: TrainedModels) -> None:
    page = call("predict", str(trained.path("classify")), "good soup", "bad soup", "--explain").stdout
    lines = [line for line in page.splitlines() if "without each:" in line]
    assert len(lines) == 2
    assert "good" in lines[0]
    assert "bad" in lines[1]


def test_the_page_says_what_the_document_holds(call: Command) -> None:
    found = explanation(call("predict", "nlp", "I love NLP", "--explain", "--json"))
    page = call("predict", "nlp", "I love NLP", "--explain", "--precision", "3").stdout
    assert "F = ln p/(1-p) = 2.198, where p is its probability, 90.0%" in page
    for step in found["steps"]:
        (row,) = (line for line in page.splitlines() if line.split()[:2] == [str(step["t"]), step["token"]])
        said = [float(cell.rstrip("*")) for cell in row.split()[3:]]
        right = [step[name] for name in ("left_out", "replaced", "gradient_input", "integrated")]
        np.testing.assert_allclose(said, right, atol=5.1e-4)


def test_a_number_is_moved_most_by_the_step_with_the_largest_change_up_or_down(
    call: Command, trained: TrainedModels
) -> None:
    weather = ("predict", str(trained.path("forecast")), "--input", str(DATA / "weather.csv"), "--explain", "--about")
    ups = set()
    for column in ("temperature +1", "pressure +1", "wind +1"):
        found = explanation(call(*weather, column, "--json"))
        (first,) = (one for one in found["taken_out"] if "replaced" in one["top_of"])
        changes = [step["replaced"] for step in found["steps"]]
        t = int(np.argmax(np.abs(changes)))
        assert first["steps"] == [t + 1]
        assert f"“x_{t + 1}” moved “{column}” most: with the mean in place of it" in call(*weather, column).stdout
        ups.add(changes[t] > 0)
    assert ups == {True, False}  # a step may lower a number, too


def test_words_that_are_the_same_are_told_apart_and_none_may_speak_for_an_answer(call: Command) -> None:
    page = " ".join(call("predict", "nlp", "love I love NLP", "--explain").stdout.split())
    found = explanation(call("predict", "nlp", "love I love NLP", "--explain", "--json"))
    for one in found["taken_out"]:
        if one["tokens"] == ["love"]:
            assert f"“love” (step {one['steps'][0]}) " in page
    assert "“love”, 2 times" in page
    label = found["quantity"]["of"]
    other = next(one for one in ("positive", "negative") if one != label)
    page = " ".join(call("predict", "nlp", "love", "--explain", "--about", other).stdout.split())
    (step,) = explanation(call("predict", "nlp", "love", "--explain", "--about", other, "--json"))["steps"]
    assert step["replaced"] < 0
    assert f"No word speaks for “{other}”: its probability is no lower with zeros in place of any one of them." in page
