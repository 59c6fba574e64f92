"""Spans of tags, by hand and by reading tag after tag."""

from itertools import pairwise

import numpy as np
import pytest

from rnn_cli.core.metrics.spans import span_scores, span_tags

LABELS = ("O", "B-PER", "I-PER", "E-PER", "S-PER", "B-LOC", "I-LOC", "E-LOC", "S-LOC")


def one_by_one(sentence: list[str]) -> set[tuple[int, int, str]]:
    """The spans of a sentence: which pairs of neighbours belong together, and who stands alone."""
    joined = [one[0] in "BI" and other[0] in "IE" and one[1:] == other[1:] for one, other in pairwise([*sentence, "O"])]
    spans, start = set(), 0
    for k, tag in enumerate(sentence):
        if not joined[k]:
            if tag != "O":
                spans.add((start, k, tag[2:]))
            start = k + 1
    return spans


@pytest.mark.parametrize(
    ("sentence", "spans"),
    [
        ("B-PER I-PER O B-LOC", [(0, 1, "PER"), (3, 3, "LOC")]),
        ("I-PER I-PER O I-LOC", [(0, 1, "PER"), (3, 3, "LOC")]),  # I begins a span after O, and the text
        ("B-PER B-PER I-PER", [(0, 0, "PER"), (1, 2, "PER")]),
        ("B-PER I-LOC I-PER", [(0, 0, "PER"), (1, 1, "LOC"), (2, 2, "PER")]),  # another type, another span
        ("S-PER S-PER B-LOC I-LOC E-LOC", [(0, 0, "PER"), (1, 1, "PER"), (2, 4, "LOC")]),
        ("B-PER E-PER I-PER E-PER", [(0, 1, "PER"), (2, 3, "PER")]),
        ("E-PER E-PER O S-LOC I-LOC", [(0, 0, "PER"), (1, 1, "PER"), (3, 3, "LOC"), (4, 4, "LOC")]),
        ("O O", []),
    ],
)
def test_spans_by_hand(sentence: str, spans: list[tuple[int, int, str]]) -> None:
    tags = span_tags(LABELS)
    assert tags is not None
    ids = np.array([LABELS.index(one) for one in sentence.split()])
    found = tags.spans(ids, np.arange(len(ids)) == 0)
    assert [(a, b, tags.kinds[kind]) for a, b, kind in found.tolist()] == spans
    assert one_by_one(sentence.split()) == set(spans)


def test_counts_of_random_sentences_and_no_span_over_their_ends() -> None:
    draw, tags = np.random.default_rng(0), span_tags(LABELS)
    assert tags is not None
    lengths = draw.integers(1, 7, size=300)
    sentence = np.repeat(np.arange(300), lengths)
    true = draw.integers(len(LABELS), size=len(sentence))
    called = np.where(draw.random(len(true)) < 0.7, true, draw.integers(len(LABELS), size=len(true)))
    counts = tags.counts(true, called, sentence)
    for k in range(300):
        both = [one_by_one([LABELS[tag] for tag in some[sentence == k]]) for some in (true, called)]
        for kind, row in zip(tags.kinds, counts[k].tolist(), strict=True):
            there, said = ({span for span in some if span[2] == kind} for some in both)
            assert row == [len(there & said), len(said), len(there)]
    assert counts.sum(axis=0).min() > 50


def test_precision_recall_and_f1() -> None:
    assert span_scores(np.array([2, 5, 4])) == pytest.approx([2 / 5, 2 / 4, 4 / 9])
    by_kind = span_scores(np.array([[0, 0, 3], [1, 1, 2]]))
    np.testing.assert_allclose(by_kind, [[0.0, 0.0, 0.0], [1.0, 1 / 2, 2 / 3]])


def test_the_types_are_those_of_the_tags_inside() -> None:
    for labels, kinds in ((LABELS, ("LOC", "PER")), (("O", "B", "I"), ("",)), (("B-x", "I-a-b", "O"), ("a-b", "x"))):
        tags = span_tags(labels)
        assert tags is not None
        assert tags.kinds == kinds


def test_which_tags_mark_spans() -> None:
    assert span_tags(("B", "I", "O")) is not None
    assert span_tags(("I-a-b", "O", "B-a-b")) is not None
    for labels in (("NOUN", "VERB"), ("B", "I"), ("S-x", "O"), ("O",), ("B-x", "O", "X"), ("B-x", "I-"), ()):
        assert span_tags(labels) is None, labels
