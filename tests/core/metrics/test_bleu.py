"""BLEU against values worked out by hand, and against a second way to count."""

from itertools import pairwise
from math import exp, log, sqrt

import numpy as np
import pytest

from rnn_cli.core.metrics.bleu import bleu, counts_of, ngrams


def of(*pairs: tuple[str, str]) -> float:
    """BLEU of translations (written, reference) whose tokens stand between spaces."""
    words = {word: k for k, word in enumerate(dict.fromkeys(" ".join(" ".join(pair) for pair in pairs).split()))}
    rows = [counts_of(*([words[word] for word in text.split()] for text in pair)) for pair in pairs]
    return bleu(np.sum(rows, axis=0)).score


def test_a_perfect_translation_has_1_and_one_that_shares_nothing_0() -> None:
    assert of(("a b c d e", "a b c d e")) == 1
    assert of(("a b c d", "e f g h")) == 0


def test_counts_are_clipped_as_in_the_papers_example() -> None:
    # Papineni et al. 2002, section 2.1: "the" seven times against a reference with two: 2/7
    counts = counts_of([0] * 7, [0, 1, 2, 3, 0, 4])
    found = bleu(np.array(counts))
    assert found.precisions[0] == pytest.approx(2 / 7)
    assert found.score == 0  # no bigram of it is in the reference, and nothing is smoothed


def test_a_score_worked_out_by_hand() -> None:
    # written  the cat sat on a mat        1-grams 5/6, 2-grams 3/5, 3-grams 2/4, 4-grams 1/3; as long as the reference
    score = of(("the cat sat on a mat", "the cat sat on the mat"))
    assert score == pytest.approx((5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)


def test_what_is_too_short_is_punished() -> None:
    assert of(("a b c d", "a b c d e f")) == pytest.approx(exp(1 - 6 / 4))
    assert of(("a b c d e f", "a b c d")) == pytest.approx(sqrt(sqrt(4 / 6 * 3 / 5 * 2 / 4 * 1 / 3)))


def test_counts_are_summed_over_the_set_before_they_are_divided() -> None:
    pairs = (("a b c d e", "a b c d e"), ("a b c d f g", "a b c d e e"))
    expected = (9 / 11 * 7 / 9 * 5 / 7 * 3 / 5) ** 0.25
    assert of(*pairs) == pytest.approx(expected)


def test_orders_that_no_reference_is_long_enough_for_are_left_out() -> None:
    found = bleu(np.array(counts_of([1, 2], [1, 2])))
    assert found.score == 1
    assert np.isnan(found.precisions[2:]).all()
    assert found.orders == 2
    longer = counts_of([1, 2, 3], [1, 2])
    assert bleu(np.array(longer)).score == pytest.approx(sqrt(2 / 3 * 1 / 2))
    assert bleu(np.array(longer), 4).score == 0  # a resample has the orders of the whole set
    assert bleu(np.array(counts_of([1, 3], [1, 2]))).score == 0


def test_nothing_written_and_nothing_asked_for() -> None:
    assert bleu(np.array(counts_of([], [1, 2]))).score == 0
    assert bleu(np.array(counts_of([], []))).score == 0


def test_ngrams_are_all_runs() -> None:
    tokens = [1, 2, 1, 2, 1]
    assert sum(ngrams(tokens, 2).values()) == len(list(pairwise(tokens)))
    assert ngrams(tokens, 2)[1, 2] == 2
    assert not ngrams(tokens, 6)


def test_random_sets_against_the_formula_written_anew() -> None:
    generator = np.random.default_rng(0)
    rows, total = [], np.zeros((4, 2))
    lengths = [0, 0]
    for _ in range(20):
        written, reference = (generator.integers(3, size=generator.integers(12)).tolist() for _ in range(2))
        rows.append(counts_of(written, reference))
        lengths[0] += len(written)
        lengths[1] += len(reference)
        for n in range(1, 5):
            runs = [tuple(written[k : k + n]) for k in range(len(written) - n + 1)]
            there = [tuple(reference[k : k + n]) for k in range(len(reference) - n + 1)]
            total[n - 1, 1] += len(runs)
            for run in runs:
                if run in there:
                    there.remove(run)
                    total[n - 1, 0] += 1
    assert np.sum(rows, axis=0)[:8].tolist() == total.T.ravel().tolist()
    penalty = min(1.0, exp(1 - lengths[1] / lengths[0]))
    expected = penalty * exp(sum(log(a / b) for a, b in total) / 4)
    assert bleu(np.sum(rows, axis=0)).score == pytest.approx(expected)
