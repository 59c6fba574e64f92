"""Generated tasks: every target computed once more from the inputs, by other means."""

from collections import Counter
from math import comb, perm
from zlib import crc32

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.errors import InputError
from rnn_cli.tasks import GENERATED, find_task, generated_task, raced_task
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.options import DataOptions


def prepare(task: str, seed: int = 0) -> Prepared:
    return find_task(task).prepare([], DataOptions(), seed)


def first_batch(data: Prepared, size: int = 300) -> Batch:
    return data.train.collate(data.train.batches(0, 0, size)[0])


@pytest.mark.parametrize("length", [1, 4, 20])
def test_copy(length: int) -> None:
    data = prepare(f"copy:length={length},symbols=4,memory=3")
    assert (data.shape, data.output_size, len(data.encoding.vocabulary)) == ("many-to-many", 4, 6)
    batch = first_batch(data)
    assert len(batch.inputs) == 3 + length + 3
    for b in range(batch.size):
        read = [data.encoding.vocabulary[k] for k in batch.inputs[:, b]]
        assert read[3:] == ["_"] * (length - 1) + [">"] + ["_"] * 3
        scored = np.flatnonzero(batch.weights[:, b]).tolist()
        assert scored == [length + 3, length + 4, length + 5]
        assert [data.encoding.labels[k] for k in batch.targets[scored, b]] == read[:3]


@pytest.mark.parametrize("length", [2, 3, 50])
def test_adding(length: int) -> None:
    data = prepare(f"adding:length={length}")
    assert (data.shape, data.loss, data.input_size, data.output_size) == ("many-to-one", "mse", 2, 1)
    batch = first_batch(data, 2000)
    assert batch.inputs.shape == (length, 2000, 2)
    assert batch.targets.shape == (2000, 1)
    for b in range(2000):
        marked = np.flatnonzero(batch.inputs[:, b, 1]).tolist()
        assert len(marked) == 2
        assert marked[0] < length // 2 <= marked[1]
        assert batch.targets[b, 0] == batch.inputs[marked[0], b, 0] + batch.inputs[marked[1], b, 0]
    assert ((batch.targets - 1) ** 2).mean() == pytest.approx(1 / 6, rel=0.1)
    assert data.report.notes == ["always to answer 1 has a squared error of 0.1667"]


@pytest.mark.parametrize("length", [0, 1, 60])
def test_recall(length: int) -> None:
    data = prepare(f"recall:length={length},classes=4,noise=3")
    assert (data.shape, data.output_size, len(data.encoding.vocabulary)) == ("many-to-one", 4, 7)
    batch = first_batch(data)
    assert len(batch.inputs) == length + 1
    for b in range(batch.size):
        assert data.encoding.labels[batch.targets[b]] == data.encoding.vocabulary[batch.inputs[0, b]]
        assert all(data.encoding.vocabulary[k].startswith("n") for k in batch.inputs[1:, b])
    assert set(batch.targets.tolist()) == {0, 1, 2, 3}


@pytest.mark.parametrize("running", [0, 1])
def test_parity(running: int) -> None:
    data = prepare(f"parity:length=9,running={running}")
    assert data.shape == ("many-to-many" if running else "many-to-one")
    batch = first_batch(data)
    for b in range(batch.size):
        odd = False
        for t in range(9):
            odd = odd != (data.encoding.vocabulary[batch.inputs[t, b]] == "1")
            if running:
                assert data.encoding.labels[batch.targets[t, b]] == ("odd" if odd else "even")
        if not running:
            assert data.encoding.labels[batch.targets[b]] == ("odd" if odd else "even")


@pytest.mark.parametrize("running", [0, 1])
def test_modular(running: int) -> None:
    data = prepare(f"modular:length=9,modulus=3,running={running}")
    assert (data.shape, data.output_size) == ("many-to-many" if running else "many-to-one", 3)
    for part in (data.train, data.validation):
        assert part is not None
        batch = part.collate(np.arange(300))
        assert len(batch.inputs) == 9
        often = Counter(batch.lengths.tolist())
        assert {*often} == ({9} if running or part is data.validation else {*range(1, 10)})
        for b, length in enumerate(batch.lengths):
            state, states = 0, []
            for digit in batch.inputs[:length, b]:
                for _ in range(int(data.encoding.vocabulary[digit])):  # so many steps around the cycle
                    state = {0: 1, 1: 2, 2: 0}[state]
                states.append(str(state))
            answers = batch.targets[:, b] if running else batch.targets[b : b + 1]
            assert [data.encoding.labels[k] for k in answers] == states[-len(answers) :]


@pytest.mark.parametrize("name", ["parity", "modular"])
def test_training_has_lengths_from_the_shortest_on(name: str) -> None:
    for shortest, lengths in ((0, {5}), (3, {3, 4, 5}), (5, {5}), (8, {5})):
        data = prepare(f"{name}:length=5,shortest={shortest}")
        assert {*first_batch(data).lengths.tolist()} == lengths
        said = "examples of training have any length from 3 to 5"
        assert data.report.notes[1:] == ([said] if len(lengths) > 1 else [])


def test_a_younger_setting_leaves_earlier_examples_as_they_were() -> None:
    """A text and examples of the version before parity had `shortest`."""
    text = "parity:length=10,running=0,examples=6400"
    assert prepare("parity").task == prepare("parity:shortest=0").task == text
    bits = np.random.default_rng([7, crc32(f"{text} train".encode()), 0]).integers(2, size=(256, 10))
    np.testing.assert_array_equal(prepare("parity", 7).train.collate(np.arange(256)).inputs, bits.T)
    assert prepare("parity:shortest=2").task == "parity:length=10,running=0,shortest=2,examples=6400"


def test_a_race_has_its_own_settings_where_the_text_says_none() -> None:
    texts = {"parity": 1, "parity:length=4": 1, "parity:length=4, shortest=0": 0, "parity:shortest=3": 3}
    assert {text: raced_task(text).settings["shortest"] for text in texts} == texts
    for name in GENERATED:
        assert raced_task(name).settings == {**generated_task(name).settings, **generated_task(name).raced}
        with pytest.raises(InputError, match=f"--task {name}:size=1: "):
            raced_task(f"{name}:size=1")


def test_modulus_2_is_parity() -> None:
    """The same bits have the same answers."""
    bits = first_batch(prepare("modular:length=5,modulus=2,shortest=0"))
    odd = {"even": "0", "odd": "1"}
    parity = prepare("parity:length=5")
    same = first_batch(parity)
    answers = {tuple(same.inputs[:, b]): odd[parity.encoding.labels[same.targets[b]]] for b in range(same.size)}
    assert len(answers) == 32
    assert all(answers[tuple(bits.inputs[:, b])] == str(bits.targets[b]) for b in range(bits.size))


@pytest.mark.parametrize("length", [0, 1, 20])
def test_selective_copy(length: int) -> None:
    data = prepare(f"selective-copy:length={length},count=3,symbols=4")
    assert (data.shape, data.output_size, len(data.encoding.vocabulary)) == ("many-to-many", 4, 6)
    batch = first_batch(data, 600)
    assert len(batch.inputs) == 3 + length + 3
    where = np.zeros(3 + length, dtype=int)
    for b in range(batch.size):
        read = [data.encoding.vocabulary[k] for k in batch.inputs[:, b]]
        assert read[3 + length :] == [">"] * 3
        kept = [one for one in read if one not in "_>"]
        assert len(kept) == 3
        scored = np.flatnonzero(batch.weights[:, b]).tolist()
        assert scored == [length + 3, length + 4, length + 5]
        assert [data.encoding.labels[k] for k in batch.targets[scored, b]] == kept
        where += [one != "_" for one in read[: 3 + length]]
    np.testing.assert_allclose(where / batch.size, 3 / (3 + length), atol=0.08)  # any place is as likely


@pytest.mark.parametrize(
    ("length", "pairs", "queries"), [(0, 1, 1), (5, 3, 3), (2, 3, 7), (4, 4, 2)], ids=["one", "each", "again", "some"]
)
def test_mqar(length: int, pairs: int, queries: int) -> None:
    data = prepare(f"mqar:length={length},pairs={pairs},queries={queries},keys=5,values=4")
    assert (data.shape, data.output_size, len(data.encoding.vocabulary)) == ("many-to-many", 4, 10)
    batch = first_batch(data)
    assert len(batch.inputs) == 2 * pairs + length + queries
    places, asking = set(), set()
    for b in range(batch.size):
        read = [data.encoding.vocabulary[k] for k in batch.inputs[:, b]]
        shown = dict(zip(read[0 : 2 * pairs : 2], read[1 : 2 * pairs : 2], strict=True))
        assert len(shown) == len({*shown.values()}) == pairs
        assert all(key[0] + value[0] == "kv" for key, value in shown.items())
        asked = [(t, one) for t, one in enumerate(read) if t >= 2 * pairs and one != "_"]
        assert np.flatnonzero(batch.weights[:, b]).tolist() == [t for t, _ in asked]
        assert len(asked) == queries
        for t, key in asked:
            assert data.encoding.labels[batch.targets[t, b]] == shown[key]
        often = Counter(key for _, key in asked)
        assert max(often.values()) - min(often[key] for key in shown) <= 1  # each before any again
        places.add(tuple(t for t, _ in asked))
        asking.add(tuple([*shown].index(key) for _, key in asked))
    assert len(places) == comb(length + queries, queries)  # in all places, in all orders
    if queries <= pairs:
        assert len(asking) == perm(pairs, queries)


@pytest.mark.parametrize("task", GENERATED)
def test_examples_are_a_function_of_seed_and_number(task: str) -> None:
    data, again = prepare(task), prepare(task)
    far = again.train.collate(np.array([5000, 3, 260, 255, 3]))
    for b, index in enumerate([5000, 3, 260, 255, 3]):
        one = data.train.collate(np.array([index]))
        np.testing.assert_array_equal(one.inputs[:, 0], far.inputs[:, b])
        np.testing.assert_array_equal(np.ravel(one.targets), np.ravel(_of(far, far.targets, b)))
        np.testing.assert_array_equal(np.ravel(one.weights), np.ravel(_of(far, far.weights, b)))
    assert not np.array_equal(
        prepare(task, 1).train.collate(np.arange(50)).inputs, data.train.collate(np.arange(50)).inputs
    )
    assert data.fingerprint == again.fingerprint != prepare(task, 1).fingerprint


def _of(batch: Batch, values: Array, b: int) -> Array:
    one: Array = values[:, b] if batch.weights.ndim == 2 else values[b]
    return one


@pytest.mark.parametrize("task", GENERATED)
def test_each_epoch_has_new_examples_and_validation_its_own(task: str) -> None:
    data = prepare(f"{task}:examples=70")
    epochs = [np.concatenate(list(data.train.batches(epoch, 0, 32))).tolist() for epoch in range(3)]
    assert epochs == [list(range(70)), list(range(70, 140)), list(range(140, 210))]
    assert data.validation is not None
    assert len(data.validation) == 1000
    assert np.array_equal(data.validation.batches(0, 0, 1000)[0], data.validation.batches(5, 1, 1000, False)[0])
    same = data.validation.collate(np.arange(70)).inputs
    assert not np.array_equal(same, data.train.collate(np.arange(70)).inputs)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("copy:size=3", "'size' is no setting; copy has length, symbols, memory, examples"),
        ("copy:length", "write length=NUMBER"),
        ("copy:length=x", "write length=NUMBER"),
        ("copy:length=0", "length runs from 1 to"),
        ("adding:length=1", "length runs from 2 to"),
        ("recall:classes=1", "classes runs from 2 to"),
        ("parity:length=99999999", "length runs from 1 to"),
        ("modular:modulus=1", "modulus runs from 2 to"),
        ("selective_copy", "the tasks are .*, selective-copy, "),
        ("mqar:pairs=9", r"mqar:pairs=9: 9 pairs have as many different keys, and keys is 8$"),
        ("mqar:values=3", r"mqar:values=3: 4 pairs have as many different values, and values is 3$"),
    ],
)
def test_settings_that_cannot_be(task: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_task(task)


def test_data_and_options_are_refused() -> None:
    with pytest.raises(InputError, match=r"generates its examples: leave a\.tsv out"):
        find_task("copy").prepare(["a.tsv"], DataOptions(), 0)
    with pytest.raises(InputError, match="--level means nothing to --task copy"):
        find_task("copy").prepare([], DataOptions(level="char"), 0)


def test_the_task_s_text_has_all_settings() -> None:
    assert prepare("recall:length=60").task == "recall:length=60,classes=8,noise=8,examples=6400"
    assert (
        find_task(prepare("recall:length=60").task).prepare([], DataOptions(), 0).task
        == prepare("recall:length=60").task
    )
