"""What is written for Keras, read back by the reader, which shares no code with the writer: the same bytes of weights."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT
from rnn_cli.core.reads import READS as READ_ONCE
from rnn_cli.errors import InputError
from rnn_cli.models.foreign.choices import EVERY_STEP, Choices
from rnn_cli.models.load import load_model
from rnn_cli.models.writers.keras import write
from tests.support.keras_files import KERAS_HAS, drawn
from tests.support.networks import KINDS, architecture_of, each_value_once

pytest.importorskip("h5py", reason="h5py is not installed")
READS = {MANY_TO_ONE: FINAL_STATE, MANY_TO_MANY: EVERY_STEP}


ENDINGS = (".keras", ".h5", ".weights.h5")


@pytest.mark.parametrize("both", [False, True], ids=["one way", "both"])
@pytest.mark.parametrize(("kind", "ending"), each_value_once(product(KERAS_HAS, ENDINGS)))
def test_a_written_model_is_read_back(ending: str, kind: str, both: bool, tmp_path: Path) -> None:
    for sizes, task, classes, rows, back in (
        ((4,), MANY_TO_ONE, 0, 0, False),
        ((4, 4), MANY_TO_ONE, 2, 7, not (both or ending == ".weights.h5")),  # weights alone do not say the direction
        ((5, 3, 4), MANY_TO_MANY, 5, 0, False),
    ):
        architecture = architecture_of(kind, 3, sizes, 0, both, task, classes, rows, back)
        path = tmp_path / f"{len(sizes)}{ending}"
        model = drawn(architecture, len(sizes), "float64" if rows else "float32")
        written = write(model, path)
        alone = Choices(reads=READS[task] if classes else None, activation=dict(architecture.options).get("activation"))
        read = load_model(str(path), alone if ending == ".weights.h5" else Choices())
        assert read.network.architecture == architecture
        np.testing.assert_array_equal(read.network.parameters.flat, model.network.parameters.flat)
        assert read.stored_dtype == model.stored_dtype
        assert {name for one in written for name in one.of} == set(architecture.shapes()) == set(read.origins)
        assert {one.name for one in written} == {name for one in read.origins.values() for name in one.names}
        for name, origin in read.origins.items():
            one = next(one for one in written if name in one.of)
            assert (one.transposed, one.gates) == (origin.transposed, origin.gates) or ".b_h" in name


@pytest.mark.parametrize("reads", READ_ONCE)
@pytest.mark.parametrize("both", [False, True], ids=["one way", "both"])
def test_what_the_readout_reads_is_kept_or_refused(reads: str, both: bool, tmp_path: Path) -> None:
    model = drawn(replace(architecture_of("gru reset after", 3, 4, 2, both, output_size=2), reads=reads))
    if reads == LAST_OUTPUT and both:
        with pytest.raises(InputError, match=r"no layer that reads output\[-1\] of both directions"):
            write(model, tmp_path / "m.keras")
        return
    for ending in (".keras", ".h5"):
        write(model, tmp_path / f"m{ending}")
        found = load_model(str(tmp_path / f"m{ending}")).network.architecture
        same = (
            replace(model.network.architecture, reads=FINAL_STATE)
            if reads == LAST_OUTPUT
            else model.network.architecture
        )
        assert found == same


@pytest.mark.parametrize(
    ("classes", "task", "reads"),
    [(0, MANY_TO_ONE, FINAL_STATE), (2, MANY_TO_MANY, FINAL_STATE), (2, MANY_TO_ONE, LAST_OUTPUT)],
    ids=["no readout", "every step", "the last output"],
)
def test_steps_that_run_backward_are_refused_where_their_order_is_read(
    classes: int, task: str, reads: str, tmp_path: Path
) -> None:
    a = architecture_of("lstm", 3, 4, task=task, output_size=classes, backward_only=True)
    with pytest.raises(InputError, match="backwards from the last to the first, and here they are read in their order"):
        write(drawn(replace(a, reads=reads)), tmp_path / "m.keras")
    write(drawn(replace(a, reads=reads, backward_only=False)), tmp_path / "m.keras")


def test_the_same_model_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.keras", "b.keras"):
        write(drawn(architecture_of(KERAS_HAS[0], output_size=2)), tmp_path / name)
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in KERAS_HAS])
def test_a_cell_that_keras_lacks_is_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Keras has no .*: it has SimpleRNN, LSTM, GRU"):
        write(drawn(architecture_of(kind)), tmp_path / "m.keras")
    assert not list(tmp_path.iterdir())
