"""What pages say of odd networks: one class, two steps, two directions, text that was not drawn as the network has it."""

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.metrics.bleu import Bleu
from rnn_cli.core.metrics.confusion import confusion_matrix, per_class
from rnn_cli.models.load import load_model
from rnn_cli.study.attribution_texts import Aligned, FromCondition
from rnn_cli.study.closer import Compared, Outcomes
from rnn_cli.study.scores import Baseline, Classes, Evaluation, Score
from rnn_cli.views.attribution_texts import aligned_words, condition_part, condition_words
from rnn_cli.views.closer import compared_part, compared_words, slices_part
from rnn_cli.views.evaluate_notice import what_to_notice
from rnn_cli.views.judgements import LEAST_STEPS, Facts, judged
from rnn_cli.views.page import Grid, Prose
from tests.conftest import Command
from tests.support.trained import TrainedModels


def words(page: str) -> str:
    return " ".join(page.split())


@pytest.mark.parametrize("steps", [1, LEAST_STEPS - 1, LEAST_STEPS])
def test_few_steps_do_not_tell_that_a_loss_rises(steps: int) -> None:
    assert (judged(Facts(ends=(0.17, 2.06, steps))) is not None) == (steps == LEAST_STEPS)


def test_nothing_is_known_by_heart_that_was_seen_once() -> None:
    facts: dict[str, Any] = {"part": "validation", "loss": 1.2, "training": 0.3}
    found = judged(Facts(**facts))
    assert found is not None
    assert "remembers its examples" in found[1]
    assert judged(Facts(**facts, again=False)) is None


def test_unknown_words_are_told_apart_by_their_parts(call: Command, trained: TrainedModels) -> None:
    """The tagger's answers to two unknown words differ, so that they are not the same to it."""
    path = str(trained.path("tag"))
    encoding = load_model(path).encoding
    assert encoding is not None
    one, other = (f"Qq{end}" for end in [end for end in encoding.suffixes if len(end) == 1][:2])
    for text, it in ((f"{one} {other}", "them"), (f"{one} .", "it"), ("QÄ QÄ", "them")):
        its = "its" if it == "it" else "their"
        assert f"in {its} place: the network knows no more of {it}." in words(call("predict", path, text).stdout)
    first, second = (call("predict", path, text, "--json").document() for text in (one, other))
    assert first["predictions"][0]["probabilities"] != second["predictions"][0]["probabilities"]
    assert "can tell them apart by their beginnings" in str(judged(Facts(unknown=0.7, parts=True)))


def test_a_tagger_of_one_tag_has_no_second(call: Command, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("a/X b/X\nb/X c/X\n" * 6)
    model = str(tmp_path / "one.safetensors")
    sizes = ("--hidden-size", "2", "--embedding-size", "2", "--max-steps", "1")
    assert call("train", str(tmp_path / "one.txt"), "--task", "tag", *sizes, "--out", model).code == 0
    said = words(call("predict", model, "a b").stdout)
    assert "the network has one class, so its softmax is 1 whatever it reads." in said
    assert "least sure" not in said
    (tmp_path / "two.txt").write_text("a b\nb c\n")
    assert "beam" not in call("predict", model, "--file", str(tmp_path / "two.txt")).stdout
    assert "one cell in each direction, no stack" in words(call("inspect", model).stdout)


@pytest.mark.parametrize(
    ("options", "measures"),
    [
        (("--temperature", "1"), True),
        (("--temperature", "0"), False),
        (("--temperature", "0.9"), False),
        (("--temperature", "3"), False),
        (("--temperature", "1", "--top-k", "2"), False),
    ],
)
def test_only_what_is_drawn_as_the_network_has_it_is_held_against_real_text(
    call: Command, trained: TrainedModels, tmp_path: Path, options: tuple[str, ...], measures: bool
) -> None:
    page = tmp_path / "page.txt"
    call("generate", str(trained.path("lm")), "--length", "5", *options, "--save", str(page))
    said = words(page.read_text(encoding="utf-8"))
    assert ("hold it against the perplexity" in said) == measures
    assert ("it is no measure of the network" in said) != measures
    assert ("surer of itself" in said) == (float(options[1]) >= 1)


def test_what_no_token_and_no_condition_gave() -> None:
    """Every written token is less likely with what was read than without it."""
    log_p, less = np.log([0.2, 0.4]), np.array([[-0.1, -0.2], [-0.3, -0.1]])
    said = aligned_words(Aligned(("a", "b"), ("x", "y"), log_p, less, less, "zeros"))
    assert said.endswith("it is no less likely without any one of them.")
    others = np.log([[0.3, 0.5], [0.2, 0.6]])
    of = FromCondition("elf", ("dwarf", "robot"), ("x", "y"), log_p, others)
    assert of.gain.max() < 0
    assert condition_words(of).startswith("No token owes the condition anything")
    same = FromCondition("elf", ("dwarf",), ("x", "y"), log_p, log_p[None])
    assert "Under “dwarf” the whole text is as likely." in condition_words(same)


@pytest.mark.parametrize(
    ("written", "rows", "said"),
    [
        ("xy" + "9" * 60, 5, "57 more written tokens that go on in the same loop; --json has all"),
        ("x" + "ab" * 50, 7, "94 more written tokens that go on in the same loop; --json has all"),
        ("1998-00-00", 10, None),
        ("x9999", 5, None),
        ("abcdefghijklmnopqrstuvwxyz0123456789ABCDE", 40, "1 more written token; --json has all"),
    ],
)
def test_a_text_that_goes_round_in_a_loop_is_shown_for_some_rounds(written: str, rows: int, said: str | None) -> None:
    log_p = np.log(np.full(len(written), 0.2))
    parts = condition_part(FromCondition("elf", ("dwarf",), tuple(written), log_p, log_p[None]))
    (table,) = (one for one in parts[:2] if isinstance(one, Grid))
    assert len(table.rows) == rows + 1  # and the whole
    notes = [" ".join(map(str, one.text.split())) for one in parts if isinstance(one, Prose)]
    assert notes == ([] if said is None else [said])


def test_a_way_back_beside_the_one_that_is_measured(call: Command) -> None:
    """The other direction ends at the first step, which it learns from as from the last."""
    task = ("train", "--task", "recall:length=30,examples=8", "--cell", "rnn", "--hidden-size", "3", "--watch", "1")
    for deeper, said in (((), True), (("--bidirectional",), False), (("--num-layers", "2"), False)):
        assert ("hardly learnt from" in words(call(*task, "--max-steps", "2", *deeper).stdout)) == said


def test_one_step_has_no_way_back(call: Command, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("v\n" + "\n".join(str(3 * k % 7) for k in range(40)) + "\n")
    data = (
        "train",
        str(tmp_path / "t.csv"),
        "--task",
        "forecast",
        "--window",
        "1",
        "--validation",
        "0",
        "--watch",
        "1",
    )
    said = words(call(*data, "--hidden-size", "2", "--max-steps", "2").stdout)
    assert "steps back 0 ‖dL/dh‖" in said
    assert "Notice from the first steps to the last the training loss went from" in said


def test_reasons_hold_beside_what_else_is_said(call: Command, tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("text\tlabel\n" + "a b\tx\nb c\ty\n" * 5)
    options = ("--num-layers", "2", "--optimizer", "sgd", "--clip-value", "1", "--max-steps", "1")
    said = call(
        "train", str(tmp_path / "t.tsv"), "--task", "classify", *options, "--explain-defaults", "--json"
    ).document()
    reasons = {one["option"]: one["reason"] for one in said["settings"]}
    assert reasons["--min-count"].startswith("Rare words")
    assert not any("Adam" in reasons[name] and "suits Adam" not in reasons[name] for name in reasons)
    assert "one layer" not in reasons["--dropout"]
    assert reasons["--clip-norm"] == "--clip-value clips in its place."


def test_ties_are_said(call: Command, tmp_path: Path) -> None:
    """Two labels are as common as each other, and so are the answers to texts of one word and of two."""
    rows = ["good\tn", "bad film\tn", "bad\tp", "good film\tp"] * 3
    (tmp_path / "t.tsv").write_text("text\tlabel\n" + "\n".join(rows) + "\n")
    data, model = str(tmp_path / "t.tsv"), str(tmp_path / "m.safetensors")
    train = ("train", data, "--task", "classify", "--hidden-size", "2", "--max-steps", "1", "--validation", "0")
    assert "always n, one of the commonest labels of the training part" in words(
        call("data", data, "--task", "classify", "--validation", "0").stdout
    )
    assert call(*train, "--out", model).code == 0
    said = words(call("evaluate", model, data).stdout)
    assert "always n, one of the commonest labels of these data" in said


def test_the_weakest_slice_is_told_from_the_whole() -> None:
    right = np.array([1801.0, 1801, 1801, 1800])
    outcomes = Outcomes("accuracy", True, right, np.full(4, 2000.0), np.arange(1.0, 5))
    page = [str(getattr(part, "text", part)) for part in slices_part(outcomes, "text", 4, intervals=False)]
    assert "weakest at 4 tokens: 90.00%, and 90.04% of all texts." in words(" ".join(page))
    assert not any("unknown" in part for part in page)


def test_two_of_three_mistakes_may_be_as_common() -> None:
    labels, f1 = ("a", "b"), (Score(0.5), Score(0.5))
    for pairs, said in (
        ([(0, 1), (1, 0)], "one of the commonest mistakes"),
        ([(0, 1), (0, 1)], "the commonest mistake"),
    ):
        true, called = (
            np.array([0, 0, 0, 1, 1, 1, *(k for k, _ in pairs)]),
            np.array([0, 0, 0, 1, 1, 1, *(k for _, k in pairs)]),
        )
        classes = Classes(labels, 2, confusion_matrix(true, called, 2), per_class(true, called, 2), f1)
        found = Evaluation("classify", "word", 8, 8, 8, 0, {"accuracy": Score(0.75, 0.6, 1.0)}, None, classes)
        assert f"a called b is {said}: " in what_to_notice(found)


def test_words_that_give_as_much_are_all_named(call: Command, tmp_path: Path) -> None:
    """Of two equal words side by side either leaves the same text; that of two texts is as sure as itself."""
    page = call("predict", "nlp", "NLP NLP I love love", "--explain").stdout
    assert page.count("+0.0155*") == 2
    said = words(page)
    assert "left out “NLP” (step 1) and 1 more" in said
    assert "“NLP” (step 1) gave most to “positive”, and “NLP” (step 2) as much: without it" in said
    for text in ("NLP NLP I", "NLP I"):
        (one,) = call("predict", "nlp", text, "--explain", "--json").document()["predictions"]
        gave = [step["left_out"] for step in one["explanation"]["steps"]]
        assert (gave.count(gave[0]) == 2) == (text == "NLP NLP I")
    (tmp_path / "q.txt").write_text("I\nI\nlove\n")
    assert "least sure of line 1, and of 1 more:" in call("predict", "nlp", "--file", str(tmp_path / "q.txt")).stdout
    log_p = np.log([0.2, 0.2])
    of = FromCondition("elf", ("dwarf",), ("x", "y"), log_p, np.log([[0.1, 0.1]]))
    assert "“x” (token 1) owes most to the condition, and “y” (2) as much: +0.69 in ln p." in condition_words(of)


def test_what_is_left_of_a_difference_is_shown(call: Command, tmp_path: Path) -> None:
    """BLEU 3.01 is worse than 3.04, and both are 3.0; a spectral radius of 0.99999 shrinks, as 1.0000 does not."""
    simple = Baseline("the source as it stands, copied", {"bleu": 0.0304, "exact_match": 0.1}, "copied")
    scores = {name: Score(value) for name, value in (("bleu", 0.0301), ("exact_match", 0.1), ("token_accuracy", 0.5))}
    bleu = Bleu(0.0301, np.full(4, 0.1), 1.0, 10, 10)
    found = Evaluation("translate", "word", 8, 8, 8, 0, scores, simple, bleu=bleu, baselines=(simple,))
    assert "BLEU 3.01 and 10.0% exact matches are worse than the baseline's 3.04 and 10.0%: " in what_to_notice(found)
    layer = {"W_xh": [[1.0]], "W_hh": [[0.99999]], "b_h": [0.0]}
    model = {"format": "rnn.model/1", "cell": "rnn", "embedding": {"a": [1.0]}, "parameters": {"layers": [layer]}}
    (tmp_path / "m.json").write_text(json.dumps(model))
    said = words(call("inspect", str(tmp_path / "m.json")).stdout)
    assert "spectral radius 0.99999 and largest singular value 0.99999: each step through it shrinks" in said


def test_every_character_is_known_and_so_says_its_reason(call: Command, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("abc abd\n" * 9)
    for data, value, reason in (
        ([str(tmp_path / "t.txt")], 1, "With 1 all tokens of the training part are known."),
        ([], "of characters 1; of words 2, 3 from 300,000 on, 5 from 1,000,000 on", "Rare words are read as"),
    ):
        said = call("train", *data, "--task", "lm", "--max-steps", "1", "--explain-defaults", "--json").document()
        (one,) = (one for one in said["settings"] if one["option"] == "--min-count")
        assert one["value"] == value
        assert one["reason"].startswith(reason)


def test_what_is_said_to_keep_the_best_step_keeps_it(call: Command, tmp_path: Path) -> None:
    """The step with the best accuracy is not the one with the smallest loss."""
    draw, rows = Random(1), []
    for _ in range(40):
        one, other = draw.choice("abcdef"), draw.choice("ghij")
        rows.append(f"{one} {other}\t{'xy'[int((one in 'abc') ^ (draw.random() < 0.25))]}")
    (tmp_path / "n.tsv").write_text("text\tlabel\n" + "\n".join(rows) + "\n")
    sizes = ("--hidden-size", "4", "--embedding-size", "3", "--learning-rate", "0.03", "--validation", "0.3")
    run = ("train", str(tmp_path / "n.tsv"), "--task", "classify", *sizes, "--eval-every", "2", "--max-steps", "24")
    found = re.search(r"--keep (\w+) keeps the best", call(*run, "--keep", "last").stdout)
    assert found is not None
    *events, done = map(json.loads, call(*run, "--keep", found[1], "--json").stdout.splitlines())
    measured = [(one["loss"], one["metric"]["value"]) for one in events if one["event"] == "eval"]
    best = max(value for _, value in measured)
    assert min(measured)[1] < best == done["metric"]["value"]


@pytest.mark.parametrize("validation", ["0", "0.25"])
def test_what_was_held_out_is_named_where_something_was(call: Command, tmp_path: Path, validation: str) -> None:
    (tmp_path / "t.tsv").write_text("text\tlabel\n" + "a b\tx\nb c\ty\n" * 8)
    data, model = str(tmp_path / "t.tsv"), str(tmp_path / "m.safetensors")
    train = ("train", data, "--task", "classify", "--hidden-size", "2", "--max-steps", "1", "--out", model)
    assert call(*train, "--batch-size", "1", "--validation", validation).code == 0
    said = words(call("evaluate", model, data).stdout)
    assert "the network has learnt from them, and the scores may flatter it." in said
    assert said.count("--held-out") == (0 if validation == "0" else 2)
    assert (call("evaluate", model, data, "--held-out").code == 0) == ("--held-out" in said)


@pytest.mark.parametrize(
    ("values", "more", "said", "shown"),
    [
        ((0.9420, 0.9418), True, "a is better than b by 0.02 points;", ("94.20%", "94.18%", "+0.02 points")),
        ((0.94249, 0.94251), True, "b is better than a by 0.002 points;", ("94.249%", "94.251%", "-0.002 points")),
        ((0.9, 0.8), True, "a is better than b by 10.0 points;", ("90.0%", "80.0%", "+10.0 points")),
        ((1.00001, 1.00002), False, "a is better than b by 0.00001;", ("1.00001", "1.00002", "-0.00001")),
    ],
)
def test_the_better_of_two_is_better_by_something(
    values: tuple[float, float], more: bool, said: str, shown: tuple[str, ...]
) -> None:
    metric = "accuracy" if more else "loss"
    found = Compared("b", metric, more, values, None, None, "swapped", 0.5, 100, 5000, 1)
    assert compared_words(found, "a", 4).startswith(said)
    grid = compared_part(found, "a", 4)[1]
    assert isinstance(grid, Grid)
    assert [row[1] for row in grid.rows] == list(shown)


def test_answers_that_begin_or_end_with_a_blank_are_seen_to(call: Command, trained: TrainedModels) -> None:
    path = str(trained.path("lm"))
    assert "the cross-entropy against “he ”, " in words(call("gradients", "the ", "--model", path).stdout)
    assert "the cross-entropy against he, " in words(call("gradients", "the", "--model", path).stdout)
