"""The memory benchmark runs, and the kernels keep no weight-sized array per step."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from rnn_cli.core.backward import run_backward
from rnn_cli.core.forward import run_forward
from rnn_cli.core.learning.losses import CROSS_ENTROPY, loss_of
from rnn_cli.core.network import MANY_TO_MANY
from tests.support.networks import architecture_of, random_network, random_sequence, slow_where_derived

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "bptt_memory.py"


@pytest.mark.slow
def test_the_benchmark_prints_its_table(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick"], capture_output=True, text=True, cwd=tmp_path, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["rnn", "rnn", "lstm", "lstm", "gru", "gru"]


@pytest.mark.parametrize("kind", slow_where_derived())
def test_memory_is_linear_in_the_steps_and_holds_no_weights_per_step(kind: str) -> None:
    hidden = 64
    network = random_network(architecture_of(kind, 8, hidden, task=MANY_TO_MANY, output_size=2), scale=0.5)

    def peak(steps: int) -> int:
        x = random_sequence(steps, 8)[:, None]
        tracemalloc.start()
        run = run_forward(network, x)
        assert run.logits is not None
        targets = run.logits.argmin(axis=-1)
        run_backward(network, run, loss_of(CROSS_ENTROPY, run.logits, targets).dlogits)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    # Longer than a block of the backward pass, whose buffer is there once.
    short, middle, long = peak(1200), peak(2400), peak(4800)
    per_step = (middle - short) / 1200
    assert (long - middle) / 2400 == pytest.approx(per_step, rel=0.1)
    assert per_step < hidden * hidden * 8  # one copy of W_hh alone
