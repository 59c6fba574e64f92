"""What is measured on a trained network, held against products and errors that are written out once more."""

from pathlib import Path

import numpy as np
import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.core.forward import run_forward
from rnn_cli.core.gradients.flow import chain_of, saturation
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.network import FORWARD
from rnn_cli.jobs.engine import open_engine
from rnn_cli.jobs.work import file_of
from rnn_cli.models.load import load_model
from rnn_cli.race import why
from rnn_cli.race.run import Race
from rnn_cli.race.setup import plan_for
from rnn_cli.tasks import generated_task
from rnn_cli.tasks.options import DataOptions
from tests.support.executors import here
from tests.support.networks import slow_if

LENGTH = 12


@pytest.mark.parametrize("cell", slow_if(CELLS, "gru", "peephole"))
def test_the_measures_are_those_of_the_written_out_product(
    cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(
        ["recall"], options={}, parameters=900, max_steps=2, seeds=1, seed=3, cells=cell, lengths=str(LENGTH)
    )
    with open_engine(tmp_path, seats=here()) as engine:
        race = Race(plan, engine)
        list(race.run())
    path = file_of(tmp_path, race.lanes[0].names[LENGTH][3])
    monkeypatch.setattr(why, "EXAMPLES", 2)
    task = generated_task(f"recall:length={LENGTH}")
    found = why.why_at(LENGTH, [(path, 3)], task.text, (), {})
    assert found is not None
    network = load_model(str(path)).network
    examples = task.prepare([], DataOptions(), 3).validation
    assert examples is not None
    reach, kept, growth, flat = [], [], [], []
    for k in range(2):
        batch = examples.collate(np.array([k]))
        vectors = network.parameters["embedding"][batch.inputs]
        run = run_forward(network, vectors, batch.lengths)
        assert run.logits is not None
        chain = chain_of(network, run, 0, FORWARD)
        logits, true = run.logits[0], int(batch.targets[0])
        slope = np.exp(logits) / np.exp(logits).sum()
        slope[true] -= 1
        H = network.architecture.hidden_size
        steps = [chain.step(m) for m in range(LENGTH + 1, 1, -1)]
        product = np.eye(chain.size)
        error = np.zeros(chain.size)
        error[:H] = slope @ network.parameters["readout.W_hy"]
        sizes = [np.linalg.norm(error)]
        for m, step in enumerate(steps):
            J = chain.jacobian(step)
            product = product @ J
            error = error @ J
            before = chain.step(LENGTH - m)
            whole = error
            if len(error) > H:
                parts = chain.cell.coordinates(before.state)
                own = error if parts is None else error @ parts[0]
                names = chain.cell.states
                split = {name: own[i * H : (i + 1) * H] for i, name in enumerate(names)}
                passed = chain.cell.whole_error(chain.p, before, type(before.state)(**split))
                whole = np.concatenate(list(chain.cell.in_coordinates(before.state, passed)))
            sizes.append(np.linalg.norm(whole))
        entry = int(chain.size > H)  # the loss reads h alone: the other states have the error from k = 1 on
        small = [k for k, size in enumerate(sizes) if k > entry and size < 0.01 * sizes[entry]]
        reach.append(small[0] if small else LENGTH)
        growth.append(np.log(np.linalg.svd(product, compute_uv=False)[0]) / LENGTH)
        gates = [chain.cell.kept(step) for step in steps]
        if chain.cell.keeps:
            kept.append(np.log(np.prod([gate for gate in gates if gate is not None], axis=0).max()))
        flat.append(np.mean([saturation(chain.step(m)) for m in range(1, LENGTH + 2)]))
    assert found.reach == pytest.approx(np.mean(reach))
    assert found.steps == LENGTH
    assert found.lyapunov == pytest.approx(np.mean(growth), rel=1e-6)
    assert found.saturation == pytest.approx(np.mean(flat), rel=1e-9)
    assert (found.log_kept is None) == (not kept)
    if found.log_kept is not None:
        assert found.log_kept == pytest.approx(np.mean(kept), rel=1e-6)


def test_an_error_is_followed_however_small_the_loss(tmp_path: Path) -> None:
    """A network that is sure of the right answer has a loss of 0 in floats; its error has a direction all the same."""
    network = load_model("nlp").network
    big = network.with_parameters(network.parameters.copy())
    big.parameters["readout.W_hy"][...] *= 1e4
    vectors = np.ones((3, 1, network.architecture.input_size))
    run = run_forward(big, vectors, np.array([3]))
    assert run.logits is not None
    said = int(run.logits[0].argmax())
    batch = Batch(vectors, np.array([3]), np.array([said]), np.ones(1))
    error = why._error(big, run, batch)
    rows = big.parameters["readout.W_hy"]
    assert error is not None
    assert error == pytest.approx(rows[1 - said] - rows[said])
