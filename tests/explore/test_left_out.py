"""A word left out: the loss is the one that rnn bptt has of the shorter sentence, and what it is held against is said."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.activations import softmax
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.errors import InputError
from rnn_cli.explore.draw.screen import screen
from rnn_cli.explore.left_out import changes_without
from rnn_cli.explore.session import Session
from rnn_cli.explore.world import World
from rnn_cli.inputs.sequence import encode_text
from rnn_cli.models.model import Model
from rnn_cli.study.bptt import BpttResult, bptt_sequence
from rnn_cli.views.numbers import signed
from tests.support.explore import built, session_of, text_of
from tests.support.networks import KINDS, architecture_of, kinds, random_network, seeds

WORDS = ("red", "green", "blue", "grey")


def speaker(kind: str, task: str, bidirectional: bool, seed: int) -> Model:
    """A network that reads four words: an answer at each step is one of them, an answer at the end one of two."""
    size = len(WORDS) if task == MANY_TO_MANY else 2
    network = random_network(architecture_of(kind, 4, 3, 1, bidirectional, task, size), seed)
    labels = WORDS if task == MANY_TO_MANY else ("no", "yes")
    ids = {word: k for k, word in enumerate(WORDS)}
    return Model("any", network, "random", vocabulary=ids, one_hot=True, labels=labels)


def bptt_loss(model: Model, words: list[str], target: str | None) -> float:
    """The loss that rnn bptt has of a sentence."""
    result = bptt_sequence(model, encode_text(" ".join(words), model, 0), target=target)
    assert isinstance(result, BpttResult)
    return result.report.result.loss.total


def losses(world: World, right: list[int]) -> list[float]:
    """-log of the probability of each of these answers."""
    assert world.trace.logits is not None
    rows = np.atleast_2d(world.trace.logits)
    return [-float(np.log(softmax(row)[k])) for row, k in zip(rows, right, strict=False)]


@settings(max_examples=4)
@given(
    kinds,
    st.sampled_from(("end", "tags", "next words")),
    st.booleans(),
    seeds,
    st.permutations(WORDS).map(lambda words: words[:3]),
)
def test_a_word_is_left_out_of_the_sentence(kind: str, task: str, both: bool, seed: int, words: list[str]) -> None:
    model = speaker(kind, MANY_TO_ONE if task == "end" else MANY_TO_MANY, both, seed)
    tags = words[::-1]
    target = {"end": "yes", "tags": " ".join(tags), "next words": None}[task]
    session = session_of(" ".join(words), model, target)
    right = {"end": ["yes"], "tags": tags, "next words": words[1:]}[task]
    each = losses(session.world, [model.labels.index(one) for one in right])
    for t, change in enumerate(changes_without(session.world, range(1, 4))):
        assert change is not None
        shorter = [word for k, word in enumerate(words) if k != t]
        left = " ".join(tag for k, tag in enumerate(tags) if k != t) if task == "tags" else target
        gone = {"end": None, "tags": t, "next words": max(t - 1, 0)}[task]
        before = sum(loss for k, loss in enumerate(each) if k != gone)
        np.testing.assert_allclose(change, bptt_loss(model, shorter, left) - before, rtol=1e-9, atol=1e-9)
    session.leave_out()
    shown = {"end": "less the loss now", "tags": "the word's own loss is in neither", "next words": "that of word 2"}
    assert shown[task] in session.message


def test_o_turns_backward_and_its_numbers_stand_below_the_slopes() -> None:
    session = session_of("I really love NLP", target="positive")
    session.leave_out()
    assert session.cursor.back
    rows = [line.plain for line in screen(session, 80, 24).lines]
    row = next(row for row in rows if row.startswith(" left out"))
    changes = changes_without(session.world, range(1, 5))
    assert row.split()[2:] == [signed(change, 4) for change in changes if change is not None]
    session.leave_out()
    assert not any(line.plain.startswith(" left out") for line in screen(session, 80, 24).lines)
    session.leave_out()
    session.turn()
    session.leave_out()  # what was left out once is shown as soon as the view is backward again
    assert (session.cursor.back, session.leaving) == (True, True)


@pytest.mark.parametrize("task", [MANY_TO_ONE, MANY_TO_MANY])
def test_the_answer_without_a_word_stands_below_it_and_a_flip_is_marked(task: str) -> None:
    flips = 0
    for seed in range(6):
        model = speaker("lstm", task, True, seed)
        words = list(WORDS)
        session = session_of(" ".join(words), model, "yes" if task == MANY_TO_ONE else " ".join(words))
        session.leave_out()
        rows = [line.plain for line in screen(session, 100, 30).lines]
        at = next(k for k, row in enumerate(rows) if row.startswith(" answer"))
        now = np.atleast_2d(session.world.trace.answers).argmax(axis=-1)
        for t in range(4):
            cell = rows[at][11 + 11 * t : 22 + 11 * t]
            without = session_of(" ".join(words[:t] + words[t + 1 :]), model).world
            then = np.atleast_2d(without.trace.answers).argmax(axis=-1)
            changed = then != (now if task == MANY_TO_ONE else np.delete(now, t))
            flips += int(changed.sum())
            said = model.label(int(then[0])) if task == MANY_TO_ONE else f"{changed.sum()} of 3"
            assert cell.strip() == f"{'!' * bool(changed.any())}{said}"
            if task == MANY_TO_ONE:
                assert float(rows[at + 1][11 + 11 * t : 22 + 11 * t]) == pytest.approx(
                    softmax(without.trace.answers).max(), abs=5e-5
                )
    assert flips


@pytest.mark.parametrize("task", [MANY_TO_ONE, MANY_TO_MANY])
def test_the_words_that_flip_an_answer_are_named(task: str) -> None:
    seen = set()
    for kind, seed in product(KINDS, range(2)):
        model, words = speaker(kind, task, False, seed), list(WORDS)
        session = session_of(" ".join(words), model)
        session.leave_out()
        now = np.atleast_2d(session.world.trace.answers).argmax(axis=-1)
        flips = []
        for t, word in enumerate(words):
            then = session_of(" ".join(words[:t] + words[t + 1 :]), model).world.trace.answers
            changed = np.atleast_2d(then).argmax(axis=-1) != (now if task == MANY_TO_ONE else np.delete(now, t))
            at = "" if task == MANY_TO_ONE else f" at {changed.sum()} {'step' if changed.sum() == 1 else 'steps'}"
            flips += [f"{word} ({t + 1}){at}"] * bool(changed.any())
        none = f"no word alone flips {'the' if task == MANY_TO_ONE else 'an'} answer"
        assert session.message.split("\n")[0] == (f"flips: {', '.join(flips)}" if flips else none)
        seen.add(bool(flips))
    assert True in seen


def test_words_have_the_colour_of_what_they_are_worth() -> None:
    session = session_of("I really love NLP", target="positive")
    session.leave_out()
    boxes = screen(session, 80, 24).lines[1]
    parts = [(boxes.plain[span.start : span.end].strip(" *"), str(span.style).split()[-1]) for span in boxes.spans]
    colours = {word: colour for word, colour in parts if word != "│"}
    signs = {word: int(colour[1:3], 16) < int(colour[5:7], 16) for word, colour in colours.items()}  # blue or orange
    assert signs == {"I": True, "really": False, "love": True, "NLP": True}


def test_where_no_loss_would_be_left() -> None:
    with pytest.raises(InputError, match="one step alone"):
        session_of("love").leave_out()
    session = session_of("red blue", speaker("rnn tanh", MANY_TO_MANY, False, 0))
    session.leave_out()
    assert changes_without(session.world, [1, 2]) == [None, None]
    assert "none left" in text_of(session)
    bare = replace(built("gru"), network=built("gru").network.without_readout())
    session = session_of("I love NLP", bare)
    with pytest.raises(InputError, match="no readout"):
        session.leave_out()
    assert (session.leaving, session.cursor.back) == (False, False)


def test_only_words_that_are_shown_are_left_out() -> None:
    session = Session(session_of(" ".join(["love"] * 300), target="positive").world)
    session.leave_out()
    screen(session, 80, 24)
    assert len(session.world.once("changes without", dict)) < 10


def test_a_loss_that_depends_on_nothing_left_out_changes_by_0() -> None:
    for seed in range(20):  # a network that reads forward says the words before the last without it
        world = session_of("red green blue grey", speaker("rnn tanh", MANY_TO_MANY, False, seed)).world
        assert changes_without(world, [4]) == [0.0]
