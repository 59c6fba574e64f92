"""The simple answers, each computed once more in another way."""

from collections import Counter
from importlib import import_module
from itertools import pairwise
from math import log
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.metrics.season import season_of
from rnn_cli.study import baselines
from rnn_cli.study.baselines.linear_autoregression import fit, predict
from rnn_cli.study.baselines.seasonal_naive import a_season_ago
from rnn_cli.study.baselines.series import runs_of
from rnn_cli.study.makeup import make_up
from rnn_cli.study.scores import Baseline
from rnn_cli.tasks import GENERATED, TASKS, find_task, task_class
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.forecast import Windows
from rnn_cli.tasks.options import DataOptions


def prepare(task: str, train: Path, held: Path | None = None, **options: object) -> Prepared:
    """A data set, with a validation file or a part of its own."""
    if held is not None:
        options["validation"] = str(held)
    return find_task(task).prepare([str(train)], DataOptions(**options), 0)  # type: ignore[arg-type]


def answers(prepared: Prepared) -> dict[str, Baseline]:
    """The simple answers by their names."""
    return {one.name: one for one in make_up(prepared).baselines}


def test_every_task_has_some_and_every_file_is_of_one() -> None:
    named = [task_class(task).simple_answers for task in (*TASKS, *GENERATED)]
    files = {one.name for one in iter_modules(baselines.__path__)}
    answering = {name for name in files if hasattr(import_module(f"{baselines.__name__}.{name}"), "answer")}
    assert all(named)
    assert set().union(*named) == answering


def series(path: Path, values: Array) -> Path:
    """A file with a column y."""
    path.write_text("y\n" + "".join(f"{value!r}\n" for value in values.tolist()))
    return path


def errors(values: Array, first: int, horizon: int, forecast: Array) -> float:
    """The mean absolute error of forecasts (N, S) after each row from `first` on."""
    return float(
        np.mean([abs(values[first + n + 1 + s] - forecast[n, s]) for n in range(len(forecast)) for s in range(horizon)])
    )


def test_forecasts_of_a_season_with_a_trend(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=120) * 0.3
    t = np.arange(120)
    values = 0.5 * t + np.array([0, 3, 5, 1, -4, -6, -2])[t % 7] + noise
    found = answers(prepare("forecast", series(tmp_path / "a.csv", values), window=5, horizon=9, validation="0.25"))
    assert {*found} == {"last-value", "seasonal-naive", "drift", "linear-autoregression"}
    assert "value of 7 steps before" in found["seasonal-naive"].how
    origins = range(89, 111)  # the validation part begins at row 90
    last = np.array([[values[r]] * 9 for r in origins])
    assert found["last-value"].scores["mae"] == pytest.approx(errors(values, 89, 9, last))
    change = (values[89] - values[0]) / 89
    drift = last + change * np.arange(1, 10)
    assert found["drift"].scores["mae"] == pytest.approx(errors(values, 89, 9, drift))
    season = np.array([[values[r + h - 7 * (1 if h <= 7 else 2)] for h in range(1, 10)] for r in origins])
    assert found["seasonal-naive"].scores["mae"] == pytest.approx(errors(values, 89, 9, season))


@pytest.mark.parametrize("every_step", [False, True])
def test_the_autoregression_is_that_of_least_squares(tmp_path: Path, every_step: bool) -> None:
    draw = np.random.default_rng(1).normal(size=400)
    values = np.zeros(400)
    for t in range(2, 400):
        values[t] = 1 + 1.2 * values[t - 1] - 0.5 * values[t - 2] + draw[t]
    weights = fit([values[:300]], 2, 1)[:, 0]
    rows = np.array([[1, values[t - 2], values[t - 1]] for t in range(2, 300)])
    assert weights == pytest.approx(np.linalg.lstsq(rows, values[2:300], rcond=None)[0], abs=1e-10)
    assert weights == pytest.approx([1, -0.5, 1.2], abs=0.3)
    path = series(tmp_path / "a.csv", values)
    found = answers(prepare("forecast", path, window=2, validation="0.25", every_step=every_step))
    said = np.array([[weights @ [1, values[r - 1], values[r]]] for r in range(299, 399)])
    times = [1 if r in (299, 398) else 2 for r in range(299, 399)] if every_step else None
    each = np.abs(said[:, 0] - values[300:])
    assert found["linear-autoregression"].scores["mae"] == pytest.approx(np.average(each, weights=times))


def test_pieces_and_gaps_do_not_change_the_least_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [np.random.default_rng(k).normal(size=size).cumsum() for k, size in enumerate((40, 3, 25))]
    rows = [run[k : k + 6] for run in runs for k in range(len(run) - 5)]
    table = np.array(rows)
    once = np.linalg.lstsq(np.concatenate([np.ones((len(rows), 1)), table[:, :4]], axis=1), table[:, 4:], rcond=None)[0]
    monkeypatch.setattr("rnn_cli.study.baselines.linear_autoregression.PIECE", 7)
    assert fit(runs, 4, 2) == pytest.approx(once, abs=1e-9)


def test_no_forecast_looks_beyond_a_gap_or_into_the_validation_part(tmp_path: Path) -> None:
    values = np.random.default_rng(3).normal(size=90).cumsum()
    train = prepare("forecast", series(tmp_path / "a.csv", values), window=4, validation="0.3")
    other = values.copy()
    other[-27:] = 1000 * np.arange(27)
    changed = prepare("forecast", series(tmp_path / "b.csv", other), window=4, validation="0.3")
    assert train.encoding == changed.encoding
    drift = [answers(one)["drift"].errors for one in (train, changed)]
    assert drift[0] is not None
    assert drift[1] is not None
    slope = (values[62] - values[0]) / 62
    assert drift[1][0, 0, 0] == pytest.approx(np.mean(np.abs(np.diff(other)[62:] - slope)))


def test_a_season_is_found_in_stretches_and_none_in_noise() -> None:
    draw = np.random.default_rng(4)
    t = np.arange(200)
    smooth = np.sin(2 * np.pi * t / 24) + 0.05 * draw.normal(size=200) + 0.01 * t
    assert season_of([smooth[:, None]]) in (23, 24, 25)
    sharp = (t % 12 == 0) * 5.0 + draw.normal(size=200) * 0.2
    assert season_of([sharp[:90, None], sharp[101:, None]]) == 12
    assert [season_of([draw.normal(size=(150, 1)).cumsum(axis=0)]) for _ in range(20)].count(None) >= 19
    assert season_of([np.ones((50, 1))]) is None
    assert season_of([np.ones((2, 1))]) is None


def test_naive_bayes_by_hand(tmp_path: Path) -> None:
    # The example of Manning et al., section 13.2: Chinese Beijing Chinese, ... ; its test text is of China.
    rows = [
        ("chinese beijing chinese", "c"),
        ("chinese chinese shanghai", "c"),
        ("chinese macao", "c"),
        ("tokyo japan chinese", "j"),
    ]
    train, held = tmp_path / "train.tsv", tmp_path / "held.tsv"
    train.write_text("".join(f"{text}\t{label}\n" for text, label in rows))
    held.write_text(
        "chinese chinese chinese tokyo japan\tc\ntokyo japan zzz\tj\nzzz\tj\nmacao\tnew\nbeijing tokyo\tc\nzzz zzz zzz zzz\tc\n"
    )
    found = answers(prepare("classify", train, held, header=False, min_count=1))["naive-bayes"]
    vocabulary = {word for text, _ in rows for word in text.split()}
    words = {c: Counter(w for text, label in rows if label == c for w in text.split()) for c in "cj"}
    right = 0
    for line in held.read_text().splitlines():
        text, label = line.split("\t")
        score = {
            c: log({"c": 3, "j": 1}[c] / 4)
            + sum(log((words[c][w] + 1) / (words[c].total() + 6)) for w in text.split() if w in vocabulary)
            for c in "cj"
        }
        right += max(score, key=lambda c: score[c]) == label
    assert found.scores["accuracy"] == right / 6
    assert right == 4  # by hand: c, j, c (nothing is known: the prior), c, c, c


def test_naive_bayes_that_knows_no_word_has_the_prior_alone(tmp_path: Path) -> None:
    train, held = tmp_path / "train.tsv", tmp_path / "held.tsv"
    train.write_text("a b\tc\nd e\tj\nf g\tj\n")
    held.write_text("a b\tc\nh i\tj\nd\tj\n")
    found = answers(prepare("classify", train, held, header=False, min_count=2))["naive-bayes"]
    assert found.scores["accuracy"] == 2 / 3


def test_bigrams_by_hand(tmp_path: Path) -> None:
    train, held = tmp_path / "train.txt", tmp_path / "held.txt"
    train.write_text("aabab" * 20)
    held.write_text("abbzba")
    prepared = prepare("lm", train, held)
    found, labels = answers(prepared)["bigram"], prepared.encoding.labels
    text = "aabab" * 20
    ids = [ch if ch in labels else "<unk>" for ch in held.read_text()]
    uni, bi = Counter(text[1:]), Counter(pairwise(text))

    def likely(v: str, w: str) -> float:
        p = (uni[w] + 1) / (99 + len(labels))
        after = {pair[1]: times for pair, times in bi.items() if pair[0] == v}
        return (after.get(w, 0) + len(after) * p) / (sum(after.values()) + len(after)) if after else p

    for v in labels:
        assert sum(likely(v, w) for w in labels) == pytest.approx(1)
    losses = [-log(likely(v, w)) for v, w in pairwise(ids)]
    assert found.scores["loss"] == pytest.approx(np.mean(losses))
    best = {v: max(labels, key=lambda w: likely(v, w)) for v in labels}
    assert found.scores["accuracy"] == np.mean([best[v] == w for v, w in pairwise(ids)])


def test_pairs_are_counted_over_the_edges_of_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(np.random.default_rng(5).choice([*"abcd e"], 500)))
    whole = answers(prepare("lm", path))["bigram"].scores
    monkeypatch.setattr("rnn_cli.study.baselines.bigram.PIECE", 7)
    assert answers(prepare("lm", path))["bigram"].scores == pytest.approx(whole)


def test_copied_and_commonest_texts(tmp_path: Path) -> None:
    train, held = tmp_path / "train.tsv", tmp_path / "held.tsv"
    train.write_text("a b\tx y\nb a\tx y\na a\ta b x\n")
    held.write_text("a b x\ta b x\nb\tx y\na x\ta z\n")
    found = answers(prepare("translate", train, held, header=False, level="word", min_count=1))
    # The source's x is unknown to the network, which cannot copy it: only by chance is a copy whole.
    assert found["copied-source"].scores["exact_match"] == 0
    assert found["commonest-target"].scores["exact_match"] == 1 / 3
    assert found["commonest-target"].how == "always 'x y', the commonest target of the training part (2 of 3)"
    train.write_text("a b\tx y\nb a\tx z\na a\tx\n")
    held.write_text("a b\tx q\n")
    rare = answers(prepare("translate", train, held, header=False, level="word", min_count=2))["commonest-target"]
    assert rare.how.startswith("always 'x <unk>'")
    assert rare.scores["exact_match"] == 0  # <unk> is no word that one could write
    train.write_text("a b\tx y\nb a\tx y\na a\ta b x\n")
    held.write_text("a b\ta b\nb b\ta b\n")
    both = answers(prepare("translate", train, held, header=False, level="word", min_count=1))
    # a b is whole; b b has one of its two words: BLEU-2 of 3/4 and 1/2
    assert both["copied-source"].scores == {"exact_match": 1 / 2, "bleu": pytest.approx((3 / 4 * 1 / 2) ** 0.5)}


def test_what_the_length_of_a_source_tells(tmp_path: Path) -> None:
    train, held = tmp_path / "train.tsv", tmp_path / "held.tsv"
    train.write_text("a b\tx y\nb a\tz y\na a\tx q q\nb\tz\na\tz y\nc\tz\na b c d e\tx\n")
    # Of two words: x or z or x, then y or y or q, then <eos> twice and q. Of one: z, then <eos> twice and y.
    held.write_text("q q\tx y\nr r\tx q\ns\tz\nt t t\tx y\na b c d e f g\tx\n")
    found = answers(prepare("translate", train, held, header=False, level="word", min_count=1))["source-length"]
    assert found.scores["exact_match"] == 4 / 5  # three words are nearer to two than to five, and seven are to five
    train.write_text("a b\tx r\nb a\tx s\na a\tx t\nc c\tx y\nd d\tx y\n")
    held.write_text("q q\tx y\n")
    rare = answers(prepare("translate", train, held, header=False, level="word", min_count=2))["source-length"]
    assert rare.scores["exact_match"] == 1  # <unk> is commoner than y, and no word that one could write


def test_what_is_on_the_other_side_of_a_gap_is_not_known() -> None:
    values = np.arange(20.0)[:, None]
    windows = Windows(values, values, np.array([1, 9, 13]), 3, 2, False, (0, 8))
    season = a_season_ago(windows, np.array([3, 7, 8, 10, 12]), 4)[..., 0]
    nan = float("nan")
    assert np.array_equal(season, np.array([[0, 1], [4, 5], [nan, nan], [nan, 8], [9, 10]]), equal_nan=True)
    weights = np.zeros((4, 2, 1))
    weights[1] = 1  # the oldest of three values
    said = predict(windows, np.array([1, 2, 9, 10]), weights)[..., 0]
    assert np.array_equal(said, np.array([[nan, nan], [0, 0], [nan, nan], [8, 8]]), equal_nan=True)
    assert runs_of(windows) == [slice(1, 6), slice(9, 18)]


def test_a_season_that_is_stated_stands_in_the_place_of_the_one_found(tmp_path: Path) -> None:
    values = np.sin(2 * np.pi * np.arange(90) / 10) + np.random.default_rng(6).normal(size=90) * 0.05
    path = series(tmp_path / "a.csv", values)
    found = {season: answers(prepare("forecast", path, window=3, season=season)) for season in (None, 10, 4)}
    assert "value of 10 steps before, the season that" in found[None]["seasonal-naive"].how
    assert "value of 4 steps before, by --season" in found[4]["seasonal-naive"].how
    mae = {season: one["seasonal-naive"].scores["mae"] for season, one in found.items()}
    assert mae[None] == mae[10] < mae[4]
    assert mae[4] == pytest.approx(np.mean(np.abs(values[-9:] - values[-13:-4])))


def test_of_a_generated_task_the_better_answer_comes_first() -> None:
    found = make_up(find_task("mqar").prepare([], DataOptions(), 0)).baselines
    assert [(one.name, one.scores) for one in found] == [
        ("one-kept", {"accuracy": 1 / 4}),
        ("guess", {"accuracy": 1 / 8}),
    ]
    found = make_up(find_task("adding").prepare([], DataOptions(), 0)).baselines
    assert [(one.name, one.scores) for one in found] == [("one-kept", {"loss": 1 / 12}), ("guess", {"loss": 1 / 6})]
    assert [one.name for one in make_up(find_task("recall").prepare([], DataOptions(), 0)).baselines] == ["guess"]
