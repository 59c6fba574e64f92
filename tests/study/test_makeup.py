"""What the data are made of, counted once more from the rows; and the baselines, by hand."""

from collections import Counter
from math import exp, log
from pathlib import Path

import numpy as np
import pytest

from rnn_cli.study.makeup import MakeUp, alike, make_up
from rnn_cli.tasks import find_task
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.options import DataOptions
from rnn_cli.views.makeup import against_baseline, baseline_words, makeup_lines
from tests.support.trained import DATA, RUNS


def of(task: str, train: Path, held_out: Path, **options: object) -> tuple[Prepared, MakeUp]:
    """A data set with a validation file."""
    prepared = find_task(task).prepare([str(train)], DataOptions(validation=str(held_out), **options), 0)  # type: ignore[arg-type]
    return prepared, make_up(prepared)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two empty places."""
    return tmp_path / "train.txt", tmp_path / "dev.txt"


def test_classes_lengths_and_unknown_words(files: tuple[Path, Path]) -> None:
    train = [("a b", "yes"), ("a b c", "no"), ("a", "yes"), ("b b b b", "Yes"), ("a b c", "no"), ("c a", "yes")]
    held = [("a z", "no"), ("q", "new"), ("b", "yes"), ("a b", "yes")]
    for path, rows in zip(files, (train, held), strict=True):
        path.write_text("".join(f"{text}\t{label}\n" for text, label in rows))
    prepared, made = of("classify", *files, header=False, min_count=2)
    both = Counter(label for _, label in train + held)
    assert {one.label: one.count for one in made.classes} == both
    assert [one.count for one in made.classes] == sorted(both.values(), reverse=True)
    assert {one.label for one in made.classes if not one.train} == {"new"}
    assert made.alike == (("Yes", "yes"),)
    lengths = [len(text.split()) for text, _ in train]
    assert made.lengths is not None
    assert (made.lengths.shortest, made.lengths.median, made.lengths.longest) == (1, np.median(lengths), 4)
    assert made.vocabulary == 3
    assert made.unknown == (0.0, 2 / 6)
    always = next(one for one in made.baselines if one.name == "commonest-label")
    assert always.how.startswith("always yes, ")
    assert always.scores == {"accuracy": 2 / 4, "macro_f1": pytest.approx(2 / 3 / 3)}
    assert (prepared.report.duplicates, prepared.report.shared) == (1, 0 + sum(row in train for row in held))


def test_labels_that_differ_in_nothing_that_one_sees() -> None:
    assert alike(["0", "0.0", "1", "a", "A", "b  c", "b\u00a0c", "nan", "NaN", "1e3", "1000"]) == [
        *[("0", "0.0"), ("1000", "1e3"), ("A", "a"), ("b  c", "b\u00a0c"), ("NaN", "nan")],
    ]
    assert alike(["yes", "no", "01a"]) == []


def test_the_commonest_tag_of_each_word_is_learnt_from_training_alone(files: tuple[Path, Path]) -> None:
    train = [
        ("the DET", "run VERB", "run NOUN", "run NOUN"),
        ("go VERB", "the DET", "go VERB"),
        ("odd ADJ", "dog NOUN"),
    ]
    held = [("the DET", "run VERB", "cat NOUN"), ("run NOUN", "go NOUN")]
    for path, sentences in zip(files, (train, held), strict=True):
        path.write_text("\n\n".join("\n".join(one) for one in sentences) + "\n")
    _, made = of("tag", *files, min_count=2)
    # run is a NOUN, go a VERB; cat is <unk>, as odd (ADJ) and dog (NOUN) were: the first of the two equals
    by_word, always = made.baselines if "each word" in made.baselines[0].how else made.baselines[::-1]
    assert by_word.scores == {"accuracy": 2 / 5, "macro_f1": pytest.approx((1 + 0 + 2 / 5) / 4)}
    assert always.scores == {"accuracy": 3 / 5, "macro_f1": pytest.approx(3 / 4 / 3)}
    assert made.baseline is always
    assert made.unknown == (2 / 9, 1 / 5)


def test_a_texts_baselines(files: tuple[Path, Path]) -> None:
    for path, text in zip(files, ("aabab" * 30, "abbbz"), strict=True):
        path.write_text(text)
    prepared, made = of("lm", *files)
    by_name = {one.name: one for one in made.baselines}
    assert [*by_name].index("even-guess") < [*by_name].index("unigram")  # the best first
    uniform, unigram = by_name["even-guess"], by_name["unigram"]
    labels = prepared.encoding.labels
    counts = Counter(("aabab" * 30)[1:])
    p = {label: (counts[label] + 1) / (149 + len(labels)) for label in labels}
    assert unigram.scores["perplexity"] == pytest.approx(exp(-sum(log(p[one]) for one in ["b", "b", "b", "<unk>"]) / 4))
    assert uniform.scores["perplexity"] == pytest.approx(len(labels))
    assert uniform.scores["bits_per_token"] == pytest.approx(np.log2(len(labels)))
    assert baseline_words(uniform).endswith(
        f"perplexity {len(labels)}.000, bits per character {np.log2(len(labels)):.3f}"
    )
    assert made.unknown == (0.0, 1 / 4)
    for path in files:
        path.write_text("a b " * 30)
    assert "bits_per_token" not in of("lm", *files, level="word")[1].baselines[0].scores


@pytest.mark.parametrize("name", [name for name, run in RUNS.items() if run[0] == "forecast"])
def test_the_last_value_stays(name: str) -> None:
    task, data, options, _ = RUNS[name]
    prepared = find_task(task).prepare([str(DATA / str(data))], options, 0)
    made = make_up(prepared)
    assert prepared.validation is not None
    scales, means = np.array(prepared.encoding.target_scales), np.array(prepared.encoding.target_means)
    errors = []
    for k in range(len(prepared.validation)):
        batch = prepared.validation.collate(np.array([k]))
        read = [prepared.encoding.columns.index(one) for one in prepared.encoding.target_columns]
        last = (
            batch.inputs[:, 0, read] * np.array(prepared.encoding.scales)[read]
            + np.array(prepared.encoding.means)[read]
        )
        truth = batch.targets[..., 0, :].reshape(-1, len(scales)) * scales + means
        errors.append(np.abs(truth - (last[-1] if not options.every_step else last)).mean())
    stays = next(one for one in made.baselines if one.name == "last-value")
    assert stays.scores["mae"] == pytest.approx(np.mean(errors))


@pytest.mark.parametrize(
    ("task", "said"), [("adding:length=4,examples=8", "4 steps each"), ("recall:length=3,examples=8", "4 tokens each")]
)
def test_numbers_are_read_in_steps_and_symbols_are_tokens(task: str, said: str) -> None:
    prepared = find_task(task).prepare([], DataOptions(), 0)
    assert ("lengths", said) in makeup_lines(make_up(prepared), prepared.encoding.level)


def test_a_result_is_put_beside_the_baseline() -> None:
    made = make_up(find_task("classify").prepare([str(DATA / "reviews.tsv")], DataOptions(), 0))
    assert made.baseline is not None
    there = made.baseline.scores["accuracy"]
    assert "10.0 points more" in str(against_baseline(made, "accuracy", there + 0.1))
    assert "10.0 points less" in str(against_baseline(made, "accuracy", there - 0.1))
    assert str(against_baseline(made, "accuracy", there)).endswith("accuracy is the same.")
    assert against_baseline(made, "mae", 1.0) is None
