"""What generated tasks say of themselves, held against examples: chance, what one thing brings, lengths."""

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.errors import InputError
from rnn_cli.tasks import GENERATED, generated_task
from rnn_cli.tasks.synthetic import Synthetic
from tests.support.generated import small
from tests.tasks.test_synthetic import first_batch, prepare


def kept_one(name: str, batch: Batch) -> Array:
    """What one says at all steps of each example who kept one thing of it: the first that there was to keep."""
    tokens: Array = batch.inputs
    examples = range(batch.size)
    if name == "adding":
        return np.array([batch.inputs[batch.inputs[:, b, 1].argmax(), b, 0] + 0.5 for b in examples])
    if name == "selective-copy":
        return np.array([next(k for k in tokens[:, b] if k < 3) for b in examples])
    first: Array = tokens[1] - 4 if name == "mqar" else tokens[0]
    return first


KEPT = {
    "copy:symbols=3,memory=2": 2 / 3, "selective-copy:symbols=3,count=4": 1 / 2, "adding:length=6": 1 / 12,
    "parity:length=4,running=1": 5 / 8, "modular:length=3,modulus=3,running=1": 5 / 9, "mqar:pairs=3,queries=5,keys=4": 1 / 3,
}  # fmt: skip
"""What is known by one who kept one thing, counted by hand."""


@pytest.mark.parametrize("text", KEPT)
def test_what_one_thing_brings_is_what_it_brings_in_examples(text: str) -> None:
    task = generated_task(text)
    trivial = task.trivial()
    assert trivial is not None
    assert trivial.score == pytest.approx(KEPT[text])
    batch = measured(text)
    said = kept_one(task.name, batch)
    assert scored(task, batch, np.broadcast_to(said, batch.weights.shape)) == pytest.approx(KEPT[text], abs=0.02)
    assert task.more_is_better == (trivial.score > task.chance)


def measured(text: str) -> Batch:
    """Examples that scores are measured on."""
    part = prepare(text).validation
    assert part is not None
    return part.collate(np.arange(4000))


def scored(task: Synthetic, batch: Batch, said: Array) -> float:
    """The score of answers, counted from the examples."""
    targets = batch.targets if task.more_is_better else batch.targets[..., 0]
    each = said == targets if task.more_is_better else (said - targets) ** 2
    return float(np.average(each, weights=batch.weights))


DIFFERENT = (
    "copy:symbols=3,memory=2", "selective-copy:symbols=2,count=2,length=2", "recall:length=2,classes=2,noise=3",
    "parity:length=5", "modular:length=3,modulus=3", "mqar:length=1,pairs=2,queries=3,keys=2,values=3",
)  # fmt: skip


def test_every_task_of_ids_is_counted_below() -> None:
    counted = {text.partition(":")[0] for text in DIFFERENT}
    assert {name for name in GENERATED if generated_task(name).different is not None} == counted


@pytest.mark.parametrize("text", DIFFERENT)
def test_different_inputs_are_counted_as_they_are_drawn(text: str) -> None:
    task = generated_task(text)
    inputs = task.draw(np.random.default_rng(0), 4000).inputs
    assert len(np.unique(inputs, axis=0)) == task.different
    assert task.few


@pytest.mark.parametrize("name", GENERATED)
def test_chance_is_what_an_answer_brings_that_reads_nothing(name: str) -> None:
    """Every label at all steps; of numbers, none of many is better than the task's own word."""
    task = generated_task(small(name))
    batch = measured(task.text)
    fixed = range(len(task.encoding().labels)) if task.more_is_better else np.linspace(0, 2, 21)
    scores = [scored(task, batch, np.full(batch.weights.shape, one)) for one in fixed]
    if task.more_is_better:
        assert scores == pytest.approx([task.chance] * len(scores), abs=0.03)
        assert (task.guess_scores()["accuracy"], task.perfect) == (task.chance, 1)
        assert task.chance < task.solved < 1
    else:
        assert min(scores) == pytest.approx(task.chance, rel=0.05)
        assert 0 == task.perfect < task.solved < task.chance
        trivial = task.trivial()
        assert trivial is not None
        assert task.solved < trivial.score < task.chance  # one number is not both
    assert scored(task, batch, batch.targets if task.more_is_better else batch.targets[..., 0]) == task.perfect


@pytest.mark.parametrize("name", GENERATED)
def test_a_task_gets_longer_by_its_own_setting(name: str) -> None:
    task = generated_task(name)
    steps = [len(first_batch(prepare(task.of_length(n).text), 3).inputs) for n in (task.shortest, 7, 8, 16)]
    assert steps[3] - steps[2] == 8 * (steps[2] - steps[1]) > 0
    assert min(steps) == steps[0]
    longer = task.of_length(task.length + 5)
    assert (longer.length, longer.chance, longer.encoding()) == (task.length + 5, task.chance, task.encoding())
    assert {**longer.settings, task.lengthened_by: task.length} == task.settings
    with pytest.raises(InputError, match=f"{task.lengthened_by} runs from {task.shortest} to"):
        task.of_length(task.shortest - 1)


@pytest.mark.parametrize(
    "text",
    ["recall", "parity", "modular", "copy:memory=1", "selective-copy:count=1", "mqar:pairs=1", "mqar:pairs=8",
     "parity:length=1,running=1"],
)  # fmt: skip
def test_nothing_trivial_where_one_thing_is_all_or_nothing(text: str) -> None:
    assert generated_task(text).trivial() is None
